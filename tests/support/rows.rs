//! What is in the three databases of a user: every table, every row with its rowid; and how two states differ.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    sync::{Arc, LazyLock},
    time::SystemTime,
};

use cutover::db::Passphrase;
use regex::Regex;
use rusqlite::{Connection, types::Value};
use serde_json::{Value as Json, json};

use super::files::stranger;

/// One table by rowid.
pub type Rows = BTreeMap<i64, Vec<Value>>;
/// Tables by name, such as `user.tags`.
pub type Tables = BTreeMap<String, Arc<Rows>>;
/// Rows that are another now, as JSON; null where one is gone.
pub type Changes = BTreeMap<String, BTreeMap<i64, Json>>;

/// A random identifier, or a time in seconds or milliseconds.
static TOKEN: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}|\b\d{13}\b|\b\d{10}\b").unwrap()
});
const USER: &str = "rotkehlchen.db";
const TRANSIENT: &str = "rotkehlchen_transient.db";
/// Before and after a run, for clocks that are rounded.
const SLACK: u64 = 2;

/// The keys of a user's databases: to derive them anew for every copy of the same files would take most of the time.
pub struct Keys {
    user: String,
    literals: [String; 2],
}

impl Keys {
    pub fn derive(data: &Path, user: &str, password: &str) -> Self {
        let passphrase = Passphrase::new(password.to_owned());
        let of_user = data.join("users").join(user);
        let literal = |file: &str| passphrase.derive(&of_user.join(file)).unwrap().literal().to_string();
        Self { user: user.to_owned(), literals: [USER, TRANSIENT].map(literal) }
    }
}

/// Connections of the test's own. A file is read again only when somebody else has changed it.
pub struct Databases {
    files: Vec<File>,
}

struct File {
    name: &'static str,
    connection: Connection,
    version: Option<i64>,
    tables: Tables,
}

impl Databases {
    pub fn open(data: &Path, keys: &Keys) -> Self {
        let file = |name, connection| File { name, connection, version: None, tables: Tables::new() };
        let of_user = data.join("users").join(&keys.user);
        let files = vec![
            file("user", stranger(&of_user.join(USER), Some(&keys.literals[0]))),
            file("transient", stranger(&of_user.join(TRANSIENT), Some(&keys.literals[1]))),
            file("global", stranger(&data.join("global/global.db"), None)),
        ];
        Self { files }
    }

    /// The connection of one database.
    pub fn connection(&self, name: &str) -> &Connection {
        &self.files.iter().find(|file| file.name == name).unwrap().connection
    }

    /// All tables as they are now.
    pub fn read(&mut self) -> Tables {
        self.files.iter_mut().flat_map(|file| file.read().clone()).collect()
    }
}

impl File {
    fn read(&mut self) -> &Tables {
        let version = self.connection.query_row("PRAGMA data_version", [], |row| row.get(0)).unwrap();
        if self.version != Some(version) {
            let transaction = self.connection.unchecked_transaction().unwrap();
            let names: Vec<String> = transaction
                .prepare("SELECT name FROM sqlite_master WHERE type = 'table'")
                .and_then(|mut names| names.query_map([], |row| row.get(0))?.collect())
                .unwrap();
            let table = |name: &String| (format!("{}.{name}", self.name), Arc::new(all(&transaction, name)));
            self.tables = names.iter().map(table).collect();
            drop(transaction);
            self.version = Some(version);
        }
        &self.tables
    }
}

fn all(connection: &Connection, table: &str) -> Rows {
    let mut select = connection.prepare(&format!("SELECT rowid, * FROM \"{table}\"")).unwrap();
    let count = select.column_count();
    let rows =
        select.query_map([], |row| Ok((row.get(0)?, (1..count).map(|at| row.get(at)).collect::<Result<_, _>>()?)));
    rows.unwrap().map(Result::unwrap).collect()
}

/// Stands for what differs from run to run: times within it, and identifiers that the data did not have.
pub struct Naming {
    known: BTreeSet<String>,
    began: u64,
    names: BTreeMap<String, String>,
}

impl Naming {
    /// For what happens to these tables from now on.
    pub fn from(base: &Tables) -> Self {
        let texts = base.values().flat_map(|rows| rows.values()).flatten().filter_map(|value| match value {
            Value::Text(text) => Some(text),
            _ => None,
        });
        let known = texts.flat_map(|text| TOKEN.find_iter(text)).map(|found| found.as_str().to_owned()).collect();
        Self { known, began: now(), names: BTreeMap::new() }
    }

    /// The rows that one state has and the other has not, or has otherwise.
    pub fn changes(&mut self, before: &Tables, after: &Tables) -> Changes {
        let none = Arc::new(Rows::new());
        let mut found = Changes::new();
        for name in before.keys().chain(after.keys()).collect::<BTreeSet<_>>() {
            let (old, new) = (before.get(name).unwrap_or(&none), after.get(name).unwrap_or(&none));
            if Arc::ptr_eq(old, new) || old == new {
                continue;
            }
            for rowid in old.keys().chain(new.keys()).collect::<BTreeSet<_>>() {
                if old.get(rowid) != new.get(rowid) {
                    let row = new.get(rowid).map(|row| row.iter().map(|value| self.shown(value)).collect());
                    found.entry(name.clone()).or_default().insert(*rowid, row.map_or(Json::Null, Json::Array));
                }
            }
        }
        found
    }

    /// A text with what differs from run to run named.
    pub fn masked(&mut self, text: &str) -> String {
        TOKEN.replace_all(text, |found: &regex::Captures<'_>| self.name(&found[0])).into_owned()
    }

    fn shown(&mut self, value: &Value) -> Json {
        let (kind, text, plain) = match value {
            Value::Null => return Json::Null,
            Value::Blob(bytes) => {
                return json!({"blob": hex(bytes)});
            }
            Value::Integer(int) => ("integer", int.to_string(), json!(int)),
            Value::Real(real) => ("real", format!("{real:?}"), json!(real)),
            Value::Text(text) => ("text", text.clone(), json!(text)),
        };
        let masked = self.masked(&text);
        if masked == text { plain } else { json!({"masked": kind, "as": masked}) }
    }

    fn name(&mut self, token: &str) -> String {
        if let Ok(time) = token.parse::<u64>() {
            let seconds = if token.len() == 13 { time / 1000 } else { time };
            let within = self.began - SLACK <= seconds && seconds <= now() + SLACK;
            return if within { "<now>".to_owned() } else { token.to_owned() };
        }
        if self.known.contains(token) {
            return token.to_owned();
        }
        let next = format!("<{}>", self.names.len() + 1);
        self.names.entry(token.to_owned()).or_insert(next).clone()
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

fn now() -> u64 {
    SystemTime::UNIX_EPOCH.elapsed().unwrap().as_secs()
}
