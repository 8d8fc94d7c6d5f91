//! Rows as legacy's driver hands them to Python. A column of another type than legacy means it to have makes legacy answer
//! in its own way; the accessors decline it.

use rusqlite::{Params, types::ValueRef};

use super::Unanswered;
use crate::db::{DbError, Transaction};

/// What a column holds.
#[derive(Debug, Clone, PartialEq)]
enum Cell {
    Null,
    Int(i64),
    Text(String),
    /// A float, a blob, a text that is not UTF-8.
    Odd,
}

/// One row.
#[derive(Debug, Clone)]
pub(super) struct Row(Vec<Cell>);

/// All rows of a query.
pub(super) fn select(transaction: &Transaction<'_>, query: &str, parameters: impl Params) -> Result<Vec<Row>, DbError> {
    let mut statement = transaction.prepare_cached(query)?;
    let columns = statement.column_count();
    let mut found = statement.query(parameters)?;
    let mut rows = Vec::new();
    while let Some(row) = found.next()? {
        let cells: Result<Vec<Cell>, rusqlite::Error> = (0..columns).map(|at| Ok(cell(row.get_ref(at)?))).collect();
        rows.push(Row(cells?));
    }
    Ok(rows)
}

/// The number that a query counts.
pub(super) fn count(transaction: &Transaction<'_>, query: &str, parameters: impl Params) -> Result<i64, DbError> {
    Ok(transaction.prepare_cached(query)?.query_row(parameters, |row| row.get(0))?)
}

fn cell(value: ValueRef<'_>) -> Cell {
    match value {
        ValueRef::Null => Cell::Null,
        ValueRef::Integer(int) => Cell::Int(int),
        ValueRef::Text(bytes) => std::str::from_utf8(bytes).map_or(Cell::Odd, |text| Cell::Text(text.to_owned())),
        ValueRef::Real(_) | ValueRef::Blob(_) => Cell::Odd,
    }
}

impl Row {
    /// A text.
    pub(super) fn text(&self, at: usize) -> Result<&str, Unanswered> {
        self.maybe_text(at)?.ok_or_else(odd)
    }

    /// A text or NULL.
    pub(super) fn maybe_text(&self, at: usize) -> Result<Option<&str>, Unanswered> {
        match self.0.get(at) {
            Some(Cell::Null) => Ok(None),
            Some(Cell::Text(text)) => Ok(Some(text)),
            _ => Err(odd()),
        }
    }

    /// An int.
    pub(super) fn int(&self, at: usize) -> Result<i64, Unanswered> {
        self.maybe_int(at)?.ok_or_else(odd)
    }

    /// An int or NULL.
    pub(super) fn maybe_int(&self, at: usize) -> Result<Option<i64>, Unanswered> {
        match self.0.get(at) {
            Some(Cell::Null) => Ok(None),
            Some(Cell::Int(int)) => Ok(Some(*int)),
            _ => Err(odd()),
        }
    }

    /// 0 or 1.
    pub(super) fn flag(&self, at: usize) -> Result<bool, Unanswered> {
        match self.int(at)? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(odd()),
        }
    }
}

fn odd() -> Unanswered {
    Unanswered::declined("a row is stored in a form that legacy judges by itself")
}
