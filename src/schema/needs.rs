//! What a handler needs of the databases: which of them, in which version, which tables and columns.
//!
//! It is declared beside the handler, and held against its statements by `tests/needs.rs`.

use std::fmt;

use serde::{Serialize, Serializer};
use serde_json::{Map, Value, json};

use super::version;

/// A database of legacy's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Database {
    /// `users/{name}/rotkehlchen.db`
    User,
    /// `users/{name}/rotkehlchen_transient.db`
    Transient,
    /// `global/global.db`
    Global,
}

impl Database {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::User, Self::Transient, Self::Global];

    /// The schema version that the handlers were written for.
    #[must_use]
    pub const fn version(self) -> i64 {
        match self {
            Self::User => version::USER,
            Self::Transient => version::TRANSIENT,
            Self::Global => version::GLOBAL,
        }
    }

    /// One word for tables and JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Transient => "transient",
            Self::Global => "global",
        }
    }

    /// Why a handler declines when another version was found in it.
    #[must_use]
    pub fn mismatch(self, found: Option<i64>) -> String {
        let found = found.map_or_else(|| "no readable version".to_owned(), |found| format!("version {found}"));
        format!("{self} has {found}, handlers know {}", self.version())
    }
}

impl fmt::Display for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::User => "the user database",
            Self::Transient => "the transient database",
            Self::Global => "global.db",
        })
    }
}

/// Tables with the columns that are read of them, each as `tags(name, description)`. The rowid is not named.
pub type Tables = &'static [&'static str];

/// What a handler needs of each database; no tables of one that it leaves alone.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Needs {
    /// Of the user's database.
    pub user: Tables,
    /// Of the user's transient database.
    pub transient: Tables,
    /// Of global.db.
    pub global: Tables,
}

impl Needs {
    /// No database at all.
    pub const NOTHING: Self = Self { user: &[], transient: &[], global: &[] };

    /// The tables of one database.
    #[must_use]
    pub const fn tables(&self, database: Database) -> Tables {
        match database {
            Database::User => self.user,
            Database::Transient => self.transient,
            Database::Global => self.global,
        }
    }

    /// The databases that are needed.
    pub fn databases(&self) -> impl Iterator<Item = Database> {
        Database::ALL.into_iter().filter(|database| !self.tables(*database).is_empty())
    }

    fn to_json(self) -> Value {
        let shown = self.databases().map(|database| {
            let tables: Map<String, Value> = self
                .tables(database)
                .iter()
                .filter_map(|text| table(text))
                .map(|(name, columns)| (name.to_owned(), json!(columns)))
                .collect();
            json!({"database": database.as_str(), "version": database.version(), "tables": tables})
        });
        shown.collect()
    }
}

/// A list of databases with version and tables.
impl Serialize for Needs {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.to_json().serialize(serializer)
    }
}

/// As in `user 49, global 13`; a dash for nothing.
impl fmt::Display for Needs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown: Vec<String> =
            self.databases().map(|database| format!("{} {}", database.as_str(), database.version())).collect();
        if shown.is_empty() { f.write_str("-") } else { f.write_str(&shown.join(", ")) }
    }
}

/// Name and columns of a table that is written `tags(name, description)`.
#[must_use]
pub fn table(text: &str) -> Option<(&str, Vec<&str>)> {
    let (name, columns) = text.strip_suffix(')')?.split_once('(')?;
    let columns: Vec<&str> = columns.split(", ").collect();
    let plain = |word: &str| {
        !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b == b'_' || b.is_ascii_digit())
    };
    (plain(name) && columns.iter().all(|column| plain(column))).then_some((name, columns))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_a_name_and_its_columns() {
        assert_eq!(table("tags(name)"), Some(("tags", vec!["name"])));
        assert_eq!(table("a_b(c, d2)"), Some(("a_b", vec!["c", "d2"])));
        for text in ["tags", "tags()", "tags(name", "tags(name,value)", "tags(name, )", "(name)", "Tags(name)"] {
            assert_eq!(table(text), None, "{text}");
        }
    }

    #[test]
    fn needs_are_shown_in_short_and_in_full() {
        let needs = Needs { user: &["tags(name)"], global: &["assets(identifier, type)"], ..Needs::NOTHING };
        assert_eq!((needs.to_string().as_str(), Needs::NOTHING.to_string().as_str()), ("user 49, global 13", "-"));
        assert_eq!(
            needs.to_json(),
            json!([
                {"database": "user", "version": 49, "tables": {"tags": ["name"]}},
                {"database": "global", "version": 13, "tables": {"assets": ["identifier", "type"]}},
            ])
        );
        assert_eq!(Needs::NOTHING.to_json(), json!([]));
    }

    #[test]
    fn a_mismatch_names_both_versions() {
        assert_eq!(Database::Global.mismatch(Some(14)), "global.db has version 14, handlers know 13");
        assert_eq!(Database::User.mismatch(None), "the user database has no readable version, handlers know 49");
    }
}
