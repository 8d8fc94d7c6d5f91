//! Everything about a run, for programs. The keys are stable:
//!
//! - `schema`: 1; it grows when a key changes its meaning or goes away. New keys may come at any time
//! - `version`, `target`, `against`, `source`, `began` (RFC 3339), `took_ms`
//! - `summary`: the counts of all: `cases`, `judged`, `agreeing`, `percentage` (a text cut to two decimals, null if nothing
//!   was judged), `verdicts` (count by word), `skips` (count by why)
//! - `routes`: the same counts for each `route`, null for requests without one
//! - `rules`: `route`, `action`, `place`, `reason`, `compared`, `hits`, `dead`, and the whole `rule` as routes.toml has it
//! - `cases`: `number`, `sequence` and `step` (or null), `route` (or null), `request` (`method`, `target`), `verdict`,
//!   `agrees` (null if not judged), `why` (or null), `rules` (places of those that were needed), `differences` (`kind`,
//!   `path`, `general`, `expected`, `actual`), `took_ms` (or null). Those that do not agree also have the request's
//!   `headers` and `body`, and `expected` and `actual`: `status`, `reason`, `headers`, `body`, or null
//! - headers are a list of `name` and `value`, a value is its bytes as Latin-1; a body is `size` in bytes, `text`, and
//!   where it is not UTF-8 `"encoding": "base64"`. It is in its content coding

use std::time::Duration;

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Map, Value, json};

use super::{Tally, tally::NO_ROUTE, text};
use crate::parity::{Case, Response, RuleUse, Run, Verdict, message::Headers};

/// Grows when a key changes its meaning or goes away.
pub const SCHEMA: u32 = 1;

/// The report.
#[must_use]
pub fn json(run: &Run) -> String {
    let routes = Tally::by_route(run).into_iter().map(|(name, tally)| {
        let mut route = Map::new();
        route.insert("route".into(), if name == NO_ROUTE { Value::Null } else { name.into() });
        route.extend(counts(&tally));
        Value::Object(route)
    });
    let report = json!({
        "schema": SCHEMA,
        "version": env!("CARGO_PKG_VERSION"),
        "target": run.target,
        "against": run.against,
        "source": run.source,
        "began": text::moment(run.began),
        "took_ms": millis(run.took),
        "summary": counts(&Tally::of(&run.cases)),
        "routes": routes.collect::<Vec<_>>(),
        "rules": run.rules.iter().map(rule).collect::<Vec<_>>(),
        "cases": run.cases.iter().map(case).collect::<Vec<_>>(),
    });
    format!("{report:#}\n")
}

fn counts(tally: &Tally) -> Map<String, Value> {
    let by_word = |counts: Vec<(&str, u64)>| -> Map<String, Value> {
        counts.into_iter().map(|(word, count)| (word.to_owned(), count.into())).collect()
    };
    let mut counts = Map::new();
    counts.insert("cases".into(), tally.cases().into());
    counts.insert("judged".into(), tally.judged().into());
    counts.insert("agreeing".into(), tally.agreeing().into());
    counts.insert("percentage".into(), tally.percentage().into());
    counts.insert("verdicts".into(), by_word(tally.counts().collect()).into());
    counts.insert("skips".into(), by_word(tally.skips().collect()).into());
    counts
}

fn rule(used: &RuleUse) -> Value {
    let (action, place) = used.rule.action();
    json!({
        "route": used.route,
        "action": action,
        "place": place,
        "reason": used.rule.reason,
        "compared": used.compared,
        "hits": used.hits,
        "dead": used.is_dead(),
        "rule": used.rule,
    })
}

fn case(case: &Case) -> Value {
    let rules: &[usize] = if let Verdict::Ignored(rules) = &case.verdict { rules } else { &[] };
    let mut shown = json!({
        "number": case.number,
        "sequence": case.sequence.map(|(sequence, _)| sequence),
        "step": case.sequence.map(|(_, step)| step),
        "route": case.route,
        "request": { "method": case.request.method, "target": case.request.target },
        "verdict": case.verdict.as_str(),
        "agrees": case.verdict.agrees(),
        "why": text::reason(&case.verdict),
        "rules": rules,
        "differences": case.verdict.differences(),
        "took_ms": case.took.map(millis),
    });
    if case.verdict.agrees() != Some(true) {
        shown["request"]["headers"] = headers(&case.request.headers);
        shown["request"]["body"] = body(&case.request.body);
        shown["expected"] = case.expected.as_ref().map_or(Value::Null, response);
        shown["actual"] = case.actual.as_ref().map_or(Value::Null, response);
    }
    shown
}

fn response(response: &Response) -> Value {
    json!({
        "status": response.status,
        "reason": response.reason,
        "headers": headers(&response.headers),
        "body": body(&response.body),
    })
}

fn headers(headers: &Headers) -> Value {
    headers.iter().map(|(name, value)| json!({ "name": name, "value": value })).collect()
}

fn body(bytes: &[u8]) -> Value {
    match std::str::from_utf8(bytes) {
        Ok(text) => json!({ "size": bytes.len(), "text": text }),
        Err(_) => json!({ "size": bytes.len(), "text": STANDARD.encode(bytes), "encoding": "base64" }),
    }
}

/// Milliseconds, with microseconds as decimals.
fn millis(took: Duration) -> f64 {
    (took.as_secs_f64() * 1e6).round() / 1e3
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parity::report::sample::run;

    #[test]
    fn every_verdict_has_its_place_for_programs() {
        let version = concat!("\"version\": \"", env!("CARGO_PKG_VERSION"));
        insta::assert_snapshot!(json(&run()).replace(version, "\"version\": \"…"));
    }

    #[test]
    fn a_body_comes_back_byte_for_byte() {
        let report: Value = serde_json::from_str(&json(&run())).unwrap();
        let case = &report["cases"][9];
        assert_eq!(case["request"]["body"]["text"], "{\"it's\": \"</script>\"}");
        let actual = &case["actual"]["body"];
        assert_eq!(actual["encoding"], "base64");
        assert_eq!(STANDARD.decode(actual["text"].as_str().unwrap()).unwrap(), b"\xff\xfe\x00bytes");
        assert!(report["cases"][0].get("expected").is_none(), "bodies that agree are left out");
    }
}
