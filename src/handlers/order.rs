//! What a client orders by. Legacy pastes `order_by_attributes` into its statement; here each is looked up in a list of
//! known columns, and any other is left to legacy.

use super::Unanswered;
use crate::wire::validate::{
    Fallback, Fault, Field, Item, Kind, Mistyped, Pass, Record, each, field,
    texts::{BOOLEAN, STRING_OR_NONE},
};

/// `order_by_attributes`
pub const BY: Field = field("order_by_attributes", Kind::Delimited(&each(STRING_OR_NONE))).or(Fallback::Null);
/// `ascending`
pub const ASCENDING: Field = field("ascending", Kind::Delimited(&each(BOOLEAN))).or(Fallback::Null);

/// Both or none, and as many of one as of the other.
///
/// # Errors
/// The message.
pub fn paired(arguments: &Record, _: &Pass<'_>) -> Result<(), Fault> {
    let length = |name| arguments.maybe_list(name).map(|list| list.map(<[Item]>::len));
    match (length(BY.name), length(ASCENDING.name)) {
        (Ok(Some(by)), Ok(Some(ascending))) if by != ascending => {
            Err(Fault::at(BY.name, "order_by_attributes and ascending don't have the same length"))
        }
        (Ok(by), Ok(ascending)) if by.is_some() != ascending.is_some() => {
            Err(Fault::at(BY.name, "order_by_attributes and ascending have to be both null or have a value"))
        }
        _ => Ok(()),
    }
}

/// Whether a column is among those to order by.
#[must_use]
pub fn is_by(arguments: &Record, column: &str) -> bool {
    let by = arguments.maybe_list(BY.name).ok().flatten().unwrap_or_default();
    by.iter().filter_map(Item::as_text).any(|by| by.eq_ignore_ascii_case(column))
}

/// What an endpoint's rows can be ordered by.
#[derive(Debug)]
pub struct Columns {
    /// Names, and what they are in the statement.
    pub known: &'static [(&'static str, &'static str)],
    /// Whether the case of ASCII letters counts.
    pub case: bool,
    /// Without an order: by `name`, in this direction.
    pub ascending: bool,
}

impl Columns {
    /// `ORDER BY …`, ties in the order of `ties`, which is that of legacy's query plan.
    ///
    /// # Errors
    /// A column that is not known.
    pub fn clause(&self, arguments: &Record, ties: &str) -> Result<String, Unanswered> {
        let mut terms = Vec::new();
        match (arguments.maybe_list(BY.name)?, arguments.maybe_list(ASCENDING.name)?) {
            (Some(by), Some(ascending)) => {
                for (by, ascending) in by.iter().zip(ascending) {
                    let Item::Bool(ascending) = ascending else {
                        return Err(Mistyped::Wrong(ASCENDING.name.to_owned(), "a list of booleans").into());
                    };
                    terms.push(self.term(by.as_text().unwrap_or_default(), *ascending)?);
                }
            }
            _ => terms.push(self.term("name", self.ascending)?),
        }
        terms.push(ties.to_owned());
        Ok(format!("ORDER BY {}", terms.join(", ")))
    }

    fn term(&self, name: &str, ascending: bool) -> Result<String, Unanswered> {
        let known = self.known.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        let (_, column) =
            known.ok_or_else(|| Unanswered::declined("it orders by something else than a known column"))?;
        let collation = if self.case { "" } else { " COLLATE NOCASE" };
        let direction = if ascending { "ASC" } else { "DESC" };
        Ok(format!("{column}{collation} {direction}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arguments(by: &[&str], ascending: &[bool]) -> Record {
        let mut record = Record::default();
        record.insert(BY.name, Item::List(by.iter().map(|by| Item::Text((*by).into())).collect()));
        record.insert(ASCENDING.name, Item::List(ascending.iter().copied().map(Item::Bool).collect()));
        record
    }

    #[test]
    fn only_known_columns_become_part_of_a_statement() {
        let columns = Columns { known: &[("name", "a.name"), ("type", "u.type")], case: false, ascending: false };
        let clause = |arguments: &Record| columns.clause(arguments, "a.rowid");
        let plain = "ORDER BY a.name COLLATE NOCASE DESC, a.rowid";
        assert_eq!(clause(&Record::default()).unwrap(), plain);
        let both = "ORDER BY u.type COLLATE NOCASE ASC, a.name COLLATE NOCASE DESC, a.rowid";
        assert_eq!(clause(&arguments(&["Type", "name"], &[true, false])).unwrap(), both);
        for by in ["", "name, (SELECT 1)", "a.name", "name ", "rowid", "1"] {
            assert!(matches!(clause(&arguments(&[by], &[true])), Err(Unanswered::Declined(_))), "{by}");
        }
    }
}
