//! Header lines, to and from `headers` of a request or a response.

use serde_json::{Value, json};

use super::{HarError, node::Node};
use crate::parity::message::Headers;

/// The lines. Pseudo headers of HTTP/2 are left out; they are in other fields, too.
///
/// Tools that join lines of one name do so with a line feed, which no line can hold: those are taken apart again, unless
/// the file is our own, and `exact`.
pub(super) fn read(message: &Node<'_>, exact: bool) -> Result<Headers, HarError> {
    let mut headers = Headers::new();
    for line in message.objects("headers")? {
        let name = line.text("name")?.ok_or_else(|| line.wrong("name", "a text"))?;
        let value = line.text("value")?.unwrap_or_default();
        if name.starts_with(':') {
            continue;
        }
        if exact {
            headers.push((name.to_owned(), latin(value)));
        } else {
            headers.extend(value.split('\n').map(|part| (name.to_owned(), latin(part.trim_end_matches('\r')))));
        }
    }
    Ok(headers)
}

/// A tool that shows more than Latin-1 has read the bytes as UTF-8.
pub(super) fn latin(value: &str) -> String {
    if value.chars().all(|c| c <= '\u{ff}') {
        return value.to_owned();
    }
    value.bytes().map(char::from).collect()
}

pub(super) fn write(headers: &Headers) -> Value {
    headers.iter().map(|(name, value)| json!({ "name": name, "value": value })).collect()
}

/// The first line of this name, which is in lower case.
pub(super) fn first<'h>(headers: &'h Headers, name: &str) -> Option<&'h str> {
    headers.iter().find(|(given, _)| given.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
}

/// Removes every line of this name, which is in lower case.
pub(super) fn remove(headers: &mut Headers, name: &str) {
    headers.retain(|(given, _)| !given.eq_ignore_ascii_case(name));
}

/// What Content-Length says.
pub(super) fn content_length(headers: &Headers) -> Option<u64> {
    first(headers, "content-length")?.trim().parse().ok()
}

/// Whether names are spelled as they were on the wire, as far as one can tell: HTTP/2 has lower case only, and so have
/// tools that keep headers in a map.
pub(super) fn spelled(version: &str, headers: &Headers) -> bool {
    let version = version.to_ascii_lowercase();
    version.starts_with("http/1") && headers.iter().any(|(name, _)| name.bytes().any(|byte| byte.is_ascii_uppercase()))
}
