//! What was recorded is asked as it was recorded, and whatever a server makes of it is told as it was.

use std::time::Duration;

use crate::support::{
    self,
    upstream::{Incoming, Upstream},
};
use bytes::Bytes;
use cutover::parity::{
    Request, Response,
    client::{Client, ClientError, Doing},
};
use proptest::{prelude::*, test_runner::TestRunner};
use tokio::net::TcpListener;

fn request(method: &str, target: &str, headers: &[(&str, &str)], body: &'static [u8]) -> Request {
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Request { method: method.into(), target: target.into(), headers, body: Bytes::from_static(body) }
}

fn get() -> Request {
    request("GET", "/", &[("Host", "a")], b"")
}

fn client(upstream: &Upstream) -> Client {
    Client::new(&format!("http://{}", upstream.address)).unwrap().deadline(support::PATIENCE)
}

/// Sends these bytes on every connection, and ends it.
async fn saying(bytes: impl Into<Vec<u8>>) -> Upstream {
    let bytes = bytes.into();
    Upstream::start(move |mut incoming: Incoming| {
        let bytes = bytes.clone();
        async move {
            incoming.request().await;
            incoming.send(bytes).await;
        }
    })
    .await
}

async fn asked(request: &Request, answer: impl Into<Vec<u8>>) -> Result<Response, ClientError> {
    client(&saying(answer).await).max_body(100).send(request).await.map(|(response, _)| response)
}

fn lines(response: &Response) -> Vec<String> {
    response.headers.iter().map(|(name, value)| format!("{name}={value}")).collect()
}

#[tokio::test]
async fn a_body_is_read_by_every_framing_and_the_head_is_given_as_it_was_spelled() {
    for (answer, body, head) in [
        (
            "HTTP/1.1 200 OK\r\nmimetype: x\r\nContent-LENGTH: 3\r\nB:  c \r\nb:\r\n\r\nabc",
            "abc",
            "mimetype=x Content-LENGTH=3 B=c b=",
        ),
        ("HTTP/1.1 200 OK\r\nX: y\r\n\r\nabc", "abc", "X=y"),
        ("HTTP/1.0 200 OK\nContent-Length: 1\n\na", "a", "Content-Length=1"),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;a=\"b\"\r\nab\r\n0001 \r\nc\r\n0\r\nTrailer: x\r\n\r\n",
            "abc",
            "Transfer-Encoding=chunked",
        ),
        (
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na",
            "a",
            "Content-Length=1",
        ),
    ] {
        let response = asked(&get(), answer).await.unwrap();
        assert_eq!((response.status, response.reason.as_str(), response.spelled), (200, "OK", true), "{answer}");
        assert_eq!((&response.body[..], lines(&response).join(" ")), (body.as_bytes(), head.to_owned()), "{answer}");
    }
}

#[tokio::test]
async fn what_has_no_body_is_not_waited_for() {
    // The connection stays open: whoever waited for a body would wait for ever.
    for (method, answer, status) in [
        ("HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", 200),
        ("HEAD", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", 200),
        ("GET", "HTTP/1.1 204 No Content\r\n\r\n", 204),
        ("GET", "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", 304),
        ("GET", "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n\r\n", 101),
        ("POST", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 200),
    ] {
        let upstream = Upstream::always(answer).await;
        let (response, _) = client(&upstream).send(&request(method, "/", &[], b"")).await.unwrap();
        assert_eq!((response.status, response.body.len()), (status, 0), "{method} {answer}");
    }
}

#[tokio::test]
async fn bytes_beyond_ascii_come_and_go_as_latin_1() {
    let mut answer = b"HTTP/1.1 542 D\xe9j\xe0  vu\r\nX: \xfc\xff\r\nContent-Length: 2\r\n\r\n".to_vec();
    answer.extend(b"\xff\x00");
    let upstream = saying(answer).await;
    let asking = request("GET", "//\u{e9}?%zz%2f&\u{ff}", &[("X-\u{fc}", "\u{80}")], b"");
    let (response, _) = client(&upstream).send(&asking).await.unwrap();
    assert_eq!((response.status, response.reason.as_str()), (542, "D\u{e9}j\u{e0}  vu"));
    assert_eq!((lines(&response)[0].as_str(), &response.body[..]), ("X=\u{fc}\u{ff}", &b"\xff\x00"[..]));
    let host = upstream.address;
    let mut sent = b"GET //\xe9?%zz%2f&\xff HTTP/1.1\r\n".to_vec();
    sent.extend(format!("Host: {host}\r\n").as_bytes());
    sent.extend(b"X-\xfc: \x80\r\n\r\n");
    assert_eq!(upstream.seen_bytes(), sent);
}

#[tokio::test]
async fn an_answer_that_breaks_off_says_how_much_of_it_came() {
    let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    for (answer, expected) in [
        (String::new(), Doing::Waiting),
        ("HTTP/1.1 200 OK\r\nX".to_owned(), Doing::Head(18)),
        ("HTTP/1.1 100 Continue\r\n\r\n".to_owned(), Doing::Head(25)),
        ("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc".to_owned(), Doing::Body(3, Some(10))),
        (format!("{chunked}5\r\nabc"), Doing::Body(3, None)),
        (format!("{chunked}3\r\nabc\r\n"), Doing::Body(3, None)),
        (format!("{chunked}3\r\nabc\r\n0\r\n"), Doing::Body(3, None)),
    ] {
        match asked(&get(), answer.clone()).await {
            Err(ClientError::BrokeOff { doing, .. }) => assert_eq!(doing, expected, "{answer}"),
            other => panic!("{answer}: {other:?}"),
        }
    }
    let error = asked(&get(), "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc").await.unwrap_err().to_string();
    assert!(error.ends_with("broke off after 3 of 10 bytes of the answer's body"), "{error}");
}

#[tokio::test]
async fn a_body_that_ends_with_a_reset_is_not_taken_for_whole() {
    let upstream = Upstream::start(|mut incoming: Incoming| async move {
        incoming.request().await;
        incoming.send("HTTP/1.1 200 OK\r\n\r\nabc").await;
        let _ = socket2::SockRef::from(&incoming.stream).set_linger(Some(Duration::ZERO));
    })
    .await;
    match client(&upstream).send(&get()).await {
        Err(ClientError::BrokeOff { source: Some(error), .. }) => {
            assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn what_is_no_http_is_told_apart_from_what_is_too_large() {
    let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    let many = "X: y\r\n".repeat(12_000);
    for (answer, said) in [
        ("SSH-2.0-x\r\n".to_owned(), "SSH-2.0-x"),
        ("HTTP/1.1 abc\r\n\r\n".to_owned(), "not in HTTP/1"),
        ("HTTP/1.1 200 OK\r\nno line\r\n\r\n".to_owned(), "not in HTTP/1"),
        ("HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n".to_owned(), "its Content-Length is \"x\""),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n".to_owned(), "transfer coding is \"gzip\""),
        (format!("{chunked}x\r\n"), "\"x\" is no size of a chunk"),
        (format!("{chunked}11112222333344445\r\n"), "is no size of a chunk"),
        (format!("{chunked}2\r\nabc\r\n"), "a chunk is longer than its size"),
        (format!("{chunked}1;{}", "x".repeat(20_000)), "a line of its chunks is longer"),
        (format!("HTTP/1.1 200 OK\r\n{many}\r\n"), "head is longer than 65536"),
        (format!("HTTP/1.1 200 OK\r\nX: {}", "x".repeat(70_000)), "head is longer than 65536"),
        (format!("{chunked}0\r\n{many}\r\n"), "head is longer than 65536"),
        ("HTTP/1.1 200 OK\r\nContent-Length: 101\r\n\r\n".to_owned(), "body is longer than 100"),
        ("HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551615\r\n\r\n".to_owned(), "body is longer than 100"),
        (format!("{chunked}ffffffffffffffff\r\n"), "body is longer than 100"),
        (format!("{chunked}40\r\n{}\r\n40\r\n", "x".repeat(64)), "body is longer than 100"),
        (format!("HTTP/1.1 200 OK\r\n\r\n{}", "x".repeat(101)), "body is longer than 100"),
    ] {
        let error = asked(&get(), answer.clone()).await.unwrap_err().to_string();
        assert!(error.contains(said), "{said}: {error}");
    }
}

#[tokio::test]
async fn who_does_not_listen_and_who_does_not_answer_are_told_apart() {
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let refused = Client::new(&format!("http://{free}")).unwrap().send(&get()).await;
    assert!(matches!(refused, Err(ClientError::Connect { .. })), "{refused:?}");
    for (answer, doing) in [
        ("", "before the first byte of an answer"),
        ("HTTP/1.1 200 OK\r\n", "after 17 bytes of the answer's head"),
        ("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab", "after 2 of 9 bytes of the answer's body"),
        ("HTTP/1.1 200 OK\r\n\r\nab", "after 2 bytes of the answer's body, whose end had not come"),
    ] {
        let (tell, mut told) = tokio::sync::mpsc::channel(1);
        let upstream = Upstream::start(move |mut incoming: Incoming| {
            let tell = tell.clone();
            async move {
                incoming.request().await;
                incoming.send(answer).await;
                incoming.ended().await;
                tell.send(()).await.unwrap();
            }
        })
        .await;
        let late = client(&upstream).deadline(Duration::from_millis(200)).send(&get()).await.unwrap_err();
        assert_eq!(late.to_string(), format!("not done within 200ms; it passed {doing}"));
        // And nothing of it stays behind.
        support::told(&mut told).await;
    }
}

#[tokio::test]
async fn a_dropped_request_closes_its_connection() {
    let (tell, mut told) = tokio::sync::mpsc::channel(2);
    let upstream = Upstream::start(move |mut incoming: Incoming| {
        let tell = tell.clone();
        async move {
            incoming.request().await;
            tell.send("asked").await.unwrap();
            incoming.ended().await;
            tell.send("ended").await.unwrap();
        }
    })
    .await;
    let client = client(&upstream);
    let sending = tokio::spawn(async move { client.send(&get()).await });
    assert_eq!(support::told(&mut told).await, "asked");
    sending.abort();
    assert_eq!(support::told(&mut told).await, "ended");
}

#[tokio::test]
async fn a_server_that_answers_before_it_has_read_the_body_is_heard() {
    let upstream = Upstream::start(|mut incoming: Incoming| async move {
        incoming.request().await;
        incoming.send("HTTP/1.1 413 TOO LARGE\r\nContent-Length: 1\r\n\r\nx").await;
        incoming.ended().await;
    })
    .await;
    // More than fits into the buffers of both sockets.
    let body = Bytes::from(vec![0; 64 << 20]);
    let stuck = Upstream::start(|mut incoming: Incoming| async move {
        let head = incoming.request().await.unwrap();
        assert!(head.contains("Content-Length: 67108864"));
        incoming.send("HTTP/1.1 413 TOO LARGE\r\nContent-Length: 1\r\n\r\nx").await;
        std::future::pending::<()>().await;
    })
    .await;
    for upstream in [upstream, stuck] {
        let asking = Request { body: body.clone(), ..request("POST", "/", &[], b"") };
        let (response, _) = client(&upstream).send(&asking).await.unwrap();
        assert_eq!((response.status, &response.body[..]), (413, &b"x"[..]));
    }
}

#[tokio::test]
async fn a_connection_that_stays_carries_the_next_request_and_one_that_does_not_is_not_tried() {
    const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na";
    let upstream = Upstream::always(OK).await;
    let asking = client(&upstream);
    for _ in 0..5 {
        asking.send(&get()).await.unwrap();
    }
    assert_eq!(upstream.connections(), 1);
    // What writes has a connection of its own, so that it is never in doubt whether it was sent once.
    asking.send(&request("POST", "/", &[], b"")).await.unwrap();
    assert_eq!(upstream.connections(), 2);

    let spoilt = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nabc";
    for answer in ["HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 1\r\n\r\na", spoilt] {
        let upstream = Upstream::always(answer).await;
        let asking = client(&upstream);
        for _ in 0..3 {
            assert_eq!(asking.send(&get()).await.unwrap().0.body, "a");
        }
        assert_eq!(upstream.connections(), 3, "{answer}");
    }
}

#[tokio::test]
async fn a_kept_connection_that_ends_without_a_byte_is_tried_once_more_on_a_new_one() {
    // The second request on a connection is read, and gets no answer.
    let upstream = Upstream::start(|mut incoming: Incoming| async move {
        incoming.request().await;
        incoming.send("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na").await;
        incoming.request().await;
    })
    .await;
    let asking = client(&upstream);
    for sent in [1, 3, 5] {
        asking.send(&get()).await.unwrap();
        assert_eq!(upstream.seen().len(), sent, "one that got no answer, one that did");
    }
    // A single byte, and it was an answer.
    let upstream = Upstream::start(|mut incoming: Incoming| async move {
        incoming.request().await;
        incoming.send("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na").await;
        incoming.request().await;
        incoming.send("H").await;
    })
    .await;
    let asking = client(&upstream);
    asking.send(&get()).await.unwrap();
    let broken = asking.send(&get()).await;
    assert!(matches!(broken, Err(ClientError::BrokeOff { doing: Doing::Head(1), .. })), "{broken:?}");
}

#[test]
fn any_request_head_arrives_as_it_was_given() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let upstream = runtime.block_on(Upstream::always("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"));
    // Any byte that is no end of a line; blanks around a value belong to nobody.
    let byte = prop_oneof![8 => b' '..=b'~', 2 => 0x80..=0xffu8, 1 => Just(b'\t')];
    let text =
        prop::collection::vec(byte, 0..20).prop_map(|bytes| bytes.into_iter().map(char::from).collect::<String>());
    // Framing, and whether the connection stays, have tests of their own.
    let name = "[A-Za-z0-9!#$%&'*+.^_`|~-]{1,12}".prop_filter("framing", |name| {
        !["content-length", "transfer-encoding", "connection"].contains(&name.to_lowercase().as_str())
    });
    let headers = prop::collection::vec((name, text.clone()), 0..8);
    let target = text.prop_map(|text| format!("/{text}"));
    let runner = &mut TestRunner::new(ProptestConfig { cases: 400, ..ProptestConfig::default() });
    let outcome = runner.run(&("[A-Z]{1,9}", target, headers), |(method, target, mut headers)| {
        headers.insert(0, ("Host".to_owned(), "a".to_owned()));
        let mut expected = format!("{method} {target} HTTP/1.1\r\n");
        for (name, value) in &headers {
            expected.extend([name, ": ", value, "\r\n"]);
        }
        expected.push_str("\r\n");
        let expected: Vec<u8> = expected.chars().map(|c| u8::try_from(c).unwrap()).collect();
        let before = upstream.seen_bytes().len();
        let asking = Request { method, target, headers, body: Bytes::new() };
        runtime.block_on(client(&upstream).send(&asking)).unwrap();
        prop_assert_eq!(&upstream.seen_bytes()[before..], &expected[..]);
        Ok(())
    });
    outcome.unwrap();
}
