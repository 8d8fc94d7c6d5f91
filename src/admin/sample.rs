//! One sample as JSON, for people: both answers, what differs, and both side by side. Its messages were redacted when it
//! was kept.

use serde_json::{Value, json};

use crate::{
    parity::{
        Difference, Response, Verdict,
        evidence::{Exchange, Sample},
        message::Headers,
        report::{
            align::{Line, Row},
            beside, curl, visible,
        },
    },
    rollout::moment::seconds,
};

/// The sample. Takes a moment for large bodies.
pub(super) fn shown(sample: &Sample) -> Value {
    let Exchange { mode, at, request, expected, actual, version } = &sample.exchange;
    let (expected, actual) = (expected.as_ref(), actual.as_ref());
    let place = sample.place();
    let beside = beside::beside(expected, actual);
    json!({
        "id": sample.id,
        "route": sample.route,
        "verdict": sample.verdict.as_str(),
        "kind": place.as_ref().map(|place| place.kind),
        "path": place.as_ref().map(|place| &place.path),
        "mode": mode.as_str(),
        "at": seconds(*at),
        "method": request.method,
        "target": request.target,
        "version": version,
        "why": why(&sample.verdict),
        "request": { "headers": headers(&request.headers), "body": text(&request.body) },
        "expected": expected.map(answer),
        "actual": actual.map(answer),
        "differences": sample.verdict.differences().iter().map(difference).collect::<Vec<_>>(),
        "diff": {
            "head": beside.head.iter().map(row).collect::<Vec<_>>(),
            "body": beside.body.iter().map(row).collect::<Vec<_>>(),
            "notes": beside.notes,
        },
        "curl": curl::curl(request),
    })
}

/// Why there is no answer of the handler's.
fn why(verdict: &Verdict) -> Option<&str> {
    if let Verdict::HandlerFailed(why) = verdict { Some(why) } else { None }
}

fn answer(response: &Response) -> Value {
    json!({
        "status": response.status,
        "reason": response.reason,
        "headers": headers(&response.headers),
        "body": beside::decoded(response).as_deref().and_then(text),
        "bytes": response.body.len(),
    })
}

fn headers(headers: &Headers) -> Value {
    headers.iter().map(|(name, value)| json!([name, value])).collect()
}

/// A body that is text.
fn text(body: &[u8]) -> Option<&str> {
    std::str::from_utf8(body).ok()
}

fn difference(difference: &Difference) -> Value {
    let side = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    json!({
        "kind": difference.kind.as_str(),
        "path": difference.path,
        "expected": side(&difference.expected),
        "actual": side(&difference.actual),
    })
}

fn row(row: &Row) -> Value {
    let equal = |number: usize, text: &str| json!({ "line": number, "pieces": [[visible(text), false]] });
    let side = |line: &Option<Line>| {
        line.as_ref().map(|line| {
            let pieces = line.pieces.iter().map(|piece| json!([visible(&piece.text), piece.differs]));
            json!({ "line": line.number, "pieces": pieces.collect::<Vec<_>>() })
        })
    };
    let (kind, left, right, count) = match row {
        Row::Equal(left, right, text) => ("equal", Some(equal(*left, text)), Some(equal(*right, text)), None),
        Row::Differs(left, right) => ("differs", side(left), side(right), None),
        Row::Fold(count) => ("fold", None, None, Some(count)),
        Row::Cut(count) => ("cut", None, None, Some(count)),
    };
    json!({ "kind": kind, "left": left, "right": right, "count": count })
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use bytes::Bytes;

    use super::*;
    use crate::{
        config::Mode,
        parity::{Kind, Request},
    };

    fn response(status: u16, reason: &str, body: &str) -> Response {
        let line = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        Response {
            status,
            reason: reason.to_owned(),
            headers: vec![line("Content-Type", "application/json"), line("Date", "now")],
            spelled: true,
            body: Bytes::copy_from_slice(body.as_bytes()),
        }
    }

    fn sample(verdict: Verdict, actual: Option<Response>) -> Sample {
        let request = Request {
            method: "GET".to_owned(),
            target: "/api/1/tags?a=1".to_owned(),
            headers: vec![("Accept".to_owned(), "*/*".to_owned())],
            body: Bytes::new(),
        };
        let exchange = Exchange {
            mode: Mode::Shadow,
            at: UNIX_EPOCH + Duration::from_millis(1_500),
            request,
            expected: Some(response(200, "OK", r#"{"result":[{"name":"a"},1,2,3,4,5,6,7,8],"message":""}"#)),
            actual,
            version: "1".to_owned(),
        };
        Sample { id: 7, route: "tags_list".to_owned(), verdict, exchange }
    }

    /// A field a line, and a row of the diff a line.
    fn lines(shown: &Value) -> String {
        let mut text = String::new();
        for (name, value) in shown.as_object().unwrap() {
            match value.as_object() {
                Some(diff) if name == "diff" => {
                    for (part, rows) in diff {
                        let rows = rows.as_array().unwrap().iter().map(|row| format!("diff.{part}: {row}\n"));
                        text.extend(rows);
                    }
                }
                _ => text.extend([format!("{name}: {value}\n")]),
            }
        }
        text
    }

    #[test]
    fn a_sample_has_both_answers_side_by_side() {
        let difference = Difference {
            kind: Kind::Value,
            path: "/result/0/name".to_owned(),
            general: "/result/*/name".to_owned(),
            expected: "\"a\"".to_owned(),
            actual: String::new(),
        };
        let actual = response(404, "NOT FOUND", r#"{"result":[{"name":"b"},1,2,3,4,5,6,7,8],"message":""}"#);
        let shown = shown(&sample(Verdict::Mismatched(vec![difference]), Some(actual)));
        insta::assert_snapshot!(lines(&shown));
    }

    #[test]
    fn a_handler_that_gave_no_answer_says_why() {
        let shown = shown(&sample(Verdict::HandlerFailed("it panicked".to_owned()), None));
        assert_eq!(
            (&shown["why"], &shown["actual"], &shown["kind"]),
            (&json!("it panicked"), &Value::Null, &json!("handler failed"))
        );
        assert!(shown["diff"]["body"].as_array().unwrap().iter().all(|row| row["right"].is_null()), "{shown:#}");
    }
}
