//! Bodies and what goes with them: 100-continue, interim answers, HEAD, early answers, trailers, backpressure (LESSONS
//! 2.1 rows 21 to 23, 27, 28, 34).

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use crate::support::{
    bridge::{Bridge, Setup},
    eventually,
    legacy::{Legacy, PASSWORD, ROUTES, USER},
    raw,
    upstream::Upstream,
};
use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    sync::Barrier,
};

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
const MEBIBYTE: usize = 1 << 20;

/// Reads a body of five bytes, then answers.
async fn takes_five() -> Upstream {
    Upstream::start(|mut incoming| async move {
        while incoming.request().await.is_some() {
            incoming.body(5).await;
            incoming.send(OK).await;
        }
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn row_21_expect_is_answered_by_the_bridge_and_never_reaches_legacy() {
    let upstream = takes_five().await;
    let bridge = Setup::before(upstream.address).start().await;
    let mut client = raw::Connection::open(bridge.address).await;
    for (method, expectation) in [("POST", "100-continue"), ("PUT", "100-Continue"), ("PATCH", "100-CONTINUE")] {
        let head = format!("{method} /x HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nExpect: {expectation}\r\n\r\n");
        client.send(head).await;
        assert_eq!(client.until(b"\r\n\r\n").await.unwrap(), b"HTTP/1.1 100 Continue\r\n\r\n");
        client.send("hello").await;
        // The very next bytes: nothing else was interim.
        assert!(client.until(b"\r\n").await.unwrap().starts_with(b"HTTP/1.1 200 "));
        assert!(client.until(b"ok").await.unwrap().ends_with(b"\r\n\r\nok"));
    }
    let sent = upstream.seen().concat();
    assert!(!sent.to_lowercase().contains("\r\nexpect:"), "{sent}");
    assert_eq!(sent.matches("hello").count(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn row_21_nobody_who_did_not_ask_for_it_is_told_to_continue() {
    let upstream = takes_five().await;
    let bridge = Setup::before(upstream.address).start().await;
    for head in [
        "POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\n",
        "POST /x HTTP/1.0\r\nHost: h\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n",
    ] {
        let mut client = raw::Connection::open(bridge.address).await;
        client.send(head).await;
        client.send("hello").await;
        let line = String::from_utf8(client.until(b"\r\n").await.unwrap()).unwrap();
        assert!(line.ends_with(" 200 OK\r\n"), "{head}: {line}");
    }
    assert!(!upstream.seen().concat().to_lowercase().contains("\r\nexpect:"));
}

#[tokio::test(flavor = "multi_thread")]
async fn row_21_an_expectation_without_a_body_is_answered_at_once() {
    let upstream = Upstream::always(OK).await;
    let bridge = Setup::before(upstream.address).start().await;
    let mut client = raw::Connection::open(bridge.address).await;
    client.send("GET /x HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\n\r\n").await;
    assert!(client.until(b"\r\n").await.unwrap().starts_with(b"HTTP/1.1 200 "));
}

#[tokio::test(flavor = "multi_thread")]
async fn row_22_interim_answers_are_passed_over_and_the_final_one_is_relayed() {
    for interim in [
        "HTTP/1.1 100 Continue\r\n\r\n",
        "HTTP/1.1 102 Processing\r\n\r\n",
        "HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n",
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\n",
    ] {
        for apart in [false, true] {
            let go = Arc::new(Barrier::new(2));
            let wait = Arc::clone(&go);
            let upstream = Upstream::start(move |mut incoming| {
                let wait = Arc::clone(&wait);
                async move {
                    while incoming.request().await.is_some() {
                        if apart {
                            incoming.send(interim).await;
                            wait.wait().await;
                            incoming.send(OK).await;
                        } else {
                            incoming.send(format!("{interim}{OK}")).await;
                        }
                    }
                }
            })
            .await;
            let bridge = Setup::before(upstream.address).start().await;
            let mut client = raw::Connection::open(bridge.address).await;
            for _ in 0..2 {
                client.send("GET /x HTTP/1.1\r\nHost: h\r\n\r\n").await;
                if apart {
                    go.wait().await;
                }
                let head = String::from_utf8(client.until(b"\r\n\r\n").await.unwrap()).unwrap();
                assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{interim:?}: {head}");
                assert!(!head.contains("preload"), "a header of an interim answer is none of the final one: {head}");
                assert_eq!(client.exactly(2).await.unwrap(), b"ok");
            }
            assert_eq!(upstream.connections(), 1);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn row_23_head_relays_the_length_without_a_body_and_keeps_both_connections() {
    let upstream = Upstream::start(|mut incoming| async move {
        while let Some(head) = incoming.request().await {
            let answer = if head.starts_with("HEAD /chunked ") {
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX-Kept: 1\r\n\r\n"
            } else if head.starts_with("HEAD /none ") {
                "HTTP/1.1 200 OK\r\nX-Kept: 1\r\n\r\n"
            } else if head.starts_with("HEAD ") {
                "HTTP/1.1 200 OK\r\nContent-Length: 12345\r\nX-Kept: 1\r\n\r\n"
            } else {
                OK
            };
            incoming.send(answer).await;
        }
    })
    .await;
    let bridge = Setup::before(upstream.address).start().await;
    let mut client = raw::Connection::open(bridge.address).await;
    for (path, length) in [("/x", Some("12345")), ("/chunked", None), ("/none", None)] {
        client.send(format!("HEAD {path} HTTP/1.1\r\nHost: h\r\n\r\n")).await;
        let answer = client.head_answer().await;
        assert_eq!((answer.status, answer.header("content-length")), (200, length), "{path}: {answer:?}");
        assert_eq!(answer.header("x-kept"), Some("1"));
        client.send("GET /x HTTP/1.1\r\nHost: h\r\n\r\n").await;
        assert_eq!(client.answer().await.text(), "ok", "the body of HEAD {path} was not empty");
    }
    assert_eq!(upstream.connections(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn row_23_a_native_head_has_the_headers_of_its_get_and_of_legacys_head() {
    let legacy = Legacy::start();
    let bridge =
        Setup::before(legacy.address).data(legacy.data()).environment("CUTOVER_FLAGS__ALL", "native").start().await;
    let login = json!({"password": PASSWORD, "sync_approval": "unknown"});
    let answer = raw::send_json(bridge.address, "POST", &format!("/api/1/users/{USER}"), &login).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let mut client = raw::Connection::open(bridge.address).await;
    for path in ROUTES {
        client.send(format!("GET {path} HTTP/1.1\r\nHost: h\r\n\r\n")).await;
        let get = client.answer().await;
        client.send(format!("HEAD {path} HTTP/1.1\r\nHost: h\r\n\r\n")).await;
        let head = client.head_answer().await;
        let mut direct = raw::Connection::open(legacy.address).await;
        direct.send(format!("HEAD {path} HTTP/1.1\r\nHost: h\r\n\r\n")).await;
        let direct = direct.head_answer().await;
        for (answer, method) in [(&get, "GET"), (&head, "HEAD")] {
            assert_eq!(answer.header("x-cutover-variant"), Some("native"), "{method} {path} was not answered natively");
        }
        assert_eq!(head.header("content-length"), Some(get.body.len().to_string().as_str()), "{path}");
        assert_eq!((head.status, &head.reason, fields(&head)), (get.status, &get.reason, fields(&get)), "{path}");
        assert_eq!(
            (head.status, &head.reason, fields(&head)),
            (direct.status, &direct.reason, fields(&direct)),
            "{path}"
        );
    }
}

/// Header lines, but for those that say when and by whom.
fn fields(answer: &raw::Answer) -> Vec<(&str, &str)> {
    let lines = answer.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    lines.filter(|(name, _)| !name.starts_with("x-cutover-") && !name.eq_ignore_ascii_case("date")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn row_27_an_answer_that_comes_before_the_body_is_whole_is_relayed_at_once() {
    let upstream = Upstream::start(|mut incoming| async move {
        incoming.request().await;
        incoming.send("HTTP/1.1 413 Content Too Large\r\nContent-Length: 3\r\nConnection: close\r\n\r\nbig").await;
        incoming.ended().await;
    })
    .await;
    let bridge = Setup::before(upstream.address).start().await;
    for framing in ["Content-Length: 1000000", "Transfer-Encoding: chunked"] {
        let mut client = raw::Connection::open(bridge.address).await;
        client.send(format!("POST /x HTTP/1.1\r\nHost: h\r\n{framing}\r\n\r\n")).await;
        let answer = client.answer().await;
        assert_eq!((answer.status, answer.text()), (413, "big".into()), "{framing}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn row_27_an_upload_goes_on_to_its_end_where_legacy_reads_on_after_its_answer() {
    let upstream = Upstream::start(|mut incoming| async move {
        while incoming.request().await.is_some() {
            incoming.send(OK).await;
            incoming.body(5).await;
        }
    })
    .await;
    let bridge = Setup::before(upstream.address).start().await;
    let mut client = raw::Connection::open(bridge.address).await;
    for _ in 0..2 {
        client.send("POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\n").await;
        assert_eq!(client.answer().await.text(), "ok");
        client.send("hello").await;
    }
    eventually("both bodies have arrived", || async {
        (upstream.seen().iter().filter(|seen| *seen == "hello").count() == 2).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn row_27_a_client_that_sends_on_regardless_still_gets_the_early_answer_and_then_the_end() {
    let upstream = Upstream::start(|mut incoming| async move {
        incoming.request().await;
        incoming.send("HTTP/1.1 413 Content Too Large\r\nContent-Length: 3\r\nConnection: close\r\n\r\nbig").await;
    })
    .await;
    let bridge = Setup::before(upstream.address).start().await;
    // Fits into the buffers of the sockets: whether it is read is up to the bridge, sending it never waits.
    let chunk = format!("{:x}\r\n{}\r\n", 64 * 1024, "x".repeat(64 * 1024));
    // How far the upload has come when legacy closes is chance.
    for _ in 0..30 {
        let mut client = raw::Connection::open(bridge.address).await;
        client.send(format!("POST /x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n{chunk}")).await;
        client.send(chunk.repeat(7)).await;
        let answer = client.answer().await;
        assert_eq!((answer.status, answer.text()), (413, "big".into()));
        assert!(client.is_closed().await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn row_28_trailers_and_their_announcement_are_dropped_both_ways() {
    let upstream = Upstream::start(|mut incoming| async move {
        while incoming.request().await.is_some() {
            incoming.chunked_body().await;
            incoming
                .send("HTTP/1.1 200 OK\r\nTrailer: X-Sum, Content-Length\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX-Sum: 1\r\nContent-Length: 99\r\nSet-Cookie: a=b\r\n\r\n")
                .await;
        }
    })
    .await;
    let bridge = Setup::before(upstream.address).start().await;
    let mut client = raw::Connection::open(bridge.address).await;
    for _ in 0..2 {
        client
            .send("POST /x HTTP/1.1\r\nHost: h\r\nTE: trailers\r\nTrailer: X-Sum\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX-Sum: 1\r\nContent-Length: 99\r\nTransfer-Encoding: gzip\r\nHost: evil\r\n\r\n")
            .await;
        let head = String::from_utf8(client.until(b"\r\n\r\n").await.unwrap()).unwrap().to_lowercase();
        assert!(head.contains("\r\ntransfer-encoding: chunked\r\n"), "{head}");
        assert!(!head.contains("trailer") && !head.contains("x-sum") && !head.contains("content-length"), "{head}");
        assert_eq!(client.until(b"0\r\n").await.unwrap(), b"2\r\nok\r\n0\r\n");
        assert_eq!(client.exactly(2).await.unwrap(), b"\r\n");
    }
    let sent = upstream.seen();
    assert_eq!(sent.len(), 4);
    for request in sent.chunks(2) {
        let head = request[0].to_lowercase();
        assert!(!head.contains("trailer") && !head.contains("x-sum"), "{head}");
        assert_eq!(request[1], "5\r\nhello\r\n0\r\n\r\n");
    }
    assert_eq!(upstream.connections(), 1);
}

/// Largest resident size of a bridge so far, and what it is now, in bytes.
fn memory(bridge: &Bridge) -> BTreeMap<String, usize> {
    let status = std::fs::read_to_string(format!("/proc/{}/status", bridge.pid())).unwrap();
    let lines = status.lines().filter_map(|line| line.split_once(':'));
    lines
        .filter_map(|(name, value)| {
            Some((name.to_owned(), value.trim().strip_suffix(" kB")?.trim().parse::<usize>().ok()? * 1024))
        })
        .collect()
}

/// What 256 MiB may add to the resident size: buffers of a few hundred kilobytes, and what the allocator keeps.
const FLAT: usize = 24 * MEBIBYTE;

/// Waits until a counter stands still: the one who drives it is held back.
async fn stands_still(what: &str, counter: &AtomicUsize) -> usize {
    let mut last = (usize::MAX, 0);
    eventually(what, || {
        let now = counter.load(Ordering::SeqCst);
        last = (now, if last.0 == now { last.1 + 1 } else { 0 });
        std::future::ready((now > 0 && last.1 > 50).then_some(now))
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn row_34_a_large_answer_waits_for_a_slow_reader_and_the_resident_size_stays_flat() {
    for framing in ["Content-Length: 268435456\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\n"] {
        let sent = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&sent);
        let chunked = framing.starts_with('T');
        let upstream = Upstream::start(move |mut incoming| {
            let sent = Arc::clone(&counted);
            async move {
                incoming.request().await;
                incoming.send(format!("HTTP/1.1 200 OK\r\n{framing}")).await;
                let piece = "x".repeat(MEBIBYTE);
                for _ in 0..256 {
                    if chunked {
                        incoming.send(format!("{MEBIBYTE:x}\r\n{piece}\r\n")).await;
                    } else {
                        incoming.send(&piece).await;
                    }
                    sent.fetch_add(MEBIBYTE, Ordering::SeqCst);
                }
                if chunked {
                    incoming.send("0\r\n\r\n").await;
                }
                incoming.ended().await;
            }
        })
        .await;
        let bridge = Setup::before(upstream.address).start().await;
        let before = memory(&bridge)["VmRSS"];
        let mut client = raw::Connection::open(bridge.address).await;
        client.send("GET /x HTTP/1.1\r\nHost: h\r\n\r\n").await;
        client.until(b"\r\n\r\n").await.unwrap();
        // Nothing is read: whoever sends is held back by what sockets buffer, not by memory running out.
        let held = stands_still("legacy is held back", &sent).await;
        assert!(held < 64 * MEBIBYTE, "{} MiB went out and nobody read them", held / MEBIBYTE);
        // Then slowly, in small pieces.
        let mut space = [0u8; 8 * 1024];
        let mut read = client.unread().len();
        while read < 256 * MEBIBYTE {
            let count = client.stream.read(&mut space).await.unwrap();
            assert!(count > 0, "the answer ended after {read} bytes");
            read += count;
        }
        let peak = memory(&bridge)["VmHWM"];
        assert!(peak < before + FLAT, "from {} to {} MiB", before / MEBIBYTE, peak / MEBIBYTE);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn row_34_a_large_upload_waits_for_a_slow_legacy_and_the_resident_size_stays_flat() {
    for framing in ["Content-Length: 268435456\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\n"] {
        let go = Arc::new(Barrier::new(2));
        let wait = Arc::clone(&go);
        let chunked = framing.starts_with('T');
        let upstream = Upstream::start(move |mut incoming| {
            let wait = Arc::clone(&wait);
            async move {
                incoming.request().await;
                wait.wait().await;
                let mut space = [0u8; 8 * 1024];
                let mut tail = incoming.unread();
                let mut read = tail.len();
                while read < 256 * MEBIBYTE || (chunked && !tail.ends_with(b"0\r\n\r\n")) {
                    let count = incoming.stream.read(&mut space).await.unwrap();
                    if count == 0 {
                        return;
                    }
                    read += count;
                    tail.extend_from_slice(&space[count.saturating_sub(5)..count]);
                    tail.drain(..tail.len().saturating_sub(5));
                }
                incoming.send(OK).await;
            }
        })
        .await;
        let bridge = Setup::before(upstream.address).start().await;
        let before = memory(&bridge)["VmRSS"];
        let mut client = raw::Connection::open(bridge.address).await;
        client.send(format!("POST /x HTTP/1.1\r\nHost: h\r\n{framing}")).await;
        let sent = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&sent);
        let sending = tokio::spawn(async move {
            let piece = "x".repeat(MEBIBYTE);
            for _ in 0..256 {
                if chunked {
                    client.send(format!("{MEBIBYTE:x}\r\n{piece}\r\n")).await;
                } else {
                    client.send(&piece).await;
                }
                counted.fetch_add(MEBIBYTE, Ordering::SeqCst);
            }
            if chunked {
                client.send("0\r\n\r\n").await;
            }
            client.stream.flush().await.unwrap();
            client.answer().await
        });
        let held = stands_still("the client is held back", &sent).await;
        assert!(held < 64 * MEBIBYTE, "{} MiB were taken and legacy read none of them", held / MEBIBYTE);
        go.wait().await;
        assert_eq!(sending.await.unwrap().text(), "ok");
        let peak = memory(&bridge)["VmHWM"];
        assert!(peak < before + FLAT, "from {} to {} MiB", before / MEBIBYTE, peak / MEBIBYTE);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn row_34_no_body_is_coded_anew_and_no_coding_is_negotiated() {
    // Not gzip at all: whoever decodes it fails.
    let upstream = Upstream::always(
        "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\nETag: \"1\"\r\nVary: Accept-Encoding\r\n\r\n\x1f\x0b~~",
    )
    .await;
    let bridge = Setup::before(upstream.address).start().await;
    for accept in ["Accept-Encoding: gzip, br;q=0.5\r\n", ""] {
        let answer = raw::exchange(bridge.address, format!("GET /x HTTP/1.1\r\nHost: h\r\n{accept}\r\n")).await;
        assert_eq!(answer.body, b"\x1f\x0b~~");
        assert_eq!(answer.header("content-encoding"), Some("gzip"));
        assert_eq!((answer.header("content-length"), answer.header("etag")), (Some("4"), Some("\"1\"")));
    }
    let sent = upstream.seen();
    assert!(sent[0].to_lowercase().contains("\r\naccept-encoding: gzip, br;q=0.5\r\n"), "{}", sent[0]);
    assert!(!sent[1].to_lowercase().contains("accept-encoding"), "{}", sent[1]);
}
