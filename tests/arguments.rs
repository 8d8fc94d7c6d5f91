//! Requests with bodies to native routes: answered as legacy answers them, or forwarded byte for byte as they came.

use crate::support::{
    bridge::{Bridge, Setup},
    eventually,
    legacy::Legacy,
    raw,
    upstream::Upstream,
};
use tokio::io::AsyncWriteExt as _;

/// Carries the mark of the API, from which the bridge learns what answers to this Origin look like.
const OK: &str =
    "HTTP/1.1 200 OK\r\nmimetype: application/json\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\nok";

/// A bridge before legacy, every route native.
async fn native(legacy: &Legacy) -> Bridge {
    Setup::before(legacy.address).data(legacy.data()).arguments(&["--all", "native"]).start().await
}

fn request(method: &str, target: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "{method} {target} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n{headers}Content-Length: {}\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_says_it_is_json_is_read_and_any_other_is_ignored() {
    let legacy = Legacy::start();
    let bridge = native(&legacy).await;
    let json = "Content-Type: application/json\r\n";
    for request in [
        request("GET", "/api/1/ping", json, b"{bad"),
        request("GET", "/api/1/ping", json, b""),
        request("GET", "/api/1/ping", json, b"{}"),
        request("GET", "/api/1/ping", json, b"[1, NaN]"),
        request("GET", "/api/1/ping", "Content-Type: application/vnd.x+JSON; charset=utf-8\r\n", b"{bad"),
        request("GET", "/api/1/ping", "Content-Type: text/json\r\n", b"{bad"),
        request("GET", "/api/1/ping", "", b"not json, not said to be"),
        request("GET", "/api/1/info", json, br#"{"check_for_updates": "maybe"}"#),
        request("GET", "/api/1/info?check_for_updates=maybe", json, br#"{"check_for_updates": false}"#),
        request("GET", "/api/1/info?check_for_updates=maybe", "", b""),
        request("GET", "/api/1/info?check_for_updates=no&check_for_updates=maybe", "", b""),
        request("GET", "/api/1/info?foo=1", "", b"{}"),
        request("GET", "/api/1/info", json, b"[]"),
        request("GET", "/api/1/info", json, br#"{"check_for_updates": null}"#),
    ] {
        let shown = String::from_utf8_lossy(&request).into_owned();
        let (direct, through) =
            (raw::exchange(legacy.address, &request).await, raw::exchange(bridge.address, &request).await);
        assert_eq!(through.header("x-cutover-variant"), Some("native"), "{shown}{through:?}");
        assert_eq!((direct.status, direct.text()), (through.status, through.text()), "{shown}");
        let contract = |answer: &raw::Answer| -> Vec<(String, String)> {
            let own = |name: &str| name == "Date" || name == "Connection" || name.starts_with("x-cutover-");
            answer.headers.iter().filter(|(name, _)| !own(name)).cloned().collect()
        };
        assert_eq!(contract(&direct), contract(&through), "{shown}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_legacy_reads_in_a_way_of_its_own_is_forwarded() {
    let legacy = Legacy::start();
    let bridge = native(&legacy).await;
    let json = "Content-Type: application/json\r\n";
    for request in [
        request("GET", "/api/1/ping", json, b"\xef\xbb\xbf{}"),
        request("GET", "/api/1/ping", json, b"\"\xff\""),
        request("GET", "/api/1/ping", json, br#"["\ud800"]"#),
        request("GET", "/api/1/ping", json, "[".repeat(300).as_bytes()),
        request("GET", "/api/1/info", json, br#"{"a": 1, "b": 2}"#),
        request("GET", "/api/1/info?check_for_updates=%ff", "", b""),
        request("GET", "/api/1/ping", json, " ".repeat((1 << 20) + 1).as_bytes()),
    ] {
        let shown = String::from_utf8_lossy(&request[..request.len().min(300)]).into_owned();
        let (direct, through) =
            (raw::exchange(legacy.address, &request).await, raw::exchange(bridge.address, &request).await);
        assert_eq!(through.header("x-cutover-reason"), Some("DECLINED"), "{shown}");
        assert_eq!((direct.status, direct.text()), (through.status, through.text()), "{shown}");
    }
}

/// A bridge that knows what answers look like, and whose handler of `/api/1/info` declines whatever it is asked, for
/// the upstream never said what it is.
async fn declining(upstream: &Upstream, max_body: &str) -> Bridge {
    let setup = Setup::before(upstream.address).arguments(&["--all", "native"]);
    let bridge = setup.environment("CUTOVER_NATIVE__MAX_BODY", max_body).start().await;
    assert_eq!(raw::get(bridge.address, "/api/1/ping").await.header("x-cutover-variant"), Some("native"));
    bridge
}

#[tokio::test(flavor = "multi_thread")]
async fn a_declined_body_is_forwarded_as_it_came() {
    let upstream = Upstream::start(|mut incoming| async move {
        while let Some(head) = incoming.request().await {
            if head.to_lowercase().contains("transfer-encoding: chunked") {
                incoming.chunked_body().await;
            } else if head.contains("ontent-") {
                incoming.body(7).await;
            }
            incoming.send(OK).await;
        }
    })
    .await;
    for max_body in ["1MiB", "3"] {
        let bridge = declining(&upstream, max_body).await;
        let before = upstream.seen_bytes().len();
        let mut client = raw::Connection::open(bridge.address).await;
        client.send("GET /api/1/info HTTP/1.1\r\nHost: h\r\nContent-Length: 7\r\n\r\n").await;
        client.send("{\"a\"").await;
        client.send(":1}").await;
        assert_eq!(client.answer().await.header("x-cutover-reason"), Some("DECLINED"));
        client.send("GET /api/1/info HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n").await;
        client.send("5\r\nhello\r\n").await;
        client.send("6;x=y\r\n world\r\n0\r\nTrailer: x\r\n\r\n").await;
        assert_eq!(client.answer().await.header("x-cutover-reason"), Some("DECLINED"));
        client.send("GET /api/1/info HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n").await;
        assert_eq!(client.answer().await.header("x-cutover-reason"), Some("DECLINED"));
        let sent = String::from_utf8(upstream.seen_bytes()[before..].to_vec()).unwrap();
        assert!(sent.contains("content-length: 7\r\n") || sent.contains("Content-Length: 7\r\n"), "{sent}");
        assert!(sent.contains("\r\n\r\n{\"a\":1}"), "{sent}");
        let chunks = &sent[sent.to_lowercase().find("transfer-encoding: chunked").unwrap()..];
        let text: String = chunks.lines().filter(|line| line.contains("hello") || line.contains(" world")).collect();
        assert_eq!(text, "hello world", "{chunks}");
        assert!(sent.ends_with("\r\n\r\n0\r\n\r\n"), "{sent}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_is_too_large_for_a_handler_streams_on() {
    let upstream = Upstream::start(|mut incoming| async move {
        while let Some(head) = incoming.request().await {
            if head.contains("/info") {
                // The head alone is enough to see that nothing waits for the end of the body.
                incoming.body(20).await;
                incoming.body(20).await;
            }
            incoming.send(OK).await;
        }
    })
    .await;
    let bridge = declining(&upstream, "16").await;
    for framing in ["Content-Length: 40", "Transfer-Encoding: chunked"] {
        let before = upstream.seen_bytes().len();
        let chunked = framing.starts_with('T');
        let piece = if chunked { format!("14\r\n{}\r\n", "a".repeat(20)) } else { "a".repeat(20) };
        let mut client = raw::Connection::open(bridge.address).await;
        client.send(format!("GET /api/1/info HTTP/1.1\r\nHost: h\r\n{framing}\r\n\r\n{piece}")).await;
        eventually("the first half arrives while the second is not sent", || async {
            String::from_utf8_lossy(&upstream.seen_bytes()[before..]).contains("aaaa").then_some(())
        })
        .await;
        client.send(format!("{piece}{}", if chunked { "0\r\n\r\n" } else { "" })).await;
        assert_eq!(client.answer().await.header("x-cutover-reason"), Some("DECLINED"), "{framing}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_waits_to_be_told_to_continue_is_told_so_once_the_body_is_wanted() {
    let legacy = Legacy::start();
    let bridge = native(&legacy).await;
    assert_eq!(raw::get(bridge.address, "/api/1/ping").await.status, 200);
    let mut client = raw::Connection::open(bridge.address).await;
    for body in ["{\"check_for_updates\": 0}", "{\"check_for_updates\": 5}"] {
        client
            .send(format!(
                "GET /api/1/info HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nExpect: 100-continue\r\nContent-Length: {}\r\n\r\n",
                body.len()
            ))
            .await;
        assert_eq!(client.until(b"\r\n\r\n").await.unwrap(), b"HTTP/1.1 100 Continue\r\n\r\n");
        client.send(body).await;
        let answer = client.answer().await;
        assert_eq!(answer.header("x-cutover-variant"), Some("native"));
        assert_eq!(answer.status, if body.contains('5') { 400 } else { 200 });
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_falls_silent_or_breaks_off_is_refused_as_on_any_other_route() {
    let upstream = Upstream::start(|mut incoming| async move {
        incoming.request().await;
        incoming.rest().await;
    })
    .await;
    let setup = Setup::before(upstream.address).arguments(&["--all", "native"]);
    let bridge = setup.environment("CUTOVER_LISTEN__BODY_TIMEOUT", "300ms").start().await;
    for breaks_off in [false, true] {
        let mut refusals = Vec::new();
        for target in ["/not/migrated", "/api/1/ping"] {
            let mut client = raw::Connection::open(bridge.address).await;
            client.send(format!("GET {target} HTTP/1.1\r\nHost: h\r\nContent-Length: 40\r\n\r\nhalf of it")).await;
            if breaks_off {
                client.stream.shutdown().await.unwrap();
            }
            let refusal = String::from_utf8(client.rest().await).unwrap();
            let own = |line: &&str| {
                line.starts_with("Date: ")
                    || line.starts_with("x-cutover-variant: ")
                    || line.starts_with("x-cutover-reason: ")
            };
            refusals.push(refusal.lines().filter(|line| !own(line)).collect::<Vec<_>>().join("\n"));
        }
        assert_eq!(refusals[0], refusals[1], "breaks off: {breaks_off}");
        assert_eq!(refusals[0].starts_with("HTTP/1.1 408 "), !breaks_off, "{}", refusals[0]);
    }
    assert!(!bridge.log().contains(r#"variant="native""#), "{}", bridge.log());
}
