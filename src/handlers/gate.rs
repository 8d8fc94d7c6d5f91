//! The version gate: a handler reads only the schema that it was written for.

use super::{ALL, Unanswered};
use crate::{
    db::{Database as Opened, DbError, Transaction},
    schema::{needs::Database, version},
};

/// Runs a read on the schema version that the handlers know. On another it gives the version that was found.
pub(super) fn versioned<T, F>(
    database: Database,
    read: F,
) -> impl FnOnce(&Transaction<'_>) -> Result<Result<T, Option<i64>>, DbError> + Send + 'static
where
    F: FnOnce(&Transaction<'_>) -> Result<T, DbError> + Send + 'static,
{
    move |transaction| match version::of(transaction)? {
        Some(found) if found == database.version() => read(transaction).map(Ok),
        other => Ok(Err(other)),
    }
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
