//! Whether requests are answered here, wait, or are another process's that goes on in this one's place.

use std::{
    future::Future,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::sync::{Notify, mpsc, oneshot, watch};

use crate::forward::Forwarder;

/// Where requests are answered.
#[derive(Debug, Clone, Default)]
enum Stand {
    /// Here.
    #[default]
    Here,
    /// That is about to be known.
    Waiting,
    /// By the process that is reached this way.
    There(Arc<Forwarder>),
}

/// The gate that every request passes, and the way to ask for a handover.
#[derive(Debug, Default)]
pub struct Handover {
    stand: watch::Sender<Stand>,
    counted: Arc<Counted>,
    asked: OnceLock<mpsc::Sender<Asked>>,
}

/// The requests that are in.
#[derive(Debug)]
struct Counted {
    here: AtomicBool,
    count: AtomicUsize,
    fewer: Notify,
}

impl Default for Counted {
    fn default() -> Self {
        Self { here: AtomicBool::new(true), count: AtomicUsize::new(0), fewer: Notify::new() }
    }
}

/// A request that this process answers, for as long as what comes of it can be told by nobody else: while a handler runs,
/// while something is learned of it. Not while it is just passed on to legacy.
#[derive(Debug)]
pub struct Inside(Arc<Counted>);

impl Drop for Inside {
    fn drop(&mut self) {
        self.0.count.fetch_sub(1, Ordering::SeqCst);
        if !self.0.here.load(Ordering::SeqCst) {
            self.0.fewer.notify_waiters();
        }
    }
}

/// Whose a request is.
#[derive(Debug)]
pub enum Whose {
    /// This process's.
    Ours(Inside),
    /// The one's that goes on in its place, and is reached this way.
    Theirs(Arc<Forwarder>),
}

/// Somebody wants another process to go on in this one's place.
#[derive(Debug)]
pub struct Asked {
    /// How long to wait for a moment at which nothing would be lost.
    pub patience: Duration,
    /// Told what came of it.
    pub told: oneshot::Sender<Result<Handed, String>>,
}

/// Another process has gone on.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Handed {
    /// Its process id.
    pub pid: u32,
    /// Its version.
    pub version: String,
    /// How long requests had to wait, in seconds.
    pub waited: f64,
}

impl Handover {
    /// Lets a request in, or says who has it. It waits while that is being decided.
    ///
    /// Cancellation: it is not in.
    pub async fn enter(&self) -> Whose {
        loop {
            if let Some(inside) = self.try_enter() {
                return Whose::Ours(inside);
            }
            let mut stand = self.stand.subscribe();
            // It changes as long as this lives.
            let Ok(decided) = stand.wait_for(|stand| !matches!(stand, Stand::Waiting)).await else { continue };
            if let Stand::There(forwarder) = &*decided {
                return Whose::Theirs(Arc::clone(forwarder));
            }
        }
    }

    /// Lets somebody in, if everything is answered here.
    pub fn try_enter(&self) -> Option<Inside> {
        // First in, then the look: whoever shuts the gate and then counts sees it, or is seen.
        self.counted.count.fetch_add(1, Ordering::SeqCst);
        let inside = Inside(Arc::clone(&self.counted));
        self.is_here().then_some(inside)
    }

    /// Whether requests are answered here.
    #[must_use]
    pub fn is_here(&self) -> bool {
        self.counted.here.load(Ordering::SeqCst)
    }

    /// Whether another process has gone on.
    #[must_use]
    pub fn is_there(&self) -> bool {
        matches!(&*self.stand.borrow(), Stand::There(_))
    }

    /// Has requests wait from now on, and waits for those that are in.
    ///
    /// Cancellation: they wait all the same, until [`Handover::open`] or [`Handover::leave`].
    pub async fn shut(&self) {
        self.stand.send_replace(Stand::Waiting);
        self.counted.here.store(false, Ordering::SeqCst);
        loop {
            let fewer = self.counted.fewer.notified();
            let mut fewer = std::pin::pin!(fewer);
            fewer.as_mut().enable();
            if self.counted.count.load(Ordering::SeqCst) == 0 {
                return;
            }
            fewer.await;
        }
    }

    /// Completes when requests have to wait, or are another process's.
    pub async fn shutting(&self) {
        // It changes as long as this lives.
        let _ = self.stand.subscribe().wait_for(|stand| !matches!(stand, Stand::Here)).await;
    }

    /// Nothing came of it: those that wait are answered here.
    pub fn open(&self) {
        self.counted.here.store(true, Ordering::SeqCst);
        self.stand.send_replace(Stand::Here);
    }

    /// Those that wait, and all that come, are passed on this way.
    pub fn leave(&self, there: Forwarder) {
        self.stand.send_replace(Stand::There(Arc::new(there)));
    }

    /// Whoever asks for a handover is heard there.
    pub fn heard_by(&self, asked: mpsc::Sender<Asked>) {
        // Once a process.
        let _ = self.asked.set(asked);
    }

    /// Asks for a handover.
    ///
    /// # Errors
    /// Nothing comes of it: what to tell the user. This process goes on.
    ///
    /// Cancellation: it goes on, and nobody is told.
    pub fn ask(&self, patience: Duration) -> impl Future<Output = Result<Handed, String>> + Send + use<> {
        let asked = self.asked.get().cloned();
        async move {
            let unheard = || "this bridge can not hand over".to_owned();
            let (told, hears) = oneshot::channel();
            asked.ok_or_else(unheard)?.try_send(Asked { patience, told }).map_err(|error| match error {
                mpsc::error::TrySendError::Full(_) => "an upgrade is under way already".to_owned(),
                mpsc::error::TrySendError::Closed(_) => "the bridge is stopping".to_owned(),
            })?;
            hears.await.unwrap_or_else(|_| Err("the bridge is stopping".to_owned()))
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    #[tokio::test]
    async fn the_gate_is_shut_when_the_last_request_is_out_and_those_that_wait_are_answered_when_it_opens() {
        let handover = Arc::new(Handover::default());
        let Whose::Ours(first) = handover.enter().await else { panic!() };
        let shutting = tokio::spawn({
            let handover = Arc::clone(&handover);
            async move { handover.shut().await }
        });
        while handover.is_here() {
            tokio::task::yield_now().await;
        }
        let mut second = Box::pin(handover.enter());
        assert!(second.as_mut().now_or_never().is_none(), "it waits");
        assert!(!shutting.is_finished());
        drop(first);
        shutting.await.unwrap();
        handover.open();
        assert!(matches!(second.await, Whose::Ours(_)));
        assert!(handover.is_here() && !handover.is_there());
    }

    #[tokio::test]
    async fn whoever_is_not_heard_is_told() {
        let handover = Handover::default();
        assert!(handover.ask(Duration::ZERO).await.unwrap_err().contains("can not hand over"));
        let (asked, hears) = mpsc::channel(1);
        handover.heard_by(asked);
        let first = handover.ask(Duration::ZERO);
        let mut first = Box::pin(first);
        assert!(first.as_mut().now_or_never().is_none());
        assert!(handover.ask(Duration::ZERO).await.unwrap_err().contains("under way"));
        drop(hears);
        assert!(first.await.unwrap_err().contains("stopping"));
    }
}
