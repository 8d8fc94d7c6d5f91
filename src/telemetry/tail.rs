//! The live tail: every request as it ends, for whoever watches.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, SystemTime},
};

use tokio::sync::broadcast;

/// Requests that may wait for a reader; further ones push out the oldest, and the reader learns how many.
const WAITING: usize = 1024;

/// One request, as it is shown.
#[derive(Debug, Clone)]
pub struct Ended {
    /// When it ended.
    pub at: SystemTime,
    /// Its method.
    pub method: http::Method,
    /// Its path, without the query: that can hold secrets.
    pub path: String,
    /// Its route's name, if it has one.
    pub route: Option<String>,
    /// The route's mode.
    pub mode: Option<&'static str>,
    /// Who answered.
    pub variant: &'static str,
    /// Why that side.
    pub reason: &'static str,
    /// Status of the answer.
    pub status: u16,
    /// From its head to that of the answer.
    pub latency: Duration,
    /// Why the handler gave no answer, or why legacy gave none.
    pub why: Option<String>,
}

/// The tail. While nobody watches, a request costs one look at a number.
#[derive(Debug)]
pub struct Tail {
    sender: broadcast::Sender<Arc<Ended>>,
    watched: Arc<AtomicUsize>,
}

/// Somebody who watches.
#[derive(Debug)]
pub struct Watching {
    receiver: broadcast::Receiver<Arc<Ended>>,
    watched: Arc<AtomicUsize>,
}

/// The next thing that a watcher gets.
#[derive(Debug, Clone)]
pub enum Next {
    /// A request.
    Ended(Arc<Ended>),
    /// So many requests were lost: they came faster than they were taken.
    Lost(u64),
}

impl Default for Tail {
    fn default() -> Self {
        Self { sender: broadcast::Sender::new(WAITING), watched: Arc::default() }
    }
}

impl Tail {
    /// Shows a request to those who watch. It is only put together if there are any.
    pub fn show(&self, ended: impl FnOnce() -> Ended) {
        if self.watched.load(Ordering::Relaxed) > 0 {
            // It fails if the last of them has just left.
            let _ = self.sender.send(Arc::new(ended()));
        }
    }

    /// Watches from here on.
    #[must_use]
    pub fn watch(&self) -> Watching {
        let watched = Arc::clone(&self.watched);
        watched.fetch_add(1, Ordering::Relaxed);
        Watching { receiver: self.sender.subscribe(), watched }
    }
}

impl Watching {
    /// The next request; none once the tail is gone. Cancel-safe.
    pub async fn next(&mut self) -> Option<Next> {
        match self.receiver.recv().await {
            Ok(ended) => Some(Next::Ended(ended)),
            Err(broadcast::error::RecvError::Lagged(lost)) => Some(Next::Lost(lost)),
            Err(broadcast::error::RecvError::Closed) => None,
        }
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        self.watched.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ended(number: u64) -> Ended {
        Ended {
            at: SystemTime::UNIX_EPOCH,
            method: http::Method::GET,
            path: format!("/{number}"),
            route: None,
            mode: None,
            variant: "legacy",
            reason: "DEFAULT",
            status: 200,
            latency: Duration::ZERO,
            why: None,
        }
    }

    #[tokio::test]
    async fn a_request_is_only_put_together_while_somebody_watches() {
        let tail = Tail::default();
        tail.show(|| panic!("nobody watches"));
        let mut watching = tail.watch();
        tail.show(|| ended(1));
        assert!(matches!(watching.next().await, Some(Next::Ended(shown)) if shown.path == "/1"));
        drop(watching);
        tail.show(|| panic!("nobody watches any more"));
    }

    #[tokio::test]
    async fn a_watcher_that_does_not_keep_up_learns_how_much_it_missed() {
        let tail = Tail::default();
        let mut watching = tail.watch();
        for number in 0..WAITING as u64 + 10 {
            tail.show(|| ended(number));
        }
        assert!(matches!(watching.next().await, Some(Next::Lost(10))));
        assert!(matches!(watching.next().await, Some(Next::Ended(shown)) if shown.path == "/10"));
    }
}
