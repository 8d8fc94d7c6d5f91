//! Answers as the admin API gives them: a bridge with one route in a canary, and one endpoint that is not migrated.

use serde_json::{Value, json};

use super::server::Asked;

/// The one route.
pub const ROUTE: &str = "tags_list";
/// 2026-11-22T01:30:00Z.
pub const AT: f64 = 1_795_311_000.0;

/// The answer to a request that only reads.
pub fn answer(asked: &Asked) -> (u16, Value) {
    let path = asked.target.split('?').next().unwrap();
    let said = match path {
        "/api/events" => Value::Null,
        "/api/overview" => overview(),
        "/api/endpoints" => endpoints(),
        "/api/routes/tags_list" => route(),
        "/api/evidence/tags_list" => evidence(),
        "/api/journal" => json!({"entries": [entry()], "next": null}),
        "/api/samples" => json!([summary()]),
        "/api/samples/s1" => sample(),
        "/api/notifier" => notifier(),
        "/api/databases" => databases(),
        "/openapi/native.json" => cutover::openapi::document().clone(),
        _ => return (404, json!({"error": format!("there is no {path}")})),
    };
    (200, said)
}

pub fn side(requests: u64) -> Value {
    json!({"requests": requests, "errors": 0, "p50_ms": 2.0, "p95_ms": 5.5, "p99_ms": 9.0})
}

pub fn verdicts() -> Value {
    json!({"matched": 938, "ignored": 1, "mismatched": 1, "dirty": 3, "noise": 0, "handler failed": 0,
           "handler declined": 4, "skipped": 0})
}

fn traffic(slots: usize) -> Value {
    json!({"slot_seconds": 10, "legacy": vec![9; slots], "native": vec![1; slots]})
}

pub fn guardrail() -> Value {
    json!({"name": "mismatch", "bound": 0.001, "value": 0.0011, "lower": 0.0002, "requests": 940, "needed": 20,
           "verdict": "inconclusive", "text": "1 of 940 comparisons mismatched; the bound is 0.1 %"})
}

pub fn route() -> Value {
    json!({
        "name": ROUTE, "method": "GET", "path": "/api/1/tags", "handler": ROUTE, "access": "reads", "sticky": "client",
        "mode": "canary", "percent": 10, "configured": {"mode": "legacy", "percent": 0}, "overridden": true,
        "since": AT, "by": {"kind": "person", "name": "ann"}, "reason": "MANUAL", "why": "first look",
        "ladder": {
            "rungs": ["shadow 1000", "canary 10% 1000", "native"], "at": 1, "advance": "manual", "next": "native",
            "progress": {"requests": {"done": 310, "needed": 1000}, "seconds": null, "verdict": "inconclusive",
                         "why": "690 more requests answered natively"},
        },
        "hold": null, "tripped": null, "breaker": {"state": "closed", "failures": 0, "until": null},
        "verdicts": verdicts(), "match_rate": 0.9989, "legacy": side(900), "native": side(100),
        "traffic": traffic(60), "declined": null, "forwarded": null, "guardrails": [guardrail()],
    })
}

fn endpoints() -> Value {
    let measured = |requests: u64| {
        json!({"legacy": side(requests), "native": side(100), "traffic": traffic(60), "match_rate": 0.9989,
               "verdicts_judged": 940, "hold": false, "tripped": false, "breaker": "closed", "overridden": true})
    };
    let with = |mut endpoint: Value, more: Value| {
        endpoint.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        endpoint
    };
    let moved = json!({"method": "GET", "path": "/api/1/tags", "route": ROUTE, "access": "reads", "mode": "canary",
                       "percent": 10, "ladder": {"at": 1, "rungs": ["shadow 1000", "canary 10% 1000", "native"]}});
    let other = json!({"method": "GET", "path": "/api/1/watchers", "route": null, "access": null, "mode": null,
                       "percent": null, "ladder": null});
    json!({"endpoints": [with(moved, measured(900)), with(other, measured(3))], "other": {"requests": 2}})
}

pub fn overview() -> Value {
    json!({
        "version": "0.1.0", "uptime_seconds": 7200.0, "ready": true, "kill_switch": false, "all": null,
        "native_writes": "off", "legacy": {"url": "http://127.0.0.1:4242", "away_seconds": null}, "session": "in",
        "package": {"attached": false},
        "endpoints": {"total": 264, "migrated": 129,
                      "by_mode": {"legacy": 86, "shadow": 0, "canary": 1, "verify": 0, "native": 42}},
        "traffic": {"slot_seconds": 10, "started": AT - 7200.0, "legacy": vec![90; 360], "native": vec![10; 360],
                    "errors": vec![0; 360]},
        "at": AT, "share_native": 0.1, "verdicts": verdicts(), "match_rate": 0.9989,
        "attention": [{"kind": "mismatched", "route": ROUTE, "at": AT,
                       "text": "1 of 940 comparisons of tags_list did not match.", "remedy": "Open its mismatches."}],
        "changes": [entry()],
    })
}

/// A change by a person.
pub fn entry() -> Value {
    json!({"id": 1, "at": "2026-11-22T01:02:03.456Z", "by": {"kind": "person", "name": "ann"}, "action": "set",
           "route": ROUTE, "old": {"mode": "legacy", "percent": 0}, "new": {"mode": "canary", "percent": 10},
           "reason": "MANUAL", "why": "first look", "evidence": null})
}

fn evidence() -> Value {
    let histogram =
        json!({"bounds_ms": [1.0, 2.0, 4.0, 8.0], "legacy": [0, 10, 400, 480, 10], "native": [1, 90, 8, 1, 0]});
    json!({
        "route": ROUTE, "since": AT, "verdicts": verdicts(), "match_rate": 0.9989, "legacy": side(900),
        "native": side(100), "histogram": histogram, "guardrails": [guardrail()],
        "window": {"seconds": 300, "verdicts": verdicts(), "legacy": side(90), "native": side(10)},
        "places": [{"verdict": "mismatched", "kind": "value", "path": "/result/*/name", "count": 1, "last": AT,
                    "samples": ["s1"]}],
        "skipped": {}, "declined": {"the database is locked": 4}, "failed": {},
        "rules": [{"rule": "unordered /result", "hits": 1, "compared": 940, "dead": false}],
    })
}

fn summary() -> Value {
    json!({"id": "s1", "route": ROUTE, "verdict": "mismatched", "kind": "value", "path": "/result/*/name",
           "mode": "canary", "at": AT, "method": "GET", "target": "/api/1/tags", "bytes": 812})
}

pub fn sample() -> Value {
    let answer = json!({"status": 200, "reason": "OK", "headers": [["content-type", "application/json"]], "body": "{}", "bytes": 2});
    let line = |number: u64, pieces: Value| json!({"line": number, "pieces": pieces});
    let equal = |number: u64, text: &str| json!({"kind": "equal", "left": line(number, json!([[text, false]])), "right": line(number, json!([[text, false]])), "count": null});
    let mut sample = summary();
    let more = json!({
        "version": "HTTP/1.1", "request": {"headers": [["host", "127.0.0.1:4300"]], "body": null},
        "expected": answer, "actual": answer,
        "differences": [{"kind": "value", "path": "/result/0/name", "expected": "\"old\"", "actual": "\"new\""}],
        "diff": {"head": [equal(1, "HTTP/1.1 200 OK")], "body": [
            equal(1, "{"),
            {"kind": "differs", "left": line(2, json!([["name: ", false], ["old", true]])),
             "right": line(2, json!([["name: ", false], ["new", true]])), "count": null},
            {"kind": "fold", "left": null, "right": null, "count": 40},
        ]},
        "curl": "curl 'http://127.0.0.1:4300/api/1/tags'",
    });
    sample.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    sample
}

fn notifier() -> Value {
    json!({"mode": "bridge", "clients": 1, "subscription": "open", "kept": 0, "kept_lost": 0,
           "counts": {"messages": {"legacy": 3}, "ended": {}, "accepted": 3, "subscriptions": 1},
           "queues": [{"id": 7, "address": "127.0.0.1", "since": AT, "messages": 2, "bytes": 90, "sent": 12}],
           "tunnels": {"free": 127, "max": 128}})
}

fn databases() -> Value {
    let times = json!({"sum": 900, "p50": 64, "p99": 2048});
    let jobs = json!({"finished": 9, "failed": 0, "interrupted": 0, "refused": 0, "queue_micros": times, "execution_micros": times});
    json!({"directory": true, "user": {"reads": jobs, "writes": jobs, "lock_waits": 1, "retries": 0, "checkpoints": 2,
                                       "open_connections": 5, "replaced_connections": 0, "wal_bytes": 4_120_032}})
}
