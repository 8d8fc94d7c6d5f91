//! Why an event could not be written.

use num_bigint::BigInt;
use num_traits::ToPrimitive as _;

use crate::{db::DbError, handlers::refusals::broken};

/// Why an event could not be written. Nothing of the statement at fault is done.
#[derive(Debug)]
pub(super) enum Unwritten {
    /// An int is beyond 64 bits.
    TooLarge,
    /// A constraint, in SQLite's words.
    Broken(String),
    /// What an edit says to it.
    Refused(String),
    /// Anything else.
    Failed(DbError),
}

impl From<rusqlite::Error> for Unwritten {
    fn from(error: rusqlite::Error) -> Self {
        match broken(&error) {
            Some(message) => Self::Broken(message.to_owned()),
            None => Self::Failed(error.into()),
        }
    }
}

/// An int as SQLite takes it.
pub(super) fn fitting(int: &BigInt) -> Result<i64, Unwritten> {
    int.to_i64().ok_or(Unwritten::TooLarge)
}
