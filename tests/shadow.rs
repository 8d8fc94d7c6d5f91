//! Modes shadow and verify: both sides are asked and compared, and the user gets what the mode says, to the byte.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use crate::support::{
    bridge::{Bridge, Setup},
    legacy::{Legacy, PASSWORD, USER},
    raw,
    upstream::Upstream,
    verdicts::{places, settled, words},
};
use serde_json::json;

/// Legacy's answer to a ping.
const PONG: &str = "HTTP/1.1 200 OK\r\nmimetype: application/json\r\nContent-Type: application/json\r\n\
Content-Length: 31\r\n\r\n{\"result\": true, \"message\": \"\"}";
const SHADOW: &str = "[[route]]\nname = \"ping\"\nmode = \"shadow\"\n";
const VERIFY: &str = "[[route]]\nname = \"ping\"\nmode = \"verify\"\n";

/// An answer of JSON as legacy gives it.
fn json_answer(body: &str) -> String {
    format!(
        "HTTP/1.1 200 OK\r\nmimetype: application/json\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

async fn login(bridge: &Bridge) {
    let target = format!("/api/1/users/{USER}");
    let answer = raw::send_json(bridge.address, "POST", &target, &json!({"password": PASSWORD})).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn in_mode_shadow_legacy_answers_and_the_handler_agrees() {
    let legacy = Legacy::start();
    let bridge = Setup::before(legacy.address).data(legacy.data()).arguments(&["--all", "shadow"]).start().await;
    login(&bridge).await;
    let routes = [
        ("ping", "/api/1/ping"),
        ("info", "/api/1/info"),
        ("users_list", "/api/1/users"),
        ("settings_get", "/api/1/settings"),
        ("tags_list", "/api/1/tags"),
        ("assets_types", "/api/1/assets/types"),
        ("locations_all", "/api/1/locations/all"),
    ];
    for (route, target) in routes {
        for asked in 1..=3 {
            let answer = raw::get(bridge.address, target).await;
            assert_eq!(answer.header("x-cutover-variant"), Some("legacy"), "{target}");
            let evidence = settled(&bridge, route, asked).await;
            assert_eq!(words(&evidence), format!("matched {asked}"), "{route}: {evidence}\n{}", bridge.log());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn in_mode_verify_the_handler_answers_and_legacy_agrees() {
    let legacy = Legacy::start();
    let bridge = Setup::before(legacy.address).data(legacy.data()).arguments(&["--all", "verify"]).start().await;
    login(&bridge).await;
    for (route, target) in [("tags_list", "/api/1/tags"), ("users_list", "/api/1/users"), ("info", "/api/1/info")] {
        let answer = raw::get(bridge.address, target).await;
        assert_eq!(answer.header("x-cutover-variant"), Some("native"), "{target}");
        let evidence = settled(&bridge, route, 1).await;
        assert_eq!(words(&evidence), "matched 1", "{route}: {evidence}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_deliberate_fault_is_caught_by_shadow_with_its_path_and_kind() {
    faults_are_caught("shadow").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_deliberate_fault_is_caught_by_verify_with_its_path_and_kind() {
    faults_are_caught("verify").await;
}

async fn faults_are_caught(mode: &str) {
    let legacy = Legacy::start();
    // Of each kind of handler one: constants, files, the user's database. Their faults, and where they must be found.
    let faults = [
        ("key-order", "tags_list", "/api/1/tags", "order", "/result"),
        ("key-order", "users_list", "/api/1/users", "order", "/result"),
        ("key-order", "settings_get", "/api/1/settings", "order", "/result"),
        ("space", "tags_list", "/api/1/tags", "format", "/result/Alpha"),
        ("space", "assets_types", "/api/1/assets/types", "format", "/result/*"),
        ("status", "ping", "/api/1/ping", "status", "status"),
        ("status", "users_list", "/api/1/users", "status", "status"),
        ("status", "settings_get", "/api/1/settings", "status", "status"),
        ("dropped-field", "users_list", "/api/1/users", "missing", "/result/ada"),
        ("dropped-field", "ping", "/api/1/ping", "missing", "/message"),
        ("float", "settings_get", "/api/1/settings", "type", "/result/version"),
        ("row-order", "assets_types", "/api/1/assets/types", "order", "/result"),
        ("row-order", "settings_get", "/api/1/settings", "order", "/result/active_modules"),
    ];
    let mut missed = Vec::new();
    for (fault, route, target, kind, path) in faults {
        let bridge = Setup::before(legacy.address)
            .data(legacy.data())
            .arguments(&["--all", mode])
            .environment("TEST_FAULT_OF_CUTOVER", &format!("{fault}@{route}"))
            .start()
            .await;
        let user = matches!(route, "tags_list" | "settings_get");
        if user {
            login(&bridge).await;
        }
        raw::get(bridge.address, target).await;
        let evidence = settled(&bridge, route, 1).await;
        let found = places(&evidence);
        if words(&evidence) != "mismatched 1" || found.first() != Some(&format!("mismatched {kind} {path} 1")) {
            missed.push(format!("{fault} in {route}: {} {found:?}", words(&evidence)));
        }
        if user {
            let logout = format!("/api/1/users/{USER}");
            raw::send_json(bridge.address, "PATCH", &logout, &json!({"action": "logout"})).await;
        }
    }
    assert!(missed.is_empty(), "{missed:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fault_of_a_comparison_never_reaches_the_user() {
    for (fault, words_expected) in
        [("panic", "handler failed 1"), ("huge", "skipped 1"), ("invalid-utf8", "mismatched 1")]
    {
        let upstream = Upstream::always(PONG).await;
        let bridge =
            Setup::before(upstream.address).routes(SHADOW).environment("TEST_FAULT_OF_CUTOVER", fault).start_alone();
        ready(&bridge).await;
        let answer = raw::get(bridge.address, "/api/1/ping").await;
        assert_eq!((answer.status, answer.text().as_str()), (200, "{\"result\": true, \"message\": \"\"}"));
        let evidence = settled(&bridge, "ping", 1).await;
        assert_eq!(words(&evidence), words_expected, "{fault}: {evidence}");
    }
}

/// Waits until legacy was asked once, though a scripted one has nothing to say.
async fn ready(bridge: &Bridge) {
    bridge.until("legacy was asked", |status| status["ready"] == true).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_cannot_be_compared_reaches_the_user_as_it_is_and_is_counted_with_its_reason() {
    let truncated =
        "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 12\r\n\r\n\x1f\x07\x08\0abcdefgh".to_owned();
    let large = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{}", 3 << 20, "y".repeat(3 << 20));
    let large_chunks = format!(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{0:x}\r\n{1}\r\n0\r\n\r\n",
        3 << 20,
        "z".repeat(3 << 20)
    );
    let events =
        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: 9\r\n\r\ndata: 1\n\n".to_owned();
    for (sent, why) in
        [(truncated, "undecodable"), (large, "body too large"), (large_chunks, "body too large"), (events, "streaming")]
    {
        let body = sent.split_once("\r\n\r\n").unwrap().1.to_owned();
        let upstream = Upstream::start(move |mut incoming| {
            let sent = sent.clone();
            async move {
                while incoming.request().await.is_some() {
                    incoming.send(&sent).await;
                }
            }
        })
        .await;
        let bridge = Setup::before(upstream.address).routes(SHADOW).start_alone();
        ready(&bridge).await;
        let answer = raw::get(bridge.address, "/api/1/ping").await;
        assert!(body.contains(&answer.text()), "{why}");
        let evidence = settled(&bridge, "ping", 1).await;
        assert_eq!(words(&evidence), "skipped 1", "{why}: {evidence}");
        assert_eq!(evidence["skipped"][why], 1, "{evidence}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn legacy_that_does_not_agree_with_itself_is_noise_and_no_mismatch() {
    let count = Arc::new(AtomicU64::new(0));
    let upstream = Upstream::start(move |mut incoming| {
        let count = Arc::clone(&count);
        async move {
            while incoming.request().await.is_some() {
                let now = count.fetch_add(1, Ordering::SeqCst);
                incoming.send(json_answer(&format!("{{\"result\": {now}, \"message\": \"\"}}"))).await;
            }
        }
    })
    .await;
    for mode in [SHADOW, VERIFY] {
        let bridge = Setup::before(upstream.address).routes(mode).start_alone();
        ready(&bridge).await;
        raw::get(bridge.address, "/api/1/ping").await;
        let evidence = settled(&bridge, "ping", 1).await;
        assert_eq!(words(&evidence), "noise 1", "{evidence}");
        assert_eq!(places(&evidence), ["noise value /result 1"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_difference_that_legacy_repeats_is_a_mismatch_and_asked_again_with_a_mark() {
    let upstream = Upstream::start(|mut incoming| async move {
        while incoming.request().await.is_some() {
            incoming.send(json_answer("{\"result\": false, \"message\": \"\"}")).await;
        }
    })
    .await;
    let bridge = Setup::before(upstream.address).routes(SHADOW).start_alone();
    ready(&bridge).await;
    raw::get(bridge.address, "/api/1/ping?a=%20b").await;
    let evidence = settled(&bridge, "ping", 1).await;
    assert_eq!(places(&evidence), ["mismatched value /result 1"]);
    let seen = upstream.seen();
    assert_eq!(seen.len(), 2);
    assert!(seen.iter().all(|head| head.starts_with("GET /api/1/ping?a=%20b HTTP/1.1\r\n")), "{seen:?}");
    let marked: Vec<bool> =
        seen.iter().map(|head| head.to_lowercase().contains("\r\nx-cutover-shadow: 1\r\n")).collect();
    assert_eq!(marked, [false, true]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_that_passes_meanwhile_makes_a_comparison_dirty() {
    // The write is answered only after the ping was, and the ping only after the write has arrived.
    let (arrived, pinged) = (Arc::new(tokio::sync::Notify::new()), Arc::new(tokio::sync::Notify::new()));
    let upstream = Upstream::start(move |mut incoming| {
        let (arrived, pinged) = (Arc::clone(&arrived), Arc::clone(&pinged));
        async move {
            while let Some(head) = incoming.request().await {
                if head.starts_with("PUT") {
                    arrived.notify_one();
                    pinged.notified().await;
                    incoming.send(PONG).await;
                } else {
                    arrived.notified().await;
                    incoming.send(PONG).await;
                    pinged.notify_one();
                }
            }
        }
    })
    .await;
    let bridge = Setup::before(upstream.address).routes(SHADOW).start_alone();
    ready(&bridge).await;
    let write = raw::exchange(bridge.address, "PUT /api/1/tags HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n");
    let ping = raw::get(bridge.address, "/api/1/ping");
    tokio::join!(write, ping);
    let evidence = settled(&bridge, "ping", 1).await;
    assert_eq!(words(&evidence), "dirty 1", "{evidence}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_of_another_process_meanwhile_makes_a_comparison_dirty() {
    let (native, evidence) = written_to_meanwhile("UPDATE tags SET description = 'changed'").await;
    assert_eq!(words(&evidence), "matched 1, dirty 1", "{evidence}");
    assert!(!native.contains("changed"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_of_another_process_makes_a_comparison_dirty_though_the_answers_are_equal() {
    let (_, evidence) = written_to_meanwhile("CREATE TABLE of_a_stranger(a)").await;
    assert_eq!(words(&evidence), "matched 1, dirty 1", "{evidence}");
}

/// Verifies the tags twice, the second time with a write of another process between the two answers. Gives the second
/// native answer, and the evidence.
async fn written_to_meanwhile(statement: &str) -> (String, serde_json::Value) {
    let legacy = Legacy::start();
    let bridge = Setup::before(legacy.address).data(legacy.data()).arguments(&["--all", "verify"]).start().await;
    login(&bridge).await;
    raw::get(bridge.address, "/api/1/tags").await;
    assert_eq!(words(&settled(&bridge, "tags_list", 1).await), "matched 1");
    // The handler answers at once; legacy cannot before it goes on, and until then the tags are changed.
    legacy.signal("STOP");
    let native = raw::get(bridge.address, "/api/1/tags").await;
    let file = legacy.data().join("users").join(USER).join("rotkehlchen.db");
    let stranger = rusqlite::Connection::open(file).unwrap();
    stranger.pragma_update(None, "key", PASSWORD).unwrap();
    stranger.execute(statement, []).unwrap();
    drop(stranger);
    legacy.signal("CONT");
    (native.text(), settled(&bridge, "tags_list", 2).await)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_leaves_and_a_legacy_that_fails_are_counted_too() {
    let upstream = Upstream::start(|mut incoming| async move {
        if incoming.request().await.is_some_and(|head| head.contains("?leave")) {
            incoming.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nbegin").await;
            incoming.ended().await;
        }
    })
    .await;
    let bridge = Setup::before(upstream.address).routes(SHADOW).start_alone();
    ready(&bridge).await;
    let answer = raw::get(bridge.address, "/api/1/ping").await;
    assert_eq!(answer.header("x-cutover-error"), Some("upstream-reset"));
    let evidence = settled(&bridge, "ping", 1).await;
    assert_eq!(evidence["skipped"]["legacy failed"], 1, "{evidence}");
    let mut leaving = raw::Connection::open(bridge.address).await;
    leaving.send("GET /api/1/ping?leave HTTP/1.1\r\nHost: x\r\n\r\n").await;
    leaving.until(b"begin").await.unwrap();
    drop(leaving);
    let evidence = settled(&bridge, "ping", 2).await;
    assert_eq!(evidence["skipped"]["broken off"], 1, "{evidence}");
}

#[tokio::test(flavor = "multi_thread")]
async fn under_overload_the_newest_comparisons_are_dropped_and_every_request_has_one_verdict() {
    let upstream = Upstream::start(|mut incoming| async move {
        while let Some(head) = incoming.request().await {
            if head.to_lowercase().contains("x-cutover-shadow") {
                // Legacy takes its time when it is asked again: what waits behind piles up.
                incoming.ended().await;
                return;
            }
            incoming.send(json_answer("{\"result\": false, \"message\": \"\"}")).await;
        }
    })
    .await;
    let bridge = Setup::before(upstream.address)
        .routes(&format!("[parity]\nqueue = 2\nconcurrency = 1\ndeadline = \"200ms\"\n{SHADOW}"))
        .start_alone();
    ready(&bridge).await;
    let mut connection = raw::Connection::open(bridge.address).await;
    for _ in 0..50 {
        connection.send("GET /api/1/ping HTTP/1.1\r\nHost: x\r\n\r\n").await;
        assert_eq!(connection.answer().await.text(), "{\"result\": false, \"message\": \"\"}");
    }
    let evidence = settled(&bridge, "ping", 50).await;
    assert_eq!(words(&evidence), "skipped 50", "{evidence}");
    let (overload, deadline) = (&evidence["skipped"]["overload"], &evidence["skipped"]["deadline"]);
    assert!(overload.as_u64().unwrap() >= 30 && deadline.as_u64().unwrap() >= 1, "{evidence}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_excuses_its_difference_is_counted_and_one_that_is_never_needed_is_reported() {
    let upstream = Upstream::always(
        "HTTP/1.1 200 OK\r\nmimetype: application/json\r\nContent-Type: application/json\r\nContent-Length: 29\r\n\r\n\
         {\"result\": 17, \"message\": \"\"}",
    )
    .await;
    let bridge = Setup::before(upstream.address)
        .routes(
            "[[route]]\nname = \"ping\"\nmode = \"shadow\"\nparity = [\n\
             { ignore = \"/result\", reason = \"a test\" },\n{ mask = \"/message\", pattern = \"uuid\", reason = \"a test\" },\n]\n",
        )
        .start_alone();
    ready(&bridge).await;
    raw::get(bridge.address, "/api/1/ping").await;
    let evidence = settled(&bridge, "ping", 1).await;
    assert_eq!(words(&evidence), "ignored 1", "{evidence}");
    let rules: Vec<String> = evidence["rules"]
        .as_array()
        .unwrap()
        .iter()
        .map(|r| format!("{} {} {}", r["rule"], r["hits"], r["dead"]))
        .collect();
    assert_eq!(rules, ["\"ignore /result\" 1 false", "\"mask /message\" 0 true"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_kill_switch_and_the_override_header_ask_one_side_alone() {
    let upstream = Upstream::always(PONG).await;
    let bridge =
        Setup::before(upstream.address).routes(&format!("[flags]\noverride_header = true\n{SHADOW}")).start_alone();
    ready(&bridge).await;
    raw::exchange(bridge.address, "GET /api/1/ping HTTP/1.1\r\nHost: x\r\nx-cutover-variant: legacy\r\n\r\n").await;
    bridge.signal("USR1");
    bridge.until("the switch is engaged", |status| status["kill_switch"] == true).await;
    raw::get(bridge.address, "/api/1/ping").await;
    bridge.signal("USR2");
    bridge.until("the switch is released", |status| status["kill_switch"] == false).await;
    raw::get(bridge.address, "/api/1/ping").await;
    let evidence = settled(&bridge, "ping", 1).await;
    assert_eq!(words(&evidence), "matched 1", "{evidence}");
}

#[tokio::test(flavor = "multi_thread")]
async fn evidence_survives_a_restart_and_holds_no_secret() {
    let directory = tempfile::TempDir::new().unwrap();
    let file = directory.path().join("kept.db");
    let upstream = Upstream::start(|mut incoming| async move {
        while incoming.request().await.is_some() {
            incoming
                .send(json_answer("{\"result\": {\"token\": \"s3cret-a\", \"n\": 1}, \"message\": \"s3cret-b\"}"))
                .await;
        }
    })
    .await;
    let routes = format!(
        "[parity]\nevidence = \"{}\"\n{SHADOW}parity = [{{ redact = \"/message\", reason = \"a test\" }}]\n",
        file.display()
    );
    for restart in 1..=2 {
        let bridge = Setup::before(upstream.address).routes(&routes).start_alone();
        ready(&bridge).await;
        let asked = "GET /api/1/ping?password=s3cret-c HTTP/1.1\r\nHost: x\r\nCookie: s3cret-d\r\n\r\n";
        raw::exchange(bridge.address, asked).await;
        let evidence = settled(&bridge, "ping", restart).await;
        assert_eq!(words(&evidence), format!("mismatched {restart}"), "{evidence}");
        let kept = raw::get(bridge.admin, "/api/samples?route=ping").await.json();
        assert!(!kept.as_array().unwrap().is_empty(), "{kept}");
        assert!(!kept.to_string().contains("s3cret"), "{kept}");
        bridge.signal("TERM");
        assert!(bridge.wait());
    }
    let bytes = std::fs::read(&file).unwrap();
    assert!(!bytes.windows(6).any(|window| window == b"s3cret"));
}
