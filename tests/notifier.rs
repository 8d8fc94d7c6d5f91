//! Websockets in mode bridge: what clients see of it, beside what legacy itself does.

use std::{os::unix::fs::PermissionsExt, path::Path, time::Duration};

use crate::support::{
    bridge::{Bridge, Setup},
    legacy::Legacy,
    raw::{self, Connection},
    websocket::{
        ACCEPT, Ending, Frame, WebSocket, broadcast, handshake, masked, messages, notifier_is, unsubscribed, warn,
    },
};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::UnixStream,
};

async fn bridged(legacy: &Legacy, more: &str) -> Bridge {
    Setup::before(legacy.address).routes(&format!("[ws]\nmode = \"bridge\"\n{more}")).start().await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_handshake_is_granted_as_legacy_grants_it_and_a_doubled_slash_is_one() {
    let legacy = Legacy::start();
    let bridge = bridged(&legacy, "").await;
    for path in ["/ws", "/ws/", "//ws/", "/wsx", "/ws/a?b=c", "/%77s"] {
        let mut connection = Connection::open(bridge.address).await;
        connection
            .send(handshake(path).replace(
                "\r\n\r\n",
                "\r\nSec-WebSocket-Protocol: chat\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n",
            ))
            .await;
        let answer = connection.answer().await;
        assert_eq!((answer.status, answer.header("sec-websocket-accept")), (101, Some(ACCEPT)), "{path}: {answer:?}");
        assert_eq!(answer.header("sec-websocket-extensions"), None, "compression is not negotiated");
        assert_eq!(answer.header("sec-websocket-protocol"), None);
        let head = String::from_utf8(answer.head).unwrap();
        let legacys = format!(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {ACCEPT}\r\n"
        );
        assert!(head.starts_with(&legacys), "{head}");
        connection.send(masked(0x81, b"x")).await;
        assert_eq!(connection.exactly(3).await.unwrap(), b"\x81\x01x");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_handshake_that_legacy_refuses_is_refused_with_the_same_status_and_a_body_that_is_there() {
    let legacy = Legacy::start();
    let bridge = bridged(&legacy, "").await;
    let good = handshake("/ws/");
    let cases = [
        good.replace("Version: 13", "Version: 12"),
        good.replace("Version: 13", "Version: 13, 8"),
        good.replace("Sec-WebSocket-Version: 13\r\n", ""),
        good.replace("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n", ""),
        good.replace("dGhlIHNhbXBsZSBub25jZQ==", "AAAA"),
    ];
    for request in cases {
        let mut direct = Connection::open(legacy.address).await;
        direct.send(&request).await;
        // Legacy announces a body and sends none.
        let head = String::from_utf8(direct.until(b"\r\n\r\n").await.unwrap()).unwrap();
        let mut connection = Connection::open(bridge.address).await;
        connection.send(&request).await;
        let refused = connection.answer().await;
        assert!(head.starts_with(&format!("HTTP/1.1 {} ", refused.status)), "{request}: {head} {refused:?}");
        assert!(head.contains(&format!("Content-Length: {}\r\n", refused.body.len())), "{head} {refused:?}");
        assert!(connection.is_closed().await);
    }
    assert_eq!(bridge.status().await["websocket"]["counts"]["refused"], 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_goes_back_to_its_sender_alone() {
    let legacy = Legacy::start();
    let bridge = bridged(&legacy, "").await;
    let mut sender = WebSocket::open(bridge.address).await;
    let mut other = WebSocket::open(bridge.address).await;
    for (first, payload) in [(0x81, "h\u{e9}llo\0".as_bytes().to_vec()), (0x81, Vec::new()), (0x82, vec![0xff; 70_000])]
    {
        sender.send(first, &payload).await;
        assert_eq!(sender.frame().await, Frame { first, payload });
    }
    // In pieces, with a ping between them.
    sender.send(0x01, b"in ").await;
    sender.send(0x89, b"?").await;
    sender.send(0x80, b"pieces").await;
    assert_eq!(sender.frame().await, Frame { first: 0x8a, payload: b"?".to_vec() });
    assert_eq!(sender.frame().await, Frame { first: 0x81, payload: b"in pieces".to_vec() });
    broadcast(legacy.address, "last", Value::Null).await;
    assert!(other.next_text().await.contains("last"), "nothing before it");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_legacy_sends_reaches_every_client_as_the_same_bytes_in_order_over_one_subscription() {
    let legacy = Legacy::start();
    let bridge = bridged(&legacy, "").await;
    let mut clients = Vec::new();
    for _ in 0..10 {
        clients.push(WebSocket::open(bridge.address).await);
    }
    notifier_is(&bridge, 10, "up").await;
    let mut direct = WebSocket::open(legacy.address).await;
    let mut count = 0;
    for number in 0..30 {
        let data = json!({"number": number, "text": "\u{e9}\u{1f600}".repeat(number * number), "float": 1.0});
        assert_eq!(broadcast(legacy.address, "progress_updates", data).await, (2, 0), "the bridge and we");
        count += 1;
    }
    warn(legacy.address, "error", "the last").await;
    let mut expected = Vec::new();
    for _ in 0..=count {
        expected.push(direct.frame().await);
    }
    for client in &mut clients {
        for frame in &expected {
            assert_eq!(client.frame().await, *frame);
        }
    }
    let counts = bridge.status().await["websocket"]["counts"].clone();
    assert_eq!(counts["messages"], json!({"legacy": 1, "unknown": 30}), "no known shape has such data");
    assert_eq!(counts["accepted"], 310);
}

#[tokio::test(flavor = "multi_thread")]
async fn legacy_is_subscribed_to_only_while_there_is_a_client_and_queues_for_messages_otherwise() {
    let legacy = Legacy::start();
    let bridge = bridged(&legacy, "").await;
    assert_eq!(broadcast(legacy.address, "before", json!(1)).await, (0, 1));
    let first = WebSocket::open(bridge.address).await;
    // The subscription is there before the client can do anything.
    assert_eq!(broadcast(legacy.address, "during", json!(2)).await, (1, 0));
    let second = WebSocket::open(bridge.address).await;
    assert_eq!(broadcast(legacy.address, "during", json!(3)).await, (1, 0));
    first.close().await;
    second.close().await;
    notifier_is(&bridge, 0, "idle").await;
    assert_eq!(broadcast(legacy.address, "after", json!(4)).await, (0, 1));
    warn(legacy.address, "warning", "careful").await;
    let (warnings, errors) = messages(bridge.address).await;
    assert_eq!(warnings, ["careful"]);
    assert_eq!(errors, [r#"{"type": "before", "data": 1}"#, r#"{"type": "after", "data": 4}"#]);
    assert_eq!(messages(bridge.address).await, (vec![], vec![]), "once");
    // And again, as if nothing had been.
    let mut third = WebSocket::open(bridge.address).await;
    broadcast(legacy.address, "during", json!(5)).await;
    assert_eq!(third.next_text().await, r#"{"type": "during", "data": 5}"#);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_mode_is_for_new_connections_and_leaves_open_ones_alone() {
    let legacy = Legacy::start();
    let bridge = Setup::before(legacy.address).start().await;
    let mut tunnelled = WebSocket::open(bridge.address).await;
    bridge.reconfigure("[ws]\nmode = \"bridge\"\n").await;
    let mut served = WebSocket::open(bridge.address).await;
    notifier_is(&bridge, 1, "up").await;
    bridge.reconfigure("[ws]\nmode = \"bridge\"\npercent = 0\n").await;
    let mut again = WebSocket::open(bridge.address).await;
    let status = bridge.status().await;
    assert_eq!((&status["websocket"]["clients"], &status["legacy"]["free_tunnels"]), (&json!(1), &json!(62)));
    assert_eq!(broadcast(legacy.address, "all", Value::Null).await, (3, 0));
    for client in [&mut tunnelled, &mut served, &mut again] {
        assert_eq!(client.next_text().await, r#"{"type": "all", "data": null}"#);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn with_the_kill_switch_engaged_new_websockets_are_legacys() {
    let legacy = Legacy::start();
    let bridge = bridged(&legacy, "").await;
    let mut served = WebSocket::open(bridge.address).await;
    bridge.signal("USR1");
    bridge.until("the switch is engaged", |status| status["kill_switch"] == true).await;
    let mut tunnelled = WebSocket::open(bridge.address).await;
    assert_eq!(bridge.status().await["websocket"]["clients"], 1);
    broadcast(legacy.address, "all", Value::Null).await;
    for client in [&mut tunnelled, &mut served] {
        client.next_text().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upgrade_of_another_path_is_left_to_legacy() {
    let legacy = Legacy::start();
    let bridge = bridged(&legacy, "").await;
    let mut other = WebSocket::at(bridge.address, "/api/1/ping").await;
    assert_eq!(other.ending().await, Ending::Close(vec![]), "which closes it at once");
    assert_eq!(bridge.status().await["websocket"]["clients"], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn closes_are_answered_and_violations_have_their_codes() {
    let legacy = Legacy::start();
    let bridge = bridged(&legacy, "max_message = \"1KiB\"\nmax_frame = \"1000B\"\n").await;
    let cases: [(&str, Vec<u8>, &[u8]); 12] = [
        ("no code", masked(0x88, b""), b""),
        ("1000", masked(0x88, b"\x03\xe8"), b"\x03\xe8"),
        ("1001 with a reason", masked(0x88, b"\x03\xe9gone"), b"\x03\xe9"),
        ("1012", masked(0x88, b"\x03\xf4"), b"\x03\xf4"),
        ("3000", masked(0x88, b"\x0b\xb8"), b"\x0b\xb8"),
        ("1005", masked(0x88, b"\x03\xed"), b"\x03\xea"),
        ("1006", masked(0x88, b"\x03\xee"), b"\x03\xea"),
        ("1015", masked(0x88, b"\x03\xf7"), b"\x03\xea"),
        ("a reserved opcode", masked(0x83, b""), b"\x03\xea"),
        ("not masked", b"\x81\x01x".to_vec(), b"\x03\xea"),
        ("no UTF-8", masked(0x81, b"\xc0"), b"\x03\xef"),
        ("a frame too large", masked(0x82, &[0; 1001]), b"\x03\xf1"),
    ];
    for (what, bytes, close) in cases {
        let mut client = WebSocket::open(bridge.address).await;
        client.connection.send(bytes).await;
        assert_eq!(client.ending().await, Ending::Close(close.to_vec()), "{what}");
        assert!(client.connection.is_closed().await, "{what}");
    }
    let mut client = WebSocket::open(bridge.address).await;
    client.send(0x01, &[b'x'; 900]).await;
    client.send(0x80, &[b'x'; 200]).await;
    assert_eq!(client.ending().await, Ending::Close(b"\x03\xf1".to_vec()), "a message too large in its pieces");
    notifier_is(&bridge, 0, "idle").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_answers_pings_stays_and_one_that_does_not_is_let_go_without_a_close_frame() {
    let legacy = Legacy::start();
    let bridge = bridged(&legacy, "ping_interval = \"100ms\"\nping_timeout = \"1s\"\n").await;
    let mut silent = WebSocket::open(bridge.address).await;
    let mut alive = WebSocket::open(bridge.address).await;
    let living = tokio::spawn(async move {
        let text = alive.next_text().await;
        (alive, text)
    });
    assert_eq!(silent.ending().await, Ending::Reset);
    broadcast(legacy.address, "still", Value::Null).await;
    let (_alive, text) = living.await.unwrap();
    assert!(text.contains("still"));
    let ended = bridge.status().await["websocket"]["counts"]["ended"].clone();
    assert_eq!(ended, json!({"silent": 1}));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bridge_that_stops_lets_its_clients_go_without_a_close_frame_unless_it_shall_say_goodbye() {
    for (let_go, ending) in [("drop", Ending::Fin), ("close", Ending::Close(b"\x03\xf4".to_vec()))] {
        let legacy = Legacy::start();
        let bridge = bridged(&legacy, &format!("let_go = \"{let_go}\"\n")).await;
        let mut client = WebSocket::open(bridge.address).await;
        broadcast(legacy.address, "last", Value::Null).await;
        bridge.signal("TERM");
        assert!(client.next_text().await.contains("last"));
        assert_eq!(client.ending().await, ending);
        assert!(bridge.wait(), "an orderly end");
        unsubscribed(&legacy).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_other_origins_and_clients_too_many_are_refused() {
    let legacy = Legacy::start();
    let bridge =
        bridged(&legacy, "origins = [\"https://app.example\"]\nmax_clients = 2\nmax_unauthenticated = 1\n").await;
    let with_origin =
        |origin: &str| handshake("/ws/").replace("Host: h\r\n", &format!("Host: h\r\nOrigin: {origin}\r\n"));
    assert_eq!(raw::exchange(bridge.address, with_origin("http://evil.example")).await.status, 403);
    assert_eq!(raw::exchange(bridge.address, handshake("/ws/")).await.status, 403);
    let mut first = Connection::open(bridge.address).await;
    first.send(with_origin("https://app.example")).await;
    assert_eq!(first.answer().await.status, 101);
    notifier_is(&bridge, 1, "up").await;
    let mut second = Connection::open(bridge.address).await;
    second.send(with_origin("https://app.example")).await;
    let refused = second.answer().await;
    assert_eq!((refused.status, refused.header("retry-after")), (503, Some("1")), "nobody is logged in: {refused:?}");
    assert!(refused.text().contains("ws.max_unauthenticated"), "{refused:?}");
    drop(first);
    notifier_is(&bridge, 0, "idle").await;
    let mut third = Connection::open(bridge.address).await;
    third.send(with_origin("https://app.example")).await;
    assert_eq!(third.answer().await.status, 101, "its place came back");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_may_reach_the_admin_listener_can_notify_and_is_told_how_many_got_it() {
    let legacy = Legacy::start();
    let bridge = bridged(&legacy, "").await;
    let notify = |body: Value| async move { raw::send_json(bridge.admin, "POST", "/notify", &body).await };
    let message =
        json!({"type": "refresh_balances", "data": {"type": "blockchain_balances", "blockchain": "\u{e9}th"}});
    assert_eq!(notify(message.clone()).await.json(), json!({"delivered": 0}));
    assert_eq!(messages(bridge.address).await, (vec![], vec![]), "what nobody got is its sender's");
    let mut clients = [WebSocket::open(bridge.address).await, WebSocket::open(bridge.address).await];
    assert_eq!(notify(message).await.json(), json!({"delivered": 2}));
    for client in &mut clients {
        let expected =
            r#"{"type": "refresh_balances", "data": {"type": "blockchain_balances", "blockchain": "\u00e9th"}}"#;
        assert_eq!(client.next_text().await, expected);
    }
    for wrong in [json!([]), json!({"type": 1, "data": 1}), json!({"type": "x"})] {
        let refused = notify(wrong).await;
        assert_eq!(refused.status, 400);
        assert!(refused.text().contains("expected a JSON object with a text"), "{refused:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_legacy_process_notifies_over_a_socket_that_is_its_users_alone() {
    let legacy = Legacy::start();
    let directory = tempfile::TempDir::new().unwrap();
    let path = directory.path().join("bridge.sock");
    let bridge = bridged(&legacy, &format!("[compat]\nsocket = {:?}\n", path.display().to_string())).await;
    let mut client = WebSocket::open(bridge.address).await;
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(over(&path, "POST /notify", r#"{"type": "a", "data": 1.50}"#).await.ends_with(r#"{"delivered":1}"#));
    assert_eq!(client.next_text().await, r#"{"type": "a", "data": 1.5}"#);
    assert!(over(&path, "GET /api/status", "").await.contains(" 404 "), "nothing else is there");
    bridge.signal("TERM");
    assert!(bridge.wait());
    assert!(!path.exists());
}

async fn over(path: &Path, line: &str, body: &str) -> String {
    let mut stream = UnixStream::connect(path).await.unwrap();
    let request =
        format!("{line} HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

#[tokio::test(flavor = "multi_thread")]
async fn an_independent_client_talks_to_it() {
    use futures_util::{SinkExt, StreamExt};
    use tokio_tungstenite::tungstenite::Message;

    let legacy = Legacy::start();
    let bridge = bridged(&legacy, "").await;
    let (mut socket, _) = tokio_tungstenite::connect_async(format!("ws://{}//ws/", bridge.address)).await.unwrap();
    socket.send(Message::text("hello")).await.unwrap();
    assert_eq!(socket.next().await.unwrap().unwrap(), Message::text("hello"));
    socket.send(Message::Ping(b"x".to_vec().into())).await.unwrap();
    assert_eq!(socket.next().await.unwrap().unwrap(), Message::Pong(b"x".to_vec().into()));
    broadcast(legacy.address, "x", json!("y".repeat(100_000))).await;
    assert_eq!(socket.next().await.unwrap().unwrap().len(), 100_000 + r#"{"type": "x", "data": ""}"#.len());
    socket.close(None).await.unwrap();
    while let Some(Ok(_)) = tokio::time::timeout(Duration::from_secs(30), socket.next()).await.unwrap() {}
    notifier_is(&bridge, 0, "idle").await;
}
