//! What can go wrong with a database.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use rusqlite::{ErrorCode, ffi};
use thiserror::Error;

use super::holders::Holder;

/// An error of the driver.
#[derive(Debug, Error)]
pub enum DbError {
    /// There is no file, it is a directory, or it cannot be read.
    #[error("{path}: {source}")]
    File {
        /// The database file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file has no bytes: a database whose first write never came, or one that was truncated.
    #[error("{0}: the file is empty")]
    Empty(PathBuf),
    /// The file is of another format.
    #[error("{0}: not a database")]
    NotADatabase(PathBuf),
    /// The file is encrypted, by all appearances, and no settings of `SQLCipher`'s open it with this key.
    #[error("{0}: wrong key")]
    WrongKey(PathBuf),
    /// The file is encrypted, by all appearances, and no key was given.
    #[error("{0}: encrypted, and there is no key")]
    Encrypted(PathBuf),
    /// A key was given for a plain `SQLite` file.
    #[error("{0}: not encrypted, although there is a key")]
    NotEncrypted(PathBuf),
    /// The key fits, but the file was written by a version of `SQLite` or `SQLCipher` that is not understood.
    #[error(
        "{path}: written by {found}; understood are {understood}. Open it once with the program that wrote it, or migrate it with `PRAGMA cipher_migrate`"
    )]
    VersionMismatch {
        /// The database file.
        path: PathBuf,
        /// What wrote it.
        found: String,
        /// What is understood.
        understood: &'static str,
    },
    /// The key fits, but the file has cipher settings that this driver does not open.
    #[error("{path}: {found}; understood are the defaults of SQLCipher 4 and 3")]
    UnsupportedCipher {
        /// The database file.
        path: PathBuf,
        /// The settings that fit.
        found: String,
    },
    /// The file is a database, and damaged: truncated, or overwritten.
    #[error("{path}: the database is damaged ({source})")]
    Corrupt {
        /// The database file.
        path: PathBuf,
        /// `SQLite`'s error.
        source: rusqlite::Error,
    },
    /// The path leads to another file than the one that is open, or to none.
    #[error("{0}: the file was deleted or replaced while it was open")]
    Replaced(PathBuf),
    /// A write on a database that was opened for reading, or lies on a file system that takes no writes.
    #[error("{0}: the database is read-only")]
    ReadOnly(PathBuf),
    /// A crash in the middle of a write left a journal, which a connection that only reads cannot roll back.
    #[error("{0}: a crash left a journal behind; whoever opens it for writing next rolls it back")]
    Unrecovered(PathBuf),
    /// `SQLite` could not open the file, or those beside it.
    #[error(
        "{path}: {source}; it must be readable, and a database in WAL mode needs its index (-shm), or a folder in which to make one"
    )]
    CannotOpen {
        /// The database file.
        path: PathBuf,
        /// `SQLite`'s error.
        source: rusqlite::Error,
    },
    /// A write failed: the disk is full, a limit on file sizes is reached, or the disk is broken. Nothing of it was kept.
    #[error("{path}: no room to write, or the disk fails ({source}); nothing was changed")]
    Full {
        /// The database file.
        path: PathBuf,
        /// `SQLite`'s error.
        source: rusqlite::Error,
    },
    /// Another connection held the lock for longer than we wait.
    #[error("{path}: locked for {waited:?}{}", Holder::list(.holders))]
    Busy {
        /// The database file.
        path: PathBuf,
        /// How long was waited.
        waited: Duration,
        /// Who may hold it.
        holders: Vec<Holder>,
    },
    /// No key can be derived from the passphrase.
    #[error("deriving the key: {0}")]
    Derivation(String),
    /// A statement failed.
    #[error("while {doing}: {source}")]
    Sqlite {
        /// What was being done.
        doing: &'static str,
        /// `SQLite`'s error.
        source: rusqlite::Error,
    },
    /// A savepoint was used wrongly.
    #[error("savepoint {name:?}: {fault}")]
    Savepoint {
        /// Its name.
        name: String,
        /// What is wrong.
        fault: &'static str,
    },
    /// The transaction was over before its end: `SQLite` rolled it back after an error that the job did not pass on, or
    /// the job ran a COMMIT or ROLLBACK of its own. Nothing of it was kept.
    #[error("the transaction was rolled back underneath the job; nothing was changed")]
    RolledBack,
    /// It ran, or waited, longer than it may.
    #[error("interrupted after {0:?}")]
    Deadline(Duration),
    /// Its caller gave up.
    #[error("called off")]
    Cancelled,
    /// The queue is full.
    #[error("too many jobs are waiting")]
    Saturated,
    /// The database was closed, or is being closed.
    #[error("the database is closed")]
    Closed,
    /// A job panicked; its connection was replaced.
    #[error("a job panicked: {0}")]
    Panicked(String),
}

impl DbError {
    /// An `SQLite` error with what was being done; what callers treat differently gets a name.
    pub(crate) fn sqlite(doing: &'static str, path: &Path, source: rusqlite::Error) -> Self {
        let path = || path.to_owned();
        match source.sqlite_error_code() {
            Some(ErrorCode::NotADatabase) => Self::NotADatabase(path()),
            Some(ErrorCode::DatabaseCorrupt) => Self::Corrupt { path: path(), source },
            Some(ErrorCode::DiskFull) => Self::Full { path: path(), source },
            // A file size limit (EFBIG) comes as a failed write, and no room for the index of the log as a failed
            // allocation, not as a full disk.
            Some(ErrorCode::SystemIoFailure)
                if [ffi::SQLITE_IOERR_WRITE, ffi::SQLITE_IOERR_SHMSIZE].contains(&extended(&source)) =>
            {
                Self::Full { path: path(), source }
            }
            Some(ErrorCode::ReadOnly) if extended(&source) == ffi::SQLITE_READONLY_ROLLBACK => {
                Self::Unrecovered(path())
            }
            Some(ErrorCode::ReadOnly) => Self::ReadOnly(path()),
            Some(ErrorCode::CannotOpen) => Self::CannotOpen { path: path(), source },
            _ => Self::Sqlite { doing, source },
        }
    }

    /// Gives a job's own `SQLite` errors their names.
    pub(crate) fn named(self, path: &Path) -> Self {
        match self {
            Self::Sqlite { doing, source } => Self::sqlite(doing, path, source),
            other => other,
        }
    }

    /// Whether it is `SQLite`'s BUSY (a lock another process holds, or a snapshot that went stale).
    pub(crate) fn is_busy(&self) -> bool {
        matches!(self, Self::Sqlite { source, .. } if source.sqlite_error_code() == Some(ErrorCode::DatabaseBusy))
    }

    /// Whether the connection that met it is of no use any more: after a page that could not be deciphered, `SQLCipher`
    /// answers every statement on it with "out of memory".
    pub(super) fn spoils_the_connection(&self) -> bool {
        match self {
            Self::NotADatabase(_) | Self::WrongKey(_) | Self::Corrupt { .. } => true,
            Self::Sqlite { source, .. } => source.sqlite_error_code() == Some(ErrorCode::OutOfMemory),
            _ => false,
        }
    }

    /// Whether it is `SQLite`'s INTERRUPT.
    pub(crate) fn is_interrupt(&self) -> bool {
        matches!(self, Self::Sqlite { source, .. } if source.sqlite_error_code() == Some(ErrorCode::OperationInterrupted))
    }
}

/// `SQLite`'s extended result code; 0 if the error is not its own.
fn extended(error: &rusqlite::Error) -> i32 {
    error.sqlite_error().map_or(0, |error| error.extended_code)
}

impl From<rusqlite::Error> for DbError {
    fn from(source: rusqlite::Error) -> Self {
        Self::Sqlite { doing: "running a statement", source }
    }
}
