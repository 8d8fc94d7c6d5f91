//! Connections to legacy: reuse, the one retry, the cap, answers that spoil a connection (LESSONS 2.1 rows 19, 20, 24
//! to 26).

use std::{
    collections::HashMap,
    io::ErrorKind,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use crate::support::{
    self,
    bridge::{Bridge, Setup},
    eventually, raw,
    upstream::{Incoming, Upstream},
};
use tokio::{io::AsyncReadExt, sync::Barrier};

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

/// The same sequence of draws in every run.
#[derive(Clone, Default)]
struct Chance(Arc<AtomicU64>);

impl Chance {
    /// One of so many.
    fn draw(&self, of: u64) -> u64 {
        let mut z = self.0.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::SeqCst);
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % of
    }
}

/// What a server that closes idle connections looks like from outside: the first request of a connection is answered;
/// from then on it may close right after an answer, or just as the next request arrives.
async fn closes_at_random(body: usize) -> Upstream {
    let chance = Chance::default();
    Upstream::start(move |mut incoming| {
        let chance = chance.clone();
        async move {
            let mut first = true;
            while incoming.request().await.is_some() {
                if body > 0 {
                    incoming.body(body).await;
                }
                match chance.draw(5) {
                    0 if !first => return,
                    1 => return incoming.send(OK).await,
                    _ => incoming.send(OK).await,
                }
                first = false;
            }
        }
    })
    .await
}

/// Answers the first request of each connection, and lets the second one down in the given way.
async fn lets_the_second_down(how: &'static str) -> Upstream {
    Upstream::start(move |mut incoming| async move {
        incoming.request().await;
        incoming.send(OK).await;
        incoming.request().await;
        incoming.send(how).await;
    })
    .await
}

/// Has one request answered and its connection put back, so that the next one finds it.
async fn warm(bridge: &Bridge) {
    let answer = raw::get(bridge.address, "/warm").await;
    assert_eq!(answer.status, 200);
    bridge.until("the connection is idle", |status| status["legacy"]["idle_connections"] == 1).await;
}

fn requests_for(upstream: &Upstream, mark: &str) -> usize {
    upstream.seen().iter().filter(|head| head.contains(mark)).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn row_19_an_upstream_that_closes_idle_connections_at_random_fails_none_of_ten_thousand_gets() {
    let upstream = closes_at_random(0).await;
    let bridge = Setup::before(upstream.address).start().await;
    let clients: Vec<_> = (0..8)
        .map(|_| {
            let address = bridge.address;
            tokio::spawn(async move {
                let mut client = raw::Connection::open(address).await;
                for _ in 0..1250 {
                    client.send("GET /x HTTP/1.1\r\nHost: h\r\n\r\n").await;
                    let answer = client.answer().await;
                    assert_eq!((answer.status, answer.text()), (200, "ok".into()), "{answer:?}");
                }
            })
        })
        .collect();
    for client in clients {
        client.await.unwrap();
    }
    let asked = upstream.seen().len();
    assert!(asked > 10_500, "the upstream closed too politely to prove anything: {asked} requests for 10000");
}

#[tokio::test(flavor = "multi_thread")]
async fn row_19_a_post_is_executed_at_most_once_however_its_connection_ends() {
    let upstream = closes_at_random(2).await;
    let bridge = Setup::before(upstream.address).start().await;
    let clients: Vec<_> = (0..8)
        .map(|client| {
            let address = bridge.address;
            tokio::spawn(async move {
                let mut answered = Vec::new();
                for number in 0..250 {
                    let id = format!("{client}-{number}");
                    let answer = post(address, &id).await;
                    assert!(
                        answer.status == 200 || answer.header("x-cutover-error") == Some("upstream-reset"),
                        "{answer:?}"
                    );
                    answered.push((id, answer.status));
                }
                answered
            })
        })
        .collect();
    let mut answered = Vec::new();
    for client in clients {
        answered.extend(client.await.unwrap());
    }
    let mut executed: HashMap<String, usize> = HashMap::new();
    for head in upstream.seen() {
        if let Some(id) = head.split("x-id: ").nth(1).and_then(|rest| rest.split("\r\n").next()) {
            *executed.entry(id.to_owned()).or_default() += 1;
        }
    }
    for (id, status) in &answered {
        let times = executed.get(id).copied().unwrap_or_default();
        assert!(times <= 1, "{id} was executed {times} times");
        assert!(*status != 200 || times == 1, "{id} was answered 200 and not executed");
    }
    assert!(answered.iter().any(|(_, status)| *status == 502), "the upstream closed too politely to prove anything");
}

async fn post(address: SocketAddr, id: &str) -> raw::Answer {
    raw::exchange(
        address,
        format!("POST /x HTTP/1.1\r\nHost: h\r\nx-id: {id}\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi"),
    )
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn row_19_a_get_on_a_connection_that_ends_without_a_word_is_asked_again_once() {
    let upstream = lets_the_second_down("").await;
    let bridge = Setup::before(upstream.address).start().await;
    warm(&bridge).await;
    let answer = raw::get(bridge.address, "/again").await;
    assert_eq!((answer.status, answer.text()), (200, "ok".into()));
    assert_eq!(requests_for(&upstream, "GET /again "), 2);
    assert_eq!(upstream.connections(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn row_19_a_get_that_hands_something_out_is_never_asked_twice() {
    for path in [
        "/api/1/tasks/5",
        "/api/1/messages",
        "/api/1/balances",
        "/api/1/nfts/balances",
        "//api/1/messages",
        "/api/1/%74asks/5",
        "/api/1%2Fmessages",
        "/api/1/tasks/5?x=1",
    ] {
        let upstream = lets_the_second_down("").await;
        let bridge = Setup::before(upstream.address).start().await;
        warm(&bridge).await;
        let answer = raw::get(bridge.address, path).await;
        assert_eq!((answer.status, answer.header("x-cutover-error")), (502, Some("upstream-reset")), "{path}");
        assert_eq!(requests_for(&upstream, path), 1, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn row_19_nothing_that_changes_state_or_has_a_body_is_asked_twice() {
    for request in [
        "POST /x HTTP/1.1\r\nHost: h\r\n\r\n",
        "POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nhi",
        "PATCH /x HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nhi",
        "PUT /x HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nhi",
        "GET /x HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nhi",
        "get /x HTTP/1.1\r\nHost: h\r\n\r\n",
    ] {
        let upstream = lets_the_second_down("").await;
        let bridge = Setup::before(upstream.address).start().await;
        warm(&bridge).await;
        let answer = raw::exchange(bridge.address, request).await;
        assert_eq!((answer.status, answer.header("x-cutover-error")), (502, Some("upstream-reset")), "{request}");
        assert_eq!(requests_for(&upstream, " /x "), 1, "{request}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn row_19_nothing_is_asked_twice_once_an_answer_has_begun() {
    for begun in ["H", "HTTP/1.1 2", "HTTP/1.1 200 OK\r\nContent-Le", "HTTP/1.1 103 Early Hints\r\n\r\n"] {
        let upstream = lets_the_second_down(begun).await;
        let bridge = Setup::before(upstream.address).start().await;
        warm(&bridge).await;
        let answer = raw::get(bridge.address, "/begun").await;
        assert_eq!(answer.status, 502, "{begun:?}: {answer:?}");
        assert_eq!(requests_for(&upstream, "/begun"), 1, "{begun:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn row_19_a_fresh_connection_that_ends_without_a_word_is_not_tried_again() {
    let upstream = Upstream::start(|mut incoming| async move {
        incoming.request().await;
    })
    .await;
    let bridge = Setup::before(upstream.address).start().await;
    let answer = raw::get(bridge.address, "/x").await;
    assert_eq!((answer.status, answer.header("x-cutover-error")), (502, Some("upstream-reset")));
    assert_eq!(upstream.seen().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn row_20_three_hundred_clients_share_a_cap_of_eight_connections_and_the_rest_queue() {
    // Nobody is answered before eight requests wait on eight connections: the cap is used in full.
    let full = Arc::new(Barrier::new(8));
    let upstream = Upstream::start(move |mut incoming| {
        let full = Arc::clone(&full);
        async move {
            let mut first = true;
            while incoming.request().await.is_some() {
                if std::mem::take(&mut first) {
                    full.wait().await;
                }
                incoming.send(OK).await;
            }
        }
    })
    .await;
    let bridge = Setup::before(upstream.address)
        .routes("[legacy]\nmax_connections = 8\nmax_waiting = 300\nqueue_timeout = \"off\"")
        .start()
        .await;
    let clients: Vec<_> = (0..300).map(|_| tokio::spawn(raw::get(bridge.address, "/x"))).collect();
    for client in clients {
        assert_eq!(client.await.unwrap().status, 200);
    }
    assert_eq!(upstream.connections(), 8);
    assert_eq!(upstream.seen().len(), 300);
}

#[tokio::test(flavor = "multi_thread")]
async fn row_20_an_unused_connection_is_closed_at_the_idle_timeout_though_nobody_asks_for_another() {
    let ended = Arc::new(Barrier::new(2));
    let seen = Arc::clone(&ended);
    let upstream = Upstream::start(move |mut incoming| {
        let seen = Arc::clone(&seen);
        async move {
            incoming.request().await;
            incoming.send(OK).await;
            incoming.ended().await;
            seen.wait().await;
        }
    })
    .await;
    let bridge = Setup::before(upstream.address).routes("[legacy]\nidle_timeout = \"100ms\"").start().await;
    assert_eq!(raw::get(bridge.address, "/x").await.status, 200);
    tokio::time::timeout(support::PATIENCE, ended.wait()).await.expect("the idle connection was kept");
    bridge.until("the pool is empty", |status| status["legacy"]["idle_connections"] == 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn row_20_a_websocket_takes_no_connection_of_the_pool() {
    let upstream = Upstream::start(|mut incoming| async move {
        while let Some(head) = incoming.request().await {
            if head.starts_with("GET /ws ") {
                incoming
                    .send("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
                    .await;
                return incoming.ended().await;
            }
            incoming.send(OK).await;
        }
    })
    .await;
    let bridge = Setup::before(upstream.address).routes("[legacy]\nmax_connections = 1").start().await;
    let mut socket = raw::Connection::open(bridge.address).await;
    socket.send("GET /ws HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n").await;
    assert_eq!(socket.answer().await.status, 101);
    assert_eq!(raw::get(bridge.address, "/x").await.status, 200);
}

/// Answers the first request with these bytes, whatever comes after them on the same connection with "stale".
async fn answers_once(first: &'static str) -> Upstream {
    let chance = Chance::default();
    Upstream::start(move |mut incoming: Incoming| {
        let number = chance.0.fetch_add(1, Ordering::SeqCst);
        async move {
            incoming.request().await;
            incoming.send(if number == 0 { first } else { OK }).await;
            while incoming.request().await.is_some() {
                incoming.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nstale").await;
            }
        }
    })
    .await
}

/// Asks twice on one client connection; gives the first answer, and whether the second came over a fresh connection.
async fn ask_twice(first: &'static str) -> (raw::Answer, bool) {
    let upstream = answers_once(first).await;
    let bridge = Setup::before(upstream.address).start().await;
    let mut client = raw::Connection::open(bridge.address).await;
    client.send("GET /one HTTP/1.1\r\nHost: h\r\n\r\n").await;
    let one = client.answer().await;
    bridge
        .until("the connection is given back or given up", |status| status["legacy"]["free_connections"] == 128)
        .await;
    client.send("GET /two HTTP/1.1\r\nHost: h\r\n\r\n").await;
    let two = client.answer().await;
    assert_eq!(two.status, 200, "{two:?}");
    let fresh = upstream.connections() == 2;
    assert_eq!(two.text(), if fresh { "ok" } else { "stale" });
    (one, fresh)
}

#[tokio::test(flavor = "multi_thread")]
async fn row_24_body_bytes_after_a_204_or_304_are_dropped_and_spoil_the_connection() {
    for (status, first) in [
        (204, "HTTP/1.1 204 No Content\r\n\r\nhello"),
        (204, "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nhello"),
        (204, "HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"),
        (304, "HTTP/1.1 304 Not Modified\r\n\r\nhello"),
        (304, "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\nhello"),
    ] {
        let (one, fresh) = ask_twice(first).await;
        assert_eq!((one.status, one.body.len()), (status, 0), "{first:?}");
        assert!(fresh, "{first:?} was reused");
        assert!(one.header("transfer-encoding").is_none(), "{first:?}: {one:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn row_24_a_204_that_announces_a_body_spoils_the_connection_before_the_body_comes() {
    for first in [
        "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n",
        "HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n",
    ] {
        let (one, fresh) = ask_twice(first).await;
        assert_eq!(one.status, 204);
        assert!(one.header("content-length").is_none(), "a 204 has no length: {one:?}");
        assert!(fresh, "{first:?} was reused");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn row_24_a_clean_204_and_a_304_with_the_length_of_what_it_stands_for_keep_the_connection() {
    for first in [
        "HTTP/1.1 204 No Content\r\n\r\n",
        "HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n",
    ] {
        let (_, fresh) = ask_twice(first).await;
        assert!(!fresh, "{first:?} was not reused");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn row_25_a_truncated_answer_breaks_off_downstream_and_never_ends_cleanly() {
    for cut in [
        "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nnonsense",
    ] {
        let upstream = Upstream::start(move |mut incoming| async move {
            incoming.request().await;
            incoming.send(cut).await;
        })
        .await;
        let bridge = Setup::before(upstream.address).start().await;
        for version in ["1.1", "1.0"] {
            let mut client = raw::Connection::open(bridge.address).await;
            client.send(format!("GET /x HTTP/{version}\r\nHost: h\r\n\r\n")).await;
            let told = match client.until(b"\r\n\r\n").await {
                // A length or a last chunk that never comes tells; without either only a reset does.
                Ok(head) if !has_framing(&head) => was_reset(&mut client).await,
                Ok(_) => !client.rest().await.ends_with(b"0\r\n\r\n"),
                Err(_) => true,
            };
            assert!(told, "HTTP/{version} {cut:?}");
        }
    }
}

fn has_framing(head: &[u8]) -> bool {
    let head = String::from_utf8_lossy(head).to_lowercase();
    head.contains("\r\ncontent-length: 10\r\n") || head.contains("\r\ntransfer-encoding: chunked\r\n")
}

async fn was_reset(client: &mut raw::Connection) -> bool {
    let mut space = [0u8; 1024];
    loop {
        match client.stream.read(&mut space).await {
            Ok(0) => return false,
            Ok(_) => {}
            Err(error) => return error.kind() == ErrorKind::ConnectionReset,
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn row_25_a_truncated_answer_that_the_bridge_reads_itself_becomes_a_502() {
    let upstream = Upstream::start(|mut incoming| async move {
        incoming.request().await;
        incoming.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"result\": {}").await;
    })
    .await;
    let bridge = Setup::before(upstream.address).start().await;
    let answer = raw::get(bridge.address, "/api/1/settings").await;
    assert_eq!((answer.status, answer.header("x-cutover-error")), (502, Some("upstream-reset")));
}

#[tokio::test(flavor = "multi_thread")]
async fn row_25_an_answer_that_ends_with_its_connection_ends_cleanly() {
    let upstream = Upstream::start(|mut incoming| async move {
        incoming.request().await;
        incoming.send("HTTP/1.1 200 OK\r\n\r\nhello").await;
    })
    .await;
    let bridge = Setup::before(upstream.address).start().await;
    let answer = raw::get(bridge.address, "/x").await;
    assert_eq!((answer.status, answer.text()), (200, "hello".into()));
    assert_eq!(answer.header("transfer-encoding"), Some("chunked"));
}

#[tokio::test(flavor = "multi_thread")]
async fn row_26_bytes_after_an_answer_spoil_the_connection_and_reach_nobody() {
    for first in [
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokgarbage",
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil",
        "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n\r\n",
    ] {
        let (one, fresh) = ask_twice(first).await;
        assert!(one.body.is_empty() || one.text() == "ok", "{first:?}: {one:?}");
        assert!(fresh, "{first:?} was reused");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn row_26_bytes_that_come_while_a_connection_is_idle_spoil_it_too() {
    let (bait, baited) = (Arc::new(Barrier::new(2)), Arc::new(Barrier::new(2)));
    let (wait, done) = (Arc::clone(&bait), Arc::clone(&baited));
    let upstream = Upstream::start(move |mut incoming| {
        let (wait, done) = (Arc::clone(&wait), Arc::clone(&done));
        async move {
            let head = incoming.request().await.unwrap_or_default();
            incoming.send(OK).await;
            if head.starts_with("GET /warm ") {
                wait.wait().await;
                incoming.send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil").await;
                incoming.ended().await;
                done.wait().await;
            }
        }
    })
    .await;
    let bridge = Setup::before(upstream.address).start().await;
    warm(&bridge).await;
    bait.wait().await;
    tokio::time::timeout(support::PATIENCE, baited.wait()).await.expect("the spoilt connection was kept");
    assert_eq!(raw::get(bridge.address, "/x").await.text(), "ok");
    eventually("two connections", || async { (upstream.connections() == 2).then_some(()) }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn row_26_an_answer_framed_twice_is_relayed_with_one_framing() {
    let (one, _) =
        ask_twice("HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n")
            .await;
    assert_eq!((one.text(), one.header("content-length")), ("hello".into(), None), "{one:?}");
}
