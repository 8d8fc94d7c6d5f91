//! What is unknown about a text that is none of the messages.

use serde::{Deserialize, de::IgnoredAny};
use serde_json::value::RawValue;
use thiserror::Error;

use super::{Kind, Text};
use crate::wire::{Value, parse::parse};

/// Most characters of legacy's own words that are kept for a log.
const SHOWN: usize = 100;

/// Why a text is no [`Message`](super::Message). It quotes names of keys and words legacy chooses from a list, but no
/// other value of the data, which is the user's.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Unknown {
    /// Python could not read it either.
    #[error("it is no JSON")]
    NotJson,
    /// It is something else than an object of exactly `type`, a text, and `data`.
    #[error("it is no object of type and data alone")]
    NotMessage,
    /// A type of a newer legacy.
    #[error("type {0:?} is unknown")]
    Type(Box<str>),
    /// A sub-type of a newer legacy.
    #[error("sub-type {subtype:?} of {of} is unknown")]
    Subtype {
        /// The type.
        of: &'static str,
        /// The sub-type.
        subtype: Box<str>,
    },
    /// A known type with other data.
    #[error("{of} has another shape: {what}")]
    Shape {
        /// The type.
        of: &'static str,
        /// What is different about it.
        what: Box<str>,
    },
}

impl Unknown {
    /// One word, to count by.
    #[must_use]
    pub fn reason(&self) -> &'static str {
        match self {
            Self::NotJson => "not_json",
            Self::NotMessage => "not_message",
            Self::Type(_) => "type",
            Self::Subtype { .. } => "subtype",
            Self::Shape { .. } => "shape",
        }
    }

    /// Looks for the reason, now that a text was not read.
    pub(super) fn because(text: &[u8], error: &serde_json::Error) -> Self {
        // serde looks into no text that it skips.
        let Ok(text) = str::from_utf8(text) else { return Self::NotJson };
        let (name, data) = match outermost(text) {
            Ok(found) => found,
            Err(unknown) => return unknown,
        };
        let Some(of) = Kind::ALL.iter().map(|kind| kind.of()).find(|of| **of == *name) else {
            return Self::Type(shortened(&name));
        };
        let subtypes = || Kind::ALL.iter().filter(|kind| kind.of() == of).filter_map(|kind| kind.subtype());
        if let Some(data) = data
            && subtypes().next().is_some()
            && let Ok(Subtyped { subtype }) = serde_json::from_str(data.get())
            && !subtypes().any(|known| *known == *subtype)
        {
            return Self::Subtype { of, subtype: shortened(&subtype) };
        }
        Self::Shape { of, what: what(error) }
    }
}

/// Whether a text is an object of exactly `type` and `data`.
pub(super) fn is_message(text: &str) -> bool {
    outermost(text).is_ok()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, bound(deserialize = "'de: 'a"))]
struct Outermost<'a> {
    #[serde(rename = "type")]
    name: Text<'a>,
    #[serde(borrow)]
    data: &'a RawValue,
}

#[derive(Deserialize)]
#[serde(bound(deserialize = "'de: 'a"))]
struct Subtyped<'a> {
    subtype: Text<'a>,
}

/// The type, and the data where it can be looked at: not with `NaN` or the like in it, which is JSON for Python alone.
fn outermost(text: &str) -> Result<(Text<'_>, Option<&RawValue>), Unknown> {
    // serde would take an array of two for the object.
    if text.trim_ascii_start().starts_with('{')
        && let Ok(Outermost { name, data }) = serde_json::from_str(text)
    {
        return Ok((name, Some(data)));
    }
    if serde_json::from_str::<IgnoredAny>(text).is_ok() {
        return Err(Unknown::NotMessage);
    }
    let Value::Dict(mut entries) = parse(text.as_bytes()).map_err(|_| Unknown::NotJson)? else {
        return Err(Unknown::NotMessage);
    };
    match (entries.swap_remove("type"), entries.swap_remove("data"), entries.is_empty()) {
        (Some(Value::Str(name)), Some(_), true) => Ok((name.into(), None)),
        _ => Err(Unknown::NotMessage),
    }
}

/// What serde says, without where it was and without the value it met.
fn what(error: &serde_json::Error) -> Box<str> {
    let said = error.to_string();
    let said = said.rsplit_once(" at line ").map_or(&*said, |(said, _)| said);
    let met_value = said.starts_with("invalid type") || said.starts_with("invalid value");
    match said.rsplit_once(", expected ") {
        Some((_, expected)) if met_value => shortened(&format!("expected {expected}")),
        _ => shortened(said),
    }
}

fn shortened(text: &str) -> Box<str> {
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]).into(),
        None => text.into(),
    }
}

#[cfg(test)]
mod tests {
    use crate::notifier::message::Message;

    #[test]
    fn what_is_unknown_is_said_without_the_users_data() {
        let long = format!(r#"{{"type": "{}", "data": 1}}"#, "é".repeat(200));
        let surrogate = r#"{"type": "legacy", "data": {"verbosity": "error", "value": "\ud800"}}"#;
        let shown: Vec<_> = [
            "",
            "hello",
            "{\"type\": \"legacy\"",
            "\"\\ud800",
            "1",
            "NaN",
            "[\"legacy\", {}]",
            "[\"\\ud800\"]",
            "{}",
            r#"{"type": "legacy"}"#,
            r#"{"type": 1, "data": 1}"#,
            r#"{"type": "legacy", "data": {"verbosity": "error", "value": "a"}, "more": 1}"#,
            r#"{"type": "legacy", "type": "legacy", "data": {"verbosity": "error", "value": "a"}}"#,
            r#"{"type": "new_one", "data": [1, 2]}"#,
            r#"{"type": "new_one", "data": NaN}"#,
            &long,
            r#"{"type": "progress_updates", "data": {"subtype": "new_one", "total": 1}}"#,
            r#"{"type": "transaction_status", "data": {"chain": "SOL", "subtype": "solana"}}"#,
            r#"{"type": "progress_updates", "data": {"total": 1, "processed": 1}}"#,
            r#"{"type": "progress_updates", "data": {"total": NaN, "processed": 1}}"#,
            r#"{"type": "progress_updates", "data": {"total": 1, "processed": 1, "subtype": "stats_price_query"}}"#,
            r#"{"type": "progress_updates", "data": {"total": 1.5, "processed": 1, "subtype": "stats_price_query"}}"#,
            r#"{"type": "legacy", "data": {"verbosity": "error", "value": {"my": "secret, expected by none"}}}"#,
            r#"{"type": "legacy", "data": "my secret, expected by none"}"#,
            r#"{"type": "legacy", "data": {"verbosity": "info", "value": "my secret"}}"#,
            r#"{"type": "legacy", "data": {"verbosity": "error"}}"#,
            r#"{"type": "legacy", "data": {"verbosity": "error", "value": "my secret", "more": 1}}"#,
            surrogate,
            r#"{"type": "missing_api_key", "data": {"service": "etherscan", "location": null}}"#,
            r#"{"type": "database_upload_result", "data": {"uploaded": true, "actionable": false}}"#,
            r#"{"type": "database_upload_progress", "data": {"type": "encrypting", "current_chunk": 1}}"#,
            r#"{"type": "new_evm_token_detected", "data": {"token_identifier": "a", "is_ignored": false}}"#,
            r#"{"type": "transaction_status", "data": {"addresses": [], "chain": "BTC", "subtype": "bitcoin", "status": "querying_transactions"}}"#,
        ]
        .iter()
        .map(|text| {
            let unknown = Message::read(text.as_bytes()).unwrap_err();
            assert!(!unknown.to_string().contains("secret"), "{unknown}");
            format!("{text}\n    {}: {unknown}", unknown.reason())
        })
        .collect();
        insta::assert_snapshot!(shown.join("\n"));
    }

    #[test]
    fn bytes_that_are_no_text_are_no_json() {
        assert_eq!(Message::read(b"\"\xff\"").unwrap_err().reason(), "not_json");
    }
}
