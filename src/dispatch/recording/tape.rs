//! What a listener gets to read.

use std::{fmt, sync::Arc};

use futures_util::{Stream, stream};
use serde_json::json;
use tokio::sync::{OwnedSemaphorePermit, mpsc, watch};

use super::{Exchange, recorder::Losses};

/// From this many bytes of bodies on, redacting is not for a thread of the runtime.
const LARGE: usize = 64 * 1024;

/// One thing that is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    /// An exchange: an entry of a HAR file, redacted, in one line.
    Entry(String),
    /// So many exchanges were dropped so far: they came faster than they were read.
    Dropped(u64),
}

impl Told {
    /// As one line, with its end.
    #[must_use]
    pub fn line(self) -> String {
        match self {
            Self::Entry(line) => line + "\n",
            Self::Dropped(count) => format!("{}\n", json!({ "dropped": count })),
        }
    }
}

/// A recording as it is made. It begins when it is opened, and ends when it is dropped.
pub struct Tape {
    waiting: mpsc::Receiver<Arc<Exchange>>,
    losses: Arc<Losses>,
    told: u64,
    names: Vec<String>,
    stopping: watch::Receiver<bool>,
    leave: Option<Box<dyn FnOnce() + Send + Sync>>,
    _place: OwnedSemaphorePermit,
}

impl fmt::Debug for Tape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tape").field("losses", &self.losses).finish_non_exhaustive()
    }
}

enum Next {
    Exchange(Option<Arc<Exchange>>),
    Loss,
    Stop,
}

impl Tape {
    pub(super) fn new(
        waiting: mpsc::Receiver<Arc<Exchange>>,
        losses: Arc<Losses>,
        redact: &[String],
        stopping: watch::Receiver<bool>,
        leave: Box<dyn FnOnce() + Send + Sync>,
        place: OwnedSemaphorePermit,
    ) -> Self {
        let names = redact.iter().map(|name| name.to_lowercase()).collect();
        Self { waiting, losses, told: 0, names, stopping, leave: Some(leave), _place: place }
    }

    /// Everything that is told, up to the end of the requests that were running when the bridge stopped.
    pub fn told(self) -> impl Stream<Item = Told> + Send {
        stream::unfold(self, |mut tape| async move { Some((tape.next().await?, tape)) })
    }

    async fn next(&mut self) -> Option<Told> {
        loop {
            let lost = self.losses.count();
            if lost > self.told {
                self.told = lost;
                return Some(Told::Dropped(lost));
            }
            let listens = self.leave.is_some();
            let next = tokio::select! {
                exchange = self.waiting.recv() => Next::Exchange(exchange),
                () = self.losses.more() => Next::Loss,
                _ = self.stopping.wait_for(|stopping| *stopping), if listens => Next::Stop,
            };
            match next {
                Next::Exchange(Some(exchange)) => match self.entry(exchange).await {
                    Some(entry) => return Some(Told::Entry(entry)),
                    None => self.losses.add(),
                },
                Next::Exchange(None) if self.losses.count() == self.told => return None,
                Next::Exchange(None) | Next::Loss => {}
                Next::Stop => self.leave(),
            }
        }
    }

    /// None if there is a fault in the making of it.
    async fn entry(&self, exchange: Arc<Exchange>) -> Option<String> {
        if exchange.size() < LARGE {
            return Some(exchange.entry(&self.names));
        }
        let names = self.names.clone();
        tokio::task::spawn_blocking(move || exchange.entry(&names)).await.ok()
    }

    /// Nothing more is taken for it; what was taken still comes.
    fn leave(&mut self) {
        if let Some(leave) = self.leave.take() {
            leave();
        }
    }
}

impl Drop for Tape {
    fn drop(&mut self) {
        self.leave();
    }
}
