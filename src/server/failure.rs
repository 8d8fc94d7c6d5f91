//! Why the bridge can not run.

use std::{io, net::SocketAddr};

use thiserror::Error;

use crate::{admin::TokenError, parity::evidence::EvidenceError, rollout::webhook_address::WebhookError};

/// Why the bridge can not run.
#[derive(Debug, Error)]
pub enum RunError {
    /// An address can not be listened on.
    #[error("can not listen on {address} ({what}): {remedy}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Which of the two listeners.
        what: &'static str,
        /// Why, and what to do.
        remedy: String,
    },
    /// The data directory is none.
    #[error("data.directory {0} is no directory; it is the one that holds legacy's users/ and global/")]
    Data(String),
    /// The evidence file is not one to write to.
    #[error("parity.evidence: {0}")]
    Evidence(EvidenceError),
    /// The access log can not be written.
    #[error(
        "log.access {path} can not be opened: {error}; it has to be a file in a directory that this process may write"
    )]
    Access {
        /// Its path.
        path: String,
        /// Why not.
        error: io::Error,
    },
    /// Spans are to be sent by a bridge that can not.
    #[error(
        "trace.otlp is set, and this bridge was built without it: build it with --features otlp, or leave it empty"
    )]
    NoOtlp,
    /// Who hears of changes can not be told.
    #[error(transparent)]
    Webhook(#[from] WebhookError),
    /// Whoever may use the admin listener can not be told.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// The Unix socket can not be listened on.
    #[error("can not listen on {path} (compat.socket): {error}")]
    Socket {
        /// Its path.
        path: String,
        /// Why not.
        error: io::Error,
    },
    /// The system refused something basic.
    #[error(transparent)]
    System(#[from] io::Error),
}

// Not its source, which whoever prints the whole chain would say a second time.
impl From<EvidenceError> for RunError {
    fn from(error: EvidenceError) -> Self {
        Self::Evidence(error)
    }
}
