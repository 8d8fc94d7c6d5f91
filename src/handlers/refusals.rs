//! What SQLite and legacy's driver refuse, in their words.

use rusqlite::ErrorCode;

use super::Stop;
use crate::wire::{
    Answer,
    validate::{Mistyped, Record},
};

/// What legacy says of an int that it can not hand to SQLite.
#[must_use]
pub(super) fn beyond_sqlite() -> Answer {
    Answer::failure(500, "Python int too large to convert to SQLite INTEGER")
}

/// An int argument that goes into a statement. One beyond 64 bits is refused: legacy fails on it as it binds it, before
/// the statement does anything.
///
/// # Errors
/// The refusal, or handler and schema disagree.
pub(super) fn int(arguments: &Record, name: &str) -> Result<i64, Stop> {
    arguments.int(name).map_err(|error| match error {
        Mistyped::TooLarge(_) => Stop::Refused(beyond_sqlite()),
        wrong @ Mistyped::Wrong(..) => wrong.into(),
    })
}

/// What SQLite says of the constraint that a statement breaks, or of a rowid that is no number: to legacy's driver both
/// are an `IntegrityError`. `None` for any other failure. The statement has done
/// nothing, the transaction goes on.
pub(super) fn broken(error: &rusqlite::Error) -> Option<&str> {
    match error {
        rusqlite::Error::SqliteFailure(error, Some(message))
            if matches!(error.code, ErrorCode::ConstraintViolation | ErrorCode::TypeMismatch) =>
        {
            Some(message)
        }
        _ => None,
    }
}
