//! Header hygiene of forwarded requests and answers (LESSONS 2.1 rows 1 to 6), and everything about a head that has to
//! stay as it was.

use crate::support::{bridge::Setup, legacy::Legacy, raw, upstream::Upstream};
use serde_json::{Value, json};

/// An upstream's plain answer.
const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

/// Values of a field in what an upstream was sent, in order.
fn values(sent: &str, name: &str) -> Vec<String> {
    sent.lines()
        .filter_map(|line| line.split_once(':'))
        .filter(|(n, _)| n.eq_ignore_ascii_case(name))
        .map(|(_, value)| value.trim().to_owned())
        .collect()
}

/// What an upstream is sent for these header lines, the Host among them.
async fn sent_for(setup: impl FnOnce(Setup) -> Setup, target: &str, lines: &str) -> String {
    let upstream = Upstream::always(OK).await;
    let bridge = setup(Setup::before(upstream.address)).start().await;
    let answer = raw::exchange(bridge.address, format!("GET {target} HTTP/1.1\r\n{lines}\r\n")).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    upstream.seen().concat()
}

#[tokio::test(flavor = "multi_thread")]
async fn row_01_hop_by_hop_headers_end_at_the_bridge_on_both_legs() {
    let upstream = Upstream::always(
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nKeep-Alive: timeout=5\r\nProxy-Connection: x\r\nProxy-Authenticate: x\r\nTE: x\r\nTrailer: x\r\nConnection: keep-alive, x-named\r\nX-Named: 1\r\nX-Kept: 1\r\n\r\nok",
    )
    .await;
    let bridge = Setup::before(upstream.address).start().await;
    let answer = raw::exchange(
        bridge.address,
        "GET / HTTP/1.1\r\nHost: h\r\nKeep-Alive: 1\r\nProxy-Connection: x\r\nTE: trailers\r\nTrailer: x\r\nProxy-Authorization: x\r\nProxy-Authenticate: x\r\nUpgrade: h2c\r\nConnection: keep-alive, X-Named\r\nX-Named: 1\r\nX-Kept: 1\r\n\r\n",
    )
    .await;
    let sent = upstream.seen().concat().to_lowercase();
    for name in [
        "keep-alive",
        "proxy-connection",
        "te",
        "trailer",
        "proxy-authorization",
        "proxy-authenticate",
        "upgrade",
        "connection",
        "x-named",
        "transfer-encoding",
    ] {
        assert!(!sent.contains(&format!("\r\n{name}:")), "{name} went up: {sent}");
        assert!(answer.header(name).is_none(), "{name} came down: {answer:?}");
    }
    assert!(sent.contains("\r\nx-kept: 1\r\n"));
    assert_eq!(answer.header("x-kept"), Some("1"));
}

#[tokio::test(flavor = "multi_thread")]
async fn row_01_a_transfer_encoding_is_of_one_leg_and_the_body_of_both() {
    let upstream = Upstream::start(|mut incoming| async move {
        while incoming.request().await.is_some() {
            incoming.chunked_body().await;
            incoming.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: transfer-encoding\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n").await;
        }
    })
    .await;
    let bridge = Setup::before(upstream.address).start().await;
    let answer = raw::exchange(
        bridge.address,
        "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nConnection: transfer-encoding\r\n\r\n4\r\nwxyz\r\n0\r\n\r\n",
    )
    .await;
    assert_eq!((answer.status, answer.text().as_str()), (200, "abcde"));
    let sent = upstream.seen().concat();
    assert_eq!(values(&sent, "transfer-encoding"), ["chunked"], "{sent}");
    assert!(values(&sent, "content-length").is_empty() && values(&sent, "connection").is_empty(), "{sent}");
    assert!(sent.contains("4\r\nwxyz\r\n"), "{sent}");
}

#[tokio::test(flavor = "multi_thread")]
async fn row_02_every_connection_line_names_what_ends_here() {
    let lines = "Host: h\r\nConnection: x-a\r\nX-A: 1\r\nconnection: keep-alive , X-B,,\r\nX-B: 1\r\nCONNECTION:x-c\r\nX-C: 1\r\nX-Kept: 1\r\n";
    let sent = sent_for(|setup| setup, "/", lines).await;
    for name in ["x-a", "x-b", "x-c", "connection"] {
        assert!(values(&sent, name).is_empty(), "{name} went up: {sent}");
    }
    assert_eq!(values(&sent, "x-kept"), ["1"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn row_02_every_connection_line_of_an_answer_is_read_too() {
    let upstream = Upstream::always(
        "HTTP/1.1 200 OK\r\nConnection: x-a\r\nX-A: 1\r\nConnection: x-b\r\nX-B: 1\r\nX-B: 2\r\nX-Kept: 1\r\nContent-Length: 0\r\n\r\n",
    )
    .await;
    let bridge = Setup::before(upstream.address).start().await;
    let answer = raw::get(bridge.address, "/").await;
    assert!(answer.header("x-a").is_none() && answer.header("x-b").is_none(), "{answer:?}");
    assert_eq!(answer.header("x-kept"), Some("1"));
}

#[tokio::test(flavor = "multi_thread")]
async fn row_02_a_connection_line_that_is_no_text_still_names_what_ends_here() {
    let upstream = Upstream::always(OK).await;
    let bridge = Setup::before(upstream.address).start().await;
    raw::exchange(bridge.address, b"GET / HTTP/1.1\r\nHost: h\r\nConnection: x-a, \xff\r\nX-A: 1\r\nX-Kept: 1\r\n\r\n")
        .await;
    let sent = upstream.seen().concat();
    assert!(values(&sent, "x-a").is_empty(), "{sent}");
    assert_eq!(values(&sent, "x-kept"), ["1"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn row_03_a_connection_line_takes_nothing_away_that_the_request_or_the_bridge_needs() {
    let lines = "Host: h.test\r\nCookie: a=b\r\nAuthorization: Basic x\r\nX-Forwarded-For: 192.0.2.1\r\n\
        Connection: X-Forwarded-Proto, x-forwarded-for, X-FORWARDED-HOST, Host, cookie, Authorization, via, close\r\n";
    let sent = sent_for(|setup| setup, "/", lines).await;
    for (name, value) in [
        ("host", "h.test"),
        ("cookie", "a=b"),
        ("authorization", "Basic x"),
        ("x-forwarded-for", "192.0.2.1, 127.0.0.1"),
        ("x-forwarded-proto", "http"),
        ("x-forwarded-host", "h.test"),
        ("via", "1.1 cutover"),
    ] {
        assert_eq!(values(&sent, name), [value], "{name}: {sent}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn row_03_a_connection_line_does_not_take_the_length_of_a_body_away() {
    let upstream = Upstream::start(|mut incoming| async move {
        while incoming.request().await.is_some() {
            incoming.body(5).await;
            incoming.send(OK).await;
        }
    })
    .await;
    let bridge = Setup::before(upstream.address).start().await;
    let request =
        "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nConnection: Content-Length, content-type\r\n\r\nhello";
    assert_eq!(raw::exchange(bridge.address, request).await.status, 200);
    let sent = upstream.seen().concat();
    assert_eq!(values(&sent, "content-length"), ["5"], "{sent}");
    assert!(sent.ends_with("\r\n\r\nhello"), "{sent}");
}

#[tokio::test(flavor = "multi_thread")]
async fn row_04_header_names_with_an_underscore_do_not_reach_a_wsgi_server() {
    let lines = "Host: h\r\nX_Forwarded_Proto: https\r\nX_Rotki_MCP_Proof: forged\r\nx_forwarded-for: 192.0.2.1\r\n\
        Content_Length: 5\r\nTransfer_Encoding: chunked\r\n_: x\r\nX-Kept: under_score\r\n";
    let sent = sent_for(|setup| setup, "/", lines).await;
    let names: Vec<&str> = sent.lines().skip(1).filter_map(|line| line.split_once(':')).map(|(name, _)| name).collect();
    assert!(names.iter().all(|name| !name.contains('_')), "{sent}");
    assert!(!sent.contains("https") && !sent.contains("forged"), "{sent}");
    assert_eq!(values(&sent, "x-kept"), ["under_score"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn row_04_legacy_itself_sees_no_alias_of_a_forwarding_header() {
    let legacy = Legacy::start();
    let bridge = Setup::before(legacy.address).start().await;
    let request = "GET /api/1/_test/echo HTTP/1.1\r\nHost: h\r\nX_Forwarded_Proto: https\r\nX-Kept: 1\r\n\r\n";
    let headers = raw::exchange(bridge.address, request).await.json()["result"]["headers"].clone();
    let named = |wanted: &str| -> Vec<Value> {
        let lines = headers.as_array().unwrap().iter();
        lines
            .filter(|line| line[0].as_str().unwrap().eq_ignore_ascii_case(wanted))
            .map(|line| line[1].clone())
            .collect()
    };
    assert_eq!(named("x-forwarded-proto"), [json!("http")]);
    assert!(named("x_forwarded_proto").is_empty(), "{headers}");
    assert_eq!(named("x-kept"), [json!("1")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn row_05_several_forwarded_for_lines_become_one_with_the_peer_at_its_end() {
    let lines = "Host: h\r\nX-Forwarded-For: 1.1.1.1\r\nX-Other: x\r\nx-forwarded-for: 2.2.2.2\r\n";
    let sent = sent_for(|setup| setup, "/", lines).await;
    assert_eq!(values(&sent, "x-forwarded-for"), ["1.1.1.1, 2.2.2.2, 127.0.0.1"], "{sent}");
}

#[tokio::test(flavor = "multi_thread")]
async fn row_05_a_stranger_does_not_say_which_scheme_and_host_were_asked_for() {
    let lines =
        "Host: h.test\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: evil.test\r\n";
    let sent = sent_for(|setup| setup, "/", lines).await;
    assert_eq!(values(&sent, "x-forwarded-proto"), ["http"], "{sent}");
    assert_eq!(values(&sent, "x-forwarded-host"), ["h.test"], "{sent}");
}

#[tokio::test(flavor = "multi_thread")]
async fn row_05_a_trusted_proxy_does_say_which_scheme_and_host_were_asked_for() {
    let lines =
        "Host: h.test\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: public.test\r\nX-Forwarded-For: 192.0.2.9\r\n";
    let trusting = |setup: Setup| setup.environment("CUTOVER_LISTEN__TRUSTED_PROXIES", "127.0.0.0/8");
    let sent = sent_for(trusting, "/", lines).await;
    assert_eq!(values(&sent, "x-forwarded-proto"), ["https"], "{sent}");
    assert_eq!(values(&sent, "x-forwarded-host"), ["public.test"], "{sent}");
    assert_eq!(values(&sent, "x-forwarded-for"), ["192.0.2.9, 127.0.0.1"], "{sent}");
}

#[tokio::test(flavor = "multi_thread")]
async fn row_06_a_request_has_exactly_one_host_or_is_refused() {
    let upstream = Upstream::always(OK).await;
    let bridge = Setup::before(upstream.address).start().await;
    for hosts in [
        "Host: a\r\nHost: a\r\n",
        "Host: a\r\nX: y\r\nhost: b\r\n",
        "Host: a, b\r\n",
        "Host: a b\r\n",
        "Host: user@a\r\n",
        "Host: a/path\r\n",
        "Host: a:b\r\n",
        "Host: a:80b\r\n",
        "Host: [::1]:x\r\n",
        "Host: [::1]80\r\n",
        "X: y\r\n",
    ] {
        let answer = raw::refusal(bridge.address, format!("GET / HTTP/1.1\r\n{hosts}\r\n")).await;
        assert_eq!(answer.status, 400, "{hosts:?}: {answer:?}");
    }
    let absolute = "GET http://a/ HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n";
    assert_eq!(raw::refusal(bridge.address, absolute).await.status, 400);
    assert_eq!((upstream.connections(), upstream.seen().len()), (0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn row_06_the_authority_of_an_absolute_target_is_the_host() {
    for (target, line, host) in [
        ("http://a.test:81/x?y=%20&z", "/x?y=%20&z", "a.test:81"),
        ("HTTP://A.test/x", "/x", "A.test"),
        ("http://a.test", "/", "a.test"),
        ("http://a.test?q", "/?q", "a.test"),
    ] {
        let sent = sent_for(|setup| setup, target, "Host: b.test\r\n").await;
        assert!(sent.starts_with(&format!("GET {line} HTTP/1.1\r\n")), "{target}: {sent}");
        assert_eq!(values(&sent, "host"), [host], "{target}: {sent}");
        assert_eq!(values(&sent, "x-forwarded-host"), [host], "{target}: {sent}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn row_06_a_target_that_names_a_user_or_has_another_form_is_refused() {
    let upstream = Upstream::always(OK).await;
    let bridge = Setup::before(upstream.address).start().await;
    for target in [
        "http://user:pw@a.test/",
        "http://a.test:b/",
        "http://",
        "http:///x",
        "a.test:80",
        "path",
        "?q",
        "*",
        "mailto:x",
    ] {
        let answer = raw::refusal(bridge.address, format!("GET {target} HTTP/1.1\r\nHost: a.test\r\n\r\n")).await;
        assert_eq!(answer.status, 400, "{target:?}: {answer:?}");
    }
    assert_eq!((upstream.connections(), upstream.seen().len()), (0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn row_06_a_request_without_a_host_goes_on_with_the_one_of_legacy() {
    let upstream = Upstream::always(OK).await;
    let bridge = Setup::before(upstream.address).start().await;
    for request in ["GET / HTTP/1.1\r\nHost:\r\n\r\n", "GET / HTTP/1.0\r\n\r\n"] {
        assert_eq!(raw::exchange(bridge.address, request).await.status, 200);
    }
    let hosts = values(&upstream.seen().concat(), "host");
    assert_eq!(hosts, vec![upstream.address.to_string(); 2]);
}

#[tokio::test(flavor = "multi_thread")]
async fn via_has_the_version_that_the_client_spoke() {
    let upstream = Upstream::always(OK).await;
    let bridge = Setup::before(upstream.address).start().await;
    for version in ["1.0", "1.1"] {
        raw::exchange(bridge.address, format!("GET / HTTP/{version}\r\nHost: h\r\nVia: 1.0 fred\r\n\r\n")).await;
        let sent = upstream.seen().pop().unwrap();
        assert_eq!(values(&sent, "via"), ["1.0 fred", &format!("{version} cutover")], "{sent}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn max_forwards_is_counted_down_and_ends_an_options_or_trace_here() {
    let upstream = Upstream::always(OK).await;
    let bridge = Setup::before(upstream.address).start().await;
    let ask = |method: &str, hops: &str| {
        raw::exchange(bridge.address, format!("{method} /x HTTP/1.1\r\nHost: h\r\nMax-Forwards: {hops}\r\n\r\n"))
    };
    for (method, status) in [("OPTIONS", 200), ("TRACE", 501)] {
        assert_eq!(ask(method, "0").await.status, status, "{method}");
    }
    assert!(upstream.seen().is_empty(), "{:?}", upstream.seen());
    for (method, hops, left) in [("OPTIONS", "5", "4"), ("TRACE", "1", "0"), ("GET", "0", "0")] {
        assert_eq!(ask(method, hops).await.text(), "ok");
        let sent = upstream.seen().pop().unwrap();
        assert_eq!(values(&sent, "max-forwards"), [left], "{method}: {sent}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn header_names_of_a_request_keep_their_case_and_their_order() {
    let lines = "hOST: h\r\nX-Zulu: 1\r\nConnection: x-gone, keep-alive\r\nx-ALPHA: 2\r\nKeep-Alive: 5\r\nUnder_Score: 1\r\n\
        X-Gone: 1\r\nx-mike: 3\r\nTE: trailers\r\nExpect: 100-continue\r\nX-Bravo: 4\r\nAccept: */*\r\ncookie: 5\r\n";
    let sent = sent_for(|setup| setup, "/a?b", lines).await;
    let kept = "GET /a?b HTTP/1.1\r\nhOST: h\r\nX-Zulu: 1\r\nx-ALPHA: 2\r\nx-mike: 3\r\nX-Bravo: 4\r\nAccept: */*\r\ncookie: 5\r\n";
    assert!(sent.starts_with(kept), "{sent}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_head_of_an_answer_goes_through_byte_for_byte_but_for_its_hop_by_hop_lines() {
    let upstream = Upstream::always(
        "HTTP/1.1 404 NOT FOUND\r\nsERVER: x\r\nConnection: keep-alive, x-gone\r\nX-Zulu: 1\r\nKeep-Alive: timeout=5\r\nmimetype: application/json\r\nX-Gone: 1\r\nContent-Type: a/b\r\nProxy-Authenticate: x\r\nSet-Cookie: a=1\r\nset-cookie: b=2\r\nX-Alpha: \r\nContent-Length: 2\r\ndATE: Fri, 01 Jan 2027 00:00:00 GMT\r\nX_Under: kept\r\nX-Last: 1\r\n\r\nok",
    )
    .await;
    let bridge = Setup::before(upstream.address).environment("CUTOVER_FLAGS__ANSWER_HEADERS", "false").start().await;
    let mut connection = raw::Connection::open(bridge.address).await;
    for _ in 0..2 {
        connection.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n").await;
        let answer = connection.answer().await;
        let expected = "HTTP/1.1 404 NOT FOUND\r\nsERVER: x\r\nX-Zulu: 1\r\nmimetype: application/json\r\nContent-Type: a/b\r\nSet-Cookie: a=1\r\nset-cookie: b=2\r\nX-Alpha: \r\nContent-Length: 2\r\ndATE: Fri, 01 Jan 2027 00:00:00 GMT\r\nX_Under: kept\r\nX-Last: 1\r\n\r\n";
        assert_eq!(String::from_utf8(answer.head).unwrap(), expected);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn repeated_headers_stay_repeated_and_in_order_on_both_legs() {
    let upstream = Upstream::always(
        "HTTP/1.1 200 OK\r\nSet-Cookie: a=1; Path=/\r\nX-R: 1\r\nSet-Cookie: b=\"2, 3\"\r\nX-R: 2\r\nX-R: 1\r\nContent-Length: 0\r\n\r\n",
    )
    .await;
    let bridge = Setup::before(upstream.address).start().await;
    let request = "GET / HTTP/1.1\r\nHost: h\r\nCookie: a=1\r\nX-Q: 2\r\nCookie: b=2\r\nX-Q: 1, 3\r\nX-Q:\r\n\r\n";
    let answer = raw::exchange(bridge.address, request).await;
    assert_eq!(answer.all("set-cookie"), ["a=1; Path=/", "b=\"2, 3\""]);
    assert_eq!(answer.all("x-r"), ["1", "2", "1"]);
    let sent = upstream.seen().concat();
    assert_eq!(values(&sent, "cookie"), ["a=1", "b=2"]);
    assert_eq!(values(&sent, "x-q"), ["2", "1, 3", ""]);
}

#[tokio::test(flavor = "multi_thread")]
async fn repeated_headers_of_legacy_come_through_as_it_sends_them() {
    let legacy = Legacy::start();
    let bridge = Setup::before(legacy.address).start().await;
    let through = raw::get(bridge.address, "/api/1/_test/repeat-headers").await;
    let direct = raw::get(legacy.address, "/api/1/_test/repeat-headers").await;
    for name in ["set-cookie", "x-repeated", "link"] {
        assert_eq!(direct.all(name).len(), 2, "{direct:?}");
        assert_eq!(through.all(name), direct.all(name));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn header_values_that_are_no_utf_8_pass_unchanged_both_ways() {
    let upstream = Upstream::start(|mut incoming| async move {
        while incoming.request().await.is_some() {
            incoming
                .send(b"HTTP/1.1 200 OK\r\nX-Down: \xe9\xff \x80\r\nX-Tab: a\tb\r\nContent-Length: 0\r\n\r\n")
                .await;
        }
    })
    .await;
    let bridge = Setup::before(upstream.address).start().await;
    let answer =
        raw::exchange(bridge.address, b"GET / HTTP/1.1\r\nHost: h\r\nX-Up: \xfc\x80 \xff\r\nX-Tab: a\tb\r\n\r\n").await;
    let has = |bytes: &[u8], line: &[u8]| bytes.windows(line.len()).any(|window| window == line);
    assert!(has(&upstream.seen_bytes(), b"\r\nX-Up: \xfc\x80 \xff\r\nX-Tab: a\tb\r\n"), "{:?}", upstream.seen());
    assert!(has(&answer.head, b"\r\nX-Down: \xe9\xff \x80\r\nX-Tab: a\tb\r\n"), "{answer:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn status_codes_and_reason_phrases_pass_unchanged() {
    const LINES: [&str; 11] = [
        "HTTP/1.1 200 OK",
        "HTTP/1.1 200 Very Well, Thank You",
        "HTTP/1.1 200 ok",
        "HTTP/1.1 404 NOT FOUND",
        "HTTP/1.1 409 CONFLICT (really; 'truly')",
        "HTTP/1.1 542 UNKNOWN",
        "HTTP/1.1 542 Database is  \tlocked",
        "HTTP/1.1 299 ",
        "HTTP/1.1 500 ",
        "HTTP/1.1 300 MULTIPLE CHOICES",
        "HTTP/1.1 999 x",
    ];
    let upstream = Upstream::start(|mut incoming| async move {
        while let Some(head) = incoming.request().await {
            let which: usize = head.split(['/', ' ']).nth(2).unwrap().parse().unwrap();
            incoming.send(format!("{}\r\nContent-Length: 4\r\n\r\nbody", LINES[which])).await;
        }
    })
    .await;
    let bridge = Setup::before(upstream.address).start().await;
    for (which, line) in LINES.iter().enumerate() {
        let answer = raw::get(bridge.address, &format!("/{which}")).await;
        let head = String::from_utf8(answer.head.clone()).unwrap();
        assert_eq!(head.split("\r\n").next(), Some(*line));
        assert_eq!(answer.text(), "body");
    }
}
