//! Where a request ends (LESSONS 2.1 rows 7 and 8): whatever allows two readings is refused by the bridge and never
//! reaches legacy; whatever allows one goes on, in order.

use crate::support::{
    bridge::Setup,
    raw, told,
    upstream::{Incoming, Upstream},
};
use tokio::sync::mpsc;

/// Answers every request with its own target, its body read.
async fn echo_targets(mut incoming: Incoming) {
    while let Some(head) = incoming.request().await {
        let length =
            head.lines().find_map(|line| line.strip_prefix("Content-Length: ")).map_or(0, |text| text.parse().unwrap());
        incoming.body(length).await;
        if head.to_lowercase().contains("\r\ntransfer-encoding: chunked\r\n") {
            incoming.chunked_body().await;
        }
        let target = head.split(' ').nth(1).unwrap().to_owned();
        incoming.send(format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{target}", target.len())).await;
    }
}

/// Refused requests, each with its status; none of them may come through.
async fn all_refused(requests: &[(u16, &str)]) {
    let upstream = Upstream::start(echo_targets).await;
    let bridge = Setup::before(upstream.address).start().await;
    for (status, request) in requests {
        let answer = raw::refusal(bridge.address, request).await;
        assert_eq!(answer.status, *status, "{request:?}: {answer:?}");
    }
    assert_eq!((upstream.connections(), upstream.seen().len()), (0, 0), "{:?}", upstream.seen());
}

#[tokio::test(flavor = "multi_thread")]
async fn row_07_a_request_with_both_content_length_and_transfer_encoding_is_refused() {
    all_refused(&[
        (400, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nG"),
        (400, "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n5c\r\nGPOST / HTTP/1.1\r\n\r\n"),
        (400, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        (400, "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: identity\r\nContent-Length: 1\r\n\r\nx"),
        (400, "GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n"),
    ])
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn row_07_what_is_smuggled_behind_two_framings_is_not_answered() {
    let upstream = Upstream::start(echo_targets).await;
    let bridge = Setup::before(upstream.address).start().await;
    let smuggled = "GET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n";
    let clte = format!(
        "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{smuggled}"
    );
    raw::refusal(bridge.address, &clte).await;
    let tecl = format!(
        "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n1\r\nx\r\n0\r\n\r\n{smuggled}"
    );
    raw::refusal(bridge.address, &tecl).await;
    // The next client is answered what it asked.
    assert_eq!(raw::get(bridge.address, "/next").await.text(), "/next");
    assert_eq!(upstream.seen().len(), 2, "{:?}", upstream.seen());
}

#[tokio::test(flavor = "multi_thread")]
async fn row_08_a_transfer_encoding_other_than_exactly_chunked_is_refused() {
    let of = |lines: &str| format!("POST / HTTP/1.1\r\nHost: h\r\n{lines}\r\n\r\n0\r\n\r\n");
    let requests: Vec<String> = [
        "Transfer-Encoding: gzip, chunked",
        "Transfer-Encoding: chunked, identity",
        "Transfer-Encoding: chunked, chunked",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: chunked\r\nX: y\r\ntransfer-encoding: identity",
        "Transfer-Encoding: identity",
        "Transfer-Encoding: xchunked",
        "Transfer-Encoding: chunked;q=1",
        "Transfer-Encoding: \"chunked\"",
        "Transfer-Encoding: chunked,",
        "Transfer-Encoding:",
        "Transfer-Encoding: \u{b}chunked",
        "Transfer-Encoding: \u{c}chunked",
        "Transfer-Encoding: chunked\r",
        "Transfer-Encoding : chunked",
        " Transfer-Encoding: chunked",
        "X: y\r\n Transfer-Encoding: chunked",
    ]
    .map(of)
    .into();
    let requests: Vec<(u16, &str)> = requests.iter().map(|request| (400, request.as_str())).collect();
    all_refused(&requests).await;
    all_refused(&[(400, "POST / HTTP/1.0\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn row_08_a_content_length_that_is_no_number_or_not_alone_is_refused() {
    let of = |lines: &str| format!("POST / HTTP/1.1\r\nHost: h\r\n{lines}\r\n\r\nabcd");
    let requests: Vec<String> = [
        "Content-Length: +4",
        "Content-Length: -4",
        "Content-Length: 4, 4",
        "Content-Length: 4,",
        "Content-Length: 4 4",
        "Content-Length: 0x4",
        "Content-Length: 4.0",
        "Content-Length: 4e0",
        "Content-Length: \u{ff14}",
        "Content-Length:",
        "Content-Length: 18446744073709551616",
        "Content-Length: 99999999999999999999999999",
        "Content-Length: \u{c}4",
        "Content-Length: 4\r",
        "Content-Length: 4\r\nContent-Length: 4",
        "Content-Length: 4\r\nContent-Length: 5",
        "Content-Length : 4",
    ]
    .map(of)
    .into();
    let requests: Vec<(u16, &str)> = requests.iter().map(|request| (400, request.as_str())).collect();
    all_refused(&requests).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn row_08_a_content_length_with_one_reading_is_let_in() {
    let upstream = Upstream::start(echo_targets).await;
    let bridge = Setup::before(upstream.address).start().await;
    for value in ["4", "\t4 ", "00004"] {
        let request = format!("POST /x HTTP/1.1\r\nHost: h\r\nContent-Length:{value}\r\n\r\nabcd");
        assert_eq!(raw::exchange(bridge.address, request).await.text(), "/x", "{value:?}");
    }
    let bodies: Vec<String> = upstream.seen().into_iter().filter(|seen| seen == "abcd").collect();
    assert_eq!(bodies.len(), 3, "{:?}", upstream.seen());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_head_with_two_readings_is_refused_in_legacys_envelope_and_never_forwarded() {
    all_refused(&[
        (400, "GET / HTTP/1.1\nHost: h\n\n"),
        (400, "GET / HTTP/1.1\r\nHost: h\nX: y\r\n\r\n"),
        (400, "GET / HTTP/1.1\r\nHost: h\r\nX: a\rY: b\r\n\r\n"),
        (400, "GET / HTTP/1.1\r\nHost: h\r\nX:\ry\r\n\r\n"),
        (400, "GET / HTTP/1.1\r\nHost: h\r\nX: y\r\r\n\r\n"),
        (400, "GET / HTTP/1.1\r\nHost: h\r\nX: a\u{0}b\r\n\r\n"),
        (400, "GET / HTTP/1.1\r\nHost: h\r\nX: a\u{7f}b\r\n\r\n"),
        (400, "GET / HTTP/1.1\r\nHost: h\r\nX y: z\r\n\r\n"),
        (400, "GET / HTTP/1.1\r\nHost: h\r\n: z\r\n\r\n"),
        (400, "GET / HTTP/1.1\r\nHost: h\r\nNoColon\r\n\r\n"),
        (400, "GET / HTTP/1.1\r\n folded: x\r\nHost: h\r\n\r\n"),
        (400, "GET / HTTP/1.1\r\nHost: h\r\nX: y\r\n\tfolded\r\n\r\n"),
        (400, " GET / HTTP/1.1\r\nHost: h\r\n\r\n"),
        (400, "GET  / HTTP/1.1\r\nHost: h\r\n\r\n"),
        (400, "GET / HTTP/1.1 \r\nHost: h\r\n\r\n"),
        (400, "GET\t/ HTTP/1.1\r\nHost: h\r\n\r\n"),
        (400, "GET /a b HTTP/1.1\r\nHost: h\r\n\r\n"),
        (400, "GET /#x HTTP/1.1\r\nHost: h\r\n\r\n"),
        (400, "GET /\u{e9} HTTP/1.1\r\nHost: h\r\n\r\n"),
        (400, "GET /\r\nHost: h\r\n\r\n"),
        (400, "G(T / HTTP/1.1\r\nHost: h\r\n\r\n"),
        (400, "\u{0}\r\n\r\n"),
        (505, "GET / HTTP/2.0\r\nHost: h\r\n\r\n"),
        (505, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
        (505, "GET / HTTP/1.2\r\nHost: h\r\n\r\n"),
        (501, "CONNECT h:80 HTTP/1.1\r\nHost: h\r\n\r\n"),
    ])
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bytes_that_can_no_longer_become_a_head_are_refused_before_it_ends() {
    all_refused(&[(400, "GET / HTTP/1.1\nHost"), (400, "\u{16}\u{3}\u{1}\n")]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn empty_lines_before_a_request_are_passed_over() {
    let upstream = Upstream::start(echo_targets).await;
    let bridge = Setup::before(upstream.address).start().await;
    let mut connection = raw::Connection::open(bridge.address).await;
    for target in ["/1", "/2"] {
        connection.send(format!("\r\n\r\nGET {target} HTTP/1.1\r\nHost: h\r\n\r\n")).await;
        assert_eq!(connection.answer().await.text(), target);
    }
    connection.send("\r").await;
    connection.send("\n").await;
    connection.send("GET /3 HTTP/1.1\r\nHost: h\r\n\r\n").await;
    assert_eq!(connection.answer().await.text(), "/3");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_arrives_byte_by_byte_is_read_the_same() {
    let upstream = Upstream::start(|mut incoming| async move {
        while incoming.request().await.is_some() {
            let body = incoming.chunked_body().await;
            incoming.send(format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len())).await;
        }
    })
    .await;
    let bridge = Setup::before(upstream.address).start().await;
    let mut connection = raw::Connection::open(bridge.address).await;
    for _ in 0..2 {
        for byte in b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n2;x=\"y\"\r\nab\r\n00A\r\n0123456789\r\n0\r\nX-Trailer: 1\r\n\r\n" {
            connection.send([*byte]).await;
        }
        let body = connection.answer().await.text();
        let digits: String = body.split("\r\n").skip(1).step_by(2).collect();
        assert_eq!(digits, "ab0123456789", "{body:?}");
        assert!(!body.contains("X-Trailer"), "{body:?}");
    }
}

/// What becomes of a request whose body turns out to be broken when legacy has its beginning already.
async fn broken_body(head: &str, first: &str, then: &str) -> raw::Answer {
    let (begun, mut begins) = mpsc::channel(8);
    let (end, mut ends) = mpsc::channel(8);
    let upstream = Upstream::start(move |mut incoming| {
        let (begun, end) = (begun.clone(), end.clone());
        async move {
            incoming.request().await;
            // The first byte of the body, so that there is no doubt that it went on.
            incoming.body(1).await;
            let _ = begun.send(()).await;
            let _ = end.send(incoming.rest().await).await;
        }
    })
    .await;
    let bridge = Setup::before(upstream.address).start().await;
    let mut connection = raw::Connection::open(bridge.address).await;
    connection.send(format!("{head}\r\n\r\n{first}")).await;
    told(&mut begins).await;
    connection.send(format!("{then}GET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n")).await;
    let rest = String::from_utf8(told(&mut ends).await).unwrap();
    assert!(!rest.contains("0\r\n\r\n"), "legacy saw a whole body: {rest:?}");
    assert!(!rest.contains("smuggled"), "legacy saw what came after: {rest:?}");
    let answer = connection.answer().await;
    answer.assert_refusal(then);
    assert!(connection.is_closed().await);
    assert_eq!(upstream.connections(), 1);
    answer
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chunk_that_breaks_the_framing_breaks_the_request_off_and_is_answered() {
    for then in [
        "x\r\nabc\r\n0\r\n\r\n",
        "3\r\nabcd\r\n0\r\n\r\n",
        "3\nabc\r\n0\r\n\r\n",
        "-1\r\n\r\n",
        "fffffffffffffffff\r\n",
        "0\r\nT: v\n\r\n",
    ] {
        let head = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked";
        let answer = broken_body(head, "5\r\nhello\r\n", then).await;
        assert_eq!((answer.status, answer.header("x-cutover-error")), (400, Some("body-broken")), "{answer:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chunked_body_that_breaks_at_its_first_byte_never_becomes_a_request() {
    let (seen, mut sees) = mpsc::channel(8);
    let upstream = Upstream::start(move |mut incoming| {
        let seen = seen.clone();
        async move {
            incoming.request().await;
            let _ = seen.send(incoming.rest().await).await;
        }
    })
    .await;
    let bridge = Setup::before(upstream.address).start().await;
    let request = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n";
    assert_eq!(raw::refusal(bridge.address, request).await.status, 400);
    // Whether legacy heard of it at all is a matter of time; a whole request it was not.
    if upstream.connections() > 0 {
        assert_eq!(told(&mut sees).await, b"");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pipelined_requests_are_answered_in_order() {
    let upstream = Upstream::start(echo_targets).await;
    let bridge = Setup::before(upstream.address).start().await;
    let mut connection = raw::Connection::open(bridge.address).await;
    connection
        .send(
            "GET /1 HTTP/1.1\r\nHost: h\r\n\r\nPOST /2 HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhelloGET /3 HTTP/1.1\r\nHost: h\r\n\r\nPOST /4 HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n\r\nGET /5 HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n",
        )
        .await;
    for target in ["/1", "/2", "/3", "/4", "/5"] {
        let answer = connection.answer().await;
        assert_eq!((answer.status, answer.text().as_str()), (200, target));
    }
    assert!(connection.is_closed().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pipelined_request_that_is_malformed_is_refused_after_the_good_ones_are_answered() {
    let upstream = Upstream::start(echo_targets).await;
    let bridge = Setup::before(upstream.address).start().await;
    for good in ["GET /1 HTTP/1.1\r\nHost: h\r\n\r\n", "POST /1 HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello"]
    {
        let mut connection = raw::Connection::open(bridge.address).await;
        let bad = "GET /bad HTTP/1.1\r\nHost: h\r\nHost: h\r\n\r\nGET /after HTTP/1.1\r\nHost: h\r\n\r\n";
        connection.send(format!("{good}GET /2 HTTP/1.1\r\nHost: h\r\n\r\n{bad}")).await;
        assert_eq!(connection.answer().await.text(), "/1");
        assert_eq!(connection.answer().await.text(), "/2");
        let refused = connection.answer().await;
        assert_eq!(refused.status, 400);
        refused.assert_refusal(bad);
        assert!(connection.is_closed().await);
    }
    let seen = upstream.seen().concat();
    assert!(!seen.contains("/bad") && !seen.contains("/after"), "{seen}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_malformed_request_behind_one_that_takes_long_waits_for_its_turn() {
    let (begun, mut begins) = mpsc::channel(8);
    let (go, _) = tokio::sync::broadcast::channel::<()>(1);
    let wait = go.clone();
    let upstream = Upstream::start(move |mut incoming| {
        let (begun, mut wait) = (begun.clone(), wait.subscribe());
        async move {
            incoming.request().await;
            begun.send(()).await.unwrap();
            wait.recv().await.unwrap();
            incoming.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok").await;
        }
    })
    .await;
    let bridge = Setup::before(upstream.address).start().await;
    let mut connection = raw::Connection::open(bridge.address).await;
    connection.send("GET /1 HTTP/1.1\r\nHost: h\r\n\r\nGET /bad HTTP/1.1\r\n\r\n").await;
    told(&mut begins).await;
    go.send(()).unwrap();
    assert_eq!(connection.answer().await.text(), "ok");
    let refused = connection.answer().await;
    refused.assert_refusal("no Host");
    assert!(connection.is_closed().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_can_not_pass_for_the_stand_in_of_a_refused_request() {
    let upstream = Upstream::start(echo_targets).await;
    let bridge = Setup::before(upstream.address).start().await;
    let mut connection = raw::Connection::open(bridge.address).await;
    connection.send("GET /rejected HTTP/1.1\r\nHost: rejected\r\n\r\nGET / HTTP/9.9\r\n\r\n").await;
    assert_eq!(connection.answer().await.text(), "/rejected");
    assert_eq!(connection.answer().await.status, 505);
    assert!(connection.is_closed().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_is_read_whole_even_while_the_client_goes_on_sending() {
    let upstream = Upstream::start(echo_targets).await;
    let bridge = Setup::before(upstream.address).start().await;
    let mut request = b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1, 1\r\n\r\n".to_vec();
    request.resize(request.len() + 512 * 1024, b'x');
    let answer = raw::refusal(bridge.address, &request).await;
    assert_eq!(answer.status, 400);
    assert_eq!(upstream.connections(), 0);
}
