//! What is written: four kinds of rows, each with a name that nobody else uses and a text that changes.

use serde_json::{Value, json};

/// A kind of row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    Tag,
    /// Without premium there may be ten, which legacy counts before it writes.
    Note,
    Entry,
    /// It is never edited. With each goes a row of a second table.
    Event,
}

/// A row as its writer knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    pub kind: Kind,
    pub name: String,
    pub text: String,
    /// Tags have none.
    pub id: i64,
}

/// A request below `/api/1`.
#[derive(Debug, Clone)]
pub struct Request {
    pub method: &'static str,
    pub path: &'static str,
    pub body: Value,
}

impl Request {
    pub fn new(method: &'static str, path: &'static str, body: Value) -> Self {
        Self { method, path, body }
    }

    pub fn label(&self) -> String {
        format!("{} {}", self.method, self.path)
    }
}

impl Kind {
    pub const ALL: [Self; 4] = [Self::Tag, Self::Note, Self::Entry, Self::Event];

    pub fn path(self) -> &'static str {
        match self {
            Self::Tag => "tags",
            Self::Note => "notes",
            Self::Entry => "calendar",
            Self::Event => "history/events",
        }
    }

    /// How many of them a client has at most.
    pub fn most(self) -> usize {
        if self == Self::Note { 1 } else { 3 }
    }

    /// The request that shows rows of this name, or all.
    pub fn shows(self, name: Option<&str>) -> Request {
        let by = |column: &str| name.map_or_else(|| json!({}), |name| json!({ column: name }));
        match self {
            Self::Tag => Request::new("GET", "tags", Value::Null),
            Self::Note => Request::new("POST", "notes", by("title_substring")),
            Self::Entry => Request::new("POST", "calendar", by("name")),
            Self::Event => Request::new("POST", "history/events", by("event_identifiers")),
        }
    }

    /// The rows of an answer to it, in the order of their identifiers and names.
    pub fn shown(self, result: &Value) -> Vec<Row> {
        let all: Vec<&Value> = match self {
            Self::Tag => result.as_object().unwrap().values().collect(),
            Self::Event => result["entries"].as_array().unwrap().iter().map(|event| &event["entry"]).collect(),
            Self::Note | Self::Entry => result["entries"].as_array().unwrap().iter().collect(),
        };
        let (name, text) = match self {
            Self::Tag | Self::Entry => ("name", "description"),
            Self::Note => ("title", "content"),
            Self::Event => ("event_identifier", "user_notes"),
        };
        let said = |row: &Value, field: &str| row[field].as_str().unwrap_or_default().to_owned();
        let row = |row: &Value| {
            let id = row["identifier"].as_i64().unwrap_or_default();
            Row { kind: self, name: said(row, name), text: said(row, text), id }
        };
        let mut rows: Vec<Row> = all.into_iter().map(row).collect();
        rows.sort_by(|a, b| (a.id, &a.name).cmp(&(b.id, &b.name)));
        rows
    }

    /// The identifier in the answer to [`Row::added`].
    pub fn id(self, result: &Value) -> i64 {
        let id = match self {
            Self::Tag => return 0,
            Self::Note => result,
            Self::Entry => &result["entry_id"],
            Self::Event => &result["identifier"],
        };
        id.as_i64().unwrap()
    }
}

impl Row {
    pub fn added(&self) -> Request {
        let Self { name, text, .. } = self;
        let body = match self.kind {
            Kind::Tag => {
                json!({"name": name, "description": text, "background_color": "ffffff", "foreground_color": "000000"})
            }
            Kind::Note => json!({"title": name, "content": text, "location": "G", "is_pinned": false}),
            Kind::Entry => {
                json!({"name": name, "description": text, "timestamp": 1_900_000_000, "auto_delete": false})
            }
            // Among the newest, which are all that is shown without premium.
            Kind::Event => json!({"entry_type": "history event", "event_identifier": name, "user_notes": text,
                "timestamp": 1_790_000_000_000_i64, "sequence_index": 0, "asset": "BTC", "amount": "1.5",
                "event_type": "receive", "event_subtype": "none", "location": "kraken"}),
        };
        Request::new("PUT", self.kind.path(), body)
    }

    pub fn edited(&self) -> Request {
        let Self { name, text, id, .. } = self;
        let mut body = self.added().body;
        match self.kind {
            Kind::Tag => body = json!({"name": name, "description": text}),
            Kind::Note => body["last_update_timestamp"] = json!(1),
            Kind::Entry => {}
            Kind::Event => panic!("{name} is not to be edited"),
        }
        if self.kind != Kind::Tag {
            body["identifier"] = json!(id);
        }
        Request::new("PATCH", self.kind.path(), body)
    }

    pub fn deleted(&self) -> Request {
        let body = match self.kind {
            Kind::Tag => json!({"name": self.name}),
            Kind::Note | Kind::Entry => json!({"identifier": self.id}),
            Kind::Event => json!({"identifiers": [self.id]}),
        };
        Request::new("DELETE", self.kind.path(), body)
    }
}
