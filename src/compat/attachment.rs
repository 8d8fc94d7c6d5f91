//! Whether the package inside the legacy process is connected, and the way to tell it something.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{SystemTime, UNIX_EPOCH},
};

use bytes::Bytes;
use futures_util::Stream;
use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio::sync::{Notify, mpsc};

use super::{
    attached::{Attached, Held},
    counts::Counts,
    parts::Parts,
    peer::Peer,
    stream,
};
use crate::{config::Caches, session::Hold};

/// Lines that may wait for a package that does not read.
const WAITING: usize = 256;

/// The connection of the package: none, or one.
#[derive(Debug)]
pub struct Attachment {
    pub(super) current: Mutex<Option<Attached>>,
    /// Of connections and questions. It begins anywhere, so that an answer to an earlier bridge's question is none to ours.
    numbers: AtomicU64,
    pub(super) counts: Counts,
    changed: Arc<Notify>,
    /// Another process has gone on: the package is to find that one.
    left: AtomicBool,
}

impl Default for Attachment {
    fn default() -> Self {
        let first = u64::from(rand::random::<u32>());
        Self {
            current: Mutex::default(),
            numbers: AtomicU64::new(first),
            counts: Counts::default(),
            changed: Arc::default(),
            left: AtomicBool::new(false),
        }
    }
}

/// What the package says when it comes.
#[derive(Debug)]
pub struct Introduction {
    /// Its process id, in its own namespace.
    pub pid: u32,
    /// What it is loaded into.
    pub backend: String,
    /// What it takes off our hands.
    pub parts: Parts,
}

impl Attachment {
    /// Whether it is connected.
    #[must_use]
    pub fn is_attached(&self) -> bool {
        self.current.lock().is_some()
    }

    /// Whether legacy's own transactions take their lock at the beginning: then its writes and ours just wait for each
    /// other.
    #[must_use]
    pub fn has_immediate_transactions(&self) -> bool {
        self.current.lock().as_ref().is_some_and(|attached| attached.parts.transactions)
    }

    /// The caches that it drops when it is told.
    #[must_use]
    pub fn caches(&self) -> Caches {
        self.current.lock().as_ref().map(|attached| attached.parts.caches).unwrap_or_default()
    }

    /// Told whenever it comes, or another of its parts is at work.
    #[must_use]
    pub fn changed(&self) -> Arc<Notify> {
        Arc::clone(&self.changed)
    }

    /// It comes. There is one at a time: the same process takes its own place, and that of one that has ended.
    ///
    /// The stream is what it is told; it is connected for as long as that lives.
    ///
    /// # Errors
    /// Another process is connected: its id.
    pub fn attach(
        self: &Arc<Self>,
        introduction: Introduction,
        peer: Peer,
    ) -> Result<impl Stream<Item = Bytes> + Send + use<>, u32> {
        let Introduction { pid, backend, parts } = introduction;
        let mut current = self.current.lock();
        if self.left.load(Ordering::SeqCst) {
            return Err(std::process::id());
        }
        if let Some(attached) = current.as_ref().filter(|attached| !attached.gives_way(pid, peer)) {
            return Err(attached.pid);
        }
        let (lines, told) = mpsc::channel(WAITING);
        let number = self.number();
        tracing::info!(pid, backend, parts = %parts.shown(), "the package inside legacy is connected");
        let since = SystemTime::now();
        let waiting = std::collections::HashMap::new();
        *current = Some(Attached { number, pid, peer, backend, parts, since, lines, waiting, hold: None });
        self.changed.notify_one();
        let attachment = Arc::clone(self);
        Ok(stream::of(told, move || attachment.end(number, "its connection ended")))
    }

    /// A connection is over. Its place may have been taken meanwhile.
    pub(super) fn end(&self, number: u64, why: &str) {
        let mut current = self.current.lock();
        if let Some(attached) = current.take_if(|attached| attached.number == number) {
            tracing::warn!(pid = attached.pid, why, "the package inside legacy is not connected any more");
        }
    }

    /// The bridge stops.
    pub fn part(&self) {
        if self.current.lock().take().is_some() {
            tracing::info!("the package inside legacy is let go of");
        }
    }

    /// The bridge stops, and another process has gone on in its place: the package is to find that one.
    pub fn leave(&self) {
        self.left.store(true, Ordering::SeqCst);
        self.part();
    }

    /// A number that nothing else has.
    pub(super) fn number(&self) -> u64 {
        self.numbers.fetch_add(1, Ordering::Relaxed)
    }

    /// What it takes off our hands, changed. Gives whether it is connected, and is this process.
    pub(super) fn set_parts(&self, parts: Parts, peer: Peer) -> bool {
        self.with(peer, |attached| {
            tracing::info!(parts = %parts.shown(), "the parts of the package inside legacy");
            attached.parts = parts;
            self.changed.notify_one();
        })
        .is_some()
    }

    /// The connection, if it is this process's.
    pub(super) fn with<T>(&self, peer: Peer, act: impl FnOnce(&mut Attached) -> T) -> Option<T> {
        self.current.lock().as_mut().filter(|attached| !attached.peer.differs(peer)).map(act)
    }

    /// Keeps a hold on the files for as long as the connection of this number lives, or until it is taken back.
    pub(super) fn keep(&self, number: u64, hold: Hold) -> bool {
        let mut current = self.current.lock();
        let Some(attached) = current.as_mut().filter(|attached| attached.number == number) else { return false };
        attached.hold = Some(Held { hold, told: false });
        true
    }

    /// For the admin API.
    #[must_use]
    pub fn shown(&self) -> Value {
        let current = self.current.lock();
        let since = |attached: &Attached| attached.since.duration_since(UNIX_EPOCH).map_or(0.0, |at| at.as_secs_f64());
        json!({
            "attached": current.is_some(),
            "backend": current.as_ref().map(|attached| &attached.backend),
            "pid": current.as_ref().map(|attached| attached.pid),
            "parts": current.as_ref().map(|attached| attached.parts.shown()),
            "since": current.as_ref().map(since),
            "invalidations": self.counts.shown(),
        })
    }
}
