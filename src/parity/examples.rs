//! Comparisons by example: what is said about two responses.

use std::fmt::Write;

use proptest::prelude::*;

use super::*;
use crate::config::Rule;

fn response(body: impl Into<Vec<u8>>) -> Response {
    let body: Vec<u8> = body.into();
    Response {
        status: 200,
        reason: "OK".into(),
        headers: vec![
            ("mimetype".into(), "application/json".into()),
            ("Content-Type".into(), "application/json".into()),
            ("Content-Length".into(), body.len().to_string()),
            ("Date".into(), "now".into()),
        ],
        spelled: true,
        body: body.into(),
    }
}

fn said(comparison: &Comparison) -> String {
    let mut text = String::new();
    for d in &comparison.differences {
        writeln!(text, "  {} {} ({}): {} → {}", d.kind, d.path, d.general, d.expected, d.actual).unwrap();
    }
    if comparison.more > 0 {
        writeln!(text, "  and {} more", comparison.more).unwrap();
    }
    for hit in &comparison.hits {
        writeln!(text, "  rule {hit}").unwrap();
    }
    if text.is_empty() { "  the same\n".into() } else { text }
}

/// Rules as action, place and detail.
type Given<'g> = &'g [(&'g str, &'g str, &'g str)];

fn rules(given: Given<'_>) -> Rulebook {
    let rules: Vec<Rule> = given
        .iter()
        .map(|(action, place, detail)| {
            let place = Some((*place).to_owned());
            let detail = (!detail.is_empty()).then(|| (*detail).to_owned());
            let mut rule = Rule { reason: "x".into(), ..Rule::default() };
            match *action {
                "ignore" => rule.ignore = place,
                "unordered" => (rule.unordered, rule.by) = (place, detail),
                "absolute" => (rule.tolerance, rule.absolute) = (place, detail),
                "relative" => (rule.tolerance, rule.relative) = (place, detail),
                "mask" => (rule.mask, rule.pattern) = (place, detail),
                _ => panic!("{action}"),
            }
            rule
        })
        .collect();
    Rulebook::new(&rules)
}

#[test]
fn every_difference_has_its_kind_and_its_path() {
    let pairs = [
        (r#"{"a": 1}"#, r#"{"a": 1}"#),
        (r#"{"a": 1, "b": 2}"#, r#"{"b": 2, "a": 1}"#),
        (r#"{"a": 1, "b": 2}"#, r#"{"a": 1}"#),
        (r#"{"a": 1}"#, r#"{"a": 1, "b": {"c": [2]}}"#),
        (r#"{"a": 1}"#, r#"{"a": 1.0}"#),
        (r#"{"a": 1.5}"#, r#"{"a": 1.50}"#),
        (r#"{"a": 1}"#, r#"{"a": 2}"#),
        (r#"{"a": "1"}"#, r#"{"a": 1}"#),
        (r#"{"a": null}"#, r#"{"a": false}"#),
        (r#"{"a": "é"}"#, r#"{"a": "\u00e9"}"#),
        (r#"{"a": 1}"#, r#"{"a":1}"#),
        (r#"{"a": 1, "b": 2}"#, r#"{"a": 1,"b": 2}"#),
        (r#"{"a": [1, 2, 3]}"#, r#"{"a": [1, 3, 2]}"#),
        (r#"{"a": [1, 2, 3]}"#, r#"{"a": [1, 3]}"#),
        (r#"{"a": [1, 2]}"#, r#"{"a": [0, 1, 2, 3]}"#),
        (r#"{"a": [1, 2]}"#, r#"{"a": [1,2]}"#),
        (r#"{"a": [1, 2]}"#, r#"{"a": [1, 2 ]}"#),
        (
            r#"{"r": [{"id": 1, "n": "x"}, {"id": 2, "n": "y"}]}"#,
            r#"{"r": [{"id": 1, "n": "x"}, {"id": 2, "n": "z"}]}"#,
        ),
        (r#"{"0xab/c~": {"1700000000": 1}}"#, r#"{"0xab/c~": {"1700000000": 2}}"#),
        (r#"{"a": 1}"#, "{\"a\": 1}\n"),
        (r#"{"a": 1}"#, "not JSON"),
        ("one text that is not JSON", "one text that was not JSON"),
        (r#"{"a": 1, "a": 2}"#, r#"{"a": 1}"#),
        (r#"{"a": NaN}"#, r#"{"a": null}"#),
        ("[]", "{}"),
    ];
    let none = Rulebook::default();
    let shown: Vec<String> = pairs
        .iter()
        .map(|(a, b)| {
            format!(
                "{}\n{}\n{}",
                a.escape_debug(),
                b.escape_debug(),
                said(&compare(&response(*a), &response(*b), &none).unwrap())
            )
        })
        .collect();
    insta::assert_snapshot!(shown.join("\n"));
}

#[test]
fn status_and_headers_are_compared_and_transport_is_not() {
    let none = Rulebook::default();
    let expected = response("{}");
    let changed = |change: &dyn Fn(&mut Response)| {
        let mut actual = response("{}");
        change(&mut actual);
        said(&compare(&expected, &actual, &none).unwrap())
    };
    let shown = [
        changed(&|r| r.status = 404),
        changed(&|r| r.reason = "Fine".into()),
        changed(&|r| r.headers.retain(|(name, _)| name != "mimetype")),
        changed(&|r| r.headers.push(("Vary".into(), "Origin".into()))),
        changed(&|r| r.headers[1].1 = "text/html".into()),
        changed(&|r| r.headers[1].0 = "content-type".into()),
        changed(&|r| r.headers.swap(0, 1)),
        changed(&|r| {
            r.headers.swap(0, 1);
            r.spelled = false;
        }),
        changed(&|r| r.headers[3].1 = "later".into()),
        changed(&|r| r.headers.push(("X-Cutover-Variant".into(), "native".into()))),
    ];
    insta::assert_snapshot!(shown.join("--\n"));
}

#[test]
fn a_rule_excuses_what_it_is_about_and_nothing_beside_it() {
    let cases: &[(Given<'_>, &str, &str)] = &[
        (&[("ignore", "/t", "")], r#"{"t": 1}"#, r#"{"t": [2]}"#),
        (&[("ignore", "/t", "")], r#"{"t": 1}"#, r"{}"),
        (&[("ignore", "/t", "")], r#"{"t": 1, "u": 1}"#, r#"{"t": 2, "u": 2}"#),
        (&[("ignore", "/r/*/t", "")], r#"{"r": [{"t": 1}, {"t": 1}]}"#, r#"{"r": [{"t": 2}, {"t": 3}]}"#),
        (&[("unordered", "/r", "")], r#"{"r": [1, 2, 3]}"#, r#"{"r": [3, 1, 2]}"#),
        (&[("unordered", "/r", "")], r#"{"r": [1, 2, 3]}"#, r#"{"r": [3, 1, 4]}"#),
        (&[("unordered", "/r", "")], r#"{"r": [1, 2]}"#, r#"{"r": [2, 1, 1]}"#),
        (&[("unordered", "/r", "")], r#"{"r": [1, 2]}"#, r#"{"r": [2,1]}"#),
        (
            &[("unordered", "/r", "/id")],
            r#"{"r": [{"id": 1, "n": 1}, {"id": 2, "n": 2}]}"#,
            r#"{"r": [{"id": 2, "n": 2}, {"id": 1, "n": 9}]}"#,
        ),
        (&[("unordered", "/o", "")], r#"{"o": {"a": 1, "b": 2}}"#, r#"{"o": {"b": 2, "a": 1}}"#),
        (&[("absolute", "/p", "0.01")], r#"{"p": "1.00"}"#, r#"{"p": "1.01"}"#),
        (&[("absolute", "/p", "0.01")], r#"{"p": "1.00"}"#, r#"{"p": "1.011"}"#),
        (&[("relative", "/p", "0.001")], r#"{"p": 1000.0}"#, r#"{"p": 1001.0}"#),
        (&[("relative", "/p", "0.001")], r#"{"p": 1000.0}"#, r#"{"p": 1001}"#),
        (&[("mask", "/m", "timestamp")], r#"{"m": "at 1700000000"}"#, r#"{"m": "at 1700000001"}"#),
        (&[("mask", "/m", "timestamp")], r#"{"m": "at 1700000000"}"#, r#"{"m": "by 1700000001"}"#),
        (&[("mask", "/m", "timestamp")], r#"{"m": 1700000000}"#, r#"{"m": 1700000001}"#),
        (&[("mask", "/m", "\\d+")], r#"{"m": "a1"}"#, r#"{"m": "a22"}"#),
        (&[("ignore", "status", "")], r#"{"m": 1}"#, r#"{"m": 1}"#),
    ];
    let shown: Vec<String> = cases
        .iter()
        .map(|(given, a, b)| {
            format!("{given:?}\n{a}\n{b}\n{}", said(&compare(&response(*a), &response(*b), &rules(given)).unwrap()))
        })
        .collect();
    insta::assert_snapshot!(shown.join("\n"));
}

#[test]
fn a_content_coding_is_undone_before_anything_is_said() {
    use std::io::Write as _;
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(br#"{"a": 1}"#).unwrap();
    let packed = encoder.finish().unwrap();
    let coded = |body: &[u8]| {
        let mut coded = response(body);
        coded.headers.push(("Content-Encoding".into(), "gzip".into()));
        coded
    };
    let none = Rulebook::default();
    let compared = compare(&coded(&packed), &response(r#"{"a": 2}"#), &none).unwrap();
    let kinds: Vec<Kind> = compared.differences.iter().map(|difference| difference.kind).collect();
    assert_eq!(kinds, [Kind::Header, Kind::Value]);
    assert_eq!(compared.differences[1].path, "/a");
    let truncated = coded(&packed[..packed.len() / 2]);
    assert_eq!(compare(&truncated, &response("{}"), &none), Err(Skip::Undecodable));
    assert_eq!(compare(&truncated, &truncated, &none), Ok(Comparison::default()));
    let broken = compare(&response("{}"), &truncated, &none).unwrap();
    assert_eq!(broken.differences.last().unwrap().kind, Kind::Type);
}

#[test]
fn of_an_answer_that_is_not_repeated_the_shape_is_compared_however_many_values_differ() {
    let list = |from: u32, last: &str| {
        let numbers = (from..from + 200).map(|number| number.to_string()).collect::<Vec<_>>();
        format!("{{\"r\": [{}], {last}}}", numbers.join(", "))
    };
    let none = Rulebook::default();
    let same = compare_shapes(&response(list(0, "\"a\": 1")), &response(list(500, "\"a\": 2")), &none).unwrap();
    assert_eq!((same.differences.len(), same.eased), (0, true));
    let other = compare_shapes(&response(list(0, "\"a\": 1")), &response(list(500, "\"a\": 2.0")), &none).unwrap();
    assert_eq!(other.differences[0].path, "/a");
}

#[test]
fn a_mask_excuses_what_it_masks_and_not_another_way_to_write_it() {
    let rules = rules(&[("mask", "/m", "timestamp")]);
    let compared = compare(&response(r#"{"m": "a/b"}"#), &response(r#"{"m": "a\/b"}"#), &rules).unwrap();
    assert_eq!(compared.differences[0].kind, Kind::Format);
}

#[test]
fn many_differences_are_counted_and_some_are_kept() {
    let list = |from: u32| serde_json::json!((from..from + 200).collect::<Vec<_>>()).to_string();
    let compared = compare(&response(list(0)), &response(list(1000)), &Rulebook::default()).unwrap();
    assert_eq!((compared.differences.len(), compared.more), (50, 150));
}

proptest! {
    #[test]
    fn only_equal_bytes_have_no_difference(a in ANY, b in ANY) {
        let compared = compare(&response(a.as_bytes()), &response(b.as_bytes()), &Rulebook::default()).unwrap();
        prop_assert_eq!(a == b, compared.differences.is_empty(), "{:?}", compared);
    }

    #[test]
    fn whatever_is_excused_is_excused_by_a_rule(a in ANY, b in ANY) {
        let rules = rules(&[("unordered", "/a", ""), ("ignore", "/b", ""), ("absolute", "/**", "1"), ("mask", "/*", "x")]);
        let compared = compare(&response(a.as_bytes()), &response(b.as_bytes()), &rules).unwrap();
        prop_assert_eq!(a == b, compared.clone().verdict() == Verdict::Matched, "{:?}", compared);
    }

    #[test]
    fn no_two_bodies_break_it(a in any::<Vec<u8>>(), b in any::<Vec<u8>>()) {
        let compared = compare(&response(a.clone()), &response(b.clone()), &Rulebook::default()).unwrap();
        prop_assert_eq!(a == b, compared.differences.is_empty());
    }
}

/// Small documents that are often nearly the same.
const ANY: &str = r#" ?(\{("[ab]": ?([0-2]|1\.0|"x"|\[[01](, ?[01]){0,2}\])(, "[abc]": ?[01])?)?\}|\[[0-2](, ?[0-2]){0,3} ?\]|[01])\n?"#;
