//! Upgrades to websockets (LESSONS 2.1 rows 9 to 15): legacy's own 101 first, bytes both ways after it, never before.

use crate::support::{
    self,
    bridge::{Bridge, Setup},
    legacy::Legacy,
    raw::{self, Connection},
    told,
    upstream::{Incoming, Upstream},
};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::mpsc,
};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async, tungstenite::Message};

/// A websocket handshake, without the empty line at its end.
const ASKED: &str = "GET /ws HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
/// Its grant.
const GRANTED: &str = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

fn handshake() -> String {
    format!("{ASKED}\r\n")
}

/// Sends back what comes, until it ends.
async fn echo(mut incoming: Incoming) {
    let (mut read, mut write) = incoming.stream.split();
    let _ = tokio::io::copy(&mut read, &mut write).await;
}

/// Grants every upgrade and answers everything else with its target.
async fn granting(mut incoming: Incoming) {
    while let Some(head) = incoming.request().await {
        if head.to_lowercase().contains("\r\nupgrade: websocket\r\n") {
            incoming.send(GRANTED).await;
            return echo(incoming).await;
        }
        let target = head.split(' ').nth(1).unwrap().to_owned();
        incoming.send(format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{target}", target.len())).await;
    }
}

/// Opens a tunnel and checks that bytes go through it.
async fn tunnel(bridge: &Bridge, request: &str) -> Connection {
    let mut connection = Connection::open(bridge.address).await;
    connection.send(request).await;
    let answer = connection.answer().await;
    assert_eq!(answer.status, 101, "{request:?}: {answer:?}");
    connection.send(b"\x00\xffping").await;
    assert_eq!(connection.exactly(6).await.unwrap(), b"\x00\xffping");
    connection
}

async fn tunnels_free(bridge: &Bridge, count: u64) {
    bridge.until(&format!("{count} tunnels are free"), |status| status["legacy"]["free_tunnels"] == count).await;
}

/// An upstream that answers an upgrade with these bytes and tells what else came on that connection, and nothing of
/// what came on others.
async fn answering(answer: &'static str) -> (Upstream, mpsc::Receiver<Vec<u8>>) {
    let (after, comes_after) = mpsc::channel(8);
    let upstream = Upstream::start(move |mut incoming| {
        let after = after.clone();
        async move {
            while let Some(head) = incoming.request().await {
                if head.starts_with("GET /ws ") {
                    incoming.send(answer).await;
                    let _ = after.send(incoming.rest().await).await;
                    return;
                }
                incoming.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nplain").await;
            }
        }
    })
    .await;
    (upstream, comes_after)
}

#[tokio::test(flavor = "multi_thread")]
async fn row_09_without_a_101_nothing_after_the_upgrade_is_tunnelled() {
    let (upstream, mut after) = answering("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nno").await;
    let bridge = Setup::before(upstream.address).start().await;
    let mut connection = Connection::open(bridge.address).await;
    connection.send(format!("{}GET /second HTTP/1.1\r\nHost: second\r\n\r\n", handshake())).await;
    assert_eq!(connection.answer().await.text(), "no");
    assert_eq!(connection.answer().await.text(), "plain");
    assert_eq!(told(&mut after).await, b"", "went up behind the refused upgrade");
    let seen = upstream.seen();
    let second = seen.iter().find(|head| head.starts_with("GET /second ")).unwrap();
    assert!(
        second.contains("\r\nX-Forwarded-For: 127.0.0.1\r\n") || second.contains("\r\nx-forwarded-for: 127.0.0.1\r\n"),
        "{second}"
    );
    assert_eq!(upstream.connections(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn row_09_what_follows_an_upgrade_is_judged_as_a_request_once_it_is_not_granted() {
    let (upstream, mut after) = answering("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nno").await;
    let bridge = Setup::before(upstream.address).start().await;
    let mut connection = Connection::open(bridge.address).await;
    connection
        .send(format!(
            "{}POST /second HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            handshake()
        ))
        .await;
    assert_eq!(connection.answer().await.text(), "no");
    let refused = connection.answer().await;
    assert_eq!(refused.status, 400);
    refused.assert_refusal("both framings, behind an upgrade");
    assert!(connection.is_closed().await);
    assert_eq!(told(&mut after).await, b"");
    assert_eq!(upstream.connections(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn row_09_a_request_pipelined_before_an_upgrade_does_not_decide_it() {
    let upstream = Upstream::start(granting).await;
    let bridge = Setup::before(upstream.address).start().await;
    let mut connection = Connection::open(bridge.address).await;
    connection.send(format!("GET /first HTTP/1.1\r\nHost: h\r\n\r\n{}first frame", handshake())).await;
    assert_eq!(connection.answer().await.text(), "/first");
    assert_eq!(connection.answer().await.status, 101);
    assert_eq!(connection.exactly(11).await.unwrap(), b"first frame");
}

#[tokio::test(flavor = "multi_thread")]
async fn row_10_an_upgrade_with_a_body_is_refused() {
    let upstream = Upstream::start(granting).await;
    let bridge = Setup::before(upstream.address).start().await;
    let smuggled = "GET /admin HTTP/1.1\r\nHost: h\r\n";
    for framing in [
        format!("Content-Length: {}\r\n\r\n{smuggled}\r\n", smuggled.len() + 2),
        format!("Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n{smuggled}\r\n"),
    ] {
        let answer = raw::refusal(bridge.address, format!("{ASKED}{framing}")).await;
        assert_eq!(answer.status, 400, "{answer:?}");
    }
    assert_eq!((upstream.connections(), upstream.seen().len()), (0, 0), "{:?}", upstream.seen());
}

#[tokio::test(flavor = "multi_thread")]
async fn row_10_an_upgrade_without_a_body_carries_no_framing_and_rides_a_connection_of_its_own() {
    let (upstream, mut after) = answering("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nno").await;
    let bridge = Setup::before(upstream.address).start().await;
    let mut connection = Connection::open(bridge.address).await;
    connection.send(format!("{ASKED}Content-Length: 0\r\n\r\n")).await;
    assert_eq!(connection.answer().await.text(), "no");
    // The next request rides no connection on which an upgrade was asked for.
    for _ in 0..2 {
        connection.send("GET /next HTTP/1.1\r\nHost: h\r\n\r\n").await;
        assert_eq!(connection.answer().await.text(), "plain");
    }
    assert_eq!(told(&mut after).await, b"");
    let asked = upstream.seen().remove(0).to_lowercase();
    assert!(!asked.contains("content-length") && !asked.contains("transfer-encoding"), "{asked}");
    assert_eq!(upstream.connections(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn row_11_an_upgrade_is_recognised_in_any_case_and_order_and_on_any_line() {
    let upstream = Upstream::start(granting).await;
    let bridge = Setup::before(upstream.address).start().await;
    for lines in [
        "Connection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n",
        "Connection: Upgrade, keep-alive\r\nUpgrade: WebSocket\r\n",
        "connection: keep-alive\r\nCONNECTION: UPGRADE\r\nupgrade: WEBSOCKET\r\n",
        "Upgrade: websocket\r\nConnection:keep-alive,\t upgrade ,\r\n",
        "Upgrade: h2c, websocket\r\nConnection: upgrade\r\n",
        "Upgrade: h2c\r\nX: y\r\nUpgrade: websocket\r\nConnection: upgrade\r\n",
    ] {
        tunnel(
            &bridge,
            &format!(
                "GET /ws HTTP/1.1\r\nHost: h\r\n{lines}Sec-WebSocket-Key: k\r\nSec-WebSocket-Protocol: a, b\r\n\r\n"
            ),
        )
        .await;
        let sent = upstream.seen().pop().unwrap().to_lowercase();
        assert!(
            sent.contains("\r\nupgrade: websocket\r\n") && sent.contains("\r\nconnection: upgrade\r\n"),
            "{lines:?}: {sent}"
        );
        assert_eq!(
            (sent.matches("upgrade: ").count(), sent.matches("connection: ").count()),
            (1, 1),
            "{lines:?}: {sent}"
        );
        assert!(sent.contains("\r\nsec-websocket-protocol: a, b\r\n"), "{sent}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn row_11_what_asks_for_no_websocket_is_forwarded_without_an_upgrade() {
    let upstream = Upstream::start(granting).await;
    let bridge = Setup::before(upstream.address).start().await;
    for request in [
        "GET /plain HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\n\r\n",
        "GET /plain HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\n\r\n",
        "GET /plain HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n",
        "GET /plain HTTP/1.1\r\nHost: h\r\nConnection: keep-alive-upgrade\r\nUpgrade: websocket\r\n\r\n",
        "POST /plain HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
        "GET /plain HTTP/1.0\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
    ] {
        let answer = raw::exchange(bridge.address, request).await;
        assert_eq!((answer.status, answer.text().as_str()), (200, "/plain"), "{request:?}");
        let sent = upstream.seen().pop().unwrap().to_lowercase();
        assert!(!sent.contains("\r\nupgrade:") && !sent.contains("\r\nconnection:"), "{request:?}: {sent}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn row_12_a_101_to_a_plain_request_is_no_answer() {
    let upstream = Upstream::start(|mut incoming| async move {
        while let Some(head) = incoming.request().await {
            let bare = head.starts_with("GET /bare ");
            incoming.send(if bare { "HTTP/1.1 101 Switching Protocols\r\n\r\n" } else { GRANTED }).await;
        }
    })
    .await;
    let bridge = Setup::before(upstream.address).start().await;
    for target in ["/bare", "/granted", "/api/1/ping"] {
        let answer = raw::get(bridge.address, target).await;
        assert_eq!(
            (answer.status, answer.header("x-cutover-error")),
            (502, Some("upstream-unasked-upgrade")),
            "{answer:?}"
        );
        assert!(answer.header("upgrade").is_none());
        assert!(answer.json()["result"].is_null());
    }
    // No connection that switched is used again.
    assert_eq!(upstream.connections(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn row_12_a_101_for_another_protocol_is_no_grant() {
    for answer in [
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n",
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n",
        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n\r\n",
        "HTTP/1.1 101 Switching Protocols\r\n\r\n",
    ] {
        let (upstream, mut after) = answering(answer).await;
        let bridge = Setup::before(upstream.address).environment("CUTOVER_LEGACY__MAX_TUNNELS", "1").start().await;
        let mut connection = Connection::open(bridge.address).await;
        connection.send(format!("{}GET /second HTTP/1.1\r\nHost: h\r\n\r\n", handshake())).await;
        let refused = connection.answer().await;
        assert_eq!(
            (refused.status, refused.header("x-cutover-error")),
            (502, Some("upstream-unasked-upgrade")),
            "{answer:?}"
        );
        refused.assert_refusal(answer);
        assert!(connection.is_closed().await, "what followed the upgrade was answered");
        assert_eq!(told(&mut after).await, b"", "{answer:?}");
        tunnels_free(&bridge, 1).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn row_13_bytes_that_come_with_the_handshake_come_first_in_both_directions() {
    let (got, mut gets) = mpsc::channel(8);
    let upstream = Upstream::start(move |mut incoming| {
        let got = got.clone();
        async move {
            incoming.request().await;
            incoming.send([GRANTED.as_bytes(), b"\x81\x05first"].concat()).await;
            let _ = got.send(incoming.body(11).await).await;
            incoming.send(b"\x81\x04then").await;
            incoming.ended().await;
        }
    })
    .await;
    let bridge = Setup::before(upstream.address).start().await;
    let mut connection = Connection::open(bridge.address).await;
    connection.send(format!("{}early frame", handshake())).await;
    let answer = connection.answer().await;
    assert_eq!(answer.status, 101);
    assert_eq!(answer.header("sec-websocket-accept"), Some("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
    assert_eq!(connection.exactly(13).await.unwrap(), b"\x81\x05first\x81\x04then");
    assert_eq!(told(&mut gets).await, "early frame");
}

#[tokio::test(flavor = "multi_thread")]
async fn row_13_frames_that_look_like_a_request_are_not_read_as_one() {
    let upstream = Upstream::start(granting).await;
    let bridge = Setup::before(upstream.address).start().await;
    let mut connection = Connection::open(bridge.address).await;
    // More than the guard holds while the upgrade is undecided, and nothing that it would let in.
    let frames = "GET / HTTP/1.1\r\nHost: h\r\nHost: h\r\n\r\n".repeat(4096);
    let (mut read, mut write) = connection.stream.split();
    let sending = async { write.write_all(format!("{}{frames}", handshake()).as_bytes()).await.unwrap() };
    let reading = async {
        let mut back = vec![0; frames.len() + 12];
        read.read_exact(&mut back).await.unwrap();
        while !back.ends_with(frames.as_bytes()) {
            back.push(read.read_u8().await.unwrap());
        }
        back
    };
    let both = async { tokio::join!(sending, reading) };
    let ((), back) = tokio::time::timeout(support::PATIENCE, both).await.expect("every frame in time");
    assert!(back.starts_with(b"HTTP/1.1 101 "));
    assert_eq!(upstream.seen().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn row_14_a_rejected_upgrade_is_relayed_and_ends_the_connection() {
    for (status, answer) in [
        (
            403,
            "HTTP/1.1 403 FORBIDDEN\r\nContent-Length: 4\r\nKeep-Alive: timeout=5\r\nConnection: keep-alive, x-hop\r\nX-Hop: 1\r\nX-Why: origin\r\n\r\nnope",
        ),
        (
            403,
            "HTTP/1.1 403 FORBIDDEN\r\nTransfer-Encoding: chunked\r\nUpgrade: websocket\r\nX-Why: origin\r\n\r\n2\r\nno\r\n2\r\npe\r\n0\r\n\r\n",
        ),
        (
            426,
            "HTTP/1.1 426 UPGRADE REQUIRED\r\nUpgrade: h2c\r\nConnection: upgrade, close\r\nX-Why: origin\r\n\r\nnope",
        ),
        (500, "HTTP/1.1 500 INTERNAL SERVER ERROR\r\nContent-Length: 4\r\nX-Why: origin\r\n\r\nnope"),
    ] {
        let (after, mut comes_after) = mpsc::channel(8);
        let upstream = Upstream::start(move |mut incoming| {
            let after = after.clone();
            async move {
                incoming.request().await;
                incoming.send(answer).await;
                // An answer without framing ends with its connection.
                let _ = incoming.stream.shutdown().await;
                let _ = after.send(incoming.rest().await).await;
            }
        })
        .await;
        let bridge = Setup::before(upstream.address).start().await;
        let mut connection = Connection::open(bridge.address).await;
        connection.send(format!("{}GET /second HTTP/1.1\r\nHost: h\r\n\r\n", handshake())).await;
        let relayed = connection.answer().await;
        assert_eq!((relayed.status, relayed.text().as_str()), (status, "nope"), "{relayed:?}");
        assert_eq!(relayed.all("connection"), ["close"], "{relayed:?}");
        assert_eq!(relayed.header("x-why"), Some("origin"));
        for name in ["keep-alive", "x-hop", "upgrade", "x-cutover-error"] {
            assert!(relayed.header(name).is_none(), "{name}: {relayed:?}");
        }
        assert!(connection.is_closed().await, "what followed the upgrade was answered");
        assert_eq!(told(&mut comes_after).await, b"");
        assert_eq!(upstream.connections(), 1);
    }
}

/// An upstream that grants an upgrade and then goes on as told.
async fn then<F, S>(script: S) -> Upstream
where
    F: Future<Output = ()> + Send + 'static,
    S: Fn(Incoming) -> F + Send + Sync + Clone + 'static,
{
    Upstream::start(move |mut incoming| {
        let script = script.clone();
        async move {
            incoming.request().await;
            incoming.send(GRANTED).await;
            script(incoming).await;
        }
    })
    .await
}

const MEGABYTE: usize = 1 << 20;

#[tokio::test(flavor = "multi_thread")]
async fn row_15_a_client_that_ends_its_side_still_gets_a_megabyte() {
    let upstream = then(|mut incoming| async move {
        assert_eq!(incoming.rest().await, b"bye");
        incoming.send(vec![b'd'; MEGABYTE]).await;
    })
    .await;
    let bridge = Setup::before(upstream.address).start().await;
    let mut connection = Connection::open(bridge.address).await;
    connection.send(handshake()).await;
    assert_eq!(connection.answer().await.status, 101);
    connection.send("bye").await;
    connection.stream.shutdown().await.unwrap();
    let got = connection.rest().await;
    assert!(got.len() == MEGABYTE && got.iter().all(|b| *b == b'd'), "{} bytes", got.len());
    tunnels_free(&bridge, 64).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn row_15_an_upstream_that_ends_its_side_still_gets_a_megabyte() {
    let (got, mut gets) = mpsc::channel(8);
    let upstream = then(move |mut incoming| {
        let got = got.clone();
        async move {
            incoming.send("bye").await;
            incoming.stream.shutdown().await.unwrap();
            let _ = got.send(incoming.rest().await).await;
        }
    })
    .await;
    let bridge = Setup::before(upstream.address).start().await;
    let mut connection = Connection::open(bridge.address).await;
    connection.send(handshake()).await;
    assert_eq!(connection.answer().await.status, 101);
    assert_eq!(connection.rest().await, b"bye");
    connection.send(vec![b'u'; MEGABYTE]).await;
    connection.stream.shutdown().await.unwrap();
    let got = told(&mut gets).await;
    assert!(got.len() == MEGABYTE && got.iter().all(|b| *b == b'u'), "{} bytes", got.len());
    tunnels_free(&bridge, 64).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tunnel_ends_on_both_sides_when_one_is_gone_for_good() {
    let (gone, mut goes) = mpsc::channel(8);
    let upstream = then(move |mut incoming| {
        let gone = gone.clone();
        async move {
            incoming.ended().await;
            let _ = gone.send(()).await;
        }
    })
    .await;
    let bridge = Setup::before(upstream.address).start().await;
    let mut connection = Connection::open(bridge.address).await;
    connection.send(handshake()).await;
    assert_eq!(connection.answer().await.status, 101);
    tunnels_free(&bridge, 63).await;
    drop(connection);
    told(&mut goes).await;
    tunnels_free(&bridge, 64).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tunnel_more_than_allowed_is_refused_and_its_room_comes_back() {
    let upstream = Upstream::start(granting).await;
    let bridge = Setup::before(upstream.address).environment("CUTOVER_LEGACY__MAX_TUNNELS", "2").start().await;
    let first = tunnel(&bridge, &handshake()).await;
    let mut second = tunnel(&bridge, &handshake()).await;
    tunnels_free(&bridge, 0).await;
    let mut third = Connection::open(bridge.address).await;
    third.send(handshake()).await;
    let refused = third.answer().await;
    assert_eq!((refused.status, refused.header("x-cutover-error")), (503, Some("upstream-saturated")), "{refused:?}");
    assert_eq!(refused.header("retry-after"), Some("1"));
    refused.assert_refusal("a third tunnel");
    assert!(third.is_closed().await);
    assert_eq!(upstream.connections(), 2);
    // Plain requests need no such room.
    assert_eq!(raw::get(bridge.address, "/plain").await.text(), "/plain");
    drop(first);
    tunnels_free(&bridge, 1).await;
    tunnel(&bridge, &handshake()).await;
    second.send("still").await;
    assert_eq!(second.exactly(5).await.unwrap(), b"still");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upgrade_that_is_not_granted_takes_no_room() {
    let upstream = Upstream::start(|mut incoming| async move {
        match incoming.request().await {
            Some(head) if head.starts_with("GET /closed ") => {}
            Some(head) if head.starts_with("GET /garbage ") => incoming.send("nonsense\r\n\r\n").await,
            _ => incoming.send("HTTP/1.1 403 FORBIDDEN\r\nContent-Length: 0\r\n\r\n").await,
        }
    })
    .await;
    let bridge = Setup::before(upstream.address).environment("CUTOVER_LEGACY__MAX_TUNNELS", "1").start().await;
    for (target, status) in [("/refused", 403), ("/closed", 502), ("/garbage", 502), ("/refused", 403)] {
        let answer = raw::exchange(bridge.address, handshake().replace("/ws", target)).await;
        assert_eq!(answer.status, status, "{target}: {answer:?}");
        assert_eq!(answer.header("connection"), Some("close"), "{target}: {answer:?}");
        tunnels_free(&bridge, 1).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_leaves_before_the_101_frees_its_room_and_its_upstream() {
    let (asked, mut asks) = mpsc::channel(8);
    let upstream = Upstream::start(move |mut incoming| {
        let asked = asked.clone();
        async move {
            incoming.request().await;
            asked.send("asked").await.unwrap();
            incoming.ended().await;
            asked.send("ended").await.unwrap();
        }
    })
    .await;
    let bridge = Setup::before(upstream.address).start().await;
    let mut connection = Connection::open(bridge.address).await;
    connection.send(format!("{}some frame", handshake())).await;
    assert_eq!(told(&mut asks).await, "asked");
    tunnels_free(&bridge, 63).await;
    drop(connection);
    assert_eq!(told(&mut asks).await, "ended");
    tunnels_free(&bridge, 64).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn slashes_of_an_upgrades_path_are_merged_and_of_no_other_path() {
    let upstream = Upstream::start(granting).await;
    let bridge = Setup::before(upstream.address).start().await;
    for (target, merged) in
        [("//ws/", "/ws/"), ("//ws///x//?a=//b", "/ws/x/?a=//b"), ("/ws/", "/ws/"), ("http://h//ws/", "/ws/")]
    {
        tunnel(&bridge, &handshake().replace("/ws", target)).await;
        let sent = upstream.seen().pop().unwrap();
        assert!(sent.starts_with(&format!("GET {merged} HTTP/1.1\r\n")), "{target}: {sent}");
    }
    assert_eq!(raw::get(bridge.address, "//ws/").await.text(), "//ws/");
}

/// A client's websocket.
type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// The next message.
async fn message(socket: &mut Socket) -> Message {
    tokio::time::timeout(support::PATIENCE, socket.next()).await.expect("a message in time").unwrap().unwrap()
}

/// The next message as JSON.
async fn next(socket: &mut Socket) -> Value {
    serde_json::from_str(message(socket).await.to_text().unwrap()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_real_websocket_client_talks_to_the_real_legacy_through_the_bridge() {
    let legacy = Legacy::start();
    let bridge = Setup::before(legacy.address).start().await;
    for path in ["/ws", "/ws/", "//ws/"] {
        let (mut socket, granted) = connect_async(format!("ws://{}{path}", bridge.address)).await.unwrap();
        assert_eq!(granted.status(), 101);
        // Each length of a frame's length field.
        for length in [0, 125, 126, 65_535, 65_536, 300_000] {
            let text = "ö".repeat(length / 2);
            socket.send(Message::text(text.clone())).await.unwrap();
            let back = message(&mut socket).await;
            assert_eq!(back.to_text().unwrap(), text, "{path}: {length} bytes");
        }
        let broadcast = json!({"type": "progress_updates", "data": {"path": path}});
        let sent = raw::send_json(bridge.address, "POST", "/api/1/_test/broadcast", &broadcast).await;
        assert_eq!(sent.status, 200, "{sent:?}");
        assert_eq!(next(&mut socket).await, broadcast);
        socket.close(None).await.unwrap();
        while socket.next().await.is_some_and(|message| message.is_ok()) {}
    }
    tunnels_free(&bridge, 64).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broadcast_of_the_real_legacy_reaches_every_client_behind_the_bridge() {
    let legacy = Legacy::start();
    let bridge = Setup::before(legacy.address).start().await;
    let mut sockets = Vec::new();
    for _ in 0..8 {
        let (mut socket, _) = connect_async(format!("ws://{}/ws", bridge.address)).await.unwrap();
        // Echoed once it is subscribed.
        socket.send(Message::text("\"here\"")).await.unwrap();
        assert_eq!(next(&mut socket).await, json!("here"));
        sockets.push(socket);
    }
    tunnels_free(&bridge, 56).await;
    for count in 0..3 {
        let broadcast = json!({"type": "legacy", "data": {"count": count}});
        raw::send_json(bridge.address, "POST", "/api/1/_test/broadcast", &broadcast).await;
        for socket in &mut sockets {
            assert_eq!(next(socket).await, broadcast);
        }
    }
    drop(sockets);
    tunnels_free(&bridge, 64).await;
}
