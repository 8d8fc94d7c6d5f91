//! Handshakes that legacy does not grant. Its server announces a body with most refusals, sends none, and closes.

use crate::support::{
    bridge::Setup,
    legacy::Legacy,
    raw::{self, Connection},
    upstream::Upstream,
    websocket::handshake,
};
use tokio::sync::watch;

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_that_breaks_off_reaches_the_client_whole_with_the_length_it_has() {
    let head = "HTTP/1.1 426 Upgrade Required\r\nSec-WebSocket-Version: 13, 8, 7\r\n";
    let long = "x".repeat(100_000);
    for (framing, sent, length) in [
        ("Content-Length: 37", "", Some("0")),
        ("Content-Length: 37", "No Websocket", Some("12")),
        ("Content-Length: 4", "nope", Some("4")),
        ("Transfer-Encoding: chunked", "", Some("0")),
        ("Transfer-Encoding: chunked\r\nContent-Length: 37", "4\r\nnope\r\n", Some("4")),
        ("Content-Length: 100000", &long, Some("100000")),
        ("X-Length: none", &long, None),
    ] {
        let answer = format!("{head}{framing}\r\n\r\n{sent}");
        let upstream = Upstream::start(move |mut incoming| {
            let answer = answer.clone();
            async move {
                incoming.request().await;
                incoming.send(answer).await;
            }
        })
        .await;
        let bridge = Setup::before(upstream.address).start().await;
        let refused = raw::exchange(bridge.address, handshake("/ws")).await;
        assert_eq!((refused.status, refused.reason.as_str()), (426, "Upgrade Required"), "{framing}: {refused:?}");
        assert_eq!(refused.all("sec-websocket-version"), ["13, 8, 7"], "{framing}");
        assert_eq!(
            (refused.header("content-length"), refused.header("connection")),
            (length, Some("close")),
            "{framing}"
        );
        let came = sent.trim_start_matches("4\r\n").trim_end();
        assert_eq!(refused.text(), came, "{framing}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_real_legacys_refusals_have_a_head() {
    let legacy = Legacy::start();
    let bridge = Setup::before(legacy.address).start().await;
    let key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    for (asked, status, versions) in [
        (handshake("/ws").replace("Version: 13", "Version: 12"), 400, true),
        (handshake("/ws").replace("Sec-WebSocket-Version: 13\r\n", ""), 426, true),
        (handshake("/ws").replace(key, ""), 400, false),
        (handshake("/ws").replace("dGhlIHNhbXBsZSBub25jZQ==", "c2hvcnQ="), 400, false),
    ] {
        let refused = raw::exchange(bridge.address, &asked).await;
        assert_eq!(refused.status, status, "{asked}: {refused:?}");
        assert_eq!(refused.header("sec-websocket-version"), versions.then_some("13, 8, 7"), "{asked}: {refused:?}");
        assert!(
            refused.header("x-cutover-error").is_none() && refused.header("date").is_some(),
            "{asked}: {refused:?}"
        );
        assert_eq!(refused.header("content-length"), Some("0"), "{asked}: {refused:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_that_takes_long_is_passed_on_as_it_comes() {
    let (go_on, goes_on) = watch::channel(false);
    let upstream = Upstream::start(move |mut incoming| {
        let mut goes_on = goes_on.clone();
        async move {
            incoming.request().await;
            incoming.send("HTTP/1.1 403 FORBIDDEN\r\nContent-Length: 8\r\n\r\nnot ").await;
            goes_on.wait_for(|on| *on).await.unwrap();
            incoming.send("here").await;
        }
    })
    .await;
    let bridge = Setup::before(upstream.address).start().await;
    let mut connection = Connection::open(bridge.address).await;
    connection.send(handshake("/ws")).await;
    let head = connection.until(b"\r\n\r\n").await.unwrap();
    assert!(head.starts_with(b"HTTP/1.1 403 "), "{}", String::from_utf8_lossy(&head));
    assert_eq!(connection.exactly(4).await.unwrap(), b"not ");
    go_on.send(true).unwrap();
    assert_eq!(connection.rest().await, b"here");
}
