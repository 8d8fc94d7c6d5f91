//! One entry as JSON, and a few as a whole file.

use serde_json::{Map, Value, json};

use super::{Entry, moment, request, response};

/// What our own files name as their creator.
pub(super) const CREATOR: &str = "cutover";
/// What follows the last entry.
pub(super) const TAIL: &str = "\n]}}\n";

/// What precedes the first entry.
pub(super) fn head() -> String {
    let creator = json!({ "name": CREATOR, "version": env!("CARGO_PKG_VERSION") });
    format!("{{\"log\":{{\"version\":\"1.2\",\"creator\":{creator},\"entries\":[")
}

/// The entries as a file, one on each line.
#[must_use]
pub fn to_string(entries: &[Entry]) -> String {
    let mut text = head();
    for (place, one) in entries.iter().enumerate() {
        text.push_str(&next(one, place == 0));
    }
    text + TAIL
}

/// An entry with what separates it from the one before.
pub(super) fn next(entry: &Entry, first: bool) -> String {
    let comma = if first { "" } else { "," };
    format!("{comma}\n{}", json(entry))
}

/// An entry in one line, without its end.
#[must_use]
pub fn line(entry: &Entry) -> String {
    json(entry).to_string()
}

fn json(entry: &Entry) -> Value {
    let took = moment::milliseconds(entry.took);
    let mut written = Map::new();
    let mut put = |key: &str, value: Value| written.insert(key.to_owned(), value);
    put("startedDateTime", json!(moment::write(entry.started)));
    put("time", json!(took));
    put("request", request::write(&entry.origin, &entry.request));
    put(
        "response",
        match &entry.response {
            Ok(answer) => response::write(answer),
            Err(reason) => response::absent(reason),
        },
    );
    put("cache", json!({}));
    // Only the whole is known; HAR wants the parts, and that they add up.
    put("timings", json!({ "send": 0, "wait": took, "receive": 0 }));
    if let Some(comment) = &entry.comment {
        put("comment", json!(comment));
    }
    if let Some((sequence, step)) = entry.sequence {
        put("_sequence", json!(sequence));
        put("_step", json!(step));
    }
    if entry.volatile {
        put("_volatile", json!(true));
    }
    if let Some(native) = &entry.native {
        put("_native", response::write(native));
    }
    written.extend(entry.notes.clone());
    Value::Object(written)
}
