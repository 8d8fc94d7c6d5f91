//! Proposals by example: what is made of what was seen.

use std::fmt::Write;

use proptest::prelude::*;

use super::*;
use crate::{
    config::Rule,
    parity::{Comparison, Response, Rulebook, compare},
};

fn answer(body: &str) -> Response {
    Response {
        status: 200,
        reason: "OK".into(),
        headers: vec![("Content-Type".into(), "application/json".into())],
        spelled: true,
        body: body.to_owned().into(),
    }
}

fn observed(pairs: &[(&str, &str)]) -> Observed {
    let pair = |(request, (a, b)): (usize, &(&str, &str))| Pair { request, expected: answer(a), actual: answer(b) };
    Observed { total: 40, unit: Unit::Requests, pairs: pairs.iter().enumerate().map(pair).collect() }
}

fn said(lesson: &Lesson) -> String {
    let mut text = format!("noisy {}, unruled {}\n", lesson.noisy, lesson.unruled);
    for rule in &lesson.proposed {
        let mut json = serde_json::to_value(rule).unwrap();
        let reason = json.as_object_mut().unwrap().remove("reason").unwrap();
        writeln!(text, "  {json}\n    {}", reason.as_str().unwrap()).unwrap();
    }
    for left in &lesson.left {
        writeln!(text, "  LEFT {} ({}): {}", left.place, left.requests, left.why).unwrap();
    }
    text
}

/// What the proposals claim: under them and the route's own rules all agrees but what is listed.
fn proved(rules: &[Rule], observed: &Observed, lesson: &Lesson) {
    let all: Vec<Rule> = rules.iter().chain(&lesson.proposed).cloned().collect();
    let book = Rulebook::new(&all);
    let compared = |pair: &Pair, book: &Rulebook| compare(&pair.expected, &pair.actual, book).unwrap();
    for pair in &observed.pairs {
        for difference in compared(pair, &book).differences {
            let listed = lesson.left.iter().any(|left| left.place == difference.general);
            // Answers of different statuses are different answers: what is in them is not listed.
            assert!(listed || pair.expected.status != pair.actual.status, "{difference:?} {}", said(lesson));
        }
    }
    let count = |book: &Rulebook| -> Vec<usize> {
        let count = |compared: Comparison| compared.differences.len() + compared.more;
        observed.pairs.iter().map(|pair| count(compared(pair, book))).collect()
    };
    for at in 0..lesson.proposed.len() {
        let mut fewer = lesson.proposed.clone();
        let rule = fewer.remove(at);
        let fewer: Vec<Rule> = rules.iter().chain(&fewer).cloned().collect();
        assert_ne!(count(&Rulebook::new(&fewer)), count(&book), "{rule} is not needed");
    }
    assert_eq!(lesson.proposed.is_empty() && lesson.left.is_empty(), lesson.unruled == 0);
}

fn lesson(rules: &[Rule], pairs: &[(&str, &str)]) -> Lesson {
    let observed = observed(pairs);
    let lesson = propose(rules, &observed);
    proved(rules, &observed, &lesson);
    lesson
}

#[test]
fn each_kind_of_noise_has_the_narrowest_rule_that_excuses_it() {
    let cases: &[(&str, &[(&str, &str)])] = &[
        ("nothing", &[(r#"{"a": 1}"#, r#"{"a": 1}"#)]),
        ("items in another order", &[(r#"{"result": [1, 2, 3], "n": 3}"#, r#"{"result": [3, 1, 2], "n": 3}"#)]),
        (
            "objects in another order",
            &[(
                r#"{"r": [{"id": 1, "n": "x"}, {"id": 2, "n": "y"}]}"#,
                r#"{"r": [{"id": 2, "n": "y"}, {"id": 1, "n": "x"}]}"#,
            )],
        ),
        (
            "objects in another order with fields that vary",
            &[
                (
                    r#"{"r": [{"t": 1732190000, "name": "x", "id": 1}, {"t": 1732190000, "name": "x", "id": 2}]}"#,
                    r#"{"r": [{"t": 1732190001, "name": "x", "id": 2}, {"t": 1732190002, "name": "x", "id": 1}]}"#,
                ),
                (r#"{"r": [{"t": 1, "name": "x", "id": 1}]}"#, r#"{"r": [{"t": 1, "name": "x", "id": 1}]}"#),
            ],
        ),
        ("keys in another order", &[(r#"{"o": {"a": 1, "b": 2}}"#, r#"{"o": {"b": 2, "a": 1}}"#)]),
        (
            "moments",
            &[
                (r#"{"id": 1, "t": 1732190000}"#, r#"{"id": 1, "t": 1732190001}"#),
                (r#"{"id": 1, "t": "2024-11-21T12:00:00Z"}"#, r#"{"id": 1, "t": "2024-11-21T12:00:05Z"}"#),
            ],
        ),
        (
            "UUIDs, in objects with data for keys",
            &[(
                r#"{"r": {"0xab": {"task": "8a6e0804-2bd0-4672-b79d-d97027f9071a", "n": 1}}}"#,
                r#"{"r": {"0xab": {"task": "8a6e0804-2bd0-4672-b79d-d97027f9071b", "n": 1}}}"#,
            )],
        ),
        (
            "addresses of objects",
            &[(
                r#"{"id": 1, "m": "<A object at 0x7f12ab34cd56>"}"#,
                r#"{"id": 1, "m": "<A object at 0x7f12ab34cd99>"}"#,
            )],
        ),
        ("a part of a text", &[(r#"{"id": 1, "m": "took 15 ms"}"#, r#"{"id": 1, "m": "took 7 ms"}"#)]),
        (
            "numbers that jitter",
            &[
                (r#"{"r": [{"id": 1, "p": "1000.5"}]}"#, r#"{"r": [{"id": 1, "p": "1003.5"}]}"#),
                (r#"{"r": [{"id": 1, "p": "10"}]}"#, r#"{"r": [{"id": 1, "p": "10.001"}]}"#),
            ],
        ),
        ("numbers that do not", &[(r#"{"id": 1, "p": 10}"#, r#"{"id": 1, "p": 11}"#)]),
        ("another type", &[(r#"{"id": 1, "p": 1}"#, r#"{"id": 1, "p": 1.0}"#)]),
        ("a key that comes and goes", &[(r#"{"id": 1, "p": 1}"#, r#"{"id": 1}"#)]),
        ("a list that grows", &[(r#"{"id": 1, "l": [1, 2]}"#, r#"{"id": 1, "l": [1, 2, 3]}"#)]),
        ("other items", &[(r#"{"id": 1, "l": [1, 2, 3]}"#, r#"{"id": 1, "l": [9, 1, 2]}"#)]),
        ("blanks", &[(r#"{"id": 1, "l": [1, 2]}"#, r#"{"id": 1, "l": [1,2]}"#)]),
        (
            "a mask here, and more than it covers there",
            &[
                (r#"{"id": 1, "t": 1732190000}"#, r#"{"id": 1, "t": 1732190001}"#),
                (r#"{"id": 1, "t": 1732190000}"#, r#"{"id": 1, "t": null}"#),
            ],
        ),
        (
            "all there is",
            &[(r#"{"result": {"p": 1, "q": 2}, "message": ""}"#, r#"{"result": {"p": 9, "q": 8}, "message": ""}"#)],
        ),
        ("a list that is all there is", &[("[1, 2]", "[2, 1]")]),
        ("a text", &[("one", "two")]),
    ];
    let shown: Vec<String> =
        cases.iter().map(|(name, pairs)| format!("{name}: {}", said(&lesson(&[], pairs)))).collect();
    insta::assert_snapshot!(shown.join("\n"));
}

#[test]
fn a_header_is_ignored_by_name_and_a_status_never() {
    let mut observed = observed(&[(r#"{"a": 1}"#, r#"{"a": 1}"#), (r#"{"a": 1}"#, r#"{"b": 2}"#)]);
    observed.pairs[0].actual.headers.push(("ETag".into(), "\"x\"".into()));
    observed.pairs[0].actual.headers[0].0 = "content-type".into();
    observed.pairs[1].actual.status = 503;
    let lesson = propose(&[], &observed);
    proved(&[], &observed, &lesson);
    insta::assert_snapshot!(said(&lesson));
}

pub(super) fn rule(action: &str, place: &str, detail: &str) -> Rule {
    let (place, detail) = (Some(place.to_owned()), (!detail.is_empty()).then(|| detail.to_owned()));
    let rule = Rule { reason: "x".into(), ..Rule::default() };
    match action {
        "ignore" => Rule { ignore: place, ..rule },
        "unordered" => Rule { unordered: place, by: detail, ..rule },
        "tolerance" => Rule { tolerance: place, relative: detail, ..rule },
        _ => Rule { mask: place, pattern: detail, ..rule },
    }
}

#[test]
fn what_the_route_excuses_is_not_proposed_again_and_a_rule_in_the_way_is_named() {
    let items = (
        r#"{"r": [{"id": 1, "t": 1732190000}, {"id": 2, "t": 1732190000}]}"#,
        r#"{"r": [{"id": 2, "t": 1732190001}, {"id": 1, "t": 1732190002}]}"#,
    );
    let price = (r#"{"id": 1, "p": "100"}"#, r#"{"id": 1, "p": "100.5"}"#);
    let text = (r#"{"id": 1, "m": "took 15 ms"}"#, r#"{"id": 1, "m": "took 7 ms"}"#);
    let cases: &[(&[Rule], (&str, &str))] = &[
        (&[rule("ignore", "/r", "")], items),
        (&[rule("unordered", "/r", "/id"), rule("mask", "/r/*/t", "timestamp")], items),
        (&[rule("unordered", "/r", "/id")], items),
        (&[rule("mask", "/**/t", "timestamp")], items),
        (&[rule("unordered", "/r", "")], items),
        (&[rule("tolerance", "/p", "0.01")], price),
        (&[rule("tolerance", "/p", "0.001")], price),
        (&[rule("mask", "/m", "timestamp")], text),
    ];
    let shown: Vec<String> = cases
        .iter()
        .map(|(rules, pair)| {
            let names: Vec<String> = rules.iter().map(ToString::to_string).collect();
            format!("{}: {}", names.join(", "), said(&lesson(rules, &[*pair])))
        })
        .collect();
    insta::assert_snapshot!(shown.join("\n"));
}

#[test]
fn a_redacted_value_is_never_quoted_in_a_pattern() {
    let hidden = (r#"{"id": 1, "k": "[redacted 12ab34]"}"#, r#"{"id": 1, "k": "[redacted 12ab35]"}"#);
    let lesson = lesson(&[], &[hidden]);
    assert_eq!(lesson.proposed.iter().map(ToString::to_string).collect::<Vec<_>>(), ["ignore /k"]);
}

/// An identifier; a price, its jitter, a kind of value, a flag.
type Drawn = (usize, (u32, u32, u8, bool));

/// A document and another one that differs from it in ways that rules excuse, and in some that they do not.
fn noisy() -> impl Strategy<Value = (String, String)> {
    let item = (0..99_999_u32, 0..200_u32, 0..3_u8, any::<bool>());
    (prop::collection::vec(item, 0..6), any::<prop::sample::Index>(), 0..4_u8, any::<bool>()).prop_map(
        |(items, turn, noise, keyed)| {
            let write = |items: &[Drawn], second: bool| {
                let item = |(id, (price, jitter, kind, flag)): &Drawn| {
                    let jitter = if second { *jitter } else { 0 };
                    let value = match kind {
                        0 => format!(r#""{}.{jitter:04}""#, price + 1),
                        1 => format!("{}", 1_732_190_000 + jitter),
                        _ => format!(r#""took {jitter} ms""#),
                    };
                    let flag = if noise == 3 && second { "null".to_owned() } else { flag.to_string() };
                    let id = if keyed { format!(r#""id": {id}, "#) } else { String::new() };
                    format!(r#"{{{id}"v{kind}": {value}, "f": {flag}}}"#)
                };
                let items: Vec<String> = items.iter().map(item).collect();
                format!(r#"{{"result": [{}], "total": 7}}"#, items.join(", "))
            };
            let items: Vec<_> = items.into_iter().enumerate().collect();
            let mut turned = items.clone();
            if !items.is_empty() && noise > 0 {
                turned.rotate_left(turn.index(items.len()));
            }
            if noise == 2 {
                turned.pop();
            }
            (write(&items, false), write(&turned, true))
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn proposals_excuse_all_that_they_claim_to_and_none_is_needless(
        pairs in prop::collection::vec(noisy(), 1..4),
        own in prop::sample::subsequence(vec![
            rule("unordered", "/result", ""), rule("mask", "/result/*/v2", r"\d"), rule("tolerance", "/result/*/v0", "1e-9"),
            rule("ignore", "/result/*/f", ""),
        ], 0..4),
    ) {
        let pairs: Vec<(&str, &str)> = pairs.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
        lesson(&own, &pairs);
    }

    #[test]
    fn jitter_in_lists_that_are_turned_needs_no_rule_that_ignores(
        ids in prop::collection::btree_set(0..1000_u32, 2..8), by in 1..40_u32, turn in 1..7_usize,
    ) {
        let item = |id: &u32, second: u32| format!(
            r#"{{"identifier": "a{id}", "p": "{}.{:03}", "t": {}}}"#, 100 + id, second * by, 1_732_190_000 + second * by
        );
        let ids: Vec<u32> = ids.into_iter().collect();
        let write = |ids: &[u32], second| {
            let items: Vec<String> = ids.iter().map(|id| item(id, second)).collect();
            format!(r#"{{"result": [{}], "total": 7}}"#, items.join(", "))
        };
        let mut turned = ids.clone();
        turned.rotate_left(turn % ids.len());
        let lesson = lesson(&[], &[(&write(&ids, 0), &write(&turned, 1))]);
        prop_assert!(lesson.left.is_empty());
        prop_assert!(lesson.proposed.iter().all(|rule| rule.ignore.is_none()), "{}", said(&lesson));
    }

    #[test]
    fn no_two_answers_break_it(a in "[\\[\\]{}\":, 0-9a-b]{0,20}", b in any::<Vec<u8>>(), status in 200..203_u16) {
        let mut observed = observed(&[(&a, &a), (&a, "{}"), (r#"{"": 1}"#, r#"{"": 2}"#)]);
        observed.pairs[0].actual.body = b.into();
        observed.pairs[1].actual.status = status;
        let lesson = propose(&[], &observed);
        proved(&[], &observed, &lesson);
    }
}
