//! HTTP/1.0 clients, and what a client is told when legacy gives no answer (LESSONS 2.1 rows 35 and 36).

use std::{net::SocketAddr, sync::Arc, time::Duration};

use crate::support::{
    self,
    bridge::{Bridge, Setup},
    raw,
    upstream::Upstream,
};
use tokio::{
    io::AsyncReadExt,
    net::{TcpListener, TcpSocket, TcpStream},
    sync::Barrier,
    time::timeout,
};

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

#[tokio::test(flavor = "multi_thread")]
async fn row_35_a_request_of_http_1_0_goes_up_as_1_1_over_a_connection_that_is_kept() {
    let upstream = Upstream::always(OK).await;
    let bridge = Setup::before(upstream.address).start().await;
    for (line, body) in [("GET /x", ""), ("POST /x", "Content-Length: 0\r\n"), ("GET http://h/x", "")] {
        let mut client = raw::Connection::open(bridge.address).await;
        client.send(format!("{line} HTTP/1.0\r\n{body}\r\n")).await;
        let head = String::from_utf8(client.until(b"\r\n\r\n").await.unwrap()).unwrap();
        assert!(head.starts_with("HTTP/1.0 200 OK\r\n"), "{line}: {head}");
        assert!(!head.to_lowercase().contains("keep-alive"), "{line}: {head}");
        client.rest().await;
        bridge.until("the connection is idle", |status| status["legacy"]["idle_connections"] == 1).await;
        let sent = upstream.seen().pop().unwrap();
        let path = "/x";
        assert!(
            sent.starts_with(&format!("{} {path} HTTP/1.1\r\n", line.split(' ').next().unwrap())),
            "{line}: {sent}"
        );
        assert_eq!(sent.to_lowercase().matches("\r\nhost: ").count(), 1, "{sent}");
    }
    assert_eq!(upstream.connections(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn row_35_an_answer_to_http_1_0_has_no_chunks_and_ends_with_its_connection() {
    let upstream =
        Upstream::always("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n")
            .await;
    let bridge = Setup::before(upstream.address).start().await;
    for ask in ["", "Connection: keep-alive\r\n"] {
        let mut client = raw::Connection::open(bridge.address).await;
        client.send(format!("GET /x HTTP/1.0\r\nHost: h\r\n{ask}\r\n")).await;
        let head = String::from_utf8(client.until(b"\r\n\r\n").await.unwrap()).unwrap().to_lowercase();
        assert!(head.starts_with("http/1.0 200 ok\r\n") && !head.contains("transfer-encoding"), "{head}");
        assert!(!head.contains("connection: keep-alive"), "nobody could tell where the body ends: {head}");
        assert_eq!(client.rest().await, b"hello world");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn row_35_http_1_0_keeps_its_connection_if_it_asks_to_and_only_then() {
    let upstream = Upstream::always(OK).await;
    let bridge = Setup::before(upstream.address).start().await;
    let mut client = raw::Connection::open(bridge.address).await;
    for _ in 0..2 {
        client.send("GET /x HTTP/1.0\r\nHost: h\r\nConnection: keep-alive\r\n\r\n").await;
        let answer = client.answer().await;
        assert_eq!((answer.text(), answer.header("connection")), ("ok".into(), Some("keep-alive")), "{answer:?}");
    }
    client.send("GET /x HTTP/1.0\r\nHost: h\r\n\r\n").await;
    assert_eq!(client.answer().await.text(), "ok");
    assert!(client.is_closed().await);
    let sent = upstream.seen().concat().to_lowercase();
    assert!(!sent.contains("\r\nconnection:") && !sent.contains("http/1.0"), "{sent}");
}

#[tokio::test(flavor = "multi_thread")]
async fn row_35_a_native_answer_to_http_1_0_is_one_too() {
    let upstream = Upstream::always(OK).await;
    let bridge = Setup::before(upstream.address).environment("CUTOVER_FLAGS__ALL", "native").start().await;
    let mut client = raw::Connection::open(bridge.address).await;
    client.send("GET /api/1/ping HTTP/1.0\r\n\r\n").await;
    let answer = client.answer().await;
    assert_eq!((answer.status, answer.header("x-cutover-variant")), (200, Some("native")));
    assert_eq!(answer.json()["result"], true);
    assert!(client.is_closed().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn row_35_an_upstream_that_answers_in_http_1_0_is_still_spoken_to_in_1_1() {
    let upstream = Upstream::always("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok").await;
    let bridge = Setup::before(upstream.address).start().await;
    let mut client = raw::Connection::open(bridge.address).await;
    for _ in 0..3 {
        client.send("GET /x HTTP/1.1\r\nHost: h\r\n\r\n").await;
        let head = String::from_utf8(client.until(b"\r\n\r\n").await.unwrap()).unwrap();
        assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
        assert_eq!(client.exactly(2).await.unwrap(), b"ok");
    }
    assert!(upstream.seen().iter().all(|sent| sent.starts_with("GET /x HTTP/1.1\r\n")), "{:?}", upstream.seen());
}

/// An answer as it is told, without what differs from run to run.
fn told(answer: &raw::Answer, ports: &[SocketAddr]) -> String {
    let lines = answer.headers.iter().map(|(name, value)| {
        let value = if name.eq_ignore_ascii_case("date") { "[date]" } else { value };
        format!("{name}: {value}\n")
    });
    let head: String = lines.collect();
    let mut text = format!("{} {}\n{head}\n{}", answer.status, answer.reason, answer.text());
    for port in ports {
        text = text.replace(&port.port().to_string(), "[port]");
    }
    text
}

/// What holds for every failure, whatever its class.
fn is_a_failure(answer: &raw::Answer, status: u16, mark: &str) {
    assert_eq!((answer.status, answer.header("x-cutover-error")), (status, Some(mark)), "{answer:?}");
    assert_eq!(answer.header("content-type"), Some("application/json"));
    let body = answer.json();
    let keys: Vec<&String> = body.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["result", "message"]);
    assert!(body["result"].is_null() && body["message"].as_str().unwrap().starts_with("cutover: "), "{body}");
    assert_eq!(answer.header("retry-after").is_some(), status == 503, "{answer:?}");
}

/// An upstream that reads a request, says this, and closes.
async fn says(what: &'static str) -> (Upstream, Bridge) {
    let upstream = Upstream::start(move |mut incoming| async move {
        incoming.request().await;
        incoming.send(what).await;
    })
    .await;
    let bridge = Setup::before(upstream.address).start().await;
    (upstream, bridge)
}

/// An address where nothing listens, and nothing will while the socket is held.
fn nobody() -> (SocketAddr, TcpSocket) {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    (socket.local_addr().unwrap(), socket)
}

#[tokio::test(flavor = "multi_thread")]
async fn row_36_a_refused_connection_is_a_503_that_asks_to_come_back() {
    let (address, _held) = nobody();
    let bridge = Setup::before(address).start_alone();
    let answer = raw::exchange(bridge.address, "GET /api/1/x HTTP/1.1\r\nHost: h\r\n\r\n").await;
    is_a_failure(&answer, 503, "upstream-refused");
    insta::assert_snapshot!("refused", told(&answer, &[address]));
    // A login is answered the same, and so is a websocket.
    let login = raw::send_json(bridge.address, "POST", "/api/1/users/ada", &serde_json::json!({"password": "x"})).await;
    is_a_failure(&login, 503, "upstream-refused");
    let socket = raw::exchange(
        bridge.address,
        "GET /ws HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
    )
    .await;
    is_a_failure(&socket, 503, "upstream-refused");
}

#[tokio::test(flavor = "multi_thread")]
async fn row_36_a_failure_is_told_to_head_in_headers_alone_and_the_connection_goes_on() {
    let (address, _held) = nobody();
    let bridge = Setup::before(address).start_alone();
    let mut client = raw::Connection::open(bridge.address).await;
    client.send("GET /x HTTP/1.1\r\nHost: h\r\n\r\n").await;
    let get = client.answer().await;
    client.send("HEAD /x HTTP/1.1\r\nHost: h\r\n\r\n").await;
    let head = client.head_answer().await;
    assert_eq!((head.status, head.header("x-cutover-error")), (503, Some("upstream-refused")));
    assert_eq!(head.header("content-length"), Some(get.body.len().to_string().as_str()));
    client.send("GET /x HTTP/1.1\r\nHost: h\r\n\r\n").await;
    assert_eq!(client.answer().await.status, 503);
}

#[tokio::test(flavor = "multi_thread")]
async fn row_36_a_failure_is_told_to_a_client_that_is_still_sending() {
    let (address, _held) = nobody();
    let bridge = Setup::before(address).start_alone();
    let body = "x".repeat(512 * 1024);
    for _ in 0..30 {
        let mut client = raw::Connection::open(bridge.address).await;
        client.send(format!("POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: {}\r\n\r\n{body}", body.len() + 1)).await;
        is_a_failure(&client.answer().await, 503, "upstream-refused");
        // An end, not a reset: on its way to a real client a reset may overtake the answer.
        let end = timeout(support::PATIENCE, client.stream.read(&mut [0])).await.unwrap();
        assert_eq!(end.map_err(|error| error.kind()), Ok(0));
    }
}

/// Fills the queue of a listener that accepts nobody, until one more connection hangs.
async fn fill(address: SocketAddr) -> Vec<TcpStream> {
    let mut held = Vec::new();
    for _ in 0..64 {
        match timeout(Duration::from_millis(300), TcpStream::connect(address)).await {
            Ok(connected) => held.push(connected.unwrap()),
            Err(_) => return held,
        }
    }
    panic!("a full backlog still takes connections here");
}

#[tokio::test(flavor = "multi_thread")]
async fn row_36_a_connection_that_is_not_made_in_time_is_a_504() {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener: TcpListener = socket.listen(1).unwrap();
    let address = listener.local_addr().unwrap();
    let _held = fill(address).await;
    let bridge = Setup::before(address).routes("[legacy]\nconnect_timeout = \"300ms\"").start_alone();
    let answer = raw::exchange(bridge.address, "GET /x HTTP/1.1\r\nHost: h\r\n\r\n").await;
    is_a_failure(&answer, 504, "upstream-connect-timeout");
    insta::assert_snapshot!("connect_timeout", told(&answer, &[address]));
}

#[tokio::test(flavor = "multi_thread")]
async fn row_36_an_answer_that_does_not_begin_in_time_is_a_504_and_legacy_is_left() {
    let left = Arc::new(Barrier::new(2));
    let leaving = Arc::clone(&left);
    let upstream = Upstream::start(move |mut incoming| {
        let leaving = Arc::clone(&leaving);
        async move {
            let head = incoming.request().await.unwrap_or_default();
            if head.starts_with("GET /begun ") {
                incoming.send("HTTP/1.1 200 OK\r\nContent-").await;
            }
            incoming.ended().await;
            leaving.wait().await;
        }
    })
    .await;
    let bridge = Setup::before(upstream.address).routes("[legacy]\nheader_timeout = \"300ms\"").start().await;
    for path in ["/x", "/begun", "/api/1/settings", "/api/1/tasks/5"] {
        let answer = raw::exchange(bridge.address, format!("GET {path} HTTP/1.1\r\nHost: h\r\n\r\n")).await;
        is_a_failure(&answer, 504, "upstream-header-timeout");
        if path == "/x" {
            insta::assert_snapshot!("header_timeout", told(&answer, &[]));
        }
        timeout(support::PATIENCE, left.wait()).await.expect("legacy was kept waiting");
    }
    assert_eq!(upstream.seen().len(), 4, "nothing is asked twice: it may still be working on it");
}

#[tokio::test(flavor = "multi_thread")]
async fn row_36_a_connection_that_ends_before_the_answer_is_a_502() {
    let (_upstream, bridge) = says("").await;
    let answer = raw::exchange(bridge.address, "GET /x HTTP/1.1\r\nHost: h\r\n\r\n").await;
    is_a_failure(&answer, 502, "upstream-reset");
    insta::assert_snapshot!("reset_before_the_head", told(&answer, &[]));
}

#[tokio::test(flavor = "multi_thread")]
async fn row_36_a_connection_that_ends_within_the_head_is_a_502() {
    for cut in ["H", "HTTP/1.1 200 OK", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n", "HTTP/1.1 100 Continue\r\n\r\n"] {
        let (_upstream, bridge) = says(cut).await;
        let answer = raw::exchange(bridge.address, "GET /x HTTP/1.1\r\nHost: h\r\n\r\n").await;
        is_a_failure(&answer, 502, "upstream-reset");
        insta::assert_snapshot!("reset_within_the_head", told(&answer, &[]));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn row_36_a_connection_that_is_reset_is_a_502() {
    let upstream = Upstream::start(|mut incoming| async move {
        incoming.request().await;
        socket2::SockRef::from(&incoming.stream).set_linger(Some(Duration::ZERO)).unwrap();
    })
    .await;
    let bridge = Setup::before(upstream.address).start().await;
    for request in ["GET /x HTTP/1.1\r\nHost: h\r\n\r\n", "POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nhi"]
    {
        let answer = raw::exchange(bridge.address, request).await;
        is_a_failure(&answer, 502, "upstream-reset");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn row_36_an_answer_that_is_no_http_is_a_502_and_none_of_it_comes_through() {
    let large = format!("HTTP/1.1 200 OK\r\nX: {}\r\n\r\n", "x".repeat(2 << 20)).leak();
    for (malformed, name) in [
        ("SSH-2.0-OpenSSH_9.6\r\n\r\n", "malformed_protocol"),
        ("HTTP/1.1 OK\r\n\r\n", "malformed_status"),
        ("HTTP/1.1 200 OK\r\nno colon\r\n\r\n", "malformed_header"),
        ("HTTP/1.1 200 OK\r\nContent-Length: two\r\n\r\nok", "malformed_length"),
        ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok", "malformed_lengths"),
        (large, "malformed_size"),
    ] {
        let (_upstream, bridge) = says(malformed).await;
        let answer = raw::exchange(bridge.address, "GET /x HTTP/1.1\r\nHost: h\r\n\r\n").await;
        assert_eq!(
            (answer.status, answer.header("x-cutover-error")),
            (502, Some("upstream-malformed")),
            "{name}: {answer:?}"
        );
        is_a_failure(&answer, 502, "upstream-malformed");
        insta::assert_snapshot!(name, told(&answer, &[]));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn row_36_an_upgrade_that_nobody_asked_for_is_a_502() {
    for unasked in [
        "HTTP/1.1 101 Switching Protocols\r\n\r\n",
        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nframes",
    ] {
        let (_upstream, bridge) = says(unasked).await;
        let answer = raw::exchange(bridge.address, "GET /x HTTP/1.1\r\nHost: h\r\n\r\n").await;
        is_a_failure(&answer, 502, "upstream-unasked-upgrade");
        insta::assert_snapshot!("unasked_upgrade", told(&answer, &[]));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn row_36_no_free_connection_in_time_is_a_503_that_asks_to_come_back() {
    let busy = Arc::new(Barrier::new(2));
    let holding = Arc::clone(&busy);
    let upstream = Upstream::start(move |mut incoming| {
        let holding = Arc::clone(&holding);
        async move {
            while incoming.request().await.is_some() {
                holding.wait().await;
                holding.wait().await;
                incoming.send(OK).await;
            }
        }
    })
    .await;
    let bridge = Setup::before(upstream.address)
        .routes("[legacy]\nmax_connections = 1\nqueue_timeout = \"300ms\"")
        .start()
        .await;
    let mut first = raw::Connection::open(bridge.address).await;
    first.send("GET /first HTTP/1.1\r\nHost: h\r\n\r\n").await;
    busy.wait().await;
    let answer = raw::exchange(bridge.address, "GET /second HTTP/1.1\r\nHost: h\r\n\r\n").await;
    is_a_failure(&answer, 503, "upstream-saturated");
    insta::assert_snapshot!("saturated", told(&answer, &[]));
    // The one that had the connection is none the worse for it.
    busy.wait().await;
    assert_eq!(first.answer().await.text(), "ok");
    assert_eq!(upstream.seen().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn row_36_one_websocket_too_many_is_a_503_that_asks_to_come_back() {
    let upstream = Upstream::start(|mut incoming| async move {
        incoming.request().await;
        incoming.send("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n").await;
        incoming.ended().await;
    })
    .await;
    let bridge = Setup::before(upstream.address).routes("[legacy]\nmax_tunnels = 1").start().await;
    let ask = "GET /ws HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";
    let mut first = raw::Connection::open(bridge.address).await;
    first.send(ask).await;
    assert_eq!(first.answer().await.status, 101);
    let answer = raw::exchange(bridge.address, ask).await;
    is_a_failure(&answer, 503, "upstream-saturated");
    insta::assert_snapshot!("tunnels_taken", told(&answer, &[]));
    drop(first);
    bridge.until("the room of the websocket is free", |status| status["legacy"]["free_tunnels"] == 1).await;
    assert_eq!(raw::exchange(bridge.address, ask).await.status, 101);
}

#[tokio::test(flavor = "multi_thread")]
async fn row_36_legacys_own_failures_are_relayed_and_bear_no_mark() {
    for (status, line) in [
        (500, "500 INTERNAL SERVER ERROR"),
        (502, "502 BAD GATEWAY"),
        (503, "503 SERVICE UNAVAILABLE"),
        (542, "542 UNKNOWN"),
    ] {
        let answer = format!("HTTP/1.1 {line}\r\nContent-Type: text/plain\r\nContent-Length: 4\r\n\r\noops").leak();
        let (_upstream, bridge) = says(answer).await;
        let answer = raw::exchange(bridge.address, "GET /x HTTP/1.1\r\nHost: h\r\n\r\n").await;
        assert_eq!((answer.status, format!("{} {}", answer.status, answer.reason)), (status, line.to_owned()));
        assert_eq!((answer.text(), answer.header("x-cutover-error")), ("oops".into(), None));
    }
}
