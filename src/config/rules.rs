//! Rules of parity: what may differ between legacy's answer and the handler's on a route, and why.

use figment::value::{Dict, Value};
use regex::Regex;
use serde::{Deserialize, Serialize};
use toml::de::DeValue;

use super::{fault::remedy, place::Place};

/// One rule. It has exactly one of `ignore`, `unordered`, `tolerance`, `mask` and `redact`, each naming a [`Place`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Rule {
    /// The place that is not compared, with all that is in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ignore: Option<String>,
    /// The list whose order means nothing, or the object whose keys' order means nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unordered: Option<String>,
    /// Of an unordered list: the pointer, within an item, to what tells the items apart.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// The number, or the text with a number in it, that may be off by a little.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tolerance: Option<String>,
    /// Largest difference, a decimal number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub absolute: Option<String>,
    /// Largest difference as a share of the expected number, a decimal number: 0.01 is one percent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub relative: Option<String>,
    /// The text or number of which a part is masked before it is compared.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mask: Option<String>,
    /// Which part: `timestamp`, `uuid`, or a regular expression.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pattern: Option<String>,
    /// The place whose content is never stored in evidence or recordings. It is compared all the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub redact: Option<String>,
    /// Why that is so.
    pub reason: String,
}

impl Rule {
    /// What it does, and where: `("ignore", "/result/time")`.
    #[must_use]
    pub fn action(&self) -> (&'static str, &str) {
        let given = [&self.ignore, &self.unordered, &self.tolerance, &self.mask, &self.redact];
        let found = ACTIONS.iter().zip(given).find_map(|(word, place)| Some((*word, place.as_deref()?)));
        found.unwrap_or(("ignore", ""))
    }
}

/// As reports name it: `unordered /result`.
impl std::fmt::Display for Rule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (word, place) = self.action();
        write!(f, "{word} {place}")
    }
}

/// What a list of rules looks like.
pub(super) const EXPECTS: &str = "a list of rules such as [{ unordered = \"/result\", reason = \"a Python set\" }]";

const ACTIONS: [&str; 5] = ["ignore", "unordered", "tolerance", "mask", "redact"];
/// What belongs to an action alone.
const DETAILS: [(&str, &str); 4] =
    [("by", "unordered"), ("absolute", "tolerance"), ("relative", "tolerance"), ("pattern", "mask")];

/// The regular expression behind a pattern of `mask`.
///
/// # Errors
/// It is none; the message says where.
pub fn pattern(text: &str) -> Result<Regex, String> {
    let expression = match text {
        // Seconds or milliseconds since 1970 in this century; ISO 8601; the date of HTTP.
        "timestamp" => {
            r"\b(?:\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?|(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT|(?:9\d{8}|[1-3]\d{9})(?:\d{3}|\.\d+)?)\b"
        }
        "uuid" => r"\b[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}\b",
        own => own,
    };
    Regex::new(expression).map_err(|error| {
        // The last line of its message says what is wrong; the others draw an arrow that one line cannot hold.
        let message = error.to_string();
        let last = message.lines().last().unwrap_or_default().trim().trim_start_matches("error: ");
        format!("pattern {text:?} is neither \"timestamp\" nor \"uuid\" nor a regular expression: {last}")
    })
}

/// Reads rules of routes.toml.
pub(super) fn read(value: &DeValue<'_>) -> Result<Value, String> {
    let wrong = || format!("expected {EXPECTS}");
    let rules = value.as_array().ok_or_else(wrong)?.iter().map(|rule| {
        let given = rule.get_ref().as_table().ok_or_else(wrong)?;
        let mut known = ACTIONS.to_vec();
        known.extend(DETAILS.map(|(key, _)| key));
        known.push("reason");
        let mut read = Dict::new();
        for (key, value) in given {
            let key = key.get_ref().as_ref();
            if !known.contains(&key) {
                return Err(format!("unknown key \"{key}\" in a rule{}", remedy(key, &known)));
            }
            read.insert(key.to_owned(), Value::from(text(key, value.get_ref())?));
        }
        check(&read).map(|()| Value::from(read))
    });
    Ok(Value::from(rules.collect::<Result<Vec<Value>, String>>()?))
}

/// A text; where a number belongs, that number by its digits.
fn text(key: &str, value: &DeValue<'_>) -> Result<String, String> {
    let text = match value {
        DeValue::String(text) => text.trim().to_owned(),
        DeValue::Integer(number) if matches!(key, "absolute" | "relative") => number.as_str().replace('_', ""),
        DeValue::Float(number) if matches!(key, "absolute" | "relative") => number.as_str().replace('_', ""),
        _ => String::new(),
    };
    if text.is_empty() {
        return Err(format!("a rule has no {key}; it is a text, as in {EXPECTS}"));
    }
    Ok(text)
}

fn check(rule: &Dict) -> Result<(), String> {
    let given = |key: &str| rule.get(key).and_then(Value::as_str);
    let mut actions = ACTIONS.into_iter().filter(|action| rule.contains_key(*action));
    let Some(action) = actions.next() else {
        return Err(format!("a rule has none of {}; it is a text, as in {EXPECTS}", ACTIONS.join(", ")));
    };
    if let Some(second) = actions.next() {
        return Err(format!("a rule has {action} and {second}; write one rule for each"));
    }
    if given("reason").is_none() {
        return Err(format!("a rule has no reason; it is a text, as in {EXPECTS}"));
    }
    if let Some((key, of)) = DETAILS.iter().find(|(key, of)| rule.contains_key(*key) && *of != action) {
        return Err(format!("{key} belongs to a rule with {of}, and this one has {action}"));
    }
    let place: Place = given(action).unwrap_or_default().parse()?;
    match (action, place) {
        ("ignore", _) | (_, Place::Body(_)) | ("redact", Place::Header(_)) => {}
        (_, place) => return Err(format!("{action} is about the body, and {place} is not in it")),
    }
    match action {
        "unordered" => match given("by").map(str::parse::<Place>) {
            None | Some(Ok(Place::Body(_))) => Ok(()),
            Some(_) => Err("by is a JSON Pointer within an item, as in \"/identifier\"".into()),
        },
        "tolerance" => {
            let bounds = ["absolute", "relative"].map(given);
            if bounds == [None, None] {
                return Err("tolerance needs a bound: absolute = 0.01, or relative = 0.001".into());
            }
            for bound in bounds.into_iter().flatten() {
                if !bound.parse::<f64>().is_ok_and(|bound| bound.is_finite() && bound > 0.0) {
                    return Err(format!("a tolerance is a number above zero, got {bound:?}"));
                }
            }
            Ok(())
        }
        "mask" => match given("pattern") {
            Some(text) => pattern(text).map(|_| ()),
            None => Err("mask needs a pattern: \"timestamp\", \"uuid\" or a regular expression".into()),
        },
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> String {
        let value = DeValue::parse(text).unwrap();
        match read(value.get_ref()) {
            Ok(rules) => {
                let rules = rules.deserialize::<Vec<Rule>>().unwrap();
                rules.iter().map(|rule| format!("{rule}: {}", rule.reason)).collect::<Vec<_>>().join("; ")
            }
            Err(message) => message,
        }
    }

    #[test]
    fn a_rule_names_a_place_and_says_why() {
        assert_eq!(said(r#"[{ unordered = "/result/a~1b", reason = "a set" }]"#), "unordered /result/a~1b: a set");
        assert_eq!(said("[]"), "");
        for good in [
            r#"{ ignore = "header:etag", reason = "x" }"#,
            r#"{ ignore = "status", reason = "x" }"#,
            r#"{ unordered = "/result", by = "/id", reason = "x" }"#,
            r#"{ tolerance = "/result/*/price", absolute = 0.01, relative = "1e-3", reason = "x" }"#,
            r#"{ mask = "/message", pattern = "uuid", reason = "x" }"#,
            r#"{ redact = "header:x-name", reason = "x" }"#,
        ] {
            assert!(said(&format!("[{good}]")).ends_with(": x"), "{good}: {}", said(&format!("[{good}]")));
        }
    }

    #[test]
    fn what_is_wrong_with_a_rule_is_said_with_its_remedy() {
        let wrong = [
            r#""/result""#,
            "1",
            r#"{ unordered = "/result" }"#,
            r#"{ reason = "a set" }"#,
            r#"{ unorderd = "/result", reason = "a set" }"#,
            r#"{ unordered = "result", reason = "a set" }"#,
            r#"{ ignore = "/a", mask = "/b", reason = "x" }"#,
            r#"{ ignore = "/a", by = "/b", reason = "x" }"#,
            r#"{ unordered = "status", reason = "x" }"#,
            r#"{ unordered = "/a", by = "id", reason = "x" }"#,
            r#"{ tolerance = "/a", reason = "x" }"#,
            r#"{ tolerance = "/a", absolute = "-1", reason = "x" }"#,
            r#"{ mask = "/a", reason = "x" }"#,
            r#"{ mask = "/a", pattern = "a(", reason = "x" }"#,
        ];
        let shown: Vec<String> = wrong.iter().map(|rule| format!("{rule}\n  {}", said(&format!("[{rule}]")))).collect();
        insta::assert_snapshot!(shown.join("\n"));
    }

    #[test]
    fn timestamps_and_uuids_are_found_by_name() {
        let masked = |name: &str, text: &str| pattern(name).unwrap().replace_all(text, "…").into_owned();
        assert_eq!(masked("timestamp", "at 1700000000, 1700000000123, 1700000000.5"), "at …, …, …");
        assert_eq!(masked("timestamp", "2026-11-21T12:00:00Z and 2026-11-21 12:00:00.5+00:00"), "… and …");
        assert_eq!(masked("timestamp", "12345, 0x1700000000f, 55"), "12345, 0x1700000000f, 55");
        assert_eq!(masked("uuid", "a 8a6e0804-2bd0-4672-b79d-d97027f9071a"), "a …");
    }
}
