//! Many at once: each kind of room is bounded, and who finds none is told so at once, while the others go on.

use std::{net::SocketAddr, sync::Arc};

use crate::support::{
    bridge::{Bridge, Setup},
    eventually,
    legacy::{Legacy, PASSWORD, USER},
    raw,
    upstream::Upstream,
};
use serde_json::json;
use tempfile::TempDir;
use tokio::{net::TcpSocket, sync::Semaphore};

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

/// Answers when it is let.
async fn held(free: &Arc<Semaphore>) -> Upstream {
    let free = Arc::clone(free);
    Upstream::start(move |mut incoming| {
        let free = Arc::clone(&free);
        async move {
            while let Some(head) = incoming.request().await {
                if head.starts_with("GET /held") {
                    free.acquire().await.unwrap().forget();
                }
                incoming.send(OK).await;
            }
        }
    })
    .await
}

async fn ask(bridge: &Bridge, target: &str) -> raw::Connection {
    let mut client = raw::Connection::open(bridge.address).await;
    client.send(format!("GET {target} HTTP/1.1\r\nHost: h\r\n\r\n")).await;
    client
}

/// The log says so: a request's line is written once it is answered.
async fn says(bridge: &Bridge, words: &str) {
    eventually("the log says so", || async { bridge.log().contains(words).then_some(()) }).await;
}

/// A connection from another address of this machine.
async fn from(address: &str, to: SocketAddr) -> raw::Connection {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(format!("{address}:0").parse().unwrap()).unwrap();
    raw::Connection::over(socket.connect(to).await.unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_holds_no_more_than_its_share_of_the_connections() {
    let free = Arc::new(Semaphore::new(0));
    let upstream = held(&free).await;
    let bridge = Setup::before(upstream.address).routes("[listen]\nmax_connections = 4").start().await;
    let mut first = from("127.0.0.2", bridge.address).await;
    first.send("GET /x HTTP/1.1\r\nHost: h\r\n\r\n").await;
    assert_eq!(first.answer().await.status, 200);
    let mut second = from("127.0.0.2", bridge.address).await;
    second.send("GET /x HTTP/1.1\r\nHost: h\r\n\r\n").await;
    assert_eq!(second.answer().await.status, 200);
    let refused = from("127.0.0.2", bridge.address).await.answer().await;
    assert_eq!((refused.status, refused.header("x-cutover-error")), (503, Some("client-share-taken")), "{refused:?}");
    assert_eq!((refused.header("retry-after"), refused.header("connection")), (Some("1"), Some("close")));
    assert!(refused.text().contains("listen.client_share"), "{}", refused.text());
    // Another is let in, and so is this one once it has let go of one.
    assert_eq!(raw::get(bridge.address, "/x").await.status, 200);
    drop(first);
    eventually("its place is free", || async {
        let mut third = from("127.0.0.2", bridge.address).await;
        third.send("GET /x HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n").await;
        (third.answer().await.status == 200).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn more_than_may_wait_for_legacy_are_answered_503_at_once_and_the_rest_in_their_turn() {
    let free = Arc::new(Semaphore::new(0));
    let upstream = held(&free).await;
    let bridge = Setup::before(upstream.address)
        .routes("[legacy]\nmax_connections = 1\nmax_waiting = 2\nqueue_timeout = \"5m\"")
        .start()
        .await;
    let legacy = |wanted: &'static str| {
        let bridge = &bridge;
        async move { bridge.status().await["legacy"][wanted].clone() }
    };
    let mut taken = vec![ask(&bridge, "/held/1").await];
    bridge.until("one is with legacy", |status| status["legacy"]["free_connections"] == 0).await;
    for number in [2, 3] {
        taken.push(ask(&bridge, &format!("/held/{number}")).await);
        bridge.until("it waits", |status| status["legacy"]["waiting"] == number - 1).await;
    }
    let refused = ask(&bridge, "/held/4").await.answer().await;
    assert_eq!((refused.status, refused.header("x-cutover-error")), (503, Some("upstream-saturated")), "{refused:?}");
    assert_eq!(refused.header("retry-after"), Some("1"));
    assert!(refused.text().contains("legacy.max_waiting"), "{}", refused.text());
    assert_eq!(legacy("waiting").await, 2);
    // One that leaves makes room.
    drop(taken.pop());
    bridge.until("it does not wait any more", |status| status["legacy"]["waiting"] == 1).await;
    free.add_permits(2);
    for mut client in taken {
        assert_eq!(client.answer().await.text(), "ok");
    }
    assert_eq!(legacy("waiting").await, 0);
}

/// A long read. The backend here does not know it, so that its own answer is told by its status.
const LONG: &str = "/api/1/statistics/netvalue";

#[tokio::test(flavor = "multi_thread")]
async fn long_reads_that_take_all_their_places_leave_the_quick_ones_theirs() {
    let (legacy, place) = (Legacy::start(), TempDir::new().unwrap());
    let fault = place.path().join("fault");
    std::fs::write(&fault, "stuck@statistics_netvalue").unwrap();
    let bridge = Setup::before(legacy.address)
        .data(legacy.data())
        .environment("TEST_FAULT_FILE_OF_CUTOVER", fault.to_str().unwrap())
        .routes("[native]\nmax_searches = 1\nmax_waiting = 1\nqueue_timeout = \"5m\"\ndeadline = \"5m\"")
        .arguments(&["--all", "native"])
        .start()
        .await;
    let login = format!("/api/1/users/{USER}");
    let login = raw::send_json(bridge.address, "POST", &login, &json!({"password": PASSWORD})).await;
    assert_eq!(login.status, 200, "{}", login.text());
    let variant = |answer: &raw::Answer| answer.header("x-cutover-variant").map(str::to_owned);
    eventually("handlers answer", || async {
        (variant(&raw::get(bridge.address, "/api/1/tags").await).as_deref() == Some("native")).then_some(())
    })
    .await;

    let stuck = ask(&bridge, LONG).await;
    bridge.until("one is at work", |status| status["classes"]["searches"]["taken"] == 1).await;
    let waiting = ask(&bridge, LONG).await;
    bridge.until("another waits", |status| status["classes"]["searches"]["waiting"] == 1).await;
    // A third is legacy's at once, and the quick reads do not notice.
    let third = raw::get(bridge.address, LONG).await;
    assert_eq!((third.status, variant(&third).as_deref()), (404, Some("legacy")), "{}", third.text());
    says(&bridge, "native.max_waiting").await;
    for quick in ["/api/1/tags", "/api/1/ping"] {
        let answer = raw::get(bridge.address, quick).await;
        assert_eq!((answer.status, variant(&answer).as_deref()), (200, Some("native")), "{quick}");
    }
    // Whoever leaves gives the place to the next.
    drop(stuck);
    bridge
        .until("the second is at work", |status| {
            let searches = &status["classes"]["searches"];
            searches["waiting"] == 0 && searches["taken"] == 1
        })
        .await;
    drop(waiting);
    bridge.until("nobody is", |status| status["classes"]["searches"]["taken"] == 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_no_handler_has_time_for_is_legacys_and_no_failure_of_the_handler() {
    let (legacy, place) = (Legacy::start(), TempDir::new().unwrap());
    let fault = place.path().join("fault");
    std::fs::write(&fault, "stuck@tags_list").unwrap();
    let bridge = Setup::before(legacy.address)
        .data(legacy.data())
        .environment("TEST_FAULT_FILE_OF_CUTOVER", fault.to_str().unwrap())
        // The one that stands still is not to fail by its own deadline before the late one has given up.
        .routes("[native]\nmax_reads = 1\nqueue_timeout = \"300ms\"\ndeadline = \"5m\"\nbreaker = 1")
        .arguments(&["--all", "native"])
        .start()
        .await;
    let login = format!("/api/1/users/{USER}");
    raw::send_json(bridge.address, "POST", &login, &json!({"password": PASSWORD})).await;
    let stuck = ask(&bridge, "/api/1/tags").await;
    bridge.until("one is at work", |status| status["classes"]["reads"]["taken"] == 1).await;
    let late = raw::get(bridge.address, "/api/1/tags").await;
    assert_eq!((late.status, late.header("x-cutover-variant")), (200, Some("legacy")), "{}", late.text());
    assert_eq!(late.header("x-cutover-reason"), Some("DECLINED"));
    says(&bridge, "native.queue_timeout").await;
    std::fs::write(&fault, "").unwrap();
    drop(stuck);
    eventually("the handler answers, for nothing speaks against it", || async {
        let answer = raw::get(bridge.address, "/api/1/tags").await;
        (answer.header("x-cutover-variant") == Some("native")).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn as_many_clients_are_let_in_as_there_are_descriptors_for_and_the_log_says_what_to_do() {
    let free = Arc::new(Semaphore::new(0));
    let upstream = held(&free).await;
    let routes = "[listen]\nmax_connections = 1000\n[legacy]\nmax_connections = 8\nmax_tunnels = 8\n\
                  [admin]\nmax_connections = 8";
    let bridge = Setup::before(upstream.address)
        .under(&["sh", "-c", "ulimit -n 300 && exec \"$0\" \"$@\""])
        .routes(routes)
        .start()
        .await;
    says(&bridge, "LimitNOFILE").await;
    let mut idle = Vec::new();
    for _ in 0..75 {
        idle.push(raw::Connection::open(bridge.address).await);
    }
    let refused = raw::Connection::open(bridge.address).await.answer().await;
    assert_eq!((refused.status, refused.header("x-cutover-error")), (503, Some("connections-taken")), "{refused:?}");
    // Those that are in are served, to legacy and back.
    let client = &mut idle[0];
    client.send("GET /x HTTP/1.1\r\nHost: h\r\n\r\n").await;
    assert_eq!(client.answer().await.text(), "ok");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_admin_listener_has_bounds_of_its_own() {
    let free = Arc::new(Semaphore::new(0));
    let upstream = held(&free).await;
    let routes = "[admin]\nmax_connections = 2\nheader_timeout = \"5s\"";
    let bridge = Setup::before(upstream.address).routes(routes).start().await;
    let mut silent = raw::Connection::open(bridge.admin).await;
    let mut begun = raw::Connection::open(bridge.admin).await;
    begun.send("GET /api/status HT").await;
    let refused = eventually("both places are taken", || async {
        let mut third = raw::Connection::open(bridge.admin).await;
        third.try_answer(false).await.ok()
    })
    .await;
    assert_eq!((refused.status, refused.header("retry-after")), (503, Some("1")), "{refused:?}");
    assert!(refused.json()["error"].as_str().unwrap().contains("admin.max_connections"));
    // Those who say nothing give their places back.
    assert!(silent.is_closed().await && begun.is_closed().await);
    eventually("there is a place again", || async {
        let mut client = raw::Connection::open(bridge.admin).await;
        let asked = format!("GET /api/status HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", bridge.admin);
        client.send(asked).await;
        client.try_answer(false).await.is_ok_and(|answer| answer.status == 200).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_stops_coming_to_the_admin_listener_is_not_waited_for() {
    let free = Arc::new(Semaphore::new(0));
    let upstream = held(&free).await;
    let bridge = Setup::before(upstream.address).routes("[admin]\nbody_timeout = \"300ms\"").start().await;
    let mut client = raw::Connection::open(bridge.admin).await;
    let head = format!(
        "PUT /api/kill-switch HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\nContent-Length: 20\r\n\r\n{{",
        bridge.admin
    );
    client.send(head).await;
    let answer = client.answer().await;
    assert_eq!(answer.status, 408, "{answer:?}");
    assert!(answer.text().contains("admin.body_timeout"), "{}", answer.text());
    assert!(client.is_closed().await);
}
