//! The form of an event: its name, and one line of JSON.

use bytes::Bytes;
use serde_json::Value;

/// A comment, which says that the stream is alive.
pub(super) const ALIVE: Bytes = Bytes::from_static(b": ok\n\n");

/// An event.
pub(super) fn event(name: &str, data: &Value) -> Bytes {
    line(name, &data.to_string())
}

/// An event whose data is JSON already.
pub(super) fn line(name: &str, json: &str) -> Bytes {
    // A line break can only stand between the tokens of JSON, never in one.
    let json = json.trim().replace(['\r', '\n'], " ");
    Bytes::from(format!("event: {name}\ndata: {json}\n\n"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_event_is_a_name_and_one_line() {
        assert_eq!(event("change", &json!({"why": "a\nb"})), "event: change\ndata: {\"why\":\"a\\nb\"}\n\n");
        assert_eq!(line("change", "{\n\"id\": 1}\n"), "event: change\ndata: { \"id\": 1}\n\n");
    }
}
