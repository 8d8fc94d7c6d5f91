//! Waiting for a lock that another process holds.
//!
//! `SQLite`'s own wait is a sleep that nothing wakes. This one is the busy handler of every connection: it waits on the
//! job's ticket, so a job that is called back stops waiting at once, and with jitter, so that two processes that wait
//! for each other do not fall into step.

use std::{
    cell::RefCell,
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use super::{DbError, holders, metrics::Meter, ticket::Ticket};

/// Longest single wait: short next to what a person notices, long next to a look at the lock (some microseconds).
const LONGEST: Duration = Duration::from_millis(25);

thread_local! {
    /// The job that runs on this connection's thread.
    static CURRENT: RefCell<Option<Patience>> = const { RefCell::new(None) };
}

#[derive(Debug)]
struct Patience {
    ticket: Arc<Ticket>,
    limit: Duration,
    since: Option<Instant>,
    waits: u32,
    meter: Arc<Meter>,
}

/// Sets how long the job that begins now waits for locks, in all. Ends with the value.
#[derive(Debug)]
pub(super) struct Waiting;

impl Waiting {
    pub(super) fn begin(ticket: &Arc<Ticket>, limit: Duration, meter: &Arc<Meter>) -> Self {
        let patience = Patience { ticket: Arc::clone(ticket), limit, since: None, waits: 0, meter: Arc::clone(meter) };
        CURRENT.set(Some(patience));
        Self
    }

    /// Time since a lock was first found taken; zero if none was.
    pub(super) fn waited() -> Duration {
        CURRENT
            .with_borrow(|current| current.as_ref().and_then(|p| p.since).map(|since| since.elapsed()))
            .unwrap_or_default()
    }

    /// The lock was granted: the next one is waited for anew.
    pub(super) fn granted() {
        CURRENT.with_borrow_mut(|current| {
            if let Some(patience) = current {
                (patience.since, patience.waits) = (None, 0);
            }
        });
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        CURRENT.set(None);
    }
}

/// Waits once. `false`: patience is at its end, or the job was called back.
pub(super) fn wait_once() -> bool {
    CURRENT.with_borrow_mut(|current| current.as_mut().is_some_and(Patience::wait_once))
}

/// `wait_once` in the form of `SQLite`'s busy handler.
pub(super) fn busy_handler(_times: i32) -> bool {
    wait_once()
}

impl Patience {
    fn wait_once(&mut self) -> bool {
        let now = Instant::now();
        let left = self.limit.saturating_sub(now - *self.since.get_or_insert(now));
        if left.is_zero() {
            return false;
        }
        self.meter.waited_for_lock();
        let longest = LONGEST.min(Duration::from_millis(1) * 2_u32.saturating_pow(self.waits.min(5)));
        self.waits += 1;
        let pause = longest.mul_f64(rand::random_range(0.5..1.0)).min(left);
        self.ticket.wait(Some(now + pause), || None::<()>).is_ok()
    }
}

/// Says of a BUSY how long was waited, and who may hold the lock.
pub(super) fn explained(error: DbError, path: &Path) -> DbError {
    if error.is_busy() {
        let (waited, holders) = (Waiting::waited(), holders::of_the_write_lock(path));
        return DbError::Busy { path: path.to_owned(), waited, holders };
    }
    error.named(path)
}
