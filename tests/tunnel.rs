//! Tunnels whose client ends while legacy writes to it. Legacy's server aborts as a whole when a client ends its side in
//! good order while a write to it is blocked (gevent issue 2100), and survives a reset.

use std::{io, net::SocketAddr, time::Duration};

use crate::support::{
    bridge::{Bridge, Setup},
    legacy::Legacy,
    raw, told,
    upstream::{Incoming, Upstream},
    websocket::{ACCEPT, WebSocket, broadcast, masked},
};
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    sync::mpsc,
    task::JoinHandle,
    time::timeout,
};

/// Longer than a relay takes to hand on what it can.
const MOMENT: Duration = Duration::from_millis(500);

/// What an upstream saw of a client.
#[derive(Debug, PartialEq, Eq)]
enum Seen {
    /// It is full: so many bytes were taken for the client, and no more are.
    Full(usize),
    /// These bytes came, and then an end in good order.
    Fin(Vec<u8>),
    /// These bytes came, and then a reset.
    Reset(Vec<u8>),
}

fn grant() -> String {
    format!(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {ACCEPT}\r\n\r\n"
    )
}

/// Reads to the end.
async fn end(incoming: &mut Incoming) -> Seen {
    let mut got = incoming.unread();
    loop {
        match incoming.stream.read_buf(&mut got).await {
            Ok(0) => return Seen::Fin(got),
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::ConnectionReset => return Seen::Reset(got),
            Err(error) => panic!("{error}"),
        }
    }
}

/// Writes until nothing is taken any more, and gives how much was.
async fn fill(incoming: &mut Incoming) -> usize {
    let (piece, mut sent) = (vec![b'd'; 65_536], 0);
    while let Ok(written) = timeout(MOMENT, incoming.stream.write(&piece)).await {
        sent += written.unwrap();
    }
    sent
}

/// An upstream that grants a websocket, fills its connection, reads to the end, and says goodbye.
async fn filling() -> (Upstream, mpsc::Receiver<Seen>) {
    let (tell, seen) = mpsc::channel(8);
    let upstream = Upstream::start(move |mut incoming| {
        let tell = tell.clone();
        async move {
            incoming.request().await;
            incoming.send(grant()).await;
            let _ = tell.send(Seen::Full(fill(&mut incoming).await)).await;
            let ended = end(&mut incoming).await;
            let _ = tell.send(ended).await;
            incoming.send("goodbye").await;
        }
    })
    .await;
    (upstream, seen)
}

/// A client that has taken nothing for so long that its upstream is full, and how much that is.
async fn stalled(bridge: &Bridge, seen: &mut mpsc::Receiver<Seen>) -> (WebSocket, usize) {
    let client = WebSocket::narrow(bridge.address).await;
    match told(seen).await {
        Seen::Full(sent) => (client, sent),
        other => panic!("{other:?}"),
    }
}

async fn all_tunnels_are_free(bridge: &Bridge) {
    bridge.until("all tunnels are free", |status| status["legacy"]["free_tunnels"] == 64).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_takes_nothing_and_ends_its_side_is_reset_upstream() {
    let (upstream, mut seen) = filling().await;
    let bridge = Setup::before(upstream.address).start().await;
    let (mut client, _) = stalled(&bridge, &mut seen).await;
    client.connection.send("some frame").await;
    client.connection.stream.shutdown().await.unwrap();
    assert_eq!(told(&mut seen).await, Seen::Reset(Vec::new()));
    all_tunnels_are_free(&bridge).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_breaks_while_it_takes_nothing_is_reset_upstream_at_once() {
    let (upstream, mut seen) = filling().await;
    let bridge = Setup::before(upstream.address).start().await;
    let (mut client, _) = stalled(&bridge, &mut seen).await;
    client.connection.send("some frame").await;
    assert!(timeout(MOMENT, seen.recv()).await.is_err(), "it went up");
    // With bytes unread that is a reset.
    drop(client);
    let ended =
        timeout(Duration::from_secs(4), told(&mut seen)).await.expect("without waiting for a client that is gone");
    assert_eq!(ended, Seen::Reset(Vec::new()));
    all_tunnels_are_free(&bridge).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_slow_client_sends_goes_up_with_its_end_once_it_has_taken_all() {
    let (upstream, mut seen) = filling().await;
    let bridge = Setup::before(upstream.address).start().await;
    let (mut client, sent) = stalled(&bridge, &mut seen).await;
    client.connection.send("last words").await;
    client.connection.stream.shutdown().await.unwrap();
    // It takes longer than a client may that takes nothing.
    let mut left = sent;
    for _ in 0..14 {
        client.connection.exactly(32_768).await.unwrap();
        left -= 32_768;
        let early = timeout(MOMENT, seen.recv()).await;
        assert!(early.is_err(), "{early:?}, with {left} bytes to take");
    }
    client.connection.exactly(left).await.unwrap();
    assert_eq!(told(&mut seen).await, Seen::Fin(b"last words".to_vec()));
    assert_eq!(client.connection.rest().await, b"goodbye");
    all_tunnels_are_free(&bridge).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_client_sends_that_takes_nothing_waits_until_it_takes_again() {
    let (upstream, mut seen) = filling().await;
    let bridge = Setup::before(upstream.address).start().await;
    let (mut client, sent) = stalled(&bridge, &mut seen).await;
    client.connection.send("some frame").await;
    // Longer than a client may wait that has ended its side.
    assert!(timeout(Duration::from_secs(7), seen.recv()).await.is_err(), "it went up, or was given up");
    client.connection.exactly(sent).await.unwrap();
    client.connection.stream.shutdown().await.unwrap();
    assert_eq!(told(&mut seen).await, Seen::Fin(b"some frame".to_vec()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_takes_nothing_and_ends_nothing_is_given_up_in_the_end() {
    let (upstream, mut seen) = filling().await;
    let bridge = Setup::before(upstream.address).environment("CUTOVER_LISTEN__WRITE_TIMEOUT", "2s").start().await;
    let (_client, _) = stalled(&bridge, &mut seen).await;
    assert_eq!(told(&mut seen).await, Seen::Reset(Vec::new()));
    all_tunnels_are_free(&bridge).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_takes_nothing_is_reset_upstream_when_the_bridge_stops() {
    let (upstream, mut seen) = filling().await;
    let bridge = Setup::before(upstream.address).start().await;
    let (_client, _) = stalled(&bridge, &mut seen).await;
    bridge.signal("TERM");
    assert_eq!(told(&mut seen).await, Seen::Reset(Vec::new()));
    assert!(bridge.wait());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_breaks_with_nothing_left_to_take_ends_upstream_in_good_order() {
    let (tell, mut seen) = mpsc::channel(8);
    let upstream = Upstream::start(move |mut incoming| {
        let tell = tell.clone();
        async move {
            incoming.request().await;
            incoming.send(format!("{}all", grant())).await;
            let _ = tell.send(end(&mut incoming).await).await;
        }
    })
    .await;
    let bridge = Setup::before(upstream.address).start().await;
    let mut client = WebSocket::open(bridge.address).await;
    assert_eq!(client.connection.exactly(3).await.unwrap(), b"all");
    socket2::SockRef::from(&client.connection.stream).set_linger(Some(Duration::ZERO)).unwrap();
    drop(client);
    assert_eq!(told(&mut seen).await, Seen::Fin(Vec::new()));
    all_tunnels_are_free(&bridge).await;
}

/// Has the real legacy write to a client that takes nothing, until it is blocked.
async fn blocked(legacy: SocketAddr) -> JoinHandle<(u64, u64)> {
    let mut broadcasting = tokio::spawn(broadcast(legacy, "x", Value::from("d".repeat(24 << 20))));
    assert!(timeout(MOMENT * 4, &mut broadcasting).await.is_err(), "legacy is not blocked");
    broadcasting
}

#[tokio::test(flavor = "multi_thread")]
async fn the_real_legacy_outlives_a_client_that_takes_nothing_and_ends_its_side() {
    let legacy = Legacy::start();
    let bridge = Setup::before(legacy.address).start().await;
    for last in [Vec::new(), masked(0x88, b"\x03\xe8")] {
        let mut client = WebSocket::narrow(bridge.address).await;
        let broadcasting = blocked(legacy.address).await;
        client.connection.send(&last).await;
        client.connection.stream.shutdown().await.unwrap();
        assert_eq!(broadcasting.await.expect("legacy outlives it"), (0, 1), "delivered, queued");
        assert_eq!(raw::get(legacy.address, "/api/1/ping").await.status, 200);
        all_tunnels_are_free(&bridge).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_real_legacy_outlives_a_client_that_ends_its_side_before_it_takes_what_waits() {
    let legacy = Legacy::start();
    let bridge = Setup::before(legacy.address).start().await;
    let mut client = WebSocket::narrow(bridge.address).await;
    let broadcasting = blocked(legacy.address).await;
    client.send(0x89, b"ping").await;
    client.send(0x88, b"\x03\xe8").await;
    client.connection.stream.shutdown().await.unwrap();
    // The message is whole, and nothing is in the middle of it.
    let message = client.frame().await;
    assert_eq!((message.first, message.payload.len()), (0x81, (24 << 20) + r#"{"type": "x", "data": ""}"#.len()));
    assert!(message.payload.ends_with(br#"d"}"#));
    assert_eq!(broadcasting.await.expect("legacy outlives it"), (1, 0), "delivered, queued");
    assert_eq!(client.frame().await.payload, b"ping");
    assert_eq!(client.frame().await.first, 0x88);
    assert_eq!(client.connection.rest().await, b"");
    assert_eq!(raw::get(legacy.address, "/api/1/ping").await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_real_legacy_outlives_a_reading_client_that_ends_its_side_within_a_message() {
    let legacy = Legacy::start();
    let bridge = Setup::before(legacy.address).start().await;
    for read in [100_000, 5_000_000, 20_000_000] {
        let mut client = WebSocket::open(bridge.address).await;
        let broadcasting = tokio::spawn(broadcast(legacy.address, "x", Value::from("d".repeat(24 << 20))));
        let begun = client.connection.exactly(read).await.unwrap();
        client.connection.stream.shutdown().await.unwrap();
        let rest = client.connection.rest().await;
        assert_eq!(begun.len() + rest.len(), 10 + (24 << 20) + r#"{"type": "x", "data": ""}"#.len() + 2);
        assert!(rest.ends_with(b"d\"}\x88\x00"), "legacy's answer to an end comes last");
        assert_eq!(broadcasting.await.expect("legacy outlives it"), (1, 0), "delivered, queued");
        assert_eq!(raw::get(legacy.address, "/api/1/ping").await.status, 200);
    }
}
