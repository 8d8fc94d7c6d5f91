//! What legacy's own run of the recorded sequences left behind: `compat/corpus/effects.json`, which
//! `scripts/write-parity --effects` writes.

use std::{collections::BTreeMap, path::Path};

use serde::Deserialize;
use serde_json::Value;

use super::{
    copy,
    rows::{Changes, Databases, Keys},
};

/// The rows that the login and each step of a sequence change.
#[derive(Deserialize)]
pub struct Effects {
    login: Changes,
    pub sequences: BTreeMap<u64, Vec<Changes>>,
}

impl Effects {
    pub fn load() -> Self {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("compat/corpus/effects.json");
        Self::of(&std::fs::read_to_string(file).unwrap())
    }

    /// Of another such file.
    pub fn of(text: &str) -> Self {
        serde_json::from_str(text).unwrap()
    }

    /// Makes a copy of a snapshot, with what legacy's login would have changed: row numbers depend on it.
    pub fn logged_in(&self, snapshot: &Path, to: &Path, keys: &Keys) {
        copy(snapshot, to);
        let databases = Databases::open(to, keys);
        for (name, rows) in &self.login {
            let (database, table) = name.split_once('.').unwrap();
            let connection = databases.connection(database);
            for (rowid, row) in rows {
                let delete = format!("DELETE FROM {table} WHERE rowid = ?");
                connection.execute(&delete, [rowid]).unwrap();
                let Some([name, value]) = row.as_array().map(Vec::as_slice) else { continue };
                // The moment of a login that was long ago.
                let value = value.as_str().unwrap_or("1700000000");
                let insert = format!("INSERT INTO {table}(rowid, name, value) VALUES (?, ?, ?)");
                connection.execute(&insert, (rowid, name.as_str().unwrap(), value)).unwrap();
            }
        }
    }
}

/// Where two sets of changes differ, row by row.
pub fn differences(legacy: &Changes, native: &Changes) -> Vec<String> {
    let rows = |changes: &Changes| -> BTreeMap<String, Value> {
        let each = changes.iter().flat_map(|(table, rows)| rows.iter().map(move |(row, now)| (table, row, now)));
        each.map(|(table, row, now)| (format!("{table} rowid {row}"), now.clone())).collect()
    };
    let (ours, theirs) = (rows(native), rows(legacy));
    let mut names: Vec<&String> = ours.keys().chain(theirs.keys()).collect();
    names.sort();
    names.dedup();
    let said = |rows: &BTreeMap<String, Value>, name: &String| match rows.get(name) {
        None => "leaves it".to_owned(),
        Some(Value::Null) => "deletes it".to_owned(),
        Some(row) => format!("makes it {row}"),
    };
    let differ = names.into_iter().filter(|name| ours.get(*name) != theirs.get(*name));
    differ.map(|name| format!("{name}: legacy {}, native {}", said(&theirs, name), said(&ours, name))).collect()
}
