//! Which side answers: modes, canaries, overrides, the kill switch.

use std::collections::BTreeSet;

use crate::support::{
    bridge::{Bridge, Setup},
    raw,
    upstream::Upstream,
};

const LEGACY_ANSWER: &str = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\nAccess-Control-Allow-Origin: *\r\n\r\n{}";

async fn ask(bridge: &Bridge, headers: &str) -> (String, String) {
    let request = format!("GET /api/1/ping HTTP/1.1\r\nHost: h\r\nConnection: close\r\n{headers}\r\n");
    let answer = raw::exchange(bridge.address, request).await;
    let header = |name: &str| answer.header(name).unwrap_or("-").to_owned();
    let by_body = if answer.text() == "{}" { "legacy" } else { "native" };
    assert_eq!(by_body, header("x-cutover-variant"), "the header tells who answered");
    (header("x-cutover-variant"), header("x-cutover-reason"))
}

fn said(variant: &str, reason: &str) -> (String, String) {
    (variant.to_owned(), reason.to_owned())
}

fn ping(mode: &str) -> String {
    format!("[[route]]\nname = \"ping\"\n{mode}\n")
}

#[tokio::test(flavor = "multi_thread")]
async fn each_mode_has_its_answerer_and_its_reason() {
    let upstream = Upstream::always(LEGACY_ANSWER).await;
    let bridge = Setup::before(upstream.address).start().await;
    for (mode, expected) in [
        ("mode = \"native\"", said("native", "STATIC")),
        ("mode = \"legacy\"", said("legacy", "STATIC")),
        ("mode = \"shadow\"", said("legacy", "STATIC")),
        ("mode = \"verify\"", said("native", "STATIC")),
        ("mode = \"canary\"\npercent = 100", said("native", "SPLIT")),
        ("mode = \"canary\"\npercent = 0", said("legacy", "SPLIT")),
        ("mode = \"canary\"\npercent = 100\nsticky = \"header:x-user\"", said("legacy", "TARGETING_KEY_MISSING")),
        ("mode = \"canary\"\npercent = 100\nsticky = \"user\"", said("legacy", "TARGETING_KEY_MISSING")),
    ] {
        bridge.reconfigure(&ping(mode)).await;
        assert_eq!(ask(&bridge, "").await, expected, "{mode}");
    }
    let other = raw::get(bridge.address, "/api/1/not/migrated").await;
    assert_eq!(other.header("x-cutover-reason"), Some("DEFAULT"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_canary_is_sticky_and_raising_it_removes_nobody() {
    let upstream = Upstream::always(LEGACY_ANSWER).await;
    let bridge = Setup::before(upstream.address).start().await;
    let mut before = BTreeSet::new();
    for percent in ["10", "10.5", "40"] {
        bridge.reconfigure(&ping(&format!("mode = \"canary\"\npercent = {percent}\nsticky = \"header:x-user\"\nguardrails = {{ rollback = \"off\" }}"))).await;
        let mut native = BTreeSet::new();
        for user in 0..300 {
            let (variant, reason) = ask(&bridge, &format!("x-user: user-{user}\r\n")).await;
            assert_eq!(reason, "SPLIT");
            if variant == "native" {
                native.insert(user);
            }
        }
        assert!(native.is_superset(&before), "{percent} % lost someone");
        before = native;
    }
    assert!((80..160).contains(&before.len()), "{} of 300 at 40 %", before.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_override_header_is_honoured_only_when_switched_on() {
    let upstream = Upstream::always(LEGACY_ANSWER).await;
    let bridge = Setup::before(upstream.address).start().await;
    assert_eq!(ask(&bridge, "x-cutover-variant: native\r\n").await, said("legacy", "STATIC"));
    bridge.reconfigure("[flags]\noverride_header = true\n").await;
    assert_eq!(ask(&bridge, "x-cutover-variant: native\r\n").await, said("native", "TARGETING_MATCH"));
    assert_eq!(ask(&bridge, "x-cutover-variant: what\r\n").await, said("legacy", "STATIC"));
    assert!(!upstream.seen().concat().contains("x-cutover"), "the header is for the bridge alone");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_kill_switch_sends_everything_to_legacy_at_once() {
    let upstream = Upstream::always(LEGACY_ANSWER).await;
    let bridge = Setup::before(upstream.address).arguments(&["--all", "native"]).start().await;
    assert_eq!(ask(&bridge, "").await, said("native", "STATIC"));
    for _ in 0..2 {
        bridge.signal("USR1");
        bridge.until("the switch is engaged", |status| status["kill_switch"] == true).await;
        assert_eq!(ask(&bridge, "").await, said("legacy", "DISABLED"));
    }
    bridge.signal("USR2");
    bridge.until("the switch is released", |status| status["kill_switch"] == false).await;
    assert_eq!(ask(&bridge, "").await, said("native", "STATIC"));
    bridge.reconfigure("[flags]\nkill_switch = true\n").await;
    assert_eq!(ask(&bridge, "").await, said("legacy", "DISABLED"));
}

#[tokio::test(flavor = "multi_thread")]
async fn answer_headers_can_be_switched_off() {
    let upstream = Upstream::always(LEGACY_ANSWER).await;
    let bridge = Setup::before(upstream.address).routes("[flags]\nanswer_headers = false\n").start().await;
    let answer = raw::get(bridge.address, "/api/1/ping").await;
    assert!(answer.headers.iter().all(|(name, _)| !name.starts_with("x-cutover")), "{answer:?}");
}
