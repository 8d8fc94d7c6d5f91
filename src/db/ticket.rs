//! A job's ticket: by it a caller calls the job back, and the connection's thread learns of it.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use parking_lot::{Condvar, Mutex};
use rusqlite::{Connection, InterruptHandle};

use super::DbError;

/// Why a job was called back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Recall {
    /// Its caller is gone.
    Dropped,
    /// It ran or waited too long.
    Deadline(Duration),
    /// The database is being closed.
    Closing,
}

impl From<Recall> for DbError {
    fn from(why: Recall) -> Self {
        match why {
            Recall::Dropped => Self::Cancelled,
            Recall::Deadline(deadline) => Self::Deadline(deadline),
            Recall::Closing => Self::Closed,
        }
    }
}

/// Lets a caller call its job back: before it started it is skipped, while it runs it is interrupted, from its commit
/// on nothing happens (and the connection is soon another job's).
#[derive(Debug, Default)]
pub(super) struct Ticket {
    stage: Mutex<Stage>,
    changed: Condvar,
}

#[derive(Debug, Default)]
enum Stage {
    #[default]
    Waiting,
    Running(Arc<Interrupter>),
    Recalled(Recall),
    /// At its commit, or over.
    Settled,
}

impl Ticket {
    /// Calls the job back. Gives whether that was in time: then nothing of it will be kept.
    pub(super) fn recall(&self, why: Recall) -> bool {
        let mut stage = self.stage.lock();
        match &*stage {
            Stage::Waiting => {}
            // Under the lock: the thread can not have moved on to the next job.
            Stage::Running(interrupter) => interrupter.interrupt(),
            Stage::Recalled(_) => return true,
            Stage::Settled => return false,
        }
        *stage = Stage::Recalled(why);
        self.changed.notify_all();
        true
    }

    /// The thread takes the job, unless it was called back.
    pub(super) fn begin(&self, interrupter: &Arc<Interrupter>) -> bool {
        let mut stage = self.stage.lock();
        let wanted = matches!(*stage, Stage::Waiting);
        if wanted {
            interrupter.reset();
            *stage = Stage::Running(Arc::clone(interrupter));
        }
        wanted
    }

    /// From here on nothing stops it: its commit, or its end. Gives why it was called back, if it was.
    pub(super) fn settle(&self) -> Result<(), Recall> {
        match std::mem::replace(&mut *self.stage.lock(), Stage::Settled) {
            Stage::Recalled(why) => Err(why),
            _ => Ok(()),
        }
    }

    /// Waits on the connection's thread until the attempt gives something, it is called back, or the time has come
    /// (`Ok(None)`). [`Ticket::stir`] has the attempt made again.
    pub(super) fn wait<R>(
        &self,
        until: Option<Instant>,
        mut attempt: impl FnMut() -> Option<R>,
    ) -> Result<Option<R>, Recall> {
        let mut stage = self.stage.lock();
        loop {
            if let Stage::Recalled(why) = *stage {
                return Err(why);
            }
            if let Some(found) = attempt() {
                return Ok(Some(found));
            }
            match until {
                Some(until) if self.changed.wait_until(&mut stage, until).timed_out() => return Ok(attempt()),
                Some(_) => {}
                None => self.changed.wait(&mut stage),
            }
        }
    }

    /// Has a waiting thread look again.
    pub(super) fn stir(&self) {
        let _stage = self.stage.lock();
        self.changed.notify_all();
    }
}

/// Calls the job back when its caller stops waiting.
#[derive(Debug)]
pub(super) struct RecallOnDrop(pub(super) Arc<Ticket>);

impl Drop for RecallOnDrop {
    fn drop(&mut self) {
        self.0.recall(Recall::Dropped);
    }
}

/// Steps of `SQLite`'s virtual machine between two looks at the flag.
const STEPS: i32 = 1000;

/// Stops what runs on one connection.
#[derive(Debug)]
pub(super) struct Interrupter {
    handle: Handle,
    recalled: AtomicBool,
    made: Instant,
    /// Microseconds after `made` at which statements end; 0 for never.
    until: AtomicU64,
}

struct Handle(InterruptHandle);

impl std::fmt::Debug for Handle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("InterruptHandle")
    }
}

impl Interrupter {
    /// Of a connection, whose progress handler it becomes: `sqlite3_interrupt` reaches a statement that runs; one that
    /// has not begun yet would miss it, and finds the flag.
    pub(super) fn of(connection: &Connection) -> Result<Arc<Self>, rusqlite::Error> {
        let interrupter = Arc::new(Self {
            handle: Handle(connection.get_interrupt_handle()),
            recalled: AtomicBool::new(false),
            made: Instant::now(),
            until: AtomicU64::new(0),
        });
        let watched = Arc::clone(&interrupter);
        connection.progress_handler(STEPS, Some(move || watched.recalled.load(Ordering::Relaxed) || watched.late()))?;
        Ok(interrupter)
    }

    fn interrupt(&self) {
        self.recalled.store(true, Ordering::SeqCst);
        self.handle.0.interrupt();
    }

    pub(super) fn reset(&self) {
        self.recalled.store(false, Ordering::SeqCst);
        self.until.store(0, Ordering::Relaxed);
    }

    /// Ends statements that still run at that moment; `None`: none.
    pub(super) fn end_statements_at(&self, until: Option<Instant>) {
        let micros = until.map_or(0, |until| u64::try_from((until - self.made).as_micros()).unwrap_or(u64::MAX));
        self.until.store(micros, Ordering::Relaxed);
    }

    fn late(&self) -> bool {
        match self.until.load(Ordering::Relaxed) {
            0 => false,
            until => self.made.elapsed().as_micros() >= u128::from(until),
        }
    }
}
