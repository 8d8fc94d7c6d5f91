//! The write-ahead log: how large it is, and who empties it.

use std::path::{Path, PathBuf};

use rusqlite::Connection;

/// Who copies the log back into the database (a checkpoint).
///
/// By default not the bridge: the other process may carry `SQLite`'s WAL-reset bug (fixed in 3.51.3), which two
/// checkpointers together can wake. Its own checkpoints keep the log small.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Checkpoints {
    /// Never, not even when the last connection closes.
    #[default]
    Never,
    /// After a commit that leaves the log larger than so many bytes, and at close: as much as can be copied without
    /// waiting for anybody (`SQLITE_CHECKPOINT_PASSIVE`).
    Passive {
        /// Bytes of log that are left alone.
        above: u64,
    },
}

/// The log of a database.
#[must_use]
pub fn log_of(database: &Path) -> PathBuf {
    with_suffix(database, "-wal")
}

/// The journal of a database that is not in WAL mode.
#[must_use]
pub(super) fn journal_of(database: &Path) -> PathBuf {
    with_suffix(database, "-journal")
}

/// The index of the log, which all processes map and lock.
#[must_use]
pub(super) fn index_of(database: &Path) -> PathBuf {
    with_suffix(database, "-shm")
}

/// Beside the file that a link leads to, as `SQLite` has it.
fn with_suffix(database: &Path, suffix: &str) -> PathBuf {
    let mut name = std::fs::canonicalize(database).map_or_else(|_| database.into(), PathBuf::into_os_string);
    name.push(suffix);
    name.into()
}

/// Bytes of a database's log; 0 if it has none.
#[must_use]
pub fn bytes(database: &Path) -> u64 {
    std::fs::metadata(log_of(database)).map_or(0, |metadata| metadata.len())
}

/// Has the log's file shrink once it was copied, if that is ours to see to: its size says when it is due again.
pub(super) fn set_up(connection: &Connection, checkpoints: Checkpoints) -> Result<(), rusqlite::Error> {
    match checkpoints {
        Checkpoints::Never => Ok(()),
        Checkpoints::Passive { above } => connection.pragma_update(None, "journal_size_limit", above.cast_signed()),
    }
}

/// The last checkpoint, at close.
pub(super) fn leave(connection: &Connection, database: &Path, checkpoints: Checkpoints) {
    if checkpoints != Checkpoints::Never {
        tend(connection, database, Checkpoints::Passive { above: 0 });
    }
}

/// Checkpoints if it is ours to do and the log is large. A checkpoint that fails is tried again after the next commit.
pub(super) fn tend(connection: &Connection, database: &Path, checkpoints: Checkpoints) -> bool {
    let Checkpoints::Passive { above } = checkpoints else { return false };
    if bytes(database) <= above {
        return false;
    }
    connection
        .query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()))
        .inspect_err(|error| tracing::warn!(%error, database = %database.display(), "a checkpoint failed"))
        .is_ok()
}
