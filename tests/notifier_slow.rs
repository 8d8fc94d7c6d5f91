//! Clients that do not take what is sent to them, and their neighbours.

use crate::support::{
    self,
    bridge::{Bridge, Setup},
    legacy::Legacy,
    raw,
    websocket::{Ending, Reader, WebSocket, broadcast, masked, messages, notifier_is},
};
use serde_json::{Value, json};

async fn bridged(legacy: &Legacy, more: &str) -> Bridge {
    Setup::before(legacy.address).routes(&format!("[ws]\nmode = \"bridge\"\n{more}")).start().await
}

/// Progress with a key of its own in each chain.
fn progress(chain: &str, processed: u64) -> Value {
    json!({"chain": chain, "subtype": "evm_undecoded_transactions", "total": 1_000_000, "processed": processed})
}

/// Several megabytes that a client who does not read has in front of everything else.
async fn stuff(bridge: &Bridge) {
    let large = json!({"type": "stuffing", "data": "x".repeat(8 << 20)});
    assert_eq!(raw::send_json(bridge.admin, "POST", "/notify", &large).await.status, 200);
}

async fn notify(bridge: &Bridge, message_type: &str, data: Value) {
    let answer = raw::send_json(bridge.admin, "POST", "/notify", &json!({"type": message_type, "data": data})).await;
    assert_eq!(answer.status, 200, "{answer:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn progress_that_a_client_does_not_take_is_superseded_by_newer_and_nothing_else_is() {
    let legacy = Legacy::start();
    let bridge = bridged(&legacy, "").await;
    let mut stalled = WebSocket::narrow(bridge.address).await;
    let reading = Reader::of(WebSocket::open(bridge.address).await);
    stuff(&bridge).await;
    // Who is at eight megabytes takes nothing else for a moment.
    reading.until("stuffing").await;
    for processed in 1..=50 {
        notify(&bridge, "progress_updates", progress("ethereum", processed)).await;
        notify(&bridge, "progress_updates", progress("optimism", processed)).await;
        if processed % 10 == 0 {
            notify(&bridge, "legacy", json!({"verbosity": "error", "value": format!("error {processed}")})).await;
        }
    }
    notify(&bridge, "last", Value::Null).await;
    let all = reading.until("\"last\"").await;
    assert_eq!(all.len(), 1 + 100 + 5 + 1, "who takes what it gets gets everything");
    let rest = stalled.texts_until("\"last\"").await;
    let rest: Vec<&str> = rest[1..].iter().map(String::as_str).collect();
    let mut expected: Vec<&str> = all.iter().map(String::as_str).filter(|text| text.contains("error ")).collect();
    // The newest of each key, in its own place: before the error that came after it.
    let newest: Vec<&str> = all.iter().map(String::as_str).filter(|text| text.contains("\"processed\": 50")).collect();
    let at = expected.len() - 1;
    expected.splice(at..at, newest);
    expected.push(all.last().unwrap());
    assert_eq!(rest, expected);
    assert_eq!(bridge.status().await["websocket"]["counts"]["coalesced"], 98);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_is_too_slow_is_let_go_and_its_errors_come_from_messages() {
    for (let_go, endings) in
        [("drop", [Ending::Reset, Ending::Reset]), ("close", [Ending::Close(b"\x03\xf5".to_vec()), Ending::Reset])]
    {
        let legacy = Legacy::start();
        let bridge = bridged(&legacy, &format!("queue = 20\nlet_go = \"{let_go}\"\n")).await;
        let mut stalled = WebSocket::narrow(bridge.address).await;
        let reading = Reader::of(WebSocket::open(bridge.address).await);
        stuff(&bridge).await;
        reading.until("stuffing").await;
        notify(&bridge, "legacy", json!({"verbosity": "error", "value": "first"})).await;
        notify(&bridge, "legacy", json!({"verbosity": "warning", "value": "second"})).await;
        for period in 0..30 {
            let data = json!({"address": "0x1", "chain": "ETH", "subtype": "evm", "period": [0, period], "status": "querying_transactions_started"});
            notify(&bridge, "transaction_status", data).await;
        }
        bridge.until("it was let go", |status| status["websocket"]["counts"]["ended"]["lagged"] == 1).await;
        let (warnings, errors) = messages(bridge.address).await;
        assert_eq!(warnings, ["second"]);
        // The stuffing is of no known type, and may be said nowhere else.
        let known: Vec<&String> = errors.iter().filter(|error| !error.contains("stuffing")).collect();
        assert_eq!(known, ["first"]);
        assert!(endings.contains(&stalled.ending().await));
        let texts = reading.until("[0, 29]").await;
        assert_eq!(texts.len(), 1 + 2 + 30, "its neighbour missed nothing");
        assert_eq!(messages(bridge.address).await, (vec![], vec![]), "once");
        // Whoever comes back is as welcome as before.
        let mut back = WebSocket::open(bridge.address).await;
        notify(&bridge, "again", Value::Null).await;
        back.texts_until("again").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn legacy_is_never_held_up_by_a_client_that_does_not_read() {
    let legacy = Legacy::start();
    let bridge = bridged(&legacy, "").await;
    let _stalled = WebSocket::narrow(bridge.address).await;
    let reading = Reader::of(WebSocket::open(bridge.address).await);
    // Straight to such a client, the third of these would not return.
    for _ in 0..8 {
        assert_eq!(broadcast(legacy.address, "large", json!("x".repeat(2 << 20))).await, (1, 0));
    }
    broadcast(legacy.address, "last", Value::Null).await;
    assert_eq!(reading.until("last").await.len(), 9);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_got_is_kept_and_comes_before_what_legacy_queued_since() {
    let legacy = Legacy::start();
    let bridge = bridged(&legacy, "").await;
    let stalled = WebSocket::narrow(bridge.address).await;
    broadcast(legacy.address, "stuffing", json!("x".repeat(8 << 20))).await;
    support::websocket::warn(legacy.address, "warning", "ours").await;
    broadcast(legacy.address, "ours", json!("\u{e9}")).await;
    drop(stalled);
    notifier_is(&bridge, 0, "idle").await;
    support::websocket::warn(legacy.address, "warning", "legacy's").await;
    broadcast(legacy.address, "legacys", Value::Null).await;
    assert_eq!(bridge.status().await["websocket"]["kept"], 3);
    let answer = raw::get(bridge.address, "/api/1/messages").await;
    assert_eq!(answer.header("content-type"), Some("application/json"));
    let body = answer.text();
    let (large, rest) = body.split_at(body.find("ours\\\"").unwrap() - 20);
    assert!(large.contains("stuffing") && large.len() > 8 << 20, "what it had begun to take is not lost");
    assert!(large.starts_with(r#"{"result": {"warnings": ["ours", "legacy's"], "errors": ["#), "{}", &large[..80]);
    let expected =
        r#""{\"type\": \"ours\", \"data\": \"\\u00e9\"}", "{\"type\": \"legacys\", \"data\": null}"]}, "message": ""}"#;
    assert!(rest.ends_with(expected), "{rest}");
    assert_eq!(messages(bridge.address).await, (vec![], vec![]), "once");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_kept_for_a_user_is_gone_with_the_logout() {
    let legacy = Legacy::start();
    let bridge = bridged(&legacy, "").await;
    let login = json!({"password": support::legacy::PASSWORD, "sync_approval": "unknown"});
    let user = format!("/api/1/users/{}", support::legacy::USER);
    assert_eq!(raw::send_json(bridge.address, "POST", &user, &login).await.status, 200);
    let stalled = WebSocket::narrow(bridge.address).await;
    stuff(&bridge).await;
    drop(stalled);
    bridge.until("it is kept", |status| status["websocket"]["kept"] == 1).await;
    assert_eq!(raw::send_json(bridge.address, "PATCH", &user, &json!({"action": "logout"})).await.status, 200);
    assert_eq!(messages(bridge.address).await, (vec![], vec![]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_talks_and_does_not_listen_is_not_read_any_more() {
    let legacy = Legacy::start();
    let bridge = bridged(&legacy, "").await;
    let mut talking = WebSocket::narrow(bridge.address).await;
    let frame = masked(0x82, &vec![b'x'; 1 << 20]);
    // Its echoes fill its socket, then our memory up to a bound, then its own socket.
    let mut sent = 0;
    let talk = async {
        for _ in 0..200 {
            talking.connection.send(&frame).await;
            sent += 1;
        }
    };
    let held = tokio::time::timeout(std::time::Duration::from_secs(3), talk).await;
    assert!(held.is_err(), "200 MiB were taken");
    assert!(sent < 60, "{sent} MiB were taken");
    let mut other = WebSocket::open(bridge.address).await;
    other.text("still").await;
    assert_eq!(other.next_text().await, "still");
}
