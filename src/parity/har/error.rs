//! What is wrong with a HAR file, and where.

use std::{io, path::PathBuf};

use thiserror::Error;

/// An error of reading or writing HAR.
#[derive(Debug, Error)]
pub enum HarError {
    /// What is wrong with a file that has a name.
    #[error("{path}: {fault}")]
    InFile {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        fault: Box<HarError>,
    },
    /// The file can not be read.
    #[error("it can not be read: {0}")]
    Read(io::Error),
    /// The file is something else.
    #[error("it is no HAR but {0}; expected is a JSON object with log.entries (HAR 1.2), as browsers export it")]
    NotHar(String),
    /// The file ends too early.
    #[error("it is cut off: it ends at line {line}, column {column}, after {entries} whole entries")]
    Truncated {
        /// How many entries are whole; the next one, from 0, is the one that may be broken.
        entries: usize,
        /// The last line, from 1.
        line: usize,
        /// The byte in that line.
        column: usize,
    },
    /// The file is no JSON.
    #[error("it is no JSON after {entries} whole entries: {fault}")]
    Json {
        /// How many entries are whole.
        entries: usize,
        /// What is wrong, at which line and column.
        fault: serde_json::Error,
    },
    /// A field is missing, or of another type than HAR has there.
    #[error("{field}: expected {expected}, found {found}")]
    Field {
        /// Its path in the file, with the entry's place from 0: `log.entries[3].request.url`.
        field: String,
        /// What HAR has there.
        expected: &'static str,
        /// What is there.
        found: String,
    },
    /// The file to be written is there already, and may be worth something.
    #[error("there is such a file already, and it is not overwritten unasked")]
    Exists,
    /// The file can not be written.
    #[error("it can not be written: {0}")]
    Write(io::Error),
}

impl HarError {
    /// The same error, of this file.
    pub(super) fn within(self, path: &std::path::Path) -> Self {
        Self::InFile { path: path.to_owned(), fault: Box::new(self) }
    }
}

/// Why an entry is not read.
#[derive(Debug)]
pub(super) enum Stop {
    /// It can not be made again; the others can.
    PassedOver(String),
    /// The file is wrong.
    Wrong(HarError),
}

impl From<HarError> for Stop {
    fn from(error: HarError) -> Self {
        Self::Wrong(error)
    }
}
