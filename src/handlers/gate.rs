//! The version gate: a handler reads only the schema that it was written for.

use std::time::{SystemTime, UNIX_EPOCH};

use super::{ALL, Stop, Unanswered};
use crate::{
    db::{Database as Opened, DbError, Transaction},
    schema::{needs::Database, version},
};

/// Runs a read on the schema version that the handlers know. On another it gives the version that was found.
pub(super) fn versioned<T, F>(
    database: Database,
    read: F,
) -> impl FnOnce(&Transaction<'_>) -> Result<Versioned<T>, DbError> + Send + 'static
where
    F: FnOnce(&Transaction<'_>) -> Result<T, DbError> + Send + 'static,
{
    move |transaction| match version::of(transaction)? {
        Some(found) if found == database.version() => read(transaction).map(Ok),
        other => Ok(Err(other)),
    }
}

/// Whether a write counts as the user's last one, by which premium sync decides whose data are newer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stamp {
    /// It does: legacy's `user_write()`, which notes the time even when nothing changed.
    LastWrite,
    /// It does not.
    None,
}

/// What came of it, or the version that was found in place of the known one.
type Versioned<T> = Result<T, Option<i64>>;

/// Runs a write on the schema version that the handlers know, notes its time where that is wanted, and rolls back what
/// was refused.
pub(super) fn written<T, F>(
    database: Database,
    stamp: Stamp,
    mut write: F,
) -> impl FnMut(&Transaction<'_>) -> Result<Versioned<Result<T, Stop>>, DbError> + Send + 'static
where
    F: FnMut(&Transaction<'_>) -> Result<Result<T, Stop>, DbError> + Send + 'static,
{
    move |transaction| {
        let found = version::of(transaction)?;
        if found != Some(database.version()) {
            transaction.set_rollback_only();
            return Ok(Err(found));
        }
        let outcome = write(transaction)?;
        if outcome.is_err() {
            transaction.set_rollback_only();
        } else if stamp == Stamp::LastWrite {
            note_write(transaction)?;
        }
        Ok(Ok(outcome))
    }
}

/// Notes the time of the user's last write: for a write that goes on after it, and is then no [`Stamp::LastWrite`].
pub(super) fn note_write(transaction: &Transaction<'_>) -> Result<(), DbError> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let mut note =
        transaction.prepare_cached("INSERT OR REPLACE INTO settings(name, value) VALUES('last_write_ts', ?)")?;
    note.execute([now.to_string()])?;
    Ok(())
}

/// Declines, and says so in the log: once for each time that the file is opened, not with every request.
pub(super) fn mismatch(database: Database, found: Option<i64>, opened: &Opened) -> Unanswered {
    let why = database.mismatch(found);
    if opened.first_remark() {
        let routes = forwarded(database);
        tracing::warn!(routes, "{why}; the {routes} native routes that read it are forwarded");
    }
    Unanswered::declined(why)
}

/// How many handlers need a database.
pub(super) fn forwarded(database: Database) -> usize {
    ALL.iter().filter(|handler| !handler.needs.tables(database).is_empty()).count()
}
