//! Who listens, and the room that copies have.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicU64, Ordering},
};

use parking_lot::Mutex;
use thiserror::Error;
use tokio::sync::{Notify, Semaphore, mpsc, watch};

use super::{Exchange, Tape};
use crate::{config::settings, forward::copy, routes::Selection};

/// Most recordings at once.
pub const MOST: usize = 4;
/// Most exchanges that wait for one listener. Their bodies are bounded by the room besides.
const WAITING: usize = 256;

/// There are as many recordings as there may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("{MOST} recordings are running, which is as many as there may be at once; end one of them first")]
pub struct TooMany;

/// What copies exchanges for whoever listens.
#[derive(Debug)]
pub struct Recorder {
    /// Whether anybody listens: all that is looked at while nobody does.
    listens: Arc<AtomicBool>,
    /// Room for the bodies of exchanges that nobody has read yet.
    pub(super) room: Arc<Semaphore>,
    places: Arc<Semaphore>,
    listeners: Mutex<Vec<Arc<Listener>>>,
    stopping: watch::Receiver<bool>,
}

/// Somebody who listens. What is taken for them holds them, so that their tape ends when the last of it is there.
#[derive(Debug)]
pub(super) struct Listener {
    selection: Selection,
    queue: mpsc::Sender<Arc<Exchange>>,
    losses: Arc<Losses>,
}

/// Exchanges that were dropped.
#[derive(Debug, Default)]
pub(super) struct Losses {
    count: AtomicU64,
    news: Notify,
}

impl Losses {
    /// One more.
    pub(super) fn add(&self) {
        self.count.fetch_add(1, Ordering::AcqRel);
        self.news.notify_one();
    }

    /// How many so far.
    pub(super) fn count(&self) -> u64 {
        self.count.load(Ordering::Acquire)
    }

    /// Waits for more. Cancel-safe.
    pub(super) async fn more(&self) {
        self.news.notified().await;
    }
}

impl Listener {
    /// Queues an exchange, or drops it if the listener does not keep up.
    pub(super) fn offer(&self, exchange: Arc<Exchange>) {
        if let Err(mpsc::error::TrySendError::Full(_)) = self.queue.try_send(exchange) {
            self.lose();
        }
    }

    /// An exchange could not be copied for want of room.
    pub(super) fn lose(&self) {
        self.losses.add();
    }
}

impl Recorder {
    /// One that nobody listens to yet. Its copies have as much room as those of comparisons, and room of their own.
    #[must_use]
    pub fn new(config: &settings::Parity, stopping: watch::Receiver<bool>) -> Self {
        Self {
            listens: Arc::default(),
            room: copy::room(config.memory),
            places: Arc::new(Semaphore::new(MOST)),
            listeners: Mutex::default(),
            stopping,
        }
    }

    /// Whether anybody listens, as it changes.
    #[must_use]
    pub fn listens(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.listens)
    }

    /// The same, as it is now.
    #[must_use]
    pub fn is_listening(&self) -> bool {
        self.listens.load(Ordering::Acquire)
    }

    /// Records the requests of these routes from here on, until the tape is dropped or the bridge stops. `redact` are
    /// names of fields and headers that are secret, besides those that always are.
    ///
    /// # Errors
    /// There are as many recordings as there may be.
    pub fn listen(self: &Arc<Self>, selection: Selection, redact: &[String]) -> Result<Tape, TooMany> {
        let place = Arc::clone(&self.places).try_acquire_owned().map_err(|_| TooMany)?;
        let (queue, waiting) = mpsc::channel(WAITING);
        let losses = Arc::new(Losses::default());
        let listener = Arc::new(Listener { selection, queue, losses: Arc::clone(&losses) });
        let known = Arc::downgrade(&listener);
        self.change(|listeners| listeners.push(listener));
        let recorder = Arc::clone(self);
        let leave = move || {
            recorder.change(|listeners| listeners.retain(|other| Arc::as_ptr(other) != known.as_ptr()));
        };
        Ok(Tape::new(waiting, losses, redact, self.stopping.clone(), Box::new(leave), place))
    }

    fn change(&self, change: impl FnOnce(&mut Vec<Arc<Listener>>)) {
        let mut listeners = self.listeners.lock();
        change(&mut listeners);
        self.listens.store(!listeners.is_empty(), Ordering::Release);
    }

    /// Who wants requests of this route, or of none.
    pub(super) fn wanting(&self, route: Option<&str>) -> Vec<Arc<Listener>> {
        if !self.listens.load(Ordering::Acquire) {
            return Vec::new();
        }
        self.listeners.lock().iter().filter(|listener| listener.selection.wants(route)).map(Arc::clone).collect()
    }
}
