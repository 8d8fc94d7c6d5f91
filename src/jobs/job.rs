//! What a job is: whether it is due, and then what is to be done.

use std::{
    collections::HashMap,
    fmt,
    path::PathBuf,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::SystemTime,
};

use parking_lot::Mutex;

use crate::{
    config::Background,
    handlers::{Context, Stop, Unanswered},
    notifier::Notifier,
    schema::needs::Database,
    session::who::User,
};

/// What is to be done. Declined before anything is changed, it is legacy's.
pub type Effect = Pin<Box<dyn Future<Output = Result<(), Stop>> + Send>>;

/// What is to be done, if it is time.
pub type Looking = Pin<Box<dyn Future<Output = Result<Option<Effect>, Unanswered>> + Send>>;

/// A background task.
#[derive(Clone, Copy)]
pub struct Job {
    /// Which.
    pub task: Background,
    /// What legacy calls it where it speaks of it.
    pub title: &'static str,
    /// Whether the user is told when it fails, as legacy tells them of its own.
    pub exception_is_error: bool,
    /// The databases that it writes to.
    pub changes: &'static [Database],
    /// Looks whether it is time.
    pub look: fn(Work) -> Looking,
}

/// What a job works with.
#[derive(Debug, Clone)]
pub struct Work {
    /// The databases.
    pub context: Context,
    /// Whose they are.
    pub user: User,
    /// What time it is, in seconds since 1970.
    pub now: i64,
    /// Whether it is to be done whatever the time.
    pub at_once: bool,
    /// What is kept of earlier runs.
    pub memory: Arc<Memory>,
    /// Who tells the clients.
    pub notifier: Arc<Notifier>,
}

/// What legacy keeps of earlier runs in its memory, and so do we.
#[derive(Debug, Default)]
pub struct Memory {
    reminders: AtomicI64,
    /// What each log was like when it was copied last.
    pub(super) logs: Mutex<HashMap<PathBuf, (u64, SystemTime)>>,
}

impl Memory {
    /// When somebody was last told of reminders, in seconds since 1970.
    #[must_use]
    pub fn last_reminders(&self) -> i64 {
        self.reminders.load(Ordering::Relaxed)
    }

    /// Somebody was told then, here or by legacy.
    pub fn reminded(&self, at: i64) {
        self.reminders.fetch_max(at, Ordering::Relaxed);
    }
}

impl fmt::Debug for Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Job").field("task", &self.task).finish_non_exhaustive()
    }
}
