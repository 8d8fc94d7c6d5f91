//! Rules of parity: what may differ between legacy's answer and the handler's on a route, and why.

use figment::value::{Dict, Value};
use serde::{Deserialize, Serialize};
use toml::de::DeValue;

use super::fault::remedy;

/// One rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// The list whose order means nothing, as a JSON Pointer (RFC 6901) into the body.
    pub unordered: String,
    /// Why that is so.
    pub reason: String,
}

/// What a list of rules looks like.
pub(super) const EXPECTS: &str = "a list of rules such as [{ unordered = \"/result\", reason = \"a Python set\" }]";

const KEYS: [&str; 2] = ["unordered", "reason"];

/// Reads rules of routes.toml.
pub(super) fn read(value: &DeValue<'_>) -> Result<Value, String> {
    let wrong = || format!("expected {EXPECTS}");
    let rules = value.as_array().ok_or_else(wrong)?.iter().map(|rule| {
        let given = rule.get_ref().as_table().ok_or_else(wrong)?;
        if let Some(key) = given.keys().map(|key| key.get_ref().as_ref()).find(|key: &&str| !KEYS.contains(key)) {
            return Err(format!("unknown key \"{key}\" in a rule{}", remedy(key, &KEYS)));
        }
        let text = |key: &str| {
            let text = given.get(key).and_then(|value| value.get_ref().as_str()).filter(|text| !text.trim().is_empty());
            text.ok_or_else(|| format!("a rule has no {key}; it is a text, as in {EXPECTS}"))
        };
        let (unordered, reason) = (text("unordered")?, text("reason")?);
        if !is_pointer(unordered) {
            return Err(format!(
                "{unordered:?} is no JSON Pointer; write one such as \"/result\" or \"/result/names\""
            ));
        }
        Ok(Value::from(Dict::from([
            ("unordered".to_owned(), Value::from(unordered)),
            ("reason".to_owned(), Value::from(reason)),
        ])))
    });
    Ok(Value::from(rules.collect::<Result<Vec<Value>, String>>()?))
}

/// RFC 6901, section 3; the whole body is no list and has no pointer here.
fn is_pointer(text: &str) -> bool {
    text.starts_with('/') && text.split('~').skip(1).all(|after| after.starts_with(['0', '1']))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> String {
        let value = DeValue::parse(text).unwrap();
        match read(value.get_ref()) {
            Ok(rules) => format!("{:?}", rules.deserialize::<Vec<Rule>>().unwrap()),
            Err(message) => message,
        }
    }

    #[test]
    fn a_rule_names_a_list_and_says_why() {
        let good = said(r#"[{ unordered = "/result/a~1b", reason = "a set" }]"#);
        assert_eq!(good, r#"[Rule { unordered: "/result/a~1b", reason: "a set" }]"#);
        assert_eq!(said("[]"), "[]");
        for bad in [r#""/result""#, "[1]"] {
            assert!(said(bad).starts_with("expected a list of rules"), "{bad}");
        }
        assert!(said(r#"[{ unordered = "/result" }]"#).starts_with("a rule has no reason"));
        assert!(said(r#"[{ reason = "a set" }]"#).starts_with("a rule has no unordered"));
        assert!(said(r#"[{ unorderd = "/result", reason = "a set" }]"#).contains("did you mean \"unordered\""));
        for pointer in ["result", "/a~2", "/a~"] {
            let text = format!(r#"[{{ unordered = "{pointer}", reason = "a set" }}]"#);
            assert!(said(&text).contains("is no JSON Pointer"), "{pointer}");
        }
    }
}
