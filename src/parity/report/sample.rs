//! A small run with every verdict, for the tests of reports.

use std::time::{Duration, UNIX_EPOCH};

use bytes::Bytes;

use crate::{
    config::Rule,
    parity::{Case, Difference, Kind, Request, Response, RuleUse, Run, Skip, Verdict},
};

/// A case with a request and nothing else.
pub(super) fn case(number: usize, route: Option<&str>, verdict: Verdict) -> Case {
    let request = Request {
        method: "GET".into(),
        target: "/api/1/tags".into(),
        headers: vec![("Accept".into(), "*/*".into())],
        body: Bytes::new(),
    };
    let route = route.map(str::to_owned);
    Case { number, sequence: None, route, request, expected: None, actual: None, verdict, took: None }
}

/// A response in JSON.
pub(super) fn response(status: u16, body: impl Into<Bytes>) -> Response {
    let headers = vec![("Content-Type".into(), "application/json".into())];
    Response { status, reason: "OK".into(), headers, spelled: true, body: body.into() }
}

/// A difference.
pub(super) fn difference(kind: Kind, path: &str, expected: &str, actual: &str) -> Difference {
    let [path, expected, actual] = [path, expected, actual].map(str::to_owned);
    Difference { kind, general: path.clone(), path, expected, actual }
}

/// Every verdict, and what could break a report: markup, control characters, bytes that are no text.
pub(super) fn run() -> Run {
    let verdicts = [
        (Some("tags_list"), Verdict::Matched),
        (Some("tags_list"), Verdict::Mismatched(differences())),
        (Some("assets_owned"), Verdict::Ignored(vec![0])),
        (Some("tags_list"), Verdict::Noise(vec![difference(Kind::Value, "/result/time", "17", "18")])),
        (Some("tags_list"), Verdict::Dirty),
        (Some("notes_list"), Verdict::HandlerFailed("the database is locked".into())),
        (Some("tags_list"), Verdict::HandlerDeclined("schema 51 is not known".into())),
        (Some("notes_list"), Verdict::Skipped(Skip::Once)),
        (None, Verdict::Skipped(Skip::NotNative)),
        (Some("notes_list"), Verdict::Mismatched(vec![hostile()])),
        (Some("notes_list"), Verdict::Matched),
    ];
    let mut cases: Vec<Case> =
        verdicts.into_iter().enumerate().map(|(number, (route, verdict))| case(number, route, verdict)).collect();
    for case in &mut cases {
        case.took = Some(Duration::from_micros(1_500));
        case.expected = Some(response(200, EXPECTED));
        case.actual = Some(response(200, EXPECTED));
    }
    cases[1].actual = Some(response(200, EXPECTED.replace("dev", "DEV").replace(", \"b\"", "")));
    cases[5].actual = None;
    cases[9].sequence = Some((2, 3));
    cases[9].request = Request {
        method: "POST".into(),
        target: "/api/1/notes?q=</script><img onerror=alert(1)>".into(),
        headers: vec![("X-Odd".into(), "</script><img onerror>\u{1}".into()), ("Host".into(), "legacy".into())],
        body: Bytes::from_static(b"{\"it's\": \"</script>\"}"),
    };
    cases[9].expected = Some(response(200, "</script><img onerror=alert(1)>\u{8}"));
    cases[9].actual = Some(response(500, &b"\xff\xfe\x00bytes"[..]));
    let used = |route: &str, place: &str, hits| RuleUse {
        route: route.into(),
        rule: Rule { unordered: Some(place.into()), reason: "a Python set".into(), ..Rule::default() },
        compared: 2,
        hits,
    };
    Run {
        target: "native".into(),
        against: "recorded".into(),
        source: "reads.har".into(),
        began: UNIX_EPOCH + Duration::from_secs(1_795_219_200),
        took: Duration::from_millis(1_240),
        cases,
        rules: vec![used("assets_owned", "/result", 1), used("tags_list", "/result/**/tags", 0)],
    }
}

const EXPECTED: &str =
    r#"{"result": [{"name": "dev", "tags": ["a", "b"]}, {"name": "ops", "price": 1.0}], "message": ""}"#;

fn differences() -> Vec<Difference> {
    vec![
        difference(Kind::Value, "/result/0/name", "\"dev\"", "\"DEV\""),
        difference(Kind::Length, "/result/0/tags", "2", "1"),
        difference(Kind::Missing, "/result/0/tags/1", "\"b\"", ""),
        difference(Kind::Header, "header:etag", "", "W/\"1\""),
    ]
}

fn hostile() -> Difference {
    difference(Kind::Status, "status", "200 </script><img onerror> ``` | \u{1b}[31m", "500 ]]> \u{ffff}")
}
