//! The notifier: who gets a message, and what becomes of it where nobody does.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicU64, Ordering},
};

use bytes::Bytes;
use parking_lot::Mutex;
use tokio::sync::{MutexGuard, watch};

use super::{
    client::{Client, Queue},
    clients::Clients,
    counts::{Counts, add},
    ending::End,
    frame::{Opcode, encode},
    kept::{self, Kept, Taken},
    link::Link,
    message::{self, Class, Delivery, Entry},
    outbox::{Bounds, Pushed},
    outcome::{Outcome, Undelivered},
    outgoing::Outgoing,
};
use crate::{
    config::settings::{LetGo, Ws},
    routes::Live,
    session::Session,
    wire::{Dict, Value, json},
};

/// Rounds of writing that a publisher may be ahead of.
const AHEAD: u64 = 32;

/// Sends messages to clients, and keeps what nobody gets.
#[derive(Debug)]
pub struct Notifier {
    pub(super) live: Arc<Live>,
    session: Arc<Session>,
    pub(super) clients: Clients,
    /// One message after the other, so that every client gets them in the same order.
    order: Mutex<u64>,
    kept: Mutex<Kept>,
    /// Held while legacy's queue of messages is being emptied, by us or by a client.
    turn: tokio::sync::Mutex<()>,
    /// What the notifier has counted.
    pub counts: Counts,
    /// Clients, and those about to be.
    pub(super) wanted: watch::Sender<usize>,
    pub(super) link: watch::Sender<Link>,
    /// Somebody is served who may have missed something: the subscription was broken, or not there yet.
    pub(super) gap: AtomicBool,
    /// Legacy has not been asked yet for what it queued since the subscription broke.
    pub(super) behind: watch::Sender<bool>,
    pub(super) numbers: AtomicU64,
    pub(super) draining: AtomicBool,
}

impl Notifier {
    /// A notifier without clients. [`super::running::run`] makes it work.
    #[must_use]
    pub fn new(live: Arc<Live>, session: Arc<Session>) -> Arc<Self> {
        Arc::new(Self {
            live,
            session,
            clients: Clients::new(),
            order: Mutex::new(0),
            kept: Mutex::default(),
            turn: tokio::sync::Mutex::default(),
            counts: Counts::default(),
            wanted: watch::Sender::new(0),
            link: watch::Sender::new(Link::Idle),
            gap: AtomicBool::new(false),
            behind: watch::Sender::new(false),
            numbers: AtomicU64::new(0),
            draining: AtomicBool::new(false),
        })
    }

    /// How many clients there are.
    #[must_use]
    pub fn clients(&self) -> usize {
        self.clients.count()
    }

    /// What waits for each client.
    #[must_use]
    pub fn queues(&self) -> Vec<Queue> {
        // Each has a lock of its own, and nobody who sends is to wait for all of them.
        self.clients.all().iter().map(|client| client.queue()).collect()
    }

    /// The state of the subscription.
    #[must_use]
    pub fn link(&self) -> Link {
        *self.link.borrow()
    }

    /// Messages that are kept, and how many had to go because there were too many.
    #[must_use]
    pub fn kept(&self) -> (usize, u64) {
        let kept = self.kept.lock();
        (kept.count(), kept.lost())
    }

    /// Clients, and those about to be.
    #[must_use]
    pub fn wanted(&self) -> usize {
        *self.wanted.borrow()
    }

    /// Sends `{"type": …, "data": …}` to every client, in legacy's own JSON.
    pub fn broadcast(&self, message_type: &str, data: Value, undelivered: Undelivered) -> Outcome {
        let message = Dict::from_iter([("type".into(), Value::text(message_type)), ("data".into(), data)]);
        self.relay(&json::dumps_value(&Value::Dict(message)), undelivered)
    }

    /// Sends a text, as it is, to every client.
    pub fn relay(&self, text: &str, undelivered: Undelivered) -> Outcome {
        let (delivery, name) = message::delivery_of(text.as_bytes());
        self.counts.message(name);
        self.send(encode::frame(Opcode::Text, text.as_bytes()), delivery, undelivered)
    }

    /// Sends bytes, as they are, to every client. Legacy has no such messages.
    pub(super) fn relay_binary(&self, bytes: &[u8]) {
        self.counts.message("unknown");
        let delivery = Delivery { class: Class::Notice, key: None };
        self.send(encode::frame(Opcode::Binary, bytes), delivery, Undelivered::Return);
    }

    fn send(&self, frame: Bytes, delivery: Delivery, undelivered: Undelivered) -> Outcome {
        let bounds = self.bounds();
        let mut number = self.order.lock();
        *number += 1;
        let outgoing = Arc::new(Outgoing::new(frame, *number, delivery));
        let (mut delivered, mut coalesced, mut evicted) = (0, 0, 0);
        self.clients.each(|client| match client.push(&outgoing, bounds) {
            Pushed::Queued { coalesced: superseded, evicted: left_out } => {
                delivered += 1;
                coalesced += superseded;
                evicted += left_out;
            }
            Pushed::LeftOut => evicted += 1,
            Pushed::Overflow => delivered += 1,
            Pushed::Ended => {}
        });
        drop(number);
        self.clients.write_soon();
        add(&self.counts.accepted, delivered);
        add(&self.counts.coalesced, coalesced);
        add(&self.counts.evicted, evicted);
        let nobody = outgoing.asked_all(delivered);
        if nobody && (delivered > 0 || undelivered == Undelivered::Keep) {
            self.keep(&outgoing);
        }
        Outcome { delivered }
    }

    /// Waits until the clients that take what they get have nearly everything. For whoever publishes faster than can be
    /// written; it does not wait for a client that is slow.
    pub async fn caught_up(&self) {
        self.clients.caught_up(AHEAD).await;
    }

    /// A client ends: what it did not get is kept if nobody else gets it, and in any case what is said once
    /// (errors, notices) if it was too slow.
    pub(super) fn leave(&self, client: &Arc<Client>, end: End, keep_begun: bool) {
        self.clients.remove(client);
        let rest = client.take_rest(keep_begun);
        if end == End::Lagged {
            tracing::warn!(client = client.number, waiting = rest.len(), "a websocket client takes too little; let go");
        } else {
            tracing::debug!(client = client.number, ?end, "a websocket client ended");
        }
        for outgoing in rest {
            let nobody = outgoing.failed();
            if nobody || (end == End::Lagged && matches!(outgoing.class, Class::Error | Class::Notice)) {
                self.keep(&outgoing);
            }
        }
        // Whoever sees it counted finds what it left.
        self.counts.ended(end);
    }

    fn keep(&self, outgoing: &Outgoing) {
        if outgoing.frame.first().is_none_or(|first| first & 0x0f != Opcode::Text.number()) {
            return;
        }
        let entry = Entry::of_frame(outgoing.text());
        self.kept.lock().put(outgoing.number, entry, self.session.logouts(), self.kept_bounds());
    }

    /// Keeps what another process has kept, behind what is here.
    pub fn keep_all(&self, entries: Vec<Entry>) {
        let bounds = self.kept_bounds();
        let mut number = self.order.lock();
        let mut kept = self.kept.lock();
        for entry in entries {
            *number += 1;
            kept.put(*number, entry, self.session.logouts(), bounds);
        }
    }

    /// Takes out what is kept, for an answer to `GET /api/1/messages`.
    #[must_use]
    pub fn take_kept(&self) -> Taken {
        self.kept.lock().take(self.session.logouts())
    }

    /// Puts back what was taken for an answer that nobody read.
    pub fn put_back(&self, taken: Taken) {
        self.kept.lock().put_back(taken, self.session.logouts(), self.kept_bounds());
    }

    /// The right to empty legacy's queue of messages. Legacy gives each to whoever asks first: while we fetch what was
    /// missed, a client that asks as well has to wait.
    pub async fn turn(&self) -> MutexGuard<'_, ()> {
        self.turn.lock().await
    }

    /// Whether a client that should come back is told by a close frame.
    pub(super) fn says_goodbye(&self) -> bool {
        self.with_settings(|ws| ws.let_go == LetGo::Close)
    }

    fn bounds(&self) -> Bounds {
        self.with_settings(|ws| Bounds { count: ws.queue, bytes: bytes(ws.queue_bytes) })
    }

    fn kept_bounds(&self) -> kept::Bounds {
        self.with_settings(|ws| kept::Bounds { count: ws.kept, bytes: bytes(ws.kept_bytes) })
    }

    /// The settings in force.
    pub(super) fn with_settings<T>(&self, read: impl FnOnce(&Ws) -> T) -> T {
        read(&self.live.snapshot().config.ws)
    }

    /// Says so if messages are lost with this process.
    pub fn warn_of_what_is_lost(&self) {
        let (kept, _) = self.kept();
        if kept > 0 {
            tracing::warn!(kept, "messages that nobody asked for at GET /api/1/messages are lost with this process");
        }
    }

    /// Ends every client, once nothing more will come. They are to come back, to whoever takes our place.
    pub(super) fn drain(&self) {
        self.draining.store(true, Ordering::SeqCst);
        self.clients.each(|client| client.end(End::Drained));
    }

    /// Why another client may not come in now, if so.
    #[must_use]
    pub fn full(&self) -> Option<&'static str> {
        let (clients, unauthenticated) = self.with_settings(|ws| (ws.max_clients, ws.max_unauthenticated));
        let count = self.wanted();
        if count >= clients {
            return Some("ws.max_clients");
        }
        (count >= unauthenticated && !self.session.has_user()).then_some("ws.max_unauthenticated")
    }

    /// Counts an upgrade that was refused.
    pub fn count_refused(&self) {
        add(&self.counts.refused, 1);
    }
}

fn bytes(size: Option<u64>) -> usize {
    size.map_or(usize::MAX, |bytes| usize::try_from(bytes).unwrap_or(usize::MAX))
}
