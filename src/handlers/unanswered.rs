//! Why a handler gives no answer, so that the request is forwarded as it came.

use thiserror::Error;

use crate::{db::DbError, session::Unavailable, wire::validate::Mistyped};

/// No answer, and nothing changed.
#[derive(Debug, Error)]
pub enum Unanswered {
    /// The handler does not answer this one; legacy does, and that is no fault.
    #[error("declined: {0}")]
    Declined(String),
    /// The handler should have answered and could not.
    #[error("failed: {0}")]
    Failed(String),
}

impl Unanswered {
    /// Declines.
    pub fn declined(why: impl Into<String>) -> Self {
        Self::Declined(why.into())
    }
}

impl From<Unavailable> for Unanswered {
    fn from(why: Unavailable) -> Self {
        Self::Declined(why.to_string())
    }
}

impl From<DbError> for Unanswered {
    fn from(error: DbError) -> Self {
        match error {
            // The files were let go of, or replaced, or the key does not fit any more: legacy's turn, and nobody's fault.
            DbError::Closed
            | DbError::Cancelled
            | DbError::Replaced(_)
            | DbError::File { .. }
            | DbError::Empty(_)
            | DbError::NotADatabase(_)
            | DbError::WrongKey(_)
            | DbError::Encrypted(_)
            | DbError::NotEncrypted(_)
            | DbError::VersionMismatch { .. }
            | DbError::UnsupportedCipher { .. }
            | DbError::Unrecovered(_)
            | DbError::CannotOpen { .. }
            | DbError::ReadOnly(_)
            // So much is asked that it has to wait elsewhere.
            | DbError::Saturated => Self::Declined(error.to_string()),
            _ => Self::Failed(error.to_string()),
        }
    }
}

impl From<Mistyped> for Unanswered {
    fn from(error: Mistyped) -> Self {
        match error {
            Mistyped::TooLarge(_) => Self::Declined(error.to_string()),
            Mistyped::Wrong(..) => Self::Failed(error.to_string()),
        }
    }
}

impl From<serde_json::Error> for Unanswered {
    fn from(error: serde_json::Error) -> Self {
        Self::Failed(format!("writing the answer: {error}"))
    }
}
