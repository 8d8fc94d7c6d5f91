//! What can go wrong with a database.

use std::{path::PathBuf, time::Duration};

use thiserror::Error;

/// An error of the driver.
#[derive(Debug, Error)]
pub enum DbError {
    /// There is no file, or it cannot be read.
    #[error("{path}: {source}")]
    File {
        /// The database file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The key does not fit, or the file is no database.
    #[error("{0}: wrong key, or not a database")]
    NotADatabase(PathBuf),
    /// The key could not be derived from the passphrase.
    #[error("deriving the key: {0}")]
    Derivation(String),
    /// A statement failed.
    #[error("while {doing}: {source}")]
    Sqlite {
        /// What was being done.
        doing: &'static str,
        /// SQLite's error.
        source: rusqlite::Error,
    },
    /// The read ran longer than it may.
    #[error("interrupted after {0:?}")]
    Deadline(Duration),
    /// The queue of waiting reads is full.
    #[error("too many reads are waiting")]
    Saturated,
    /// The database was closed, or is being closed.
    #[error("the database is closed")]
    Closed,
    /// A job panicked; its connection was replaced.
    #[error("a job panicked: {0}")]
    Panicked(String),
}

impl DbError {
    /// An SQLite error with what was being done; a wrong key is told from the rest.
    pub(crate) fn sqlite(doing: &'static str, path: &std::path::Path, source: rusqlite::Error) -> Self {
        match source.sqlite_error_code() {
            Some(rusqlite::ErrorCode::NotADatabase) => Self::NotADatabase(path.to_owned()),
            _ => Self::Sqlite { doing, source },
        }
    }
}

impl From<rusqlite::Error> for DbError {
    fn from(source: rusqlite::Error) -> Self {
        Self::Sqlite { doing: "reading", source }
    }
}
