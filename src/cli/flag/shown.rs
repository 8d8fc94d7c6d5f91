//! What the command prints. Pure functions.

use std::fmt::Write;

use serde::Deserialize;
use serde_json::Value;

use crate::{
    cli::{
        admin_client::{
            told::{Entry, Route},
            words::{ago, lasting, millis, nothing, setting, setting_of, share, who},
        },
        table::table,
    },
    parity::report::{counted, grouped, visible},
};

/// The answer to a change.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Changed {
    pub(super) route: Route,
    /// None if it was so before.
    pub(super) entry: Option<Entry>,
}

/// The routes of a list that somebody has moved, or would want to know of.
pub(super) fn moved(mut routes: Value) -> Value {
    if let Some(routes) = routes.as_array_mut() {
        routes.retain(|route| {
            route["mode"] != "legacy"
                || !route["hold"].is_null()
                || !route["tripped"].is_null()
                || route["overridden"] == true
        });
    }
    routes
}

/// A table of them, and below it what needs more words.
pub(super) fn list(routes: &[Route], now: f64) -> String {
    if routes.is_empty() {
        return "every route is in mode legacy, and none is held; cutover routes lists them\n".to_owned();
    }
    let header = [
        "NAME",
        "MODE",
        "ROUTES.TOML",
        "MATCH",
        "NATIVE",
        "ERRORS",
        "P95 LEGACY",
        "P95 NATIVE",
        "NEXT",
        "STATE",
        "SINCE",
    ];
    let rows = routes.iter().map(|route| {
        [
            visible(&route.name).into_owned(),
            setting(&route.mode, route.percent),
            if route.overridden { setting_of(route.configured.as_ref()) } else { nothing() },
            share(route.match_rate),
            grouped(route.native.requests),
            grouped(route.native.errors),
            millis(route.legacy.p95_ms),
            millis(route.native.p95_ms),
            route
                .ladder
                .as_ref()
                .and_then(|ladder| ladder.next.as_deref())
                .map_or_else(nothing, |next| visible(next).into_owned()),
            state(route),
            ago(route.since, now),
        ]
    });
    let mut text = table(header, rows);
    let told: Vec<String> = routes.iter().flat_map(|route| notes(route, now)).collect();
    if !told.is_empty() {
        let _ = write!(text, "\n{}", told.concat());
    }
    text
}

/// In a word or two.
fn state(route: &Route) -> String {
    let breaker = route.breaker.as_ref().map(|breaker| breaker.state.as_str()).filter(|state| *state != "closed");
    match (&route.tripped, &route.hold, breaker) {
        (Some(_), ..) => "rolled back".to_owned(),
        (None, Some(_), _) => "held".to_owned(),
        (None, None, Some(state)) => format!("breaker {}", visible(state)),
        (None, None, None) if route.declined.is_some() => "declined".to_owned(),
        (None, None, None) if route.forwarded.is_some() => "forwarded".to_owned(),
        (None, None, None) => nothing(),
    }
}

/// Lines about what keeps a route where it is.
fn notes(route: &Route, now: f64) -> Vec<String> {
    let name = visible(&route.name);
    let because = |why: Option<&str>| why.map_or_else(String::new, |why| format!(": {}", visible(why)));
    let mut notes = Vec::new();
    if let Some(tripped) = &route.tripped {
        let left = tripped.until.map(|until| until - now).filter(|left| *left > 0.0);
        let left = left.map_or_else(String::new, |left| format!("; it cools down for another {}", lasting(left)));
        notes.push(format!(
            "{name}: rolled back by guardrail {}{}{left}; then: cutover flag {name} rearm\n",
            visible(&tripped.guardrail),
            because(tripped.why.as_deref()),
        ));
    }
    if let Some(hold) = &route.hold {
        let by = who(&hold.by);
        notes.push(format!("{name}: held by {by}{}; cutover flag {name} resume\n", because(hold.why.as_deref())));
    }
    if let Some(why) = &route.declined {
        notes.push(format!("{name}: declined: {}\n", visible(why)));
    }
    if let Some(why) = &route.forwarded {
        notes.push(format!("{name}: forwarded whatever its mode: {}\n", visible(why)));
    }
    notes
}

/// One route, a fact a line.
pub(super) fn one(route: &Route, guardrails: &Value, now: f64) -> String {
    let mut text = String::new();
    let mut line = |name: &str, value: &str| {
        let _ = writeln!(text, "{name:12} {value}");
    };
    line("route", &visible(&route.name));
    let by = route.by.as_ref().map_or_else(String::new, |by| format!(" by {}", who(by)));
    let why = route
        .why
        .as_deref()
        .filter(|why| !why.is_empty())
        .map_or_else(String::new, |why| format!(": {}", visible(why)));
    line("mode", &format!("{}, set {}{by}{why}", setting(&route.mode, route.percent), ago(route.since, now)));
    if route.overridden {
        line("routes.toml", &setting_of(route.configured.as_ref()));
    }
    if let Some(ladder) = &route.ladder {
        let rung = |(place, rung): (usize, &String)| {
            if ladder.at == Some(place) { format!("[{}]", visible(rung)) } else { visible(rung).into_owned() }
        };
        line("ladder", &ladder.rungs.iter().enumerate().map(rung).collect::<Vec<_>>().join(" → "));
        if let Some(next) = next(route) {
            line("next", &next);
        }
    }
    line("match", &share(route.match_rate));
    for (name, side) in [("legacy", &route.legacy), ("native", &route.native)] {
        let (requests, errors) = (counted(side.requests, "request"), counted(side.errors, "error"));
        line(name, &format!("{requests}, {errors}, p95 {}", millis(side.p95_ms)));
    }
    for guardrail in guardrails.as_array().into_iter().flatten() {
        let word = |name: &str| visible(guardrail[name].as_str().unwrap_or("-")).into_owned();
        line("guardrail", &format!("{} {}: {}", word("name"), word("verdict"), word("text")));
    }
    let notes = notes(route, now);
    if notes.is_empty() { text } else { format!("{text}\n{}", notes.concat()) }
}

/// The next rung, and what is missing for it.
fn next(route: &Route) -> Option<String> {
    let ladder = route.ladder.as_ref()?;
    let next = visible(ladder.next.as_deref()?);
    let progress = ladder.progress.as_ref()?;
    let why = progress.why.as_deref().map_or_else(String::new, |why| format!(": {}", visible(why)));
    Some(format!("{next} ({}{why})", visible(&progress.verdict)))
}

/// What a change came to.
pub(super) fn changed(changed: &Changed) -> String {
    let Changed { route, entry } = changed;
    let name = visible(&route.name);
    let now = setting(&route.mode, route.percent);
    let done = match entry.as_ref().map(|entry| (entry.action.as_str(), entry.old.as_ref())) {
        Some(("hold", _)) => format!("held at {now}"),
        Some(("resume", _)) => format!("{now}, held no longer"),
        Some(("rearm", _)) => format!("{now}, may be promoted again"),
        Some((_, Some(old))) if setting(&old.mode, old.percent) != now => {
            format!("{} → {now}", setting(&old.mode, old.percent))
        }
        _ => format!("{now}, as before"),
    };
    let mut text = format!("{name}: {done}\n");
    if let Some(next) = next(route) {
        let _ = writeln!(text, "next: {next}");
    }
    for why in route.declined.iter().chain(&route.forwarded) {
        let _ = writeln!(text, "its requests go to legacy for now: {}", visible(why));
    }
    text
}

pub(super) fn kill_switch(engaged: bool) -> &'static str {
    if engaged {
        "kill switch engaged: every request goes to legacy; cutover flag --all resume releases it\n"
    } else {
        "kill switch released: every route is in its own mode again\n"
    }
}

/// What a reset of all routes came to.
pub(super) fn reset(answer: &Value) -> String {
    let count = |name: &str| answer[name].as_u64().unwrap_or(0);
    let done = match (count("routes"), count("rolled_back")) {
        (0, 0) => "every route was as the configuration has it\n".to_owned(),
        (0, _) => String::new(),
        (1, _) => "1 route is as the configuration has it again\n".to_owned(),
        (routes, _) => format!("{} routes are as the configuration has them again\n", grouped(routes)),
    };
    match count("rolled_back") {
        0 => done,
        1 => done + "1 route stays rolled back by a guardrail: cutover flag ROUTE rearm, once its cause is mended\n",
        routes => format!(
            "{done}{} routes stay rolled back by guardrails: cutover flag ROUTE rearm, once the cause is mended\n",
            grouped(routes)
        ),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const NOW: f64 = 1_763_770_000.0;

    #[test]
    fn a_reset_says_which_routes_it_left_alone() {
        let said = [(0, 0), (1, 0), (2, 0), (0, 1), (1, 2)]
            .map(|(routes, rolled_back)| reset(&json!({"routes": routes, "rolled_back": rolled_back})));
        insta::assert_snapshot!(said.concat());
    }

    fn side(requests: u64, errors: u64, p95: Option<f64>) -> Value {
        json!({"requests": requests, "errors": errors, "p50_ms": 1.0, "p95_ms": p95, "p99_ms": p95})
    }

    /// Routes as the API gives them.
    fn routes() -> Value {
        let plain = json!({
            "name": "ping", "method": "GET", "path": "/api/1/ping", "mode": "legacy", "percent": 0,
            "configured": {"mode": "legacy", "percent": 0}, "overridden": false, "since": NOW - 9.0, "by": null,
            "ladder": null, "hold": null, "tripped": null, "breaker": {"state": "closed", "failures": 0, "until": null},
            "match_rate": null, "legacy": side(3, 0, Some(4.0)), "native": side(0, 0, None), "declined": null, "forwarded": null,
        });
        let with = |fields: Value| {
            let mut route = plain.clone();
            route.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
            route
        };
        json!([
            plain,
            with(json!({
                "name": "tags_list", "mode": "canary", "percent": 12.5, "overridden": true, "since": NOW - 700.0,
                "by": {"kind": "person", "name": "ann"}, "why": "a week without a mismatch", "match_rate": 0.999_95,
                "ladder": {"rungs": ["shadow 1000", "canary 12.5% 1000", "native"], "at": 1, "advance": "manual", "next": "native",
                    "progress": {"requests": {"done": 310, "needed": 1000}, "seconds": null, "verdict": "inconclusive",
                        "why": "690 more requests answered natively"}},
                "legacy": side(12_345, 1, Some(182.4)), "native": side(1_763, 0, Some(1.24)),
            })),
            with(json!({
                "name": "info", "overridden": true, "configured": {"mode": "native", "percent": 0}, "since": NOW - 100_000.0,
                "tripped": {"guardrail": "mismatch", "at": NOW - 60.0, "until": NOW + 540.0,
                    "why": "3 of 40 comparisons mismatched; the bound is 0.1 %", "from": {"mode": "native", "percent": 0}},
            })),
            with(json!({
                "name": "tags_add", "mode": "native", "forwarded": "native writes are off",
                "hold": {"since": NOW, "by": {"kind": "person", "name": "bob\u{1b}[31m"}, "why": "release on Friday"},
            })),
        ])
    }

    fn read(routes: Value) -> Vec<Route> {
        serde_json::from_value(routes).unwrap()
    }

    #[test]
    fn routes_that_were_moved_are_a_table_with_what_keeps_them_where_they_are() {
        insta::assert_snapshot!(list(&read(moved(routes())), NOW));
        assert!(list(&[], NOW).starts_with("every route is in mode legacy"));
    }

    #[test]
    fn one_route_is_a_fact_a_line() {
        let guardrails = json!([
            {"name": "mismatch", "verdict": "pass", "text": "0 of 940 comparisons mismatched; the bound is 0.1 %"},
            {"name": "p95", "verdict": "inconclusive", "text": "12 of 20 requests"},
        ]);
        insta::assert_snapshot!(one(&read(routes())[1], &guardrails, NOW));
    }

    #[test]
    fn a_change_says_from_where_to_where() {
        let all: Vec<String> = [
            ("set", json!({"mode": "legacy", "percent": 0})),
            ("promote", json!({"mode": "canary", "percent": 12.5})),
            ("hold", Value::Null),
            ("resume", Value::Null),
            ("rearm", Value::Null),
        ]
        .into_iter()
        .map(|(action, old)| {
            let answer = json!({"route": routes()[1], "entry": {"id": 1, "action": action, "old": old}});
            changed(&serde_json::from_value(answer).unwrap())
        })
        .collect();
        insta::assert_snapshot!(all.concat());
        let unchanged = json!({"route": routes()[1], "entry": null});
        assert!(
            changed(&serde_json::from_value(unchanged).unwrap()).starts_with("tags_list: canary 12.5%, as before\n")
        );
        let forwarded = json!({"route": routes()[3], "entry": {"id": 1, "action": "set", "old": {"mode": "legacy"}}});
        insta::assert_snapshot!(changed(&serde_json::from_value(forwarded).unwrap()), @"
        tags_add: legacy → native
        its requests go to legacy for now: native writes are off
        ");
    }
}
