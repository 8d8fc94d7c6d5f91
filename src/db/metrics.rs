//! What a database counted since it was opened.

use std::{
    path::Path,
    sync::atomic::{AtomicU64, AtomicUsize, Ordering},
    time::Duration,
};

use super::{
    histogram::{Histogram, Recorded},
    wal,
};

/// Reads or writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Read,
    Write,
}

/// Counts of one role.
#[derive(Debug, Default)]
pub(super) struct Jobs {
    finished: AtomicU64,
    failed: AtomicU64,
    interrupted: AtomicU64,
    refused: AtomicU64,
    queue: Histogram,
    execution: Histogram,
}

/// What the threads of one database count with.
#[derive(Debug, Default)]
pub(super) struct Meter {
    reads: Jobs,
    writes: Jobs,
    lock_waits: AtomicU64,
    retries: AtomicU64,
    checkpoints: AtomicU64,
    replaced: AtomicU64,
    connections: AtomicUsize,
}

/// How a job ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ended {
    Well,
    Badly,
    Interrupted,
}

impl Meter {
    fn of(&self, role: Role) -> &Jobs {
        match role {
            Role::Read => &self.reads,
            Role::Write => &self.writes,
        }
    }

    pub(super) fn begun(&self, role: Role, queued: Duration) {
        self.of(role).queue.record(queued);
    }

    pub(super) fn ended(&self, role: Role, execution: Duration, how: Ended) {
        let jobs = self.of(role);
        jobs.execution.record(execution);
        let count = match how {
            Ended::Well => &jobs.finished,
            Ended::Badly => &jobs.failed,
            Ended::Interrupted => &jobs.interrupted,
        };
        count.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn refused(&self, role: Role) {
        self.of(role).refused.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn waited_for_lock(&self) {
        self.lock_waits.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn retried(&self) {
        self.retries.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn checkpointed(&self) {
        self.checkpoints.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn connection_replaced(&self) {
        self.replaced.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn connection_opened(&self) {
        self.connections.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn connection_closed(&self) {
        self.connections.fetch_sub(1, Ordering::Relaxed);
    }

    pub(super) fn snapshot(&self, path: &Path) -> Metrics {
        let jobs = |jobs: &Jobs| JobMetrics {
            finished: jobs.finished.load(Ordering::Relaxed),
            failed: jobs.failed.load(Ordering::Relaxed),
            interrupted: jobs.interrupted.load(Ordering::Relaxed),
            refused: jobs.refused.load(Ordering::Relaxed),
            queue: jobs.queue.recorded(),
            execution: jobs.execution.recorded(),
        };
        Metrics {
            reads: jobs(&self.reads),
            writes: jobs(&self.writes),
            lock_waits: self.lock_waits.load(Ordering::Relaxed),
            retries: self.retries.load(Ordering::Relaxed),
            checkpoints: self.checkpoints.load(Ordering::Relaxed),
            replaced_connections: self.replaced.load(Ordering::Relaxed),
            open_connections: self.connections.load(Ordering::Relaxed),
            wal_bytes: wal::bytes(path),
        }
    }
}

/// One database, at one moment. Counts are since it was opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Metrics {
    /// Jobs of the readers.
    pub reads: JobMetrics,
    /// Jobs of the writer.
    pub writes: JobMetrics,
    /// Looks at a lock that another process held.
    pub lock_waits: u64,
    /// Transactions that were run again from their beginning.
    pub retries: u64,
    /// Checkpoints made; see [`super::Checkpoints`].
    pub checkpoints: u64,
    /// Connections opened anew after a job had panicked on them, or had left them in a transaction.
    pub replaced_connections: u64,
    /// Connections that are open now.
    pub open_connections: usize,
    /// Bytes of the write-ahead log now.
    pub wal_bytes: u64,
}

/// Jobs of one role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobMetrics {
    /// Gave a value.
    pub finished: u64,
    /// Gave an error.
    pub failed: u64,
    /// Were called back while they ran: their caller had gone, or their time was up.
    pub interrupted: u64,
    /// Were refused because the queue was full.
    pub refused: u64,
    /// Time in the queue.
    pub queue: Recorded,
    /// Time on the connection's thread, waiting for locks included.
    pub execution: Recorded,
}
