//! Clients that leave (LESSONS 2.1 rows 16 to 18): legacy hears of it at once, half a request never looks like a whole
//! one, and what must not be broken off is not.

use crate::support::{
    bridge::{Bridge, Setup},
    eventually,
    legacy::{Legacy, PASSWORD, USER},
    raw::{self, Connection},
    told,
    upstream::{Incoming, Upstream},
};
use serde_json::{Value, json};
use tokio::sync::mpsc;

/// What a script tells its test.
type Told = mpsc::Receiver<String>;

/// An upstream whose script tells the test how far it is.
async fn telling<F, S>(script: S) -> (Upstream, Told)
where
    F: Future<Output = ()> + Send + 'static,
    S: Fn(Incoming, mpsc::Sender<String>) -> F + Send + Sync + Clone + 'static,
{
    let (tell, told) = mpsc::channel(8);
    let upstream = Upstream::start(move |incoming| script(incoming, tell.clone())).await;
    (upstream, told)
}

/// Waits until no connection to legacy is in use any more.
async fn nothing_in_use(bridge: &Bridge) {
    bridge.until("no connection to legacy is in use", |status| status["legacy"]["free_connections"] == 128).await;
}

/// Waits until the bridge has noticed so many clients leave.
async fn noticed(bridge: &Bridge, times: usize) {
    eventually("the bridge notices that its client left", || async {
        (bridge.log().matches("client connection ended").count() >= times).then_some(())
    })
    .await;
}

/// Leaves with a reset rather than an orderly end.
fn reset(connection: Connection) {
    connection.stream.set_zero_linger().unwrap();
    drop(connection);
}

#[tokio::test(flavor = "multi_thread")]
async fn row_16_a_client_that_leaves_while_legacy_works_ends_the_request_there() {
    let (upstream, mut tells) = telling(|mut incoming, tell| async move {
        incoming.request().await;
        tell.send("asked".into()).await.unwrap();
        incoming.ended().await;
        tell.send("ended".into()).await.unwrap();
    })
    .await;
    let bridge = Setup::before(upstream.address).start().await;
    for leave in [drop, reset] {
        for request in [
            "GET /slow HTTP/1.1\r\nHost: h\r\n\r\n",
            "POST /slow HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nhi",
            "DELETE /slow HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        ] {
            let mut connection = Connection::open(bridge.address).await;
            connection.send(request).await;
            assert_eq!(told(&mut tells).await, "asked");
            leave(connection);
            assert_eq!(told(&mut tells).await, "ended");
            nothing_in_use(&bridge).await;
        }
    }
    bridge.until("each is counted as a client gone", |status| status["clients_gone"] == 6).await;
    // It is nobody's failure, and it is not tried again.
    assert!(!bridge.log().contains("request failed"), "{}", bridge.log());
    assert_eq!(upstream.connections(), 6);
}

#[tokio::test(flavor = "multi_thread")]
async fn row_16_a_client_that_leaves_in_the_middle_of_an_answer_ends_it_there() {
    let (upstream, mut tells) = telling(|mut incoming, tell| async move {
        let head = incoming.request().await.unwrap();
        let chunked = head.starts_with("GET /chunked ");
        let framing = if chunked { "Transfer-Encoding: chunked" } else { "Content-Length: 100000" };
        incoming
            .send(format!("HTTP/1.1 200 OK\r\n{framing}\r\n\r\n{}begin\r\n", if chunked { "5\r\n" } else { "" }))
            .await;
        incoming.ended().await;
        tell.send("ended".into()).await.unwrap();
    })
    .await;
    let bridge = Setup::before(upstream.address).start().await;
    for leave in [drop, reset] {
        for target in ["/chunked", "/length"] {
            let mut connection = Connection::open(bridge.address).await;
            connection.send(format!("GET {target} HTTP/1.1\r\nHost: h\r\n\r\n")).await;
            connection.until(b"begin").await.unwrap();
            leave(connection);
            assert_eq!(told(&mut tells).await, "ended");
            nothing_in_use(&bridge).await;
        }
    }
    assert_eq!(upstream.connections(), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn row_16_a_client_that_leaves_a_stream_of_its_own_accord_stops_legacys_writing() {
    let (upstream, mut tells) = telling(|mut incoming, tell| async move {
        incoming.request().await;
        incoming.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n").await;
        let piece = format!("10000\r\n{}\r\n", "x".repeat(0x10000));
        while tokio::io::AsyncWriteExt::write_all(&mut incoming.stream, piece.as_bytes()).await.is_ok() {}
        tell.send("stopped".into()).await.unwrap();
    })
    .await;
    let bridge = Setup::before(upstream.address).start().await;
    let mut connection = Connection::open(bridge.address).await;
    connection.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n").await;
    connection.exactly(1 << 20).await.unwrap();
    drop(connection);
    assert_eq!(told(&mut tells).await, "stopped");
    nothing_in_use(&bridge).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn row_16_a_client_that_leaves_the_queue_for_a_connection_is_never_forwarded() {
    let (go, _) = tokio::sync::broadcast::channel::<()>(1);
    let waits = go.clone();
    let (upstream, mut tells) = telling(move |mut incoming, tell| {
        let mut wait = waits.subscribe();
        async move {
            while let Some(head) = incoming.request().await {
                let target = head.split(' ').nth(1).unwrap().to_owned();
                tell.send(target.clone()).await.unwrap();
                if target == "/first" {
                    wait.recv().await.unwrap();
                }
                incoming.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok").await;
            }
        }
    })
    .await;
    let bridge = Setup::before(upstream.address).environment("CUTOVER_LEGACY__MAX_CONNECTIONS", "1").start().await;
    let mut first = Connection::open(bridge.address).await;
    first.send("GET /first HTTP/1.1\r\nHost: h\r\n\r\n").await;
    assert_eq!(told(&mut tells).await, "/first");
    let mut second = Connection::open(bridge.address).await;
    second.send("GET /second HTTP/1.1\r\nHost: h\r\n\r\n").await;
    drop(second);
    noticed(&bridge, 1).await;
    go.send(()).unwrap();
    assert_eq!(first.answer().await.text(), "ok");
    assert_eq!(raw::get(bridge.address, "/third").await.text(), "ok");
    assert_eq!(told(&mut tells).await, "/third");
}

#[tokio::test(flavor = "multi_thread")]
async fn row_17_an_upload_that_breaks_off_never_looks_like_a_whole_request() {
    let (upstream, mut tells) = telling(|mut incoming, tell| async move {
        let head = incoming.request().await.unwrap();
        if head.starts_with("GET ") {
            return incoming.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok").await;
        }
        let mut body = incoming.body(4).await;
        tell.send("half".into()).await.unwrap();
        body.push_str(&String::from_utf8(incoming.rest().await).unwrap());
        tell.send(body).await.unwrap();
    })
    .await;
    let bridge = Setup::before(upstream.address).start().await;
    for (leave, framing) in [
        (drop as fn(Connection), "Content-Length: 8\r\n\r\n"),
        (reset, "Content-Length: 8\r\n\r\n"),
        (drop, "Transfer-Encoding: chunked\r\n\r\n8\r\n"),
        (reset, "Transfer-Encoding: chunked\r\n\r\n8\r\n"),
        // Between two chunks.
        (drop, "Transfer-Encoding: chunked\r\n\r\n2\r\nha\r\n2\r\nlf\r\n"),
        (reset, "Transfer-Encoding: chunked\r\n\r\n2\r\nha\r\n2\r\nlf\r\n"),
    ] {
        let mut connection = Connection::open(bridge.address).await;
        let begun = if framing.ends_with("lf\r\n") { "" } else { "half" };
        connection.send(format!("POST / HTTP/1.1\r\nHost: h\r\n{framing}{begun}")).await;
        assert_eq!(told(&mut tells).await, "half");
        leave(connection);
        let body = told(&mut tells).await;
        assert!(!body.contains("0\r\n\r\n"), "{framing:?} looked whole: {body:?}");
        assert!(body.len() < 20, "{framing:?}: more than was sent: {body:?}");
        nothing_in_use(&bridge).await;
        // What comes next does not ride the broken connection.
        assert_eq!(raw::get(bridge.address, "/").await.text(), "ok");
    }
    assert_eq!(upstream.connections(), 12);
}

#[tokio::test(flavor = "multi_thread")]
async fn row_17_a_client_that_ends_its_side_in_the_middle_of_a_body_has_not_sent_it() {
    let (upstream, mut tells) = telling(|mut incoming, tell| async move {
        incoming.request().await;
        incoming.body(4).await;
        tell.send("half".into()).await.unwrap();
        tell.send(String::from_utf8(incoming.rest().await).unwrap()).await.unwrap();
    })
    .await;
    let bridge = Setup::before(upstream.address).start().await;
    let mut connection = Connection::open(bridge.address).await;
    connection.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 8\r\n\r\nhalf").await;
    assert_eq!(told(&mut tells).await, "half");
    tokio::io::AsyncWriteExt::shutdown(&mut connection.stream).await.unwrap();
    assert_eq!(told(&mut tells).await, "");
    let rest = String::from_utf8(connection.rest().await).unwrap();
    assert!(rest.is_empty() || rest.starts_with("HTTP/1.1 400 "), "{rest}");
    nothing_in_use(&bridge).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn row_17_the_real_legacy_does_not_act_on_half_an_upload() {
    let legacy = Legacy::start();
    let bridge = Setup::before(legacy.address).start().await;
    // The half that arrives is JSON already: only the length says that something is missing.
    let half = format!("{:<80}", json!({"type": "legacy", "data": "half"}));
    for leave in [drop, reset] {
        let mut connection = Connection::open(bridge.address).await;
        let head = "POST /api/1/_test/broadcast HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nContent-Length: 160\r\n\r\n";
        connection.send(format!("{head}{half}")).await;
        bridge.until("the request is on its way", |status| status["legacy"]["free_connections"] == 127).await;
        leave(connection);
        nothing_in_use(&bridge).await;
    }
    let whole = json!({"type": "legacy", "data": "whole"});
    assert_eq!(raw::send_json(bridge.address, "POST", "/api/1/_test/broadcast", &whole).await.status, 200);
    let messages = raw::get(bridge.address, "/api/1/messages").await.text();
    assert!(messages.contains("whole") && !messages.contains("half"), "{messages}");
}

/// A login's request.
fn login() -> String {
    let body = json!({"password": PASSWORD, "sync_approval": "unknown"}).to_string();
    format!(
        "POST /api/1/users/{USER} HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// A logout's request.
fn logout() -> String {
    let body = json!({"action": "logout"}).to_string();
    format!(
        "PATCH /api/1/users/{USER} HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

async fn session_becomes(bridge: &Bridge, word: &str) {
    bridge
        .until(&format!("the session is {word:?}"), |status| {
            status["session"]["user"] == word && status["session"]["files_released"] == false
        })
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn row_18_a_login_whose_client_left_is_completed_and_learned() {
    let (go, _) = tokio::sync::broadcast::channel::<()>(1);
    let waits = go.clone();
    let (upstream, mut tells) = telling(move |mut incoming, tell| {
        let mut wait = waits.subscribe();
        async move {
            let head = incoming.request().await.unwrap();
            let length = head.lines().find_map(|line| line.strip_prefix("Content-Length: ")).unwrap().parse().unwrap();
            incoming.body(length).await;
            tell.send(head.split(' ').next().unwrap().to_owned()).await.unwrap();
            wait.recv().await.unwrap();
            let result: Value =
                if head.starts_with("POST") { json!({"settings": {"have_premium": false}}) } else { json!(true) };
            let body = json!({"result": result, "message": ""}).to_string();
            incoming.send(format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len())).await;
        }
    })
    .await;
    let bridge = Setup::before(upstream.address).environment("CUTOVER_SESSION__CHECK_INTERVAL", "1h").start().await;
    for (times, (request, method, word)) in
        [(login(), "POST", "user"), (logout(), "PATCH", "nobody")].into_iter().enumerate()
    {
        let mut connection = Connection::open(bridge.address).await;
        connection.send(request).await;
        assert_eq!(told(&mut tells).await, method);
        bridge.until("the files are released", |status| status["session"]["files_released"] == true).await;
        drop(connection);
        noticed(&bridge, times + 1).await;
        go.send(()).unwrap();
        session_becomes(&bridge, word).await;
        nothing_in_use(&bridge).await;
    }
    assert_eq!(upstream.connections(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn row_18_the_real_legacys_login_and_logout_are_learned_from_clients_that_left() {
    let legacy = Legacy::start();
    let bridge = Setup::before(legacy.address).data(legacy.data()).start().await;
    for _ in 0..2 {
        for (request, word) in [(login(), "user"), (logout(), "nobody")] {
            let mut connection = Connection::open(bridge.address).await;
            connection.send(request).await;
            // A client that leaves earlier than this may never have been heard; then nothing was begun.
            bridge
                .until("the request is on its way, or through", |status| {
                    status["session"]["files_released"] == true || status["session"]["user"] == word
                })
                .await;
            drop(connection);
            session_becomes(&bridge, word).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn row_18_a_login_whose_client_left_before_its_end_is_not_begun() {
    let upstream = Upstream::always("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok").await;
    let bridge = Setup::before(upstream.address).start().await;
    for (times, leave) in [drop as fn(Connection), reset].into_iter().enumerate() {
        let mut connection = Connection::open(bridge.address).await;
        let request = login();
        connection.send(&request[..request.len() - 1]).await;
        leave(connection);
        eventually("the bridge notices that the body broke off", || async {
            (bridge.log().matches("broken off: ").count() > times).then_some(())
        })
        .await;
    }
    assert_eq!(raw::get(bridge.address, "/next").await.text(), "ok");
    let seen = upstream.seen().concat();
    assert!(!seen.contains("/api/1/users/"), "{seen}");
    let status = bridge.status().await;
    assert_eq!(status["session"]["files_released"], false, "{status}");
}
