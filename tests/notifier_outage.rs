//! Clients stay while legacy goes and comes back, and get each message once, in order.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use crate::support::{
    self,
    bridge::{Bridge, Setup},
    legacy::Legacy,
    raw,
    upstream::{Incoming, Upstream},
    websocket::{Reader, WebSocket, broadcast, messages, notifier_is, server_text},
};
use parking_lot::Mutex;
use serde_json::json;
use tokio::sync::mpsc;

async fn bridged(legacy: SocketAddr, more: &str) -> Bridge {
    Setup::before(legacy).routes(&format!("[ws]\nmode = \"bridge\"\n{more}")).start().await
}

/// Numbers of the messages somebody got.
fn numbers(reader: &Reader) -> Vec<u64> {
    let number = |text: &String| serde_json::from_str::<serde_json::Value>(text).unwrap()["data"].as_u64().unwrap();
    reader.texts().iter().map(number).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn through_twenty_restarts_of_legacy_fifty_clients_get_each_message_once_and_in_order() {
    const RESTARTS: usize = 20;
    let mut legacy = Legacy::start();
    let bridge = bridged(legacy.address, "").await;
    let mut clients = Vec::new();
    for _ in 0..50 {
        clients.push(Reader::of(WebSocket::open(bridge.address).await));
    }
    notifier_is(&bridge, 50, "up").await;

    // Numbers go out one after the other, whether legacy is there or not. Of each it is known whether legacy handed it
    // over to a subscriber, queued it, or can not say because it was killed.
    let (address, stop) = (legacy.address, Arc::new(AtomicBool::new(false)));
    let stopped = Arc::clone(&stop);
    let (said, mut says) = mpsc::channel(4096);
    let publishing = tokio::spawn(async move {
        let mut number = 0u64;
        while !stopped.load(Ordering::SeqCst) {
            number += 1;
            let fate = tokio::spawn(async move { broadcast(address, "numbered", json!(number)).await }).await;
            let _ = said.send((number, fate.ok())).await;
        }
    });
    let mut fates = Vec::new();
    for _ in 0..RESTARTS {
        // Some pass in each life of legacy.
        let mut delivered = 0;
        while delivered < 20 {
            let (number, fate) = says.recv().await.unwrap();
            delivered += u64::from(fate.is_some_and(|(delivered, _)| delivered == 1));
            fates.push((number, fate));
        }
        legacy.restart();
    }
    let mut delivered = 0;
    while delivered < 20 {
        let (number, fate) = says.recv().await.unwrap();
        delivered += u64::from(fate.is_some_and(|(delivered, _)| delivered == 1));
        fates.push((number, fate));
    }
    stop.store(true, Ordering::SeqCst);
    publishing.await.unwrap();
    while let Ok(fate) = says.try_recv() {
        fates.push(fate);
    }
    let handed: Vec<u64> =
        fates.iter().filter(|(_, fate)| fate.is_some_and(|(n, _)| n == 1)).map(|(n, _)| *n).collect();
    let queued: Vec<u64> =
        fates.iter().filter(|(_, fate)| fate.is_some_and(|(_, n)| n == 1)).map(|(n, _)| *n).collect();
    println!(
        "{} numbers: {} handed over, {} queued, {} cut off",
        fates.len(),
        handed.len(),
        queued.len(),
        fates.len() - handed.len() - queued.len()
    );

    let last = *handed.last().unwrap();
    for client in &clients {
        support::eventually("the last one is there", || async { numbers(client).contains(&last).then_some(()) }).await;
        assert!(!client.has_ended(), "nobody was dropped");
        let numbers = numbers(client);
        assert!(numbers.is_sorted_by(|a, b| a < b), "each once, in order: {numbers:?}");
        let missing: Vec<&u64> = handed.iter().filter(|number| !numbers.contains(number)).collect();
        assert!(missing.is_empty(), "handed over and not delivered: {missing:?}");
    }
    // What a killed legacy had queued died with it; whatever came, came to everybody.
    let first = numbers(&clients[0]);
    assert!(clients.iter().all(|client| numbers(client) == first));
    assert_eq!(bridge.status().await["websocket"]["clients"], 50);
    assert_eq!(messages(bridge.address).await, (vec![], vec![]), "nothing comes a second time");
}

/// A legacy of which a test decides whether it takes subscribers, and what it has queued.
#[derive(Clone, Default)]
struct Script {
    refuses: Arc<AtomicBool>,
    asked: Arc<AtomicUsize>,
    queued: Arc<Mutex<Vec<String>>>,
    /// While this is held, it does not answer when it is asked for its queue.
    slow: Arc<tokio::sync::Mutex<()>>,
    /// What it answers in place of its queue.
    odd: Arc<Mutex<Option<&'static str>>>,
    /// Where the frames come from that the current subscriber gets; the subscription ends with its sender.
    frames: Arc<Mutex<Option<mpsc::Receiver<Vec<u8>>>>>,
}

impl Script {
    /// A new subscription, to be made by whoever asks next.
    fn subscription(&self) -> mpsc::Sender<Vec<u8>> {
        let (send, frames) = mpsc::channel(4096);
        *self.frames.lock() = Some(frames);
        send
    }

    async fn play(self, mut incoming: Incoming) {
        while let Some(head) = incoming.request().await {
            if head.starts_with("GET /api/1/messages ") {
                self.asked.fetch_add(1, Ordering::SeqCst);
                let errors = std::mem::take(&mut *self.queued.lock());
                drop(self.slow.lock().await);
                let body = json!({"result": {"warnings": [], "errors": errors}, "message": ""}).to_string();
                let body = self.odd.lock().map_or(body, str::to_owned);
                incoming.send(format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len())).await;
                continue;
            }
            if self.refuses.load(Ordering::SeqCst) {
                return incoming.send("HTTP/1.1 503 NO\r\nContent-Length: 0\r\n\r\n").await;
            }
            let key = head.lines().find_map(|line| line.strip_prefix("Sec-WebSocket-Key: ")).unwrap();
            let accept = tokio_tungstenite::tungstenite::handshake::derive_accept_key(key.as_bytes());
            incoming.send(format!("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n\r\n")).await;
            let frames = self.frames.lock().take();
            let Some(mut frames) = frames else { return };
            while let Some(frame) = frames.recv().await {
                incoming.send(frame).await;
            }
            return;
        }
    }
}

async fn scripted() -> (Script, Upstream) {
    let script = Script::default();
    let playing = script.clone();
    let upstream = Upstream::start(move |incoming| playing.clone().play(incoming)).await;
    (script, upstream)
}

async fn up(bridge: &Bridge, subscription: &str) {
    bridge.until(subscription, |status| status["websocket"]["subscription"] == subscription).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_legacy_queued_meanwhile_comes_first_once_it_is_subscribed_to_again() {
    let (script, upstream) = scripted().await;
    let first = script.subscription();
    let bridge = Setup::before(upstream.address).routes("[ws]\nmode = \"bridge\"\n").start_alone();
    let mut client = WebSocket::open(bridge.address).await;
    first.try_send(server_text("one")).unwrap();
    assert_eq!(client.next_text().await, "one");
    assert_eq!(script.asked.load(Ordering::SeqCst), 0, "it had missed nothing");

    script.refuses.store(true, Ordering::SeqCst);
    drop(first);
    up(&bridge, "down").await;
    let mut late = WebSocket::open(bridge.address).await;
    late.text("served all the same").await;
    assert_eq!(late.next_text().await, "served all the same");
    let queued = [r#"{"type": "x", "data": 2}"#, "three"];
    script.queued.lock().extend(queued.map(str::to_owned));
    let second = script.subscription();
    second.try_send(server_text("four")).unwrap();
    script.refuses.store(false, Ordering::SeqCst);
    for client in [&mut client, &mut late] {
        assert_eq!(client.next_text().await, r#"{"type": "x", "data": 2}"#);
        let error = r#"{"type": "legacy", "data": {"verbosity": "error", "value": "three"}}"#;
        assert_eq!(client.next_text().await, error);
        assert_eq!(client.next_text().await, "four");
    }
    assert_eq!(script.asked.load(Ordering::SeqCst), 1);
    assert_eq!(bridge.status().await["websocket"]["counts"]["subscriptions"], 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_legacy_queued_meanwhile_comes_before_what_is_sent_past_the_subscription() {
    let (script, upstream) = scripted().await;
    let first = script.subscription();
    let bridge = Setup::before(upstream.address).routes("[ws]\nmode = \"bridge\"\n").start_alone();
    let mut client = WebSocket::open(bridge.address).await;
    script.refuses.store(true, Ordering::SeqCst);
    drop(first);
    up(&bridge, "down").await;
    let admin = bridge.admin;
    let notify = move |number: u32| async move {
        raw::send_json(admin, "POST", "/notify", &json!({"type": "x", "data": number})).await.json()
    };
    script.queued.lock().push(r#"{"type": "x", "data": 1}"#.into());
    let slow = script.slow.lock().await;
    let _second = script.subscription();
    script.refuses.store(false, Ordering::SeqCst);
    support::eventually("it is asked", || async { (script.asked.load(Ordering::SeqCst) == 1).then_some(()) }).await;
    let mut newer = tokio::spawn(notify(2));
    let early = tokio::time::timeout(Duration::from_millis(300), &mut newer).await;
    assert!(early.is_err(), "it waits for what is older: {early:?}");
    drop(slow);
    assert_eq!(newer.await.unwrap(), json!({"delivered": 1}));
    for number in [1, 2] {
        assert_eq!(client.next_text().await, format!(r#"{{"type": "x", "data": {number}}}"#));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_sent_past_the_subscription_does_not_wait_for_ever_and_only_once() {
    let (script, upstream) = scripted().await;
    let first = script.subscription();
    let bridge = Setup::before(upstream.address).routes("[ws]\nmode = \"bridge\"\n").start_alone();
    let mut client = WebSocket::open(bridge.address).await;
    script.refuses.store(true, Ordering::SeqCst);
    drop(first);
    up(&bridge, "down").await;
    let mut took = Vec::new();
    for number in [1, 2] {
        let began = Instant::now();
        let message = json!({"type": "x", "data": number});
        let answer = raw::send_json(bridge.admin, "POST", "/notify", &message).await;
        assert_eq!(answer.json(), json!({"delivered": 1}));
        assert_eq!(client.next_text().await, message.to_string().replace(':', ": ").replace(',', ", "));
        took.push(began.elapsed());
    }
    assert!(took[0] >= Duration::from_secs(3) && took[1] < took[0], "{took:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_when_the_subscription_breaks_again_before_legacy_has_said_what_was_missed() {
    let (script, upstream) = scripted().await;
    let first = script.subscription();
    let bridge = Setup::before(upstream.address).routes("[ws]\nmode = \"bridge\"\n").start_alone();
    let mut client = WebSocket::open(bridge.address).await;
    script.refuses.store(true, Ordering::SeqCst);
    drop(first);
    up(&bridge, "down").await;
    script.queued.lock().push(r#"{"type": "x", "data": 1}"#.into());
    let slow = script.slow.lock().await;
    let second = script.subscription();
    second.try_send(server_text("two")).unwrap();
    script.refuses.store(false, Ordering::SeqCst);
    support::eventually("it is asked", || async { (script.asked.load(Ordering::SeqCst) == 1).then_some(()) }).await;
    let third = script.subscription();
    drop(second);
    drop(slow);
    assert_eq!(client.next_text().await, r#"{"type": "x", "data": 1}"#);
    assert_eq!(client.next_text().await, "two");
    third.try_send(server_text("three")).unwrap();
    assert_eq!(client.next_text().await, "three");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_is_let_in_while_legacy_is_away_and_misses_nothing_of_what_it_queues() {
    let (script, upstream) = scripted().await;
    script.refuses.store(true, Ordering::SeqCst);
    script.queued.lock().push(r#"{"type": "x", "data": 1}"#.into());
    let bridge = Setup::before(upstream.address).routes("[ws]\nmode = \"bridge\"\n").start_alone();
    let mut client = WebSocket::open(bridge.address).await;
    up(&bridge, "down").await;
    let _subscription = script.subscription();
    script.refuses.store(false, Ordering::SeqCst);
    assert_eq!(client.next_text().await, r#"{"type": "x", "data": 1}"#);
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_are_told_of_an_outage_where_that_is_wanted() {
    let (script, upstream) = scripted().await;
    let first = script.subscription();
    let bridge = Setup::before(upstream.address).routes("[ws]\nmode = \"bridge\"\nannounce = true\n").start_alone();
    let mut client = WebSocket::open(bridge.address).await;
    script.refuses.store(true, Ordering::SeqCst);
    drop(first);
    assert_eq!(client.next_text().await, r#"{"type": "cutover_status", "data": {"legacy": "away"}}"#);
    let _second = script.subscription();
    script.refuses.store(false, Ordering::SeqCst);
    assert_eq!(client.next_text().await, r#"{"type": "cutover_status", "data": {"legacy": "back"}}"#);
}

#[tokio::test(flavor = "multi_thread")]
async fn frames_in_pieces_and_pings_of_an_upstream_are_understood_and_its_protocol_errors_survived() {
    let (script, upstream) = scripted().await;
    let first = script.subscription();
    let bridge = Setup::before(upstream.address).routes("[ws]\nmode = \"bridge\"\n").start_alone();
    let mut client = WebSocket::open(bridge.address).await;
    first.try_send(b"\x01\x03in \x89\x01?\x80\x06pieces".to_vec()).unwrap();
    first.try_send(b"\x82\x02\xff\xfe".to_vec()).unwrap();
    first.try_send(server_text(&"y".repeat(300_000))).unwrap();
    assert_eq!(client.next_text().await, "in pieces");
    assert_eq!(client.frame().await.payload, b"\xff\xfe");
    assert_eq!(client.next_text().await.len(), 300_000);
    let second = script.subscription();
    first.try_send(b"\x81\x85abcd".to_vec()).unwrap();
    second.try_send(server_text("after")).unwrap();
    assert_eq!(client.next_text().await, "after");
    assert!(bridge.log().contains("legacy broke the protocol: a server's frame is masked"), "{}", bridge.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_on_its_way_when_the_last_client_leaves_is_kept_for_messages() {
    let (script, upstream) = scripted().await;
    let first = script.subscription();
    let bridge = Setup::before(upstream.address).routes("[ws]\nmode = \"bridge\"\n").start_alone();
    let client = WebSocket::open(bridge.address).await;
    client.close().await;
    // Legacy has not answered the close yet: it takes this for delivered.
    bridge.until("it is leaving", |status| status["websocket"]["subscription"] == "connecting").await;
    first.try_send(server_text(r#"{"type": "x", "data": 1}"#)).unwrap();
    first.try_send(b"\x88\0".to_vec()).unwrap();
    up(&bridge, "idle").await;
    let (_, errors) = messages(bridge.address).await;
    assert_eq!(errors, [r#"{"type": "x", "data": 1}"#]);
    assert_eq!(messages(bridge.address).await.1, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_of_messages_that_cannot_be_merged_passes_and_ours_wait_for_the_next() {
    let (script, upstream) = scripted().await;
    let first = script.subscription();
    let bridge = Setup::before(upstream.address).routes("[ws]\nmode = \"bridge\"\n").start_alone();
    let client = WebSocket::open(bridge.address).await;
    client.close().await;
    bridge.until("it is leaving", |status| status["websocket"]["subscription"] == "connecting").await;
    first.try_send([server_text("kept"), b"\x88\0".to_vec()].concat()).unwrap();
    up(&bridge, "idle").await;
    for odd in [r#"{"result": null, "message": ""}"#, "[]", "no JSON"] {
        *script.odd.lock() = Some(odd);
        assert_eq!(raw::get(bridge.address, "/api/1/messages").await.text(), odd);
    }
    *script.odd.lock() = None;
    assert_eq!(messages(bridge.address).await.1, ["kept"]);
}
