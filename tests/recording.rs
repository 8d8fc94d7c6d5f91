//! Live traffic is recorded as it was on the wire, without its secrets, and nobody notices.

use std::{os::unix::fs::PermissionsExt, path::Path, sync::Arc};

use crate::support::{
    self,
    bridge::{Bridge, Setup, run},
    legacy::{Legacy, PASSWORD, USER},
    raw::{self, Answer, Connection},
    recorder::Recorder,
    upstream::Upstream,
};
use cutover::parity::{
    Response, Rulebook,
    client::Client,
    compare,
    har::{Entry, Recording, from_slice},
};
use serde_json::{Value, json};
use tempfile::TempDir;

const SMALL: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

async fn before(upstream: &Upstream, routes: &str) -> Bridge {
    let bridge = Setup::before(upstream.address).routes(routes).start_alone();
    bridge.until("legacy was asked", |status| status["ready"] == true).await;
    bridge
}

/// Names and values in one text, as they are spelled and ordered.
fn shown(lines: &[(String, String)]) -> String {
    lines.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect::<Vec<_>>().concat()
}

/// What a client saw, as it would be compared.
fn seen(answer: &Answer) -> Response {
    Response {
        status: answer.status,
        reason: answer.reason.clone(),
        headers: answer.headers.clone(),
        spelled: true,
        body: answer.body.clone().into(),
    }
}

fn assert_equal(entry: &Entry, actual: &Response) {
    let expected = entry.response.as_ref().unwrap();
    let comparison = compare(expected, actual, &Rulebook::default()).unwrap();
    assert!(comparison.differences.is_empty(), "{}: {:?}", entry.request.target, comparison.differences);
    assert!(expected.spelled && actual.spelled, "{}", entry.request.target);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_recorded_is_what_was_on_the_wire_to_the_byte() {
    let date = "Date: Thu, 01 Jan 1970 00:00:00 GMT\r\n";
    // What is asked: head, body as it is sent, body as it is meant. What is answered: the same three.
    let exchanges = [
        (
            "GET /plain?a=%7e&&b HTTP/1.1\r\nhOST: h:1\r\nX-one: 1\r\nx-TWO:  2 \r\nX-ONE: 3\r\nAccept: */*\r\n\r\n",
            "",
            "",
            format!(
                "HTTP/1.1 200 Fine\r\nmimetype: x\r\nX-b: 1\r\nVARY: a\r\n{date}CONTENT-length: 3\r\nConnection: keep-alive\r\n\r\n"
            ),
            "abc",
            "abc",
        ),
        (
            "POST //odd%2Ftarget//x;y=1?q='%22()&|%%20 HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nCONTENT-LENGTH: 9\r\n\r\n",
            "{\"a\": 1 }",
            "{\"a\": 1 }",
            format!("HTTP/1.1 200 OK\r\nServer: s\r\n{date}Transfer-Encoding: chunked\r\nX-after: \r\n\r\n"),
            "4\r\n{\"b\"\r\n4\r\n: 2}\r\n0\r\n\r\n",
            "{\"b\": 2}",
        ),
        (
            "PUT /up HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n",
            "3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n",
            "abcde",
            format!("HTTP/1.1 400 BAD REQUEST\r\n{date}content-length: 4\r\n\r\n"),
            "\x01\0 \n",
            "\x01\0 \n",
        ),
        (
            "HEAD /head HTTP/1.1\r\nHost: h\r\n\r\n",
            "",
            "",
            format!("HTTP/1.1 200 OK\r\n{date}Content-Length: 700\r\n\r\n"),
            "",
            "",
        ),
        (
            "DELETE /none HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n",
            "",
            "",
            format!("HTTP/1.1 204 NO CONTENT\r\n{date}\r\n"),
            "",
            "",
        ),
        (
            "GET /%F0%9F%98%80/../x?redirect=http://x/ HTTP/1.1\r\nHost: h\r\n\r\n",
            "",
            "",
            format!("HTTP/1.1 404 Nobody here\r\n{date}Content-Length: 0\r\n\r\n"),
            "",
            "",
        ),
        (
            "GET http://other:7/absolute HTTP/1.1\r\nHost: h\r\n\r\n",
            "",
            "",
            format!("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n{date}Content-Length: 2\r\n\r\n"),
            "ok",
            "ok",
        ),
    ];
    let answers: Arc<Vec<(&str, bool, String)>> = Arc::new(
        exchanges
            .iter()
            .map(|(asked, body, _, head, answer, _)| (*asked, !body.is_empty(), format!("{head}{answer}")))
            .collect(),
    );
    let script = Arc::clone(&answers);
    let upstream = Upstream::start(move |mut incoming| {
        let script = Arc::clone(&script);
        async move {
            while let Some(head) = incoming.request().await {
                let path = |text: &str| text.split(' ').nth(1).unwrap().replace("http://other:7", "");
                let (_, has_body, answer) = script.iter().find(|(asked, ..)| path(asked) == path(&head)).unwrap();
                match (has_body, head.contains("hunked")) {
                    (true, true) => _ = incoming.chunked_body().await,
                    (true, false) => _ = incoming.body(9).await,
                    (false, _) => {}
                }
                incoming.send(answer).await;
            }
        }
    })
    .await;
    let bridge = before(&upstream, "").await;
    let directory = TempDir::new().unwrap();
    let recorder = Recorder::of(&bridge, &directory.path().join("a.har"), &[]);
    let mut connection = Connection::open(bridge.address).await;
    let mut answered = Vec::new();
    for (head, body, ..) in &exchanges {
        connection.send(format!("{head}{body}")).await;
        answered.push(connection.try_answer(head.starts_with("HEAD")).await.unwrap());
    }
    let entries = recorder.until(exchanges.len()).await;
    for ((entry, answer), (asked, _, body, head, _, replied)) in entries.iter().zip(&answered).zip(&exchanges) {
        let (line, lines) = asked.split_once("\r\n").unwrap();
        let mut line = line.split(' ');
        assert_eq!(Some(entry.request.method.as_str()), line.next());
        let target = line.next().unwrap();
        assert_eq!(entry.request.target, target.replace("http://other:7", ""));
        assert_eq!(format!("{}\r\n", shown(&entry.request.headers)), lines.replace(":  2 \r", ": 2\r"), "{target}");
        assert_eq!(entry.request.body, body.as_bytes(), "{target}");
        let response = entry.response.as_ref().unwrap();
        let (_, lines) = head.strip_prefix("HTTP/1.1 100 Continue\r\n\r\n").unwrap_or(head).split_once("\r\n").unwrap();
        assert_eq!(format!("{}\r\n", shown(&response.headers)), lines, "{target}");
        assert!(response.spelled, "{target}");
        assert_eq!(response.body, replied.as_bytes(), "{target}");
        assert_eq!((response.status, &response.reason), (answer.status, &answer.reason), "{target}");
        assert_equal(entry, &seen(answer));
        assert_eq!(entry.noted("_variant"), Some(&json!("legacy")));
        assert_eq!(entry.noted("_route"), None);
    }
    assert_eq!(entries[0].origin, "http://h:1");
    assert_eq!(entries[6].origin, "http://other:7");
}

async fn login(address: std::net::SocketAddr) {
    let target = format!("/api/1/users/{USER}");
    let answer = raw::send_json(address, "POST", &target, &json!({"password": PASSWORD})).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
}

fn text(file: &Path) -> String {
    std::fs::read_to_string(file).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_recorded_of_both_sides_replays_equal_and_holds_no_secret() {
    let legacy = Legacy::start();
    let bridge = Setup::before(legacy.address).data(legacy.data()).arguments(&["--all", "native"]).start().await;
    // Natively nobody is answered before legacy has shown what it answers to a page of theirs.
    raw::exchange(bridge.address, "GET /api/1/ping HTTP/1.1\r\nHost: x\r\nOrigin: http://page\r\n\r\n").await;
    let directory = TempDir::new().unwrap();
    let recorder = Recorder::of(&bridge, &directory.path().join("a.har"), &["--redact", "X-Mine"]);
    login(bridge.address).await;
    let asked = [
        ("GET /api/1/tags", "", Some("tags_list"), "native"),
        ("GET /api/1/ping", "", Some("ping"), "native"),
        ("HEAD /api/1/ping", "", Some("ping"), "native"),
        ("GET /api/1/settings", "", Some("settings_get"), "native"),
        ("GET /api/1/nowhere", "", None, "legacy"),
        ("OPTIONS /api/1/tags", "", None, "legacy"),
        ("PATCH /api/1/ping", "{\"api_secret\": \"s3cret-b\"", None, "legacy"),
    ];
    let mut answers = Vec::new();
    for (line, body, ..) in asked {
        let length = body.len();
        let head = format!(
            "{line} HTTP/1.1\r\nHost: {}\r\nOrigin: http://page\r\nCookie: sid=s3cret-a\r\nx-mine: s3cret-c\r\n\
             Content-Type: text/x\r\nContent-Length: {length}\r\n\r\n{body}",
            bridge.address
        );
        let mut connection = Connection::open(bridge.address).await;
        connection.send(head).await;
        answers.push(connection.try_answer(line.starts_with("HEAD")).await.unwrap());
    }
    let entries = recorder.until(1 + asked.len()).await;
    let written = text(&recorder.out);
    for secret in [PASSWORD, "p'w", "s3cret"] {
        assert!(!written.contains(secret), "{secret}: {written}");
    }
    assert!(entries[0].request.body.starts_with(b"{\"password\":\"[redacted"), "{written}");
    let client = Client::new(&format!("http://{}", bridge.address)).unwrap();
    for ((entry, answer), (line, _, route, variant)) in entries[1..].iter().zip(&answers).zip(asked) {
        assert_eq!(entry.noted("_route").and_then(Value::as_str), route, "{line}");
        assert_eq!(entry.noted("_variant").and_then(Value::as_str), Some(variant), "{line}");
        assert_eq!(answer.header("x-cutover-variant"), Some(variant));
        assert_equal(entry, &seen(answer));
        let response = entry.response.as_ref().unwrap();
        let lines = |lines: &[(String, String)]| {
            let kept = lines.iter().filter(|(name, _)| {
                !["date", "connection", "keep-alive"].contains(&name.to_ascii_lowercase().as_str())
                    && !name.starts_with("x-cutover")
            });
            shown(&kept.cloned().collect::<Vec<_>>())
        };
        assert_eq!(lines(&response.headers), lines(&answer.headers), "{line}");
        assert!(!response.headers.iter().any(|(name, _)| name.starts_with("x-cutover")));
        let (again, _) = client.send(&entry.request).await.unwrap();
        assert_equal(entry, &again);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_that_never_reads_changes_nothing_and_what_it_missed_is_counted() {
    const REQUESTS: u64 = 120;
    let body = "x".repeat(200_000);
    let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    let upstream = Upstream::start(move |mut incoming| {
        let answer = answer.clone();
        async move {
            while incoming.request().await.is_some() {
                incoming.send(&answer).await;
            }
        }
    })
    .await;
    let bridge = before(&upstream, "[parity]\nmemory = \"2MiB\"\n").await;
    let mut user = Connection::open(bridge.address).await;
    user.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n").await;
    let without = user.answer().await;
    let mut reader = Connection::open(bridge.admin).await;
    reader.send(format!("GET /api/parity/record HTTP/1.0\r\nHost: {}\r\n\r\n", bridge.admin)).await;
    reader.until(b"\r\n\r\n").await.unwrap();
    for _ in 0..REQUESTS {
        user.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n").await;
        let with = user.answer().await;
        assert_eq!(with.body, without.body);
        let head =
            |answer: &Answer| answer.headers.iter().filter(|(name, _)| name != "date").cloned().collect::<Vec<_>>();
        assert_eq!(head(&with), head(&without));
    }
    let (mut entries, mut dropped) = (0, 0);
    while entries + dropped < REQUESTS {
        let line: Value = serde_json::from_slice(&reader.until(b"\n").await.unwrap()).unwrap();
        match line["dropped"].as_u64() {
            Some(so_far) => dropped = so_far,
            None => {
                assert_eq!(line["response"]["bodySize"], 200_000);
                entries += 1;
            }
        }
    }
    assert!(dropped > 0 && entries > 0, "{entries} {dropped}");
    // There is room again.
    user.send("GET /last HTTP/1.1\r\nHost: x\r\n\r\n").await;
    user.answer().await;
    let line: Value = serde_json::from_slice(&reader.until(b"\n").await.unwrap()).unwrap();
    assert_eq!(line["request"]["url"], "http://x/last");
}

#[tokio::test(flavor = "multi_thread")]
async fn however_a_recording_ends_its_file_is_whole_and_only_its_owners() {
    let upstream = Upstream::always(SMALL).await;
    let bridge = before(&upstream, "").await;
    let directory = TempDir::new().unwrap();
    let file = |name: &str| directory.path().join(name);
    let mode = |file: &Path| std::fs::metadata(file).unwrap().permissions().mode() & 0o777;

    let killed = Recorder::of(&bridge, &file("killed.har"), &[]);
    raw::get(bridge.address, "/1").await;
    killed.until(1).await;
    killed.signal("KILL");
    assert_eq!(killed.ended().code, None);
    let bytes = std::fs::read(file("killed.har")).unwrap();
    assert_eq!(from_slice(&bytes).unwrap().entries.len(), 1);
    assert_eq!(mode(&file("killed.har")), 0o600);

    let interrupted = Recorder::of(&bridge, &file("interrupted.har"), &[]);
    raw::get(bridge.address, "/2").await;
    interrupted.signal("INT");
    let ended = interrupted.ended();
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(
        ended.stdout.ends_with(": 1 entry of 0 routes and 1 of none; only its owner can read it (mode 0600)\n"),
        "{ended:?}"
    );
    let Recording { entries, .. } = from_slice(&std::fs::read(file("interrupted.har")).unwrap()).unwrap();
    assert_eq!(entries[0].request.target, "/2");

    let admin = format!("http://{}", bridge.admin);
    let again = |more: &[&str]| {
        let out = file("interrupted.har").display().to_string();
        run(&[&["parity", "record", "--admin", &admin, "--out", &out, "--for", "1ms"], more].concat())
    };
    let refused = again(&[]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&refused.stderr).ends_with("is there already; --force writes over it\n"));
    let replaced = again(&["--force"]);
    assert_eq!(replaced.status.code(), Some(0), "{replaced:?}");
    assert!(String::from_utf8_lossy(&replaced.stdout).contains(": 0 entries of 0 routes"), "{replaced:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_too_large_or_broken_off_or_unanswered_is_in_the_file_with_its_reason() {
    let upstream = Upstream::start(|mut incoming| async move {
        while let Some(head) = incoming.request().await {
            let large = "y".repeat(3000);
            match head.split(' ').nth(1).unwrap() {
                "/large" => incoming.send(format!("HTTP/1.1 201 OK\r\nContent-Length: 3000\r\n\r\n{large}")).await,
                "/chunks" => {
                    let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
                    incoming.send(format!("{head}bb8\r\n{large}\r\n0\r\n\r\n")).await;
                }
                "/events" => {
                    let head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: 9\r\n\r\n";
                    incoming.send(format!("{head}data: 1\n\n")).await;
                }
                "/upload" => {
                    incoming.body(2000).await;
                    incoming.send(SMALL).await;
                }
                "/leave" => {
                    incoming.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nbegin").await;
                    incoming.ended().await;
                }
                "/silent" => incoming.ended().await,
                "/cut" => {
                    incoming.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nbegin").await;
                    return;
                }
                _ => return,
            }
        }
    })
    .await;
    let bridge = before(&upstream, "[parity]\nmax_body = \"1KiB\"\n").await;
    let directory = TempDir::new().unwrap();
    let recorder = Recorder::of(&bridge, &directory.path().join("a.har"), &[]);
    let get = |target: &str| format!("GET {target} HTTP/1.1\r\nHost: x\r\n\r\n");
    for target in ["/large", "/chunks"] {
        assert_eq!(raw::get(bridge.address, target).await.body.len(), 3000);
        recorder.until(if target == "/large" { 1 } else { 2 }).await;
    }
    assert_eq!(raw::get(bridge.address, "/events").await.text(), "data: 1\n\n");
    recorder.until(3).await;
    let upload = format!("POST /upload HTTP/1.1\r\nHost: x\r\nContent-Length: 2000\r\n\r\n{}", "z".repeat(2000));
    assert_eq!(raw::exchange(bridge.address, upload).await.text(), "ok");
    recorder.until(4).await;
    let mut leaving = Connection::open(bridge.address).await;
    leaving.send(get("/leave")).await;
    leaving.until(b"begin").await.unwrap();
    drop(leaving);
    recorder.until(5).await;
    let mut leaving = Connection::open(bridge.address).await;
    leaving.send(get("/silent")).await;
    support::eventually("it arrives", || async { upstream.seen().concat().contains("/silent").then_some(()) }).await;
    drop(leaving);
    recorder.until(6).await;
    let mut cut = Connection::open(bridge.address).await;
    cut.send(get("/cut")).await;
    assert!(cut.try_answer(false).await.is_err());
    recorder.until(7).await;
    assert_eq!(raw::get(bridge.address, "/gone").await.status, 502);
    let entries = recorder.until(8).await;
    let told: Vec<String> = entries
        .iter()
        .map(|entry| {
            let why = entry.response.as_ref().map_or_else(String::as_str, |_| "answered");
            assert_eq!(entry.comment.as_deref(), Some(why));
            let status = entry.noted("_status").map_or(String::new(), |status| format!(" {status}"));
            format!("{}{status}: {why}", entry.request.target)
        })
        .collect();
    assert_eq!(
        told,
        [
            "/large 201: its answer is larger than parity.max_body",
            "/chunks 200: its answer is larger than parity.max_body",
            "/events 200: its answer is a stream of events",
            "/upload 200: its body is larger than parity.max_body",
            "/leave 200: its answer broke off, or the client went away before the end of it",
            "/silent: the client went away before it was answered",
            "/cut 200: its answer broke off, or the client went away before the end of it",
            told[7].as_str(),
        ]
    );
    assert!(told[7].starts_with("/gone: the bridge had no answer: "), "{}", told[7]);
    recorder.signal("TERM");
    let said = recorder.ended().stdout;
    assert!(said.contains("; 8 without an answer (2: its answer broke off"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_what_users_ask_and_what_is_wanted_is_recorded() {
    // Legacy is a bridge itself.
    let marked = "HTTP/1.1 200 OK\r\nX-Cutover-Variant: legacy\r\nContent-Length: 2\r\n\r\nok";
    let upstream = Upstream::always(marked).await;
    let bridge = before(&upstream, "[[route]]\nname = \"ping\"\nmode = \"shadow\"\n").await;
    let directory = TempDir::new().unwrap();
    let all = Recorder::of(&bridge, &directory.path().join("all.har"), &["--count", "3"]);
    let some = Recorder::of(&bridge, &directory.path().join("some.har"), &["--route", "tags_*", "--route", "info"]);
    // In shadow mode the bridge asks again, for the two sides differ here; another bridge's question says what it is.
    raw::get(bridge.address, "/api/1/ping").await;
    support::eventually("the second question", || async { (upstream.seen().len() == 2).then_some(()) }).await;
    let shadow = "GET /api/1/tags HTTP/1.1\r\nHost: x\r\nx-cutover-shadow: 1\r\n\r\n";
    raw::exchange(bridge.address, shadow).await;
    let upgrade = "GET /ws/ HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n";
    raw::exchange(bridge.address, upgrade).await;
    raw::get(bridge.address, "/api/1/tags").await;
    raw::get(bridge.address, "/elsewhere").await;
    let targets = |entries: &[Entry]| entries.iter().map(|entry| entry.request.target.clone()).collect::<Vec<_>>();
    let whole = all.out.clone();
    let ended = all.ended();
    assert_eq!(ended.code, Some(0));
    assert!(ended.stdout.contains(": 3 entries of 2 routes and 1 of none; only"), "{ended:?}");
    let entries = from_slice(&std::fs::read(whole).unwrap()).unwrap().entries;
    assert_eq!(targets(&entries), ["/api/1/ping", "/api/1/tags", "/elsewhere"]);
    for entry in &entries {
        assert_eq!(shown(&entry.response.as_ref().unwrap().headers), "Content-Length: 2\r\n");
    }
    assert_eq!(targets(&some.until(1).await), ["/api/1/tags"]);
    assert_eq!(some.entries()[0].noted("_route"), Some(&json!("tags_list")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bridge_that_stops_ends_the_recording_after_its_last_answer() {
    let (go, gone) = (Arc::new(tokio::sync::Notify::new()), Arc::new(tokio::sync::Notify::new()));
    let (wait, arrived) = (Arc::clone(&go), Arc::clone(&gone));
    let upstream = Upstream::start(move |mut incoming| {
        let (wait, arrived) = (Arc::clone(&wait), Arc::clone(&arrived));
        async move {
            while incoming.request().await.is_some() {
                arrived.notify_one();
                wait.notified().await;
                incoming.send(SMALL).await;
            }
        }
    })
    .await;
    let bridge = before(&upstream, "").await;
    let directory = TempDir::new().unwrap();
    let recorder = Recorder::of(&bridge, &directory.path().join("a.har"), &[]);
    let mut user = Connection::open(bridge.address).await;
    user.send("GET /running HTTP/1.1\r\nHost: x\r\n\r\n").await;
    gone.notified().await;
    bridge.signal("TERM");
    support::eventually("it lets nobody in", || async {
        tokio::net::TcpStream::connect(bridge.address).await.is_err().then_some(())
    })
    .await;
    go.notify_one();
    assert_eq!(user.answer().await.text(), "ok");
    let file = recorder.out.clone();
    let ended = recorder.ended();
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(ended.stdout.contains("; the bridge stopped, and what was recorded until then is kept;"), "{ended:?}");
    let entries = from_slice(&std::fs::read(file).unwrap()).unwrap().entries;
    assert_eq!(entries[0].request.target, "/running");
    assert!(entries[0].response.is_ok());
    assert!(bridge.wait());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_can_not_be_recorded_is_refused_with_a_remedy() {
    let upstream = Upstream::always(SMALL).await;
    let bridge = before(&upstream, "").await;
    let directory = TempDir::new().unwrap();
    let out = directory.path().join("a.har");
    let refused = |arguments: &[&str]| {
        let output = run(&[&["parity", "record", "--out", out.to_str().unwrap()], arguments].concat());
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        assert!(!out.exists());
        String::from_utf8(output.stderr).unwrap()
    };
    let admin = format!("http://{}", bridge.admin);
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let nobody = refused(&["--admin", &format!("http://{free}")]);
    assert!(nobody.contains("(start one with cutover serve, or record by standing alone: --legacy URL): "), "{nobody}");
    let other = refused(&["--admin", &format!("http://{}", upstream.address)]);
    assert!(other.contains("is no admin API of a bridge, or of another version (status 200"), "{other}");
    let unknown = refused(&["--admin", &admin, "--route", "tags_lst"]);
    assert!(unknown.ends_with("there is no route \"tags_lst\"; did you mean \"tags_list\"?\n"), "{unknown}");
    let unknown = refused(&["--legacy", &admin, "--listen", "127.0.0.1:0", "--route", "tags_lst"]);
    assert!(unknown.ends_with("there is no route \"tags_lst\"; did you mean \"tags_list\"?\n"), "{unknown}");
    let misspelled = raw::get(bridge.admin, "/api/parity/record?redacts=x").await;
    assert_eq!(
        (misspelled.status, misspelled.json()),
        (400, json!({"error": "there is no parameter \"redacts\"; did you mean \"redact\"?"}))
    );
    let four: Vec<Recorder> =
        (0..4).map(|n| Recorder::of(&bridge, &directory.path().join(format!("{n}.har")), &[])).collect();
    let fifth = refused(&["--admin", &admin]);
    assert!(fifth.contains("4 recordings are running"), "{fifth}");
    drop(four);
    support::eventually("their places are free", || async {
        let output = run(&["parity", "record", "--out", out.to_str().unwrap(), "--admin", &admin, "--for", "1ms"]);
        output.status.success().then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn standing_alone_it_forwards_everything_unmarked_and_records_it() {
    let legacy = Legacy::start();
    let directory = TempDir::new().unwrap();
    let url = format!("http://{}", legacy.address);
    let mut recorder = Recorder::start(&directory.path().join("a.har"), &["--legacy", &url, "--listen", "127.0.0.1:0"]);
    let address = recorder.address();
    login(address).await;
    let direct = raw::get(legacy.address, "/api/1/tags").await;
    let recorded = raw::get(address, "/api/1/tags").await;
    assert_eq!(recorded.body, direct.body);
    assert!(!recorded.headers.iter().any(|(name, _)| name.starts_with("x-cutover")), "{recorded:?}");
    recorder.signal("INT");
    let file = recorder.out.clone();
    let ended = recorder.ended();
    assert_eq!(ended.code, Some(0));
    let entries = from_slice(&std::fs::read(&file).unwrap()).unwrap().entries;
    assert_eq!(entries.len(), 2, "{ended:?}");
    assert_eq!(entries[1].noted("_route"), Some(&json!("tags_list")));
    assert_equal(&entries[1], &seen(&direct));
    assert!(!text(&file).contains("p'w"));
}

#[tokio::test(flavor = "multi_thread")]
async fn standing_alone_a_request_that_is_running_at_the_end_is_answered_and_recorded() {
    let (go, arrived) = (Arc::new(tokio::sync::Notify::new()), Arc::new(tokio::sync::Notify::new()));
    let (wait, tell) = (Arc::clone(&go), Arc::clone(&arrived));
    let upstream = Upstream::start(move |mut incoming| {
        let (wait, tell) = (Arc::clone(&wait), Arc::clone(&tell));
        async move {
            while incoming.request().await.is_some() {
                tell.notify_one();
                wait.notified().await;
                incoming.send(SMALL).await;
            }
        }
    })
    .await;
    let directory = TempDir::new().unwrap();
    let url = format!("http://{}", upstream.address);
    let mut recorder = Recorder::start(&directory.path().join("a.har"), &["--legacy", &url, "--listen", "127.0.0.1:0"]);
    let address = recorder.address();
    let mut user = Connection::open(address).await;
    user.send("GET /running HTTP/1.1\r\nHost: x\r\n\r\n").await;
    arrived.notified().await;
    recorder.signal("INT");
    support::eventually("it lets nobody in", || async {
        tokio::net::TcpStream::connect(address).await.is_err().then_some(())
    })
    .await;
    go.notify_one();
    assert_eq!(user.answer().await.text(), "ok");
    let file = recorder.out.clone();
    assert_eq!(recorder.ended().code, Some(0));
    let entries = from_slice(&std::fs::read(file).unwrap()).unwrap().entries;
    assert!(entries.len() == 1 && entries[0].response.is_ok());
}
