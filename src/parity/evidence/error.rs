//! What can go wrong with evidence. None of it comes from [`Evidence::note`](super::Evidence::note).

use std::path::PathBuf;

use thiserror::Error;

/// An error of the evidence file.
#[derive(Debug, Error)]
pub enum EvidenceError {
    /// The file belongs to something else, and is left alone.
    #[error("{0}: not an evidence file of cutover; name another file, or move this one away")]
    NotOurs(PathBuf),
    /// The file was written by a newer version.
    #[error(
        "{path}: an evidence file of version {found}, and this cutover knows {known}; run the cutover that wrote it, or \
         move the file away"
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: u32,
        /// The latest one understood.
        known: u32,
    },
    /// The file is not there, or cannot be read.
    #[error("{path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is ours, and damaged.
    #[error("{path}: the evidence file is damaged ({fault}); the next bridge that starts with it sets it aside")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        fault: String,
    },
    /// A statement failed.
    #[error("while {doing}: {source}")]
    Sqlite {
        /// What was being done.
        doing: &'static str,
        /// `SQLite`'s error.
        source: rusqlite::Error,
    },
    /// A row of the file does not say what it should.
    #[error("a row of the evidence file: {0}")]
    Row(String),
    /// The thread that owns the file could not be started.
    #[error("starting the evidence thread: {0}")]
    Thread(std::io::Error),
    /// Too many requests are waiting for the file.
    #[error("too many requests are waiting for the evidence file")]
    Overloaded,
    /// The evidence was closed.
    #[error("the evidence is closed")]
    Closed,
}

impl EvidenceError {
    /// An `SQLite` error with what was being done.
    pub(super) fn sqlite(doing: &'static str) -> impl Fn(rusqlite::Error) -> Self {
        move |source| Self::Sqlite { doing, source }
    }
}
