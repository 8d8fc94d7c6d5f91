//! Order and page of a list, as the endpoints with `order_by_attributes` take them.

use super::{Stop, Unanswered};
use crate::wire::{
    Answer,
    validate::{
        Fallback, Fault, Field, Item, Kind, Pass, Record, each, field,
        texts::{BOOLEAN, INTEGER, STRING_OR_NONE},
    },
};

/// What to order by.
pub(super) const ORDER_BY: Field =
    field("order_by_attributes", Kind::Delimited(&each(STRING_OR_NONE))).or(Fallback::Null);
/// In which direction, for each of those.
pub(super) const ASCENDING: Field = field("ascending", Kind::Delimited(&each(BOOLEAN))).or(Fallback::Null);
/// Length of a page.
pub(super) const LIMIT: Field = field("limit", INTEGER).or(Fallback::Null);
/// Beginning of a page.
pub(super) const OFFSET: Field = field("offset", INTEGER).or(Fallback::Null);

/// Most terms of an order; legacy's database takes some more.
const TERMS: usize = 64;

/// The check of schemas with [`ORDER_BY`] and [`ASCENDING`].
pub(super) fn both_or_none(arguments: &Record, _: &Pass<'_>) -> Result<(), Fault> {
    let by = ORDER_BY.name;
    match (list(arguments, by)?, list(arguments, ASCENDING.name)?) {
        (Some(attributes), Some(directions)) if attributes.len() != directions.len() => {
            Err(Fault::at(by, "order_by_attributes and ascending don't have the same length"))
        }
        (Some(_), Some(_)) | (None, None) => Ok(()),
        _ => Err(Fault::at(by, "order_by_attributes and ascending have to be both null or have a value")),
    }
}

fn list<'r>(arguments: &'r Record, name: &str) -> Result<Option<&'r [Item]>, Fault> {
    arguments.maybe_list(name).map_err(|error| Fault::legacy(error.to_string()))
}

/// What a list can be ordered by.
#[derive(Debug)]
pub(super) struct Columns {
    /// Names, and what each is in our statement.
    pub(super) known: &'static [(&'static str, &'static str)],
    /// Names that legacy's database refuses because several of the tables have them.
    pub(super) ambiguous: &'static [&'static str],
    /// What follows each of them, before the direction.
    pub(super) collation: &'static str,
}

impl Columns {
    /// As [`terms`].
    ///
    /// # Errors
    /// As there.
    pub(super) fn terms(&self, arguments: &Record, default: &str) -> Result<String, Stop> {
        resolved(arguments, default, |attribute| {
            let is = |name: &str| name.eq_ignore_ascii_case(attribute);
            match self.known.iter().find(|(name, _)| is(name)) {
                Some((_, column)) => Ok(format!("{column}{}", self.collation)),
                None if self.ambiguous.iter().any(|name| is(name)) => Err("ambiguous column name"),
                None => Err(UNKNOWN),
            }
        })
    }

    /// As [`clause`].
    ///
    /// # Errors
    /// As there.
    pub(super) fn clause(&self, arguments: &Record, default: &str) -> Result<String, Stop> {
        paged(self.terms(arguments, default)?, arguments)
    }
}

/// Whether a column is among those to order by.
pub(super) fn is_by(arguments: &Record, column: &str) -> bool {
    let by = arguments.maybe_list(ORDER_BY.name).ok().flatten().unwrap_or_default();
    by.iter().filter_map(Item::as_text).any(|by| by.eq_ignore_ascii_case(column))
}

/// The terms after `ORDER BY`: made of the columns given here alone, never of the client's text. What is no column is
/// refused as legacy's database refuses it.
///
/// # Errors
/// An attribute that may mean something to the database, and is no column.
pub(super) fn terms(arguments: &Record, columns: &[&'static str], default: &'static str) -> Result<String, Stop> {
    resolved(arguments, default, |attribute| {
        let column = columns.iter().find(|column| column.eq_ignore_ascii_case(attribute));
        column.map(|column| (*column).to_owned()).ok_or(UNKNOWN)
    })
}

const UNKNOWN: &str = "no such column";

fn resolved(
    arguments: &Record,
    default: &str,
    find: impl Fn(&str) -> Result<String, &'static str>,
) -> Result<String, Stop> {
    let (Some(attributes), Some(directions)) =
        (arguments.maybe_list(ORDER_BY.name)?, arguments.maybe_list(ASCENDING.name)?)
    else {
        return Ok(default.to_owned());
    };
    if attributes.len() > TERMS {
        return Err(Unanswered::declined("it orders by very many attributes").into());
    }
    let mut terms = Vec::new();
    let mut fault = None;
    for (attribute, ascending) in attributes.iter().zip(directions) {
        let attribute = attribute.as_text().unwrap_or("None");
        let direction = if *ascending == Item::Bool(true) { "ASC" } else { "DESC" };
        match find(attribute) {
            Ok(column) => terms.push(format!("{column} {direction}")),
            // Each is looked at, for any of them may be something else than an unknown name.
            Err(what) if is_plain_name(attribute) => fault = fault.or_else(|| Some(format!("{what}: {attribute}"))),
            Err(_) => return Err(Unanswered::declined("it orders by what may be more than a name").into()),
        }
    }
    match fault {
        Some(fault) => Err(Stop::Refused(Answer::failure(500, &fault))),
        None => Ok(terms.join(",")),
    }
}

/// The page, if both its ends are given: limit and offset as the database takes them. Legacy has no page of length 0.
///
/// # Errors
/// A number beyond 64 bits.
pub(super) fn page(arguments: &Record) -> Result<Option<(i64, i64)>, Unanswered> {
    let (limit, offset) = (arguments.maybe_int("limit")?, arguments.maybe_int("offset")?);
    Ok(limit.zip(offset).map(|(limit, offset)| (if limit == 0 { -1 } else { limit }, offset)))
}

/// The end of a statement, ` ORDER BY … LIMIT …` with the page's numbers written out: so does legacy, and SQLite plans by
/// them. Numbers beyond 64 bits are refused as legacy's database refuses them.
///
/// # Errors
/// As [`terms`].
pub(super) fn clause(arguments: &Record, columns: &[&'static str], default: &'static str) -> Result<String, Stop> {
    paged(terms(arguments, columns, default)?, arguments)
}

fn paged(terms: String, arguments: &Record) -> Result<String, Stop> {
    let order = if terms.is_empty() { terms } else { format!(" ORDER BY {terms}") };
    match page(arguments) {
        Ok(None) => Ok(order),
        Ok(Some((limit, 0))) => Ok(format!("{order} LIMIT {limit}")),
        Ok(Some((limit, offset))) => Ok(format!("{order} LIMIT {limit} OFFSET {offset}")),
        // One of them alone is no page, and is not looked at.
        Err(_) if arguments.is_null("limit") || arguments.is_null("offset") => Ok(order),
        Err(_) => Err(Stop::Refused(Answer::failure(500, "datatype mismatch"))),
    }
}

/// A name that means a column to the database, or nothing.
fn is_plain_name(text: &str) -> bool {
    let plain = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    let upper = text.to_ascii_uppercase();
    plain && text.len() <= 200 && KEYWORDS.binary_search(&upper.as_str()).is_err()
}

/// SQLite's keywords, the names it has for a row's number, and its two constants.
#[rustfmt::skip] // a screen of words
const KEYWORDS: &[&str] = &[
    "ABORT", "ACTION", "ADD", "AFTER", "ALL", "ALTER", "ALWAYS", "ANALYZE", "AND", "AS", "ASC", "ATTACH",
    "AUTOINCREMENT", "BEFORE", "BEGIN", "BETWEEN", "BY", "CASCADE", "CASE", "CAST", "CHECK", "COLLATE", "COLUMN",
    "COMMIT", "CONFLICT", "CONSTRAINT", "CREATE", "CROSS", "CURRENT", "CURRENT_DATE", "CURRENT_TIME",
    "CURRENT_TIMESTAMP", "DATABASE", "DEFAULT", "DEFERRABLE", "DEFERRED", "DELETE", "DESC", "DETACH", "DISTINCT", "DO",
    "DROP", "EACH", "ELSE", "END", "ESCAPE", "EXCEPT", "EXCLUDE", "EXCLUSIVE", "EXISTS", "EXPLAIN", "FAIL", "FALSE",
    "FILTER", "FIRST", "FOLLOWING", "FOR", "FOREIGN", "FROM", "FULL", "GENERATED", "GLOB", "GROUP", "GROUPS", "HAVING",
    "IF", "IGNORE", "IMMEDIATE", "IN", "INDEX", "INDEXED", "INITIALLY", "INNER", "INSERT", "INSTEAD", "INTERSECT",
    "INTO", "IS", "ISNULL", "JOIN", "KEY", "LAST", "LEFT", "LIKE", "LIMIT", "MATCH", "MATERIALIZED", "NATURAL", "NO",
    "NOT", "NOTHING", "NOTNULL", "NULL", "NULLS", "OF", "OFFSET", "OID", "ON", "OR", "ORDER", "OTHERS", "OUTER", "OVER",
    "PARTITION", "PLAN", "PRAGMA", "PRECEDING", "PRIMARY", "QUERY", "RAISE", "RANGE", "RECURSIVE", "REFERENCES",
    "REGEXP", "REINDEX", "RELEASE", "RENAME", "REPLACE", "RESTRICT", "RETURNING", "RIGHT", "ROLLBACK", "ROW", "ROWID",
    "ROWS", "SAVEPOINT", "SELECT", "SET", "TABLE", "TEMP", "TEMPORARY", "THEN", "TIES", "TO", "TRANSACTION", "TRIGGER",
    "TRUE", "UNBOUNDED", "UNION", "UNIQUE", "UPDATE", "USING", "VACUUM", "VALUES", "VIEW", "VIRTUAL", "WHEN", "WHERE",
    "WINDOW", "WITH", "WITHIN", "WITHOUT", "_ROWID_",
];

#[cfg(test)]
mod tests {
    use super::*;

    /// None if it is left to legacy.
    fn told(outcome: Result<String, Stop>) -> Option<Result<String, Answer>> {
        match outcome {
            Ok(terms) => Some(Ok(terms)),
            Err(Stop::Refused(answer)) => Some(Err(answer)),
            Err(_) => None,
        }
    }

    fn ordered(attributes: &[&str]) -> Option<Result<String, Answer>> {
        let mut arguments = Record::default();
        let item = |text: &&str| if text.is_empty() { Item::Null } else { Item::Text((*text).to_owned()) };
        arguments.insert("order_by_attributes", Item::List(attributes.iter().map(item).collect()));
        arguments.insert("ascending", Item::List(vec![Item::Bool(true), Item::Bool(false)]));
        told(terms(&arguments, &["name", "timestamp"], "timestamp DESC"))
    }

    #[test]
    fn only_columns_that_are_known_become_terms() {
        assert!(KEYWORDS.is_sorted());
        assert_eq!(terms(&Record::default(), &["name"], "name ASC").unwrap(), "name ASC");
        assert_eq!(ordered(&["NAME", "timestamp"]).unwrap().unwrap(), "name ASC,timestamp DESC");
        let refusal = |name: &str| Answer::failure(500, &format!("no such column: {name}"));
        assert_eq!(ordered(&["name", "Zz"]).unwrap(), Err(refusal("Zz")));
        assert_eq!(ordered(&["zz", "yy"]).unwrap(), Err(refusal("zz")));
        assert_eq!(ordered(&["", "name"]).unwrap(), Err(refusal("None")));
        for odd in ["rowid", "select", "name;", "calendar.name", "1", "(1)", "\u{e9}", "\"name\"", "true", "a b"] {
            assert_eq!(ordered(&["zz", odd]), None, "{odd}");
        }
    }

    #[test]
    fn columns_of_several_tables_are_known_ambiguous_or_refused() {
        let columns = Columns {
            known: &[("name", "a.name"), ("type", "u.type")],
            ambiguous: &["identifier"],
            collation: " COLLATE NOCASE",
        };
        let ordered = |by: &[&str]| {
            let mut arguments = Record::default();
            arguments.insert(ORDER_BY.name, Item::List(by.iter().map(|by| Item::Text((*by).into())).collect()));
            arguments.insert(ASCENDING.name, Item::List(vec![Item::Bool(true), Item::Bool(false)]));
            told(columns.terms(&arguments, "a.name DESC"))
        };
        assert_eq!(columns.terms(&Record::default(), "a.name DESC").unwrap(), "a.name DESC");
        let both = "u.type COLLATE NOCASE ASC,a.name COLLATE NOCASE DESC";
        assert_eq!(ordered(&["Type", "name"]).unwrap().unwrap(), both);
        let refusal = |text: &str| Err(Answer::failure(500, text));
        assert_eq!(ordered(&["Identifier", "zz"]).unwrap(), refusal("ambiguous column name: Identifier"));
        assert_eq!(ordered(&["zz", "identifier"]).unwrap(), refusal("no such column: zz"));
        for by in ["name, (SELECT 1)", "a.name", "name ", "rowid", "1"] {
            assert_eq!(ordered(&[by]), None, "{by}");
        }
    }

    #[test]
    fn a_page_is_written_out_if_both_its_ends_are_given() {
        let written = |limit: Item, offset: Item| {
            let mut arguments = Record::default();
            arguments.insert("limit", limit);
            arguments.insert("offset", offset);
            told(clause(&arguments, &[], "name DESC")).unwrap()
        };
        let int = |int: i64| Item::Int(int.into());
        let beyond = || Item::Int("9223372036854775808".parse().unwrap());
        for (limit, offset, page) in [
            (int(0), int(0), " LIMIT -1"),
            (int(5), int(7), " LIMIT 5 OFFSET 7"),
            (int(5), Item::Null, ""),
            (beyond(), Item::Null, ""),
        ] {
            assert_eq!(written(limit, offset), Ok(format!(" ORDER BY name DESC{page}")));
        }
        assert_eq!(written(beyond(), int(0)), Err(Answer::failure(500, "datatype mismatch")));
    }
}
