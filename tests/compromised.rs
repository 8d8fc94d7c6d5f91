//! A legacy that means ill: what it sends without an end, of any size, or as markup, over real sockets. The bridge gives
//! up, holds little meanwhile, and goes on.

use std::{os::unix::fs::PermissionsExt, path::Path};

use crate::support::{
    self,
    bridge::{self, Bridge, Setup},
    eventually,
    package::{Package, Place, all_parts},
    process::{self, Process},
    raw::{self, Connection},
    upstream::{Incoming, Upstream},
    websocket::WebSocket,
};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, UnixStream},
};

/// What is sent where there is no end to it. Enough to be seen in the memory of whoever keeps it.
const MUCH: usize = 300 << 20;
/// What the bridge may take of memory in answer to that.
const LITTLE: u64 = 120 << 20;

/// Resident bytes, most that there ever were.
fn memory(bridge: &Bridge) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", bridge.pid())).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() * 1024
}

/// Sends the same piece until so much was sent, or nobody takes it.
async fn pour(incoming: &mut Incoming, piece: &str) -> usize {
    let pieces = piece.repeat((64 << 10) / piece.len());
    let mut sent = 0;
    while sent < MUCH && incoming.stream.write_all(pieces.as_bytes()).await.is_ok() {
        sent += pieces.len();
    }
    sent
}

/// One that begins every answer so, and goes on with this for ever.
async fn endless(head: &'static str, piece: &'static str) -> Upstream {
    Upstream::start(move |mut incoming| async move {
        incoming.request().await;
        incoming.send(head).await;
        pour(&mut incoming, piece).await;
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_whose_head_has_no_end_is_a_failure_and_little_is_held_of_it() {
    for (head, piece, status) in [
        ("HTTP/1.1 200 OK\r\n", "X-Line: a\r\n", 502),
        ("HTTP/1.1 200 OK\r\nX-Line: ", "aaaaaaaa", 502),
        ("HTTP/1.1 200 ", "aaaaaaaa", 502),
        ("", "\r\n\r\n\r\n\r\n", 504),
        ("", "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n", 504),
        ("", "HTTP/1.1 100 Continue\r\n\r\n", 504),
    ] {
        let upstream = endless(head, piece).await;
        let setup = Setup::before(upstream.address).environment("CUTOVER_LEGACY__HEADER_TIMEOUT", "300ms");
        let bridge = setup.start_alone();
        let before = memory(&bridge);
        for target in ["/x", "/api/1/users/ada", "/api/1/messages", "/api/1/tasks"] {
            let answer = raw::get(bridge.address, target).await;
            assert!([status, 502].contains(&answer.status), "{head}{piece} {target}: {answer:?}");
            assert!(answer.header("x-cutover-error").is_some(), "{answer:?}");
        }
        assert!(memory(&bridge) - before < LITTLE, "{head}{piece}: {before} {}", memory(&bridge));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn chunks_of_impossible_sizes_break_the_answer_off() {
    for chunks in [
        "fffffffffffffffff\r\nabc",
        "-1\r\nabc\r\n0\r\n\r\n",
        "3;\r\nabcdef",
        "x\r\nabc\r\n0\r\n\r\n",
        "0x3\r\nabc\r\n0\r\n\r\n",
    ] {
        let answer = format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{chunks}");
        let upstream = Upstream::start(move |mut incoming| {
            let answer = answer.clone();
            async move {
                incoming.request().await;
                incoming.send(answer).await;
                // It does not end the connection itself.
                incoming.rest().await;
            }
        })
        .await;
        let bridge = Setup::before(upstream.address).start_alone();
        let mut client = Connection::open(bridge.address).await;
        client.send("GET /x HTTP/1.1\r\nHost: h\r\n\r\n").await;
        let seen = client.try_answer(false).await;
        assert!(seen.as_ref().map_or(true, |answer| answer.status == 502), "{chunks:?}: {seen:?}");
    }
    // The rest of a line of a chunk's size, without an end.
    let upstream = endless("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;", "aaaaaaaa").await;
    let bridge = Setup::before(upstream.address).start_alone();
    let before = memory(&bridge);
    let mut client = Connection::open(bridge.address).await;
    client.send("GET /x HTTP/1.1\r\nHost: h\r\n\r\n").await;
    assert!(client.try_answer(false).await.map_or(true, |answer| answer.status == 502));
    assert!(memory(&bridge) - before < LITTLE);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_behind_an_answer_is_nobodys_answer() {
    let upstream = Upstream::start(|mut incoming| async move {
        while incoming.request().await.is_some() {
            let more = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil";
            incoming.send(format!("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ngood{more}")).await;
        }
    })
    .await;
    let bridge = Setup::before(upstream.address).start_alone();
    for _ in 0..50 {
        assert_eq!(raw::get(bridge.address, "/x").await.text(), "good");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_without_an_end_streams_on_to_whoever_reads_it_and_little_is_held_of_it() {
    let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n";
    let chunk = format!("4000\r\n{}\r\n", "[".repeat(0x4000));
    let upstream = endless(head, chunk.leak()).await;
    let routes = "[flags]\nall = \"shadow\"\n";
    let bridge = Setup::before(upstream.address).routes(routes).start_alone();
    let before = memory(&bridge);
    let body = json!({"password": "p"}).to_string();
    let login = format!(
        "POST /api/1/users/ada HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    for request in [login.as_str(), "GET /x HTTP/1.1\r\nHost: h\r\n\r\n", "GET /api/1/ping HTTP/1.1\r\nHost: h\r\n\r\n"]
    {
        let mut client = Connection::open(bridge.address).await;
        client.send(request).await;
        client.until(b"\r\n\r\n").await.unwrap();
        let mut piece = vec![0; 1 << 20];
        let mut read = client.unread().len();
        while read < 30 << 20 {
            match client.stream.read(&mut piece).await.unwrap() {
                0 => panic!("it ended after {read}"),
                count => read += count,
            }
        }
    }
    // What is merged with something of the bridge's own has to be read whole, and is not.
    for target in ["/api/1/tasks", "/api/1/messages"] {
        let answer = Connection::open(bridge.address).await;
        let mut client = answer;
        client.send(format!("GET {target} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")).await;
        let mut piece = vec![0; 1 << 20];
        let mut read = 0;
        while read < 80 << 20 {
            match client.stream.read(&mut piece).await {
                Ok(count @ 1..) => read += count,
                _ => break,
            }
        }
    }
    // Messages may be as many as 64 MiB.
    assert!(memory(&bridge) - before < LITTLE + (128 << 20), "{before} {}", memory(&bridge));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_an_endless_answer_to_the_bridges_own_questions_a_few_megabytes_are_taken() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (told, mut hears) = tokio::sync::mpsc::channel(1);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let told = told.clone();
            tokio::spawn(async move {
                let mut head = [0; 4096];
                let _ = stream.read(&mut head).await;
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n").await;
                let piece = vec![b'['; 1 << 20];
                let mut sent = 0;
                while sent < MUCH && stream.write_all(&piece).await.is_ok() {
                    sent += piece.len();
                }
                let _ = told.send(sent).await;
            });
        }
    });
    let bridge = Setup::before(address).start_alone();
    let before = memory(&bridge);
    for _ in 0..5 {
        let sent = support::told(&mut hears).await;
        assert!(sent < 40 << 20, "{sent} bytes were taken");
    }
    assert!(memory(&bridge) - before < LITTLE);
    assert_eq!(raw::get(bridge.admin, "/healthz").await.status, 200);
}

/// Grants the subscription, and then sends these bytes and this for ever. Anything else is refused.
async fn notifying(first: Vec<u8>, piece: &'static str) -> Upstream {
    Upstream::start(move |mut incoming| {
        let first = first.clone();
        async move {
            let Some(head) = incoming.request().await else { return };
            if !head.starts_with("GET /ws/") {
                return incoming.send("HTTP/1.1 404 NOT FOUND\r\nContent-Length: 0\r\n\r\n").await;
            }
            let key = head.lines().find_map(|line| line.strip_prefix("Sec-WebSocket-Key: ")).unwrap();
            let accept = cutover::notifier::handshake::accept_key(key.trim().as_bytes());
            incoming
                .send(format!(
                    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n\r\n"
                ))
                .await;
            if incoming.stream.write_all(&first).await.is_ok() {
                pour(&mut incoming, piece).await;
                incoming.rest().await;
            }
        }
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_without_an_end_and_what_is_no_message_cost_the_notifier_little() {
    let huge = [&[0x81, 127][..], &(1_u64 << 62).to_be_bytes()].concat();
    for (what, first, piece) in [
        ("a message of 2^62 bytes", huge, "aaaaaaaa"),
        ("a message in pieces without an end", vec![0x01, 1, b'a'], "\0\x02ab"),
        ("pings", vec![], "\u{9}\x7d"),
        ("no frames", vec![], "HTTP/1.1"),
        ("messages without an end", vec![], "\u{1}\x01a"),
    ] {
        let upstream = notifying(first, piece).await;
        let bridge = Setup::before(upstream.address).routes("[ws]\nmode = \"bridge\"\n").start_alone();
        let before = memory(&bridge);
        let mut client = WebSocket::open(bridge.address).await;
        eventually("it is subscribed to", || async { (upstream.connections() > 0).then_some(()) }).await;
        client.text("still here").await;
        // Echoed, whatever legacy does.
        assert_eq!(client.next_text().await, "still here", "{what}");
        assert_eq!(raw::get(bridge.admin, "/healthz").await.status, 200, "{what}");
        assert!(memory(&bridge) - before < LITTLE + (64 << 20), "{what}: {before} {}", memory(&bridge));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn markup_and_codes_of_terminals_in_legacys_answers_stay_text_wherever_they_are_shown() {
    const EVIL: &str = "<script>alert(1)</script><img src=x onerror=alert(1)>\\u001b]0;evil\\u0007\\u009b31m";
    let answer = format!("{{\"result\": \"{EVIL}\", \"message\": \"{EVIL}\", \"{EVIL}\": 1}}");
    let answer = format!(
        "HTTP/1.1 200 OK\r\nmimetype: application/json\r\nContent-Type: application/json\r\nX-Evil: <script>\r\nContent-Length: {}\r\n\r\n{answer}",
        answer.len()
    );
    let upstream = Upstream::start(move |mut incoming| {
        let answer = answer.clone();
        async move {
            while incoming.request().await.is_some() {
                incoming.send(&answer).await;
            }
        }
    })
    .await;
    let directory = TempDir::new().unwrap();
    let routes = "[[route]]\nname = \"ping\"\nmode = \"shadow\"\n";
    let bridge = Setup::before(upstream.address).within(directory.path()).routes(routes).start_alone();
    let id = eventually("a sample is kept", || async {
        raw::get(bridge.address, "/api/1/ping").await;
        raw::get(bridge.admin, "/api/samples").await.json()[0]["id"].as_i64()
    })
    .await;
    for target in
        [format!("/api/samples/{id}"), format!("/api/samples/{id}.har"), "/api/samples".into(), "/api/parity".into()]
    {
        let shown = raw::get(bridge.admin, &target).await;
        assert!(shown.header("content-type").unwrap().starts_with("application/json"), "{shown:?}");
        assert_eq!(shown.header("x-content-type-options"), Some("nosniff"));
        assert!(shown.header("content-security-policy").unwrap().contains("default-src 'none'"), "{shown:?}");
        assert!(shown.json().is_object() || shown.json().is_array());
    }
    let page = raw::get(bridge.admin, "/routes/ping").await;
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.contains("script-src 'self'") && !policy.contains("unsafe"), "{policy}");
    let file = bridge.file.to_str().unwrap();
    let (exported, report) = (directory.path().join("a.har"), directory.path().join("report"));
    let (exported, report) = (exported.to_str().unwrap(), report.to_str().unwrap());
    let other = Upstream::always("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}").await;
    let (admin, other) = (format!("http://{}", bridge.admin), format!("http://{}", other.address));
    let mut said = Vec::new();
    for arguments in [
        &["parity", "report", "--config", file, "--export", exported][..],
        &["parity", "report", "--config", file],
        &["status", "--admin", &admin],
        &["parity", "replay", exported, "--target", &other, "--report", "html", "--out", report],
        &["parity", "replay", exported, "--target", &other],
    ] {
        let output = bridge::run(arguments);
        let text = [output.stdout, output.stderr].concat();
        // Nothing but line breaks: neither ESC nor what stands for ESC and a bracket.
        let text = String::from_utf8(text).unwrap();
        let odd = text.chars().find(|c| c.is_control() && *c != '\n');
        assert_eq!(odd, None, "cutover {}: {text:?}", arguments.join(" "));
        said.push(text);
    }
    let html = std::fs::read_to_string(format!("{report}/parity.html")).unwrap_or_else(|_| panic!("{said:?}"));
    assert!(!html.contains("<script>alert") && !html.contains("<img"), "{html}");
    assert!(html.contains("&lt;script&gt;alert"), "it is shown at all: {html}");
    // Its own colours are another kind of code.
    assert!(!bridge.log().contains("\u{1b}]") && !bridge.log().contains('\u{9b}'), "{}", bridge.log());
}

/// A request over the socket of the package; none if it is not answered.
async fn over(path: &Path, request: &[u8]) -> Option<String> {
    let mut stream = UnixStream::connect(path).await.unwrap();
    // It may be refused before it is read to its end.
    let _ = stream.write_all(request).await;
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    let text = String::from_utf8_lossy(&answer).into_owned();
    (!text.is_empty()).then_some(text)
}

fn post(target: &str, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "POST {target} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_comes_over_the_packages_socket_is_refused_in_short_and_the_next_package_is_heard() {
    let upstream = Upstream::always("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}").await;
    let place = Place::new();
    let bridge = Setup::before(upstream.address).routes(&place.routes()).start_alone();
    let before = memory(&bridge);
    let mut bodies: Vec<Vec<u8>> = [
        "",
        "{",
        "null",
        "[]",
        "1e999",
        "\"x\"",
        "{\"version\": \"1\"}",
        "{\"version\": -1, \"pid\": -1}",
        "{\"version\": 1, \"pid\": 1, \"backend\": [], \"parts\": 1}",
        "{\"id\": 1.5, \"ok\": \"yes\"}",
        "{\"event\": 1}",
        "{\"event\": \"login\", \"user\": {}, \"password\": []}",
        "{\"task\": null}",
        "{\"event\": \"files\", \"phase\": \"begin\", \"user\": \"x\"}",
    ]
    .iter()
    .map(|body| body.as_bytes().to_vec())
    .collect();
    bodies.push(b"\xff\xfe\x00{".to_vec());
    bodies.push("[".repeat(60_000).into_bytes());
    bodies.push(format!("{{\"event\": \"{}\"}}", "x".repeat(60_000)).into_bytes());
    bodies.push(vec![b' '; 1 << 20]);
    for target in ["/attach", "/ack", "/parts", "/session", "/run", "/notify", "/nothing", "/api/status"] {
        for body in &bodies {
            // Cut off where there was more than is taken.
            let Some(answer) = over(&place.path, &post(target, body)).await else { continue };
            let status: u16 = answer[9..12].parse().unwrap();
            assert!(
                (400..500).contains(&status),
                "{target} {:?}: {answer}",
                String::from_utf8_lossy(&body[..body.len().min(80)])
            );
            assert!(answer.len() < 2000, "{answer}");
        }
    }
    for garbage in [&b"\x00\x01\x02\r\n\r\n"[..], b"GET / HTTP/9.9\r\n\r\n", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"] {
        over(&place.path, garbage).await;
    }
    // Headers without an end.
    over(&place.path, &[b"POST /attach HTTP/1.1\r\n".to_vec(), b"A: b\r\n".repeat(200_000)].concat()).await;
    assert!(memory(&bridge) - before < LITTLE);
    let package = Package::attach(&place.path, &all_parts()).await;
    bridge.until("it is attached", |status| status["compat"]["attached"] == true).await;
    // Once it is, what it says wrongly is not believed either.
    for body in
        [json!({"event": "login", "user": "../../etc", "password": "x"}), json!({"event": "logout", "user": "x"})]
    {
        let (status, answer): (u16, Value) = package.post("/session", &body).await;
        assert!([200, 400].contains(&status), "{body}: {answer}");
    }
    assert_eq!(raw::get(bridge.admin, "/healthz").await.status, 200);
}

const AS_NOBODY: [&str; 4] = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];

#[tokio::test(flavor = "multi_thread")]
async fn a_process_of_another_user_is_refused_at_the_packages_socket_even_if_the_file_lets_it_in() {
    let own = std::fs::metadata("/proc/self").map(|found| std::os::unix::fs::MetadataExt::uid(&found));
    let tries = std::process::Command::new(AS_NOBODY[0])
        .args(&AS_NOBODY[1..])
        .args(["test", "-x"])
        .arg(std::env::current_exe().unwrap())
        .status();
    if !own.is_ok_and(|uid| uid == 0) || !tries.is_ok_and(|status| status.success()) {
        eprintln!("skipped: no other user can be taken here");
        return;
    }
    let upstream = Upstream::always("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}").await;
    let directory = TempDir::new().unwrap();
    let place = directory.path().join("bridge.sock");
    let bridge = Setup::before(upstream.address)
        .routes(&format!("[compat]\nsocket = {:?}\n", place.display().to_string()))
        .start_alone();
    let name = "compromised::says_whether_the_socket_answers";
    let closed = Process::test(name, &AS_NOBODY, directory.path()).next();
    assert_eq!(closed.as_deref(), Some("not reached"));
    std::fs::set_permissions(directory.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    let closed = Process::test(name, &AS_NOBODY, directory.path()).next();
    assert_eq!(closed.as_deref(), Some("not reached"), "the file's own mode");
    std::fs::set_permissions(&place, std::fs::Permissions::from_mode(0o666)).unwrap();
    let refused = Process::test(name, &AS_NOBODY, directory.path()).next();
    assert_eq!(refused.as_deref(), Some("no answer"));
    eventually("it is said", || async {
        bridge.log().contains("another user's process is refused at the socket").then_some(())
    })
    .await;
    let own = Process::test(name, &[], directory.path()).next();
    assert_eq!(own.as_deref(), Some("answered"));
}

#[test]
#[ignore = "run by another test, as another user"]
fn says_whether_the_socket_answers() {
    use std::io::{Read, Write};
    let Some(directory) = process::directory() else { return };
    let Ok(mut stream) = std::os::unix::net::UnixStream::connect(directory.join("bridge.sock")) else {
        return process::say("not reached");
    };
    let _ = stream.write_all(&post("/session", b"{}"));
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    process::say(if answer.is_empty() { "no answer" } else { "answered" });
}
