//! The answer to `GET /api/1/messages`: `{"result": {"warnings": […], "errors": […]}, "message": ""}`.
//!
//! Asking for it empties both lists of legacy, so nothing may be lost on its way through here: entries of legacy are
//! passed on as they are spelt, without being read.

use bytes::Bytes;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::Entry;
use crate::wire::json;

/// The answer with entries of our own in front of each list, as ours are older: legacy begins to queue once we have
/// left it. `None` if it is none of these answers (an error, say).
#[must_use]
pub fn merge(body: &[u8], ours: &[Entry]) -> Option<Bytes> {
    read(body).map(|theirs| write(ours, &theirs))
}

/// The answer with entries of our own alone.
#[must_use]
pub fn body(ours: &[Entry]) -> Bytes {
    write(ours, &Lists::default())
}

/// The entries of an answer, warnings first. `None` if it is none of these answers.
///
/// A text with half a surrogate pair, which Python can hold and we cannot, becomes an error of the frame it was.
#[must_use]
pub fn entries(body: &[u8]) -> Option<Vec<Entry>> {
    let Lists { warnings, errors } = read(body)?;
    let warnings = warnings.into_iter().map(|raw| entry(raw, "warning", Entry::Warning));
    let errors = errors.into_iter().map(|raw| entry(raw, "error", Entry::Error));
    Some(warnings.chain(errors).collect())
}

fn entry(raw: &RawValue, verbosity: &str, list: impl Fn(String) -> Entry) -> Entry {
    let raw = raw.get();
    serde_json::from_str(raw).map_or_else(
        |_| Entry::Error(format!(r#"{{"type": "legacy", "data": {{"verbosity": "{verbosity}", "value": {raw}}}}}"#)),
        list,
    )
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body<'a> {
    #[serde(borrow)]
    result: &'a RawValue,
    message: &'a str,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Lists<'a> {
    #[serde(borrow)]
    warnings: Vec<&'a RawValue>,
    #[serde(borrow)]
    errors: Vec<&'a RawValue>,
}

fn read(body: &[u8]) -> Option<Lists<'_>> {
    let Body { result, message } = object(body)?;
    let lists: Lists<'_> = object(result.get().as_bytes())?;
    let texts = |list: &[&RawValue]| list.iter().all(|raw| raw.get().starts_with('"'));
    (message.is_empty() && texts(&lists.warnings) && texts(&lists.errors)).then_some(lists)
}

/// An object, for which serde would also take an array of its values.
fn object<'a, T: Deserialize<'a>>(text: &'a [u8]) -> Option<T> {
    text.trim_ascii_start().starts_with(b"{").then(|| serde_json::from_slice(text).ok()).flatten()
}

fn write(ours: &[Entry], theirs: &Lists<'_>) -> Bytes {
    let mut out = String::from(r#"{"result": {"warnings": ["#);
    let warnings = ours.iter().filter_map(|entry| match entry {
        Entry::Warning(text) => Some(text),
        Entry::Error(_) => None,
    });
    list(warnings, &theirs.warnings, &mut out);
    out.push_str(r#"], "errors": ["#);
    let errors = ours.iter().filter_map(|entry| match entry {
        Entry::Error(text) => Some(text),
        Entry::Warning(_) => None,
    });
    list(errors, &theirs.errors, &mut out);
    out.push_str(r#"]}, "message": ""}"#);
    out.into()
}

fn list<'a>(ours: impl Iterator<Item = &'a String>, theirs: &[&RawValue], out: &mut String) {
    let begun = out.len();
    // A text is always JSON.
    let ours = ours.map(|text| json::dumps(text).unwrap_or_default().into());
    let theirs = theirs.iter().map(|raw| std::borrow::Cow::Borrowed(raw.get()));
    for item in ours.chain(theirs) {
        if out.len() > begun {
            out.push_str(", ");
        }
        out.push_str(&item);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{
        notifier::message::examples::OBSERVED_BODY,
        wire::{json::dumps_value, parse::parse},
    };

    const EMPTY: &str = r#"{"result": {"warnings": [], "errors": []}, "message": ""}"#;

    fn merged(theirs: &str, ours: &[Entry]) -> String {
        String::from_utf8(merge(theirs.as_bytes(), ours).unwrap().to_vec()).unwrap()
    }

    #[test]
    fn an_answer_of_legacy_goes_through_byte_for_byte() {
        for answer in [OBSERVED_BODY, EMPTY, r#"{"result": {"warnings": ["\ud800"], "errors": [""]}, "message": ""}"#] {
            assert_eq!(merged(answer, &[]), answer);
        }
        assert_eq!(dumps_value(&parse(OBSERVED_BODY.as_bytes()).unwrap()), OBSERVED_BODY);
        assert_eq!(body(&[]), EMPTY);
    }

    #[test]
    fn ours_come_first_in_each_list() {
        let ours = [Entry::Error("é".into()), Entry::Warning("a".into()), Entry::Error("\"".into())];
        assert_eq!(
            merged(r#"{"result": {"warnings": ["w"], "errors": ["e", "f"]}, "message": ""}"#, &ours),
            r#"{"result": {"warnings": ["a", "w"], "errors": ["\u00e9", "\"", "e", "f"]}, "message": ""}"#
        );
        assert_eq!(body(&ours), r#"{"result": {"warnings": ["a"], "errors": ["\u00e9", "\""]}, "message": ""}"#);
    }

    #[test]
    fn warnings_are_listed_before_errors() {
        let listed = entries(br#"{"result": {"warnings": ["w", "x"], "errors": ["\u00e9"]}, "message": ""}"#);
        let expected = [Entry::Warning("w".into()), Entry::Warning("x".into()), Entry::Error("é".into())];
        assert_eq!(listed.unwrap(), expected);
    }

    #[test]
    fn half_a_surrogate_pair_is_kept_in_a_frame() {
        let listed = entries(br#"{"result": {"warnings": ["a\ud800"], "errors": ["\udc00"]}, "message": ""}"#).unwrap();
        let frames: Vec<_> = listed.iter().map(Entry::frame_text).collect();
        assert_eq!(frames[0], r#"{"type": "legacy", "data": {"verbosity": "warning", "value": "a\ud800"}}"#);
        assert_eq!(frames[1], r#"{"type": "legacy", "data": {"verbosity": "error", "value": "\udc00"}}"#);
    }

    #[test]
    fn another_answer_is_left_alone() {
        for answer in [
            "",
            "[]",
            r#"{"result": null, "message": ""}"#,
            r#"{"result": [["w"], ["e"]], "message": ""}"#,
            r#"[{"warnings": [], "errors": []}, ""]"#,
            r#"{"result": {"warnings": [], "errors": []}, "message": "no"}"#,
            r#"{"result": {"warnings": [], "errors": []}}"#,
            r#"{"result": {"warnings": []}, "message": ""}"#,
            r#"{"result": {"warnings": [], "errors": [], "notices": []}, "message": ""}"#,
            r#"{"result": {"warnings": [1], "errors": []}, "message": ""}"#,
            r#"{"result": {"warnings": [], "errors": {}}, "message": ""}"#,
        ] {
            assert_eq!(merge(answer.as_bytes(), &[]), None, "{answer}");
            assert_eq!(entries(answer.as_bytes()), None, "{answer}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_listed(warnings in prop::collection::vec(".*", 0..4), errors in prop::collection::vec(".*", 0..4)) {
            let ours: Vec<_> = warnings.into_iter().map(Entry::Warning).chain(errors.into_iter().map(Entry::Error)).collect();
            let written = body(&ours);
            prop_assert_eq!(entries(&written).unwrap(), ours.clone());
            prop_assert_eq!(merge(EMPTY.as_bytes(), &ours).unwrap(), written.clone());
            prop_assert_eq!(merge(&written, &[]).unwrap(), written.clone());
            prop_assert_eq!(dumps_value(&parse(&written).unwrap()).into_bytes(), written);
        }
    }
}
