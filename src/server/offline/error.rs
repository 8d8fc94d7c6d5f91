//! Why the handlers can not be run alone, said before the first request.

use std::{io, path::PathBuf};

use thiserror::Error;

use crate::{config::Faults, parity::client::ClientError};

/// Why the handlers can not be run alone.
#[derive(Debug, Error)]
pub enum OfflineError {
    /// There is no such directory.
    #[error("{0} is no directory; it is the one that holds legacy's users/ and global/")]
    NoDirectory(PathBuf),
    /// The name can not be a user's.
    #[error("{0:?} is no user's name")]
    BadName(String),
    /// There is no such user.
    #[error("there is no user {user:?} in {directory}")]
    NoUser {
        /// The name.
        user: String,
        /// Where users are.
        directory: PathBuf,
    },
    /// A file is missing.
    #[error("{0} is missing")]
    Missing(PathBuf),
    /// Something could not be copied.
    #[error("copying {path}: {source}")]
    Copy {
        /// What was read, or written.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The files changed while they were copied.
    #[error("{0} changed while it was copied; stop the legacy backend that works on it, or replay on a snapshot")]
    InUse(PathBuf),
    /// The passphrase opens nothing.
    #[error("the password does not open the databases of {0:?}")]
    WrongPassword(String),
    /// A database can not be read.
    #[error("a database can not be read: {0}")]
    Database(String),
    /// A database has another schema than the handlers know.
    #[error("{0}")]
    Version(String),
    /// The configuration is none.
    #[error("the configuration has faults:\n{0}")]
    Config(#[from] Faults),
    /// The bridge can not be asked.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// The system refused something basic.
    #[error(transparent)]
    System(#[from] io::Error),
}
