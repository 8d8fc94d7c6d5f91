//! The cells of a row, read strictly: what legacy would not have written itself is its own to judge.

use rusqlite::{Row, types::ValueRef};

use super::Unanswered;
use crate::db::DbError;

/// Why a read came to no end.
#[derive(Debug)]
pub enum Halt {
    /// The database failed.
    Database(DbError),
    /// A row is in a form that is left to legacy; in a few words, what is odd.
    Odd(&'static str),
}

/// A read of rows.
pub type Reading<T> = Result<T, Halt>;

impl From<DbError> for Halt {
    fn from(error: DbError) -> Self {
        Self::Database(error)
    }
}

impl From<rusqlite::Error> for Halt {
    fn from(error: rusqlite::Error) -> Self {
        Self::Database(error.into())
    }
}

/// Hands a reading back through the driver, which is told of the database's failures alone.
///
/// # Errors
/// The database's own.
pub fn settled<T>(reading: Reading<T>) -> Result<Result<T, Unanswered>, DbError> {
    match reading {
        Ok(read) => Ok(Ok(read)),
        Err(Halt::Odd(what)) => Ok(Err(Unanswered::declined(format!("stored in a form that legacy judges: {what}")))),
        Err(Halt::Database(error)) => Err(error),
    }
}

/// Text or NULL.
///
/// # Errors
/// Something else.
pub fn maybe_text<'r>(row: &'r Row<'_>, at: usize) -> Reading<Option<&'r str>> {
    match row.get_ref(at)? {
        ValueRef::Null => Ok(None),
        ValueRef::Text(bytes) => {
            std::str::from_utf8(bytes).map(Some).map_err(|_| Halt::Odd("a text that is not UTF-8"))
        }
        _ => Err(Halt::Odd("something else than text")),
    }
}

/// Text.
///
/// # Errors
/// Something else.
pub fn text<'r>(row: &'r Row<'_>, at: usize) -> Reading<&'r str> {
    maybe_text(row, at)?.ok_or(Halt::Odd("NULL instead of text"))
}

/// A whole number or NULL.
///
/// # Errors
/// Something else.
pub fn maybe_int(row: &Row<'_>, at: usize) -> Reading<Option<i64>> {
    match row.get_ref(at)? {
        ValueRef::Null => Ok(None),
        ValueRef::Integer(number) => Ok(Some(number)),
        _ => Err(Halt::Odd("something else than a whole number")),
    }
}

/// A whole number.
///
/// # Errors
/// Something else.
pub fn int(row: &Row<'_>, at: usize) -> Reading<i64> {
    maybe_int(row, at)?.ok_or(Halt::Odd("NULL instead of a whole number"))
}

/// The same, owned, for answers.
///
/// # Errors
/// Something else than text or NULL.
pub fn maybe_string(row: &Row<'_>, at: usize) -> Reading<Option<String>> {
    Ok(maybe_text(row, at)?.map(str::to_owned))
}

/// The same, owned, for answers.
///
/// # Errors
/// Something else than text.
pub fn string(row: &Row<'_>, at: usize) -> Reading<String> {
    Ok(text(row, at)?.to_owned())
}
