//! What a client filters by, as conditions with bound values. Nothing that a client sent becomes part of a statement.

use rusqlite::types::Value;

use super::Unanswered;
use crate::wire::validate::{Item, Mistyped, Record};

/// Longest pattern that is looked for; from 50 000 bytes on SQLite refuses.
const PATTERN: usize = 40_000;
/// Most members of a list; from 32 767 on legacy's statement has too many variables.
const MEMBERS: usize = 30_000;

/// Conditions that all have to hold. Every `?` stands for one of the values, in their order.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    conditions: Vec<&'static str>,
    /// The bound values.
    pub values: Vec<Value>,
}

impl Filter {
    /// Adds a condition without a value.
    pub fn and(&mut self, condition: &'static str) {
        self.conditions.push(condition);
    }

    /// Adds a condition with a value.
    pub fn and_with(&mut self, condition: &'static str, value: impl Into<Value>) {
        self.conditions.push(condition);
        self.values.push(value.into());
    }

    /// `WHERE …`, or nothing.
    #[must_use]
    pub fn clause(&self) -> String {
        if self.conditions.is_empty() { String::new() } else { format!("WHERE {}", self.conditions.join(" AND ")) }
    }

    /// Whether a condition compares a column of this table with a value, which no NULL passes.
    #[must_use]
    pub fn asks_for(&self, table: &str) -> bool {
        let compares = |condition: &&'static str| {
            // What the planner is told about a condition changes nothing in it.
            let condition = condition.trim_start_matches("unlikely(").trim_end_matches(')');
            let column = condition.strip_prefix(table).is_some_and(|rest| rest.starts_with('.'));
            column && (condition.ends_with(" = ?") || condition.ends_with(" LIKE ?"))
        };
        self.conditions.iter().any(compares)
    }
}

/// The pattern of `LIKE` that finds a text anywhere; `%` and `_` in it are wildcards, as in legacy.
///
/// # Errors
/// Legacy's to look for: it ends a pattern at a NUL, and refuses very long ones.
pub fn containing(text: &str) -> Result<String, Unanswered> {
    if text.len() > PATTERN {
        return Err(Unanswered::declined("a pattern that is too long for SQLite"));
    }
    Ok(format!("%{}%", bindable(text)?))
}

/// A text that both sides bind alike.
///
/// # Errors
/// It has a NUL.
pub fn bindable(text: &str) -> Result<&str, Unanswered> {
    if text.contains('\0') { Err(Unanswered::declined("a text with a NUL")) } else { Ok(text) }
}

/// A list of texts as JSON, for `IN (SELECT value FROM json_each(?))`: one value, however long the list.
///
/// # Errors
/// Too many, or one with a NUL.
pub fn list(texts: &[&str]) -> Result<String, Unanswered> {
    if texts.len() > MEMBERS {
        return Err(Unanswered::declined("more values than SQLite binds"));
    }
    for text in texts {
        bindable(text)?;
    }
    Ok(serde_json::to_string(texts)?)
}

/// A list whose members are bound one by one.
///
/// # Errors
/// More than a statement has variables for: legacy fails in its own way.
pub fn countable(members: usize) -> Result<usize, Unanswered> {
    if members > MEMBERS { Err(Unanswered::declined("more values than SQLite binds")) } else { Ok(members) }
}

/// The texts of a list argument.
///
/// # Errors
/// A member is something else.
pub fn texts<'r>(arguments: &'r Record, name: &str) -> Result<Option<Vec<&'r str>>, Mistyped> {
    let wrong = || Mistyped::Wrong(name.to_owned(), "a list of texts");
    let texts = |items: &'r [Item]| items.iter().map(|item| item.as_text().ok_or_else(wrong)).collect();
    arguments.maybe_list(name)?.map(texts).transpose()
}

/// The records of a list argument.
///
/// # Errors
/// A member is something else.
pub fn records<'r>(arguments: &'r Record, name: &str) -> Result<Vec<&'r Record>, Mistyped> {
    let record = |item: &'r Item| match item {
        Item::Record(record) => Ok(record),
        _ => Err(Mistyped::Wrong(name.to_owned(), "a list of records")),
    };
    arguments.maybe_list(name)?.unwrap_or_default().iter().map(record).collect()
}

/// `limit` and `offset` as SQLite takes them: -1 for no limit. They count only where both are given; a limit of 0 is none.
///
/// # Errors
/// Beyond 64 bits.
pub fn page(arguments: &Record) -> Result<(i64, i64), Mistyped> {
    match (arguments.is_null("limit"), arguments.is_null("offset")) {
        (false, false) => Ok((unlimited(arguments.int("limit")?), arguments.int("offset")?)),
        _ => Ok((-1, 0)),
    }
}

/// Legacy's reading of a limit.
#[must_use]
pub fn unlimited(limit: i64) -> i64 {
    if limit == 0 { -1 } else { limit }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_are_joined_and_values_stay_out_of_them() {
        let mut filter = Filter::default();
        assert_eq!(filter.clause(), "");
        filter.and_with("name LIKE ?", containing("'; --%").unwrap());
        filter.and("x IS NULL");
        assert_eq!(filter.clause(), "WHERE name LIKE ? AND x IS NULL");
        assert_eq!(filter.values, [Value::Text("%'; --%%".into())]);
        filter.and_with("d.symbol = ?", 1);
        filter.and_with("unlikely(e.chain LIKE ?)", 1);
        filter.and("s.protocol IS NULL");
        filter.and_with("ifnull(u.notes, s.address) = ?", 1);
        assert_eq!(
            ["d", "e", "s", "u", "symbol"].map(|table| filter.asks_for(table)),
            [true, true, false, false, false]
        );
    }

    #[test]
    fn what_sqlite_sees_in_its_own_way_is_left_to_legacy() {
        assert!(containing("a\0").is_err() && containing(&"a".repeat(PATTERN + 1)).is_err());
        assert!(countable(MEMBERS).is_ok() && countable(MEMBERS + 1).is_err());
        assert!(list(&["a\0"]).is_err() && list(&vec!["a"; MEMBERS + 1]).is_err());
        assert_eq!(list(&["a\"", "é"]).unwrap(), r#"["a\"","é"]"#);
    }
}
