//! Whether something was written while the two sides were asked. Both would be right then, each at its moment.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use super::versions::{Reading, Readings};
use crate::{handlers::Handler, session::Session};

/// Requests that may write, as they pass through the bridge.
#[derive(Debug, Default)]
pub struct Writes {
    begun: AtomicU64,
    running: AtomicU64,
}

/// One of them, until it is answered.
#[derive(Debug)]
pub struct Writing(Arc<Writes>);

impl Writes {
    /// One begins.
    #[must_use]
    pub fn begin(self: &Arc<Self>) -> Writing {
        // Running first: whoever sees the count changed sees it run, or knows that it did.
        self.running.fetch_add(1, Ordering::SeqCst);
        self.begun.fetch_add(1, Ordering::SeqCst);
        Writing(Arc::clone(self))
    }
}

impl Drop for Writing {
    fn drop(&mut self) {
        self.0.running.fetch_sub(1, Ordering::SeqCst);
    }
}

/// The time from before the first side is asked until after the last one has answered.
#[derive(Debug)]
pub struct Window {
    writes: Arc<Writes>,
    begun: u64,
    running: bool,
    versions: Option<Reading>,
    session: Arc<Session>,
    handler: &'static Handler,
}

impl Window {
    /// Opens a window. The databases are asked beside what follows, which does not wait for them.
    #[must_use]
    pub fn open(writes: &Arc<Writes>, readings: &Readings, session: &Arc<Session>, handler: &'static Handler) -> Self {
        let begun = writes.begun.load(Ordering::SeqCst);
        let running = writes.running.load(Ordering::SeqCst) > 0;
        let versions = if running { None } else { readings.before(begun, session, handler) };
        Self { writes: Arc::clone(writes), begun, running, versions, session: Arc::clone(session), handler }
    }

    /// Closes it: whether anything was written meanwhile, through the bridge or by whomever. Takes up to 10 ms: the
    /// databases are asked once for all windows that close in that time.
    pub async fn dirty(self, readings: &Readings) -> bool {
        if self.running || self.writes.begun.load(Ordering::SeqCst) != self.begun {
            return true;
        }
        match self.versions {
            Some(before) => readings.after(&self.session, self.handler).await != before.await,
            None => false,
        }
    }
}
