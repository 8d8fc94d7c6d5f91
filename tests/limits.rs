//! What a client may take up: bytes, time, connections (LESSONS 2.1 rows 31 to 33).

use std::{sync::Arc, time::Duration};

use crate::support::{
    PATIENCE,
    bridge::{Bridge, Setup},
    eventually, raw,
    upstream::Upstream,
};
use tokio::{
    sync::{Barrier, Semaphore},
    time::{sleep, timeout},
};

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
const GRANTED: &str = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";

/// A refusal of the bridge's own: its status, its mark, legacy's envelope, and the end of the connection.
async fn is_refused(client: &mut raw::Connection, status: u16, mark: &str) {
    let answer = client.answer().await;
    assert_eq!((answer.status, answer.header("x-cutover-error")), (status, Some(mark)), "{answer:?}");
    let body = answer.json();
    assert!(body["result"].is_null(), "{body}");
    assert!(body["message"].as_str().unwrap().starts_with("cutover: "), "{body}");
    assert!(client.is_closed().await, "the connection goes on after {status}");
}

#[tokio::test(flavor = "multi_thread")]
async fn row_31_a_request_line_longer_than_legacys_limit_is_answered_414() {
    let upstream = Upstream::always(OK).await;
    let bridge = Setup::before(upstream.address).start().await;
    let line = |length: usize| format!("GET /{} HTTP/1.1", "x".repeat(length - "GET / HTTP/1.1".len()));
    let mut client = raw::Connection::open(bridge.address).await;
    client.send(format!("{}\r\nHost: h\r\n\r\n", line(8192 - 2))).await;
    assert_eq!(client.answer().await.status, 200);
    for (length, rest) in [(8200, "\r\nHost: h\r\n\r\n"), (9000, "\r\nHost: h\r\n\r\n"), (9000, ""), (100_000, "")] {
        let mut client = raw::Connection::open(bridge.address).await;
        client.send(format!("{}{rest}", line(length))).await;
        is_refused(&mut client, 414, "target-too-long").await;
    }
    assert_eq!(upstream.seen().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn row_31_too_many_or_too_large_header_lines_are_answered_431() {
    let upstream = Upstream::always(OK).await;
    let bridge = Setup::before(upstream.address).start().await;
    let request = |lines: usize, length: usize| {
        let line = format!("x: {}\r\n", "y".repeat(length));
        format!("GET / HTTP/1.1\r\nHost: h\r\n{}\r\n", line.repeat(lines - 1))
    };
    for allowed in [request(100, 10), request(2, 60_000)] {
        assert_eq!(raw::exchange(bridge.address, allowed).await.status, 200);
    }
    for (bytes, mark) in [
        (request(101, 10), "too-many-headers"),
        (request(1000, 10), "too-many-headers"),
        (request(2, 66_000), "head-too-large"),
        (request(80, 1000), "head-too-large"),
    ] {
        let mut client = raw::Connection::open(bridge.address).await;
        client.send(&bytes).await;
        is_refused(&mut client, 431, mark).await;
    }
    // One without an end is refused when it is too large, not when it ends.
    let mut client = raw::Connection::open(bridge.address).await;
    client.send(format!("GET / HTTP/1.1\r\nHost: h\r\nx: {}", "y".repeat(66_000))).await;
    is_refused(&mut client, 431, "head-too-large").await;
    assert_eq!(upstream.seen().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn row_31_a_body_announced_too_large_is_answered_413_before_it_is_read_or_waved_through() {
    let upstream = Upstream::always(OK).await;
    let bridge = Setup::before(upstream.address).routes("[listen]\nmax_body = \"1KiB\"").start().await;
    for expect in ["", "Expect: 100-continue\r\n"] {
        let mut client = raw::Connection::open(bridge.address).await;
        client.send(format!("POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 1025\r\n{expect}\r\n")).await;
        // Not a byte of the body is sent, and the first line is no 100.
        let line = client.until(b"\r\n").await.unwrap();
        assert!(line.starts_with(b"HTTP/1.1 413 "), "{}", String::from_utf8_lossy(&line));
    }
    let mut client = raw::Connection::open(bridge.address).await;
    client.send("POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 99999999999\r\n\r\n").await;
    is_refused(&mut client, 413, "body-too-large").await;
    assert!(upstream.seen().is_empty(), "{:?}", upstream.seen());
}

#[tokio::test(flavor = "multi_thread")]
async fn row_31_a_body_of_the_largest_size_passes() {
    let upstream = Upstream::start(|mut incoming| async move {
        while let Some(head) = incoming.request().await {
            match head.to_lowercase().contains("chunked") {
                true => incoming.chunked_body().await,
                false => incoming.body(1024).await,
            };
            incoming.send(OK).await;
        }
    })
    .await;
    let bridge = Setup::before(upstream.address).routes("[listen]\nmax_body = \"1KiB\"").start().await;
    let mut client = raw::Connection::open(bridge.address).await;
    let body = "x".repeat(1024);
    for request in [
        format!("Content-Length: 1024\r\n\r\n{body}"),
        format!("Transfer-Encoding: chunked\r\n\r\n400\r\n{body}\r\n0\r\n\r\n"),
    ] {
        client.send(format!("POST /x HTTP/1.1\r\nHost: h\r\n{request}")).await;
        assert_eq!(client.answer().await.status, 200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn row_31_a_body_of_unknown_length_is_counted_as_it_comes_and_legacy_never_gets_the_whole_of_it() {
    let upstream = Upstream::start(|mut incoming| async move {
        while incoming.request().await.is_some() {
            incoming.chunked_body().await;
            incoming.send(OK).await;
        }
    })
    .await;
    let bridge = Setup::before(upstream.address).routes("[listen]\nmax_body = \"1KiB\"").start().await;
    // The second one is a request that the bridge watches on its way, the third one that it reads itself.
    for (method, path) in [("POST", "/x"), ("PUT", "/api/1/settings"), ("POST", "/api/1/users/ada")] {
        let mut client = raw::Connection::open(bridge.address).await;
        let chunk = format!("400\r\n{}\r\n", "x".repeat(1024));
        client.send(format!("{method} {path} HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n{chunk}")).await;
        client.send(format!("1\r\nx\r\n{}0\r\n\r\n", chunk.repeat(3))).await;
        let answer = client.answer().await;
        assert_eq!(
            (answer.status, answer.header("x-cutover-error")),
            (413, Some("body-too-large")),
            "{path}: {answer:?}"
        );
        assert!(answer.json()["result"].is_null());
    }
    let seen = upstream.seen();
    assert!(!seen.iter().any(|seen| seen.ends_with("0\r\n\r\n")), "{seen:?}");
    assert!(!seen.iter().any(|seen| seen.contains("/users/ada")), "a login that is too large is not begun: {seen:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn row_31_a_refusal_is_given_to_the_request_it_is_about() {
    let upstream = Upstream::always(OK).await;
    let bridge = Setup::before(upstream.address).routes("[listen]\nmax_body = \"1KiB\"").start().await;
    let mut client = raw::Connection::open(bridge.address).await;
    client
        .send("GET /good HTTP/1.1\r\nHost: h\r\n\r\nPOST /bad HTTP/1.1\r\nHost: h\r\nContent-Length: 1025\r\n\r\nGET /after HTTP/1.1\r\nHost: h\r\n\r\n")
        .await;
    assert_eq!(client.answer().await.text(), "ok");
    is_refused(&mut client, 413, "body-too-large").await;
    assert_eq!(upstream.seen().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn row_32_a_head_that_does_not_come_to_its_end_is_answered_408() {
    let upstream = Upstream::always(OK).await;
    let bridge = Setup::before(upstream.address).routes("[listen]\nheader_timeout = \"300ms\"").start().await;
    for begun in ["G", "GET /x HTTP/1.1\r\n", "GET /x HTTP/1.1\r\nHost: h\r\nx: y", "GET /x HTTP/1.1\r\nHost: h\r\n\r"]
    {
        let mut client = raw::Connection::open(bridge.address).await;
        client.send(begun).await;
        is_refused(&mut client, 408, "header-timeout").await;
    }
    assert!(upstream.seen().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn row_32_dripping_a_head_gains_no_time() {
    let upstream = Upstream::always(OK).await;
    let bridge = Setup::before(upstream.address)
        .routes("[listen]\nheader_timeout = \"300ms\"\nkeep_alive_timeout = \"off\"")
        .start()
        .await;
    // An empty line before a request is passed over, but sending one after the other is no way to stay.
    for drops in ["x", "\r\n"] {
        let mut client = raw::Connection::open(bridge.address).await;
        if drops == "x" {
            client.send("GET /").await;
        }
        let drip = dripping(&client, drops);
        let head = client.until(b"\r\n\r\n").await.unwrap_or_default();
        drip.abort();
        assert!(head.starts_with(b"HTTP/1.1 408 "), "{}", String::from_utf8_lossy(&head));
    }
}

/// Keeps sending on a connection, byte by byte, until it is gone.
fn dripping(client: &raw::Connection, drops: &'static str) -> tokio::task::JoinHandle<()> {
    let twin = socket2::SockRef::from(&client.stream).try_clone().unwrap();
    tokio::spawn(async move {
        for drop in drops.bytes().cycle() {
            if twin.send(&[drop]).is_err() {
                return;
            }
            sleep(Duration::from_millis(20)).await;
        }
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn row_32_a_connection_on_which_nothing_was_asked_ends_without_a_word() {
    let upstream = Upstream::always(OK).await;
    let bridge = Setup::before(upstream.address).routes("[listen]\nheader_timeout = \"200ms\"").start().await;
    let mut client = raw::Connection::open(bridge.address).await;
    assert!(client.is_closed().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn row_32_an_idle_connection_ends_without_a_word_at_the_keep_alive_timeout() {
    let upstream = Upstream::always(OK).await;
    let bridge = Setup::before(upstream.address).routes("[listen]\nkeep_alive_timeout = \"200ms\"").start().await;
    let mut client = raw::Connection::open(bridge.address).await;
    client.send("GET /x HTTP/1.1\r\nHost: h\r\n\r\n").await;
    assert_eq!(client.answer().await.text(), "ok");
    assert!(client.is_closed().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn row_32_the_time_for_a_head_begins_with_its_first_byte_not_with_what_is_left_of_the_idle_time() {
    let upstream = Upstream::always(OK).await;
    let bridge = Setup::before(upstream.address)
        .routes("[listen]\nkeep_alive_timeout = \"1s\"\nheader_timeout = \"1m\"")
        .start()
        .await;
    let mut client = raw::Connection::open(bridge.address).await;
    client.send("GET /x HTTP/1.1\r\nHost: h\r\n\r\n").await;
    assert_eq!(client.answer().await.text(), "ok");
    client.send("GET /x HTTP/1.1\r\n").await;
    // Past the idle time; nothing happens in it that could be waited for.
    assert!(client.is_silent(Duration::from_millis(1500)).await, "the idle time cut a head off");
    client.send("Host: h\r\n\r\n").await;
    assert_eq!(client.answer().await.text(), "ok");
}

#[tokio::test(flavor = "multi_thread")]
async fn row_32_a_body_that_stops_coming_is_answered_408_and_legacy_is_left() {
    let gone = Arc::new(Semaphore::new(0));
    let told = Arc::clone(&gone);
    let upstream = Upstream::start(move |mut incoming| {
        let told = Arc::clone(&told);
        async move {
            incoming.request().await;
            incoming.ended().await;
            told.add_permits(1);
        }
    })
    .await;
    let bridge = Setup::before(upstream.address).routes("[listen]\nbody_timeout = \"200ms\"").start().await;
    for (path, body) in [
        ("/x", "Content-Length: 5\r\n\r\nhel"),
        ("/x", "Transfer-Encoding: chunked\r\n\r\n5\r\nhel"),
        ("/x", "Content-Length: 5\r\n\r\n"),
        ("/api/1/settings", "Content-Length: 5\r\n\r\nhel"),
    ] {
        let mut client = raw::Connection::open(bridge.address).await;
        client.send(format!("PUT {path} HTTP/1.1\r\nHost: h\r\n{body}")).await;
        let answer = client.answer().await;
        assert_eq!(
            (answer.status, answer.header("x-cutover-error")),
            (408, Some("body-timeout")),
            "{path} {body:?}: {answer:?}"
        );
        assert!(answer.json()["result"].is_null());
        assert!(client.is_closed().await);
        timeout(PATIENCE, gone.acquire()).await.expect("legacy was left waiting").unwrap().forget();
    }
    // A login is read before it is passed on.
    let mut client = raw::Connection::open(bridge.address).await;
    client.send("POST /api/1/users/ada HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhel").await;
    assert_eq!(client.answer().await.status, 408);
    assert_eq!(upstream.seen().len(), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn row_32_an_answer_that_stops_coming_is_broken_off() {
    let upstream = Upstream::start(|mut incoming| async move {
        incoming.request().await;
        incoming.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello").await;
        incoming.ended().await;
    })
    .await;
    let bridge = Setup::before(upstream.address).routes("[legacy]\nframe_timeout = \"200ms\"").start().await;
    let mut client = raw::Connection::open(bridge.address).await;
    client.send("GET /x HTTP/1.1\r\nHost: h\r\n\r\n").await;
    client.until(b"hello").await.unwrap();
    assert!(client.is_closed().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn row_32_a_reader_that_takes_nothing_is_dropped_and_legacy_is_left() {
    let gone = Arc::new(Semaphore::new(0));
    let told = Arc::clone(&gone);
    let upstream = Upstream::start(move |mut incoming| {
        let told = Arc::clone(&told);
        async move {
            incoming.request().await;
            incoming.send("HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n").await;
            // Ends when the bridge has gone away: sending fails silently, then reading says so.
            incoming.send(vec![b'x'; 1_000_000_000 / 10]).await;
            incoming.ended().await;
            told.add_permits(1);
        }
    })
    .await;
    let bridge = Setup::before(upstream.address).routes("[listen]\nwrite_timeout = \"300ms\"").start().await;
    let mut client = raw::Connection::open(bridge.address).await;
    client.send("GET /x HTTP/1.1\r\nHost: h\r\n\r\n").await;
    timeout(PATIENCE, gone.acquire()).await.expect("the bridge kept a reader that takes nothing").unwrap().forget();
    drop(client);
}

#[tokio::test(flavor = "multi_thread")]
async fn row_32_no_bound_on_the_client_cuts_a_request_that_takes_long_to_answer() {
    let upstream = Upstream::start(|mut incoming| async move {
        while incoming.request().await.is_some() {
            // Longer than every bound below; there is no event to wait for.
            sleep(Duration::from_millis(900)).await;
            incoming.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n").await;
            for _ in 0..4 {
                sleep(Duration::from_millis(300)).await;
                incoming.send("2\r\nok\r\n").await;
            }
            incoming.send("0\r\n\r\n").await;
        }
    })
    .await;
    let bounds = "[listen]\nheader_timeout = \"200ms\"\nkeep_alive_timeout = \"200ms\"\nbody_timeout = \"200ms\"\nwrite_timeout = \"200ms\"";
    let bridge = Setup::before(upstream.address).routes(bounds).start().await;
    for request in ["GET /x HTTP/1.1\r\nHost: h\r\n\r\n", "POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n"] {
        let mut client = raw::Connection::open(bridge.address).await;
        client.send(request).await;
        let answer = client.try_answer(false).await;
        assert_eq!(answer.map(|answer| answer.text()), Ok("okokokok".into()), "{request}");
        assert!(client.is_closed().await, "an idle connection is closed after it");
    }
}

async fn websocket(bridge: &Bridge) -> raw::Connection {
    let mut client = raw::Connection::open(bridge.address).await;
    client.send("GET /ws HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n").await;
    assert_eq!(client.answer().await.status, 101);
    client
}

/// Grants every upgrade and answers everything else.
async fn grants() -> Upstream {
    Upstream::start(|mut incoming| async move {
        while let Some(head) = incoming.request().await {
            if head.to_lowercase().contains("\r\nupgrade: websocket\r\n") {
                incoming.send(GRANTED).await;
                return incoming.ended().await;
            }
            incoming.send(OK).await;
        }
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn row_33_websockets_count_as_connections_and_one_too_many_is_answered_503() {
    let upstream = grants().await;
    let bridge = Setup::before(upstream.address).routes("[listen]\nmax_connections = 3").start().await;
    let first = websocket(&bridge).await;
    let _second = websocket(&bridge).await;
    let mut third = raw::Connection::open(bridge.address).await;
    third.send("GET /x HTTP/1.1\r\nHost: h\r\n\r\n").await;
    assert_eq!(third.answer().await.text(), "ok");
    for _ in 0..2 {
        let mut fourth = raw::Connection::open(bridge.address).await;
        // Refused before it has asked anything.
        let answer = fourth.answer().await;
        assert_eq!((answer.status, answer.header("x-cutover-error")), (503, Some("connections-taken")));
        assert_eq!((answer.header("retry-after"), answer.header("connection")), (Some("1"), Some("close")));
        assert!(answer.json()["result"].is_null());
        assert!(fourth.is_closed().await);
    }
    // The one that idles is still served, and a place is free again when a websocket ends.
    third.send("GET /x HTTP/1.1\r\nHost: h\r\n\r\n").await;
    assert_eq!(third.answer().await.text(), "ok");
    drop(first);
    eventually("the place of the websocket is free", || async {
        (raw::get(bridge.address, "/x").await.status == 200).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn row_33_a_place_is_free_again_when_legacy_ends_the_websocket() {
    let end = Arc::new(Barrier::new(2));
    let wait = Arc::clone(&end);
    let upstream = Upstream::start(move |mut incoming| {
        let wait = Arc::clone(&wait);
        async move {
            let head = incoming.request().await.unwrap_or_default();
            if head.starts_with("GET /ws ") {
                incoming.send(GRANTED).await;
                wait.wait().await;
                return;
            }
            incoming.send(OK).await;
        }
    })
    .await;
    let bridge = Setup::before(upstream.address).routes("[listen]\nmax_connections = 1").start().await;
    let mut socket = websocket(&bridge).await;
    assert_eq!(raw::Connection::open(bridge.address).await.answer().await.status, 503);
    end.wait().await;
    assert!(socket.is_closed().await);
    drop(socket);
    eventually("the place of the websocket is free", || async {
        (raw::get(bridge.address, "/x").await.status == 200).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn row_33_a_place_is_free_again_when_a_plain_client_leaves_in_the_middle() {
    let upstream = Upstream::start(|mut incoming| async move {
        while let Some(head) = incoming.request().await {
            if head.starts_with("GET /never ") {
                return incoming.ended().await;
            }
            incoming.send(OK).await;
        }
    })
    .await;
    let bridge = Setup::before(upstream.address).routes("[listen]\nmax_connections = 1").start().await;
    for begun in [
        "",
        "GET /x HT",
        "POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nx",
        "GET /never HTTP/1.1\r\nHost: h\r\n\r\n",
    ] {
        let mut client = raw::Connection::open(bridge.address).await;
        client.send(begun).await;
        drop(client);
        eventually("the place of the client is free", || async {
            (raw::get(bridge.address, "/x").await.status == 200).then_some(())
        })
        .await;
    }
}
