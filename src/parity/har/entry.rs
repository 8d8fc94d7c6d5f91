//! One recorded exchange, and a file of them.

use std::time::{Duration, SystemTime};

use serde_json::{Map, Value};

use crate::parity::{Request, Response};

/// One recorded exchange.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// When the request was sent; a file keeps its milliseconds.
    pub started: SystemTime,
    /// From the first byte sent to the last one received.
    pub took: Duration,
    /// Scheme and authority of the URL: `http://127.0.0.1`.
    pub origin: String,
    /// What was asked.
    pub request: Request,
    /// What was answered, or why there is nothing to compare with.
    pub response: Result<Response, String>,
    /// The handler's answer, in an exported sample that has both sides.
    pub native: Option<Response>,
    /// Sequence and step: requests that are made in order, each sequence on a fresh copy of the data.
    pub sequence: Option<(u64, u64)>,
    /// Whether legacy itself answers differently from process to process.
    pub volatile: bool,
    /// A remark.
    pub comment: Option<String>,
    /// Fields of our own, such as `_route`.
    pub(super) notes: Map<String, Value>,
}

/// The fields with a meaning of their own; a note can not have their names.
pub(super) const RESERVED: [&str; 4] = ["_sequence", "_step", "_volatile", "_native"];

impl Entry {
    /// An exchange with `http://127.0.0.1` that took no time.
    #[must_use]
    pub fn new(started: SystemTime, request: Request, response: Result<Response, String>) -> Self {
        Self {
            started,
            took: Duration::ZERO,
            origin: "http://127.0.0.1".to_owned(),
            request,
            response,
            native: None,
            sequence: None,
            volatile: false,
            comment: None,
            notes: Map::new(),
        }
    }

    /// Attaches a field of our own, such as `_route` or `_verdict`. The name begins with an underscore, as HAR asks; it
    /// is put there if it is missing. The names of [`Entry`]'s own fields are left alone.
    pub fn note(&mut self, name: &str, value: impl Into<Value>) {
        let name = if name.starts_with('_') { name.to_owned() } else { format!("_{name}") };
        if !RESERVED.contains(&name.as_str()) {
            self.notes.insert(name, value.into());
        }
    }

    /// A field that was attached, by its name with the underscore. Those of files that other tools wrote are not kept.
    #[must_use]
    pub fn noted(&self, name: &str) -> Option<&Value> {
        self.notes.get(name)
    }
}

/// A file of recorded exchanges.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recording {
    /// The name of the tool that wrote it; empty if it does not say.
    pub creator: String,
    /// Every exchange that can be made again, in the order of the file.
    pub entries: Vec<Entry>,
    /// The places in the file, from 0 and in ascending order, of the entries that can not, and why.
    pub passed_over: Vec<(usize, String)>,
}

impl Recording {
    /// The entries with their places in the file, from 0.
    pub fn numbered(&self) -> impl Iterator<Item = (usize, &Entry)> {
        let mut passed_over = self.passed_over.iter().map(|(place, _)| *place).peekable();
        let mut place = 0;
        self.entries.iter().map(move |entry| {
            while passed_over.next_if_eq(&place).is_some() {
                place += 1;
            }
            place += 1;
            (place - 1, entry)
        })
    }
}
