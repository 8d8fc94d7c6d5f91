//! Leaving the write lock to the other process from time to time.
//!
//! `SQLite`'s lock is not a queue: who waits looks again after up to 100 ms, and finds the lock taken if we write
//! without a break. After 5 s legacy gives up with an error, and its whole process stands still until then. So a long
//! run of writes pauses for longer than the longest time between two looks. (A transaction of legacy's that reads first
//! does not wait at all: `SQLite` refuses it at once if we wrote meanwhile.)

use std::{
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use super::{holders, ticket::Ticket};

/// Longest time between two looks of `SQLite`'s own busy handler, with some room (`sqliteDefaultBusyCallback`: 100 ms).
const PAUSE: Duration = Duration::from_millis(110);
/// Longest run of writes without such a pause.
const RUN: Duration = Duration::from_secs(1);

/// The writer's recent past.
#[derive(Debug, Default)]
pub(super) struct Turns {
    /// Begin of the current run of writes.
    run: Option<Instant>,
    /// End of the last write.
    freed: Option<Instant>,
}

impl Turns {
    /// Called before a write: pauses if the lock was not free for long enough in a while, and somebody else has the
    /// database open. A job that is called back meanwhile does not wait to the end.
    pub(super) fn yield_to_others(&mut self, database: &Path, ticket: &Arc<Ticket>) {
        let now = Instant::now();
        let free_again = self.freed.map_or(now, |freed| freed + PAUSE);
        match self.run {
            Some(run) if free_again > now && now - run < RUN => return,
            Some(_) if free_again > now && holders::others_have_it_open(database) => {
                // Called back or not: the job's own beginning finds out.
                let _ = ticket.wait(Some(free_again), || None::<()>);
            }
            _ => {}
        }
        self.run = Some(Instant::now());
    }

    /// Called after a write.
    pub(super) fn ended(&mut self) {
        self.freed = Some(Instant::now());
    }
}
