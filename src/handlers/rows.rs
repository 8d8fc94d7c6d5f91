//! Rows as legacy's driver hands them to Python. A column of another type than legacy means it to have makes legacy answer
//! in its own way; the accessors decline it.

use std::fmt::Debug;

use rusqlite::{Params, ToSql, params_from_iter, types::ValueRef};

use super::Unanswered;
use crate::{
    db::{DbError, Transaction},
    wire::Decimal,
};

/// What a column holds.
#[derive(Debug, Clone, PartialEq)]
enum Cell {
    Null,
    Int(i64),
    Real(f64),
    Text(String),
    /// A blob, a text that is not UTF-8.
    Odd,
}

/// One row.
#[derive(Debug, Clone)]
pub(crate) struct Row(Vec<Cell>);

/// All rows of a query.
pub(crate) fn select(transaction: &Transaction<'_>, query: &str, parameters: impl Params) -> Result<Vec<Row>, DbError> {
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

/// The number that a query counts; a read remembers it until somebody commits.
pub(crate) fn count<P: ToSql + Debug>(
    transaction: &Transaction<'_>,
    query: &str,
    parameters: &[P],
) -> Result<i64, DbError> {
    transaction.remembered(&format!("{query} {parameters:?}"), || {
        Ok(transaction.prepare_cached(query)?.query_row(params_from_iter(parameters), |row| row.get(0))?)
    })
}

/// Likewise, of a query without parameters.
pub(crate) fn total(transaction: &Transaction<'_>, query: &str) -> Result<i64, DbError> {
    count::<i64>(transaction, query, &[])
}

fn cell(value: ValueRef<'_>) -> Cell {
    match value {
        ValueRef::Null => Cell::Null,
        ValueRef::Integer(int) => Cell::Int(int),
        ValueRef::Text(bytes) => std::str::from_utf8(bytes).map_or(Cell::Odd, |text| Cell::Text(text.to_owned())),
        ValueRef::Real(real) => Cell::Real(real),
        ValueRef::Blob(_) => Cell::Odd,
    }
}

impl Row {
    /// A text.
    pub(crate) fn text(&self, at: usize) -> Result<&str, Unanswered> {
        self.maybe_text(at)?.ok_or_else(odd)
    }

    /// A text or NULL.
    pub(crate) fn maybe_text(&self, at: usize) -> Result<Option<&str>, Unanswered> {
        match self.0.get(at) {
            Some(Cell::Null) => Ok(None),
            Some(Cell::Text(text)) => Ok(Some(text)),
            _ => Err(odd()),
        }
    }

    /// An int.
    pub(crate) fn int(&self, at: usize) -> Result<i64, Unanswered> {
        self.maybe_int(at)?.ok_or_else(odd)
    }

    /// An int or NULL.
    pub(crate) fn maybe_int(&self, at: usize) -> Result<Option<i64>, Unanswered> {
        match self.0.get(at) {
            Some(Cell::Null) => Ok(None),
            Some(Cell::Int(int)) => Ok(Some(*int)),
            _ => Err(odd()),
        }
    }

    /// 0 or 1.
    pub(crate) fn flag(&self, at: usize) -> Result<bool, Unanswered> {
        match self.int(at)? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(odd()),
        }
    }

    /// An amount as text.
    pub(crate) fn amount(&self, at: usize) -> Result<Decimal, Unanswered> {
        amount(self.text(at)?).ok_or_else(odd)
    }

    /// A finite float or NULL.
    pub(crate) fn maybe_real(&self, at: usize) -> Result<Option<f64>, Unanswered> {
        match self.0.get(at) {
            Some(Cell::Null) => Ok(None),
            Some(Cell::Real(real)) if real.is_finite() => Ok(Some(*real)),
            _ => Err(odd()),
        }
    }

    /// What SUM gives: an int, or a float, which legacy reads by its printed form.
    pub(crate) fn sum(&self, at: usize) -> Result<Decimal, Unanswered> {
        match self.0.get(at) {
            Some(Cell::Int(sum)) => Ok(Decimal::from(*sum)),
            Some(Cell::Real(sum)) if sum.is_finite() => Ok(Decimal::of_float(*sum)),
            _ => Err(odd()),
        }
    }
}

/// An amount: plain digits, a point, an exponent. Python's decimals have further forms, which are left to it.
pub(crate) fn amount(text: &str) -> Option<Decimal> {
    let plain = text.bytes().all(|b| b.is_ascii_digit() || b"+-.eE".contains(&b));
    Decimal::read(text).ok().filter(|decimal| plain && decimal.is_finite())
}

/// A row that legacy has to judge.
pub(super) fn odd() -> Unanswered {
    Unanswered::declined("a row is stored in a form that legacy judges by itself")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_is_shown_with_its_zeros_and_other_forms_are_left_to_legacy() {
        for (text, shown) in [("01.500", "1.500"), ("1E3", "1000"), (".5", "0.5"), ("5.", "5"), ("-0", "-0")] {
            assert_eq!(amount(text).unwrap().to_string(), shown);
        }
        for text in ["", " 1", "1_0", "nan", "inf", "1e", ".", "x"] {
            assert_eq!(amount(text), None, "{text:?}");
        }
    }
}
