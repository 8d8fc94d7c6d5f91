//! How a database is opened.

use std::time::Duration;

use super::Checkpoints;

/// What a database is opened for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Access {
    /// Reads: no connection could write.
    #[default]
    ReadOnly,
    /// Reads and writes: one more thread, with a connection that writes.
    ReadWrite,
}

/// How a database is opened.
#[derive(Debug, Clone)]
pub struct Options {
    /// For reads alone, or for writes too.
    pub access: Access,
    /// Reader threads, each with its connection: how many slow reads may run while fast ones go on.
    pub readers: usize,
    /// Jobs that may wait, per role; one more is refused rather than queued without end.
    pub queue: usize,
    /// Longest time from asking to the answer of a read, or to the beginning of a write's commit; `None` for no bound.
    pub deadline: Option<Duration>,
    /// Longest time a job waits for a lock that another process holds. `SQLite`'s own default is 5 s.
    pub busy: Duration,
    /// Longest time a write may hold the write lock. Legacy's own writes fail after 5 s, and its process stands still
    /// meanwhile.
    pub hold: Duration,
    /// Whether the write-ahead log is ours to empty.
    pub checkpoints: Checkpoints,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            access: Access::default(),
            readers: std::thread::available_parallelism().map_or(1, usize::from).min(4) + 1,
            queue: 1024,
            deadline: None,
            busy: Duration::from_secs(15),
            hold: Duration::from_secs(3),
            checkpoints: Checkpoints::default(),
        }
    }
}
