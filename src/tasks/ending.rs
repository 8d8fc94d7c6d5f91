//! How a task ends, and how often which way.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use serde_json::{Value, json};

use super::{
    TaskError, Tasks,
    tracked::{Progress, Stage},
};

/// How tasks have ended so far.
#[derive(Debug, Default)]
pub(super) struct Counts {
    pub(super) spawned: AtomicU64,
    finished: AtomicU64,
    failed: AtomicU64,
    cancelled: AtomicU64,
    pub(super) refused: AtomicU64,
}

impl Counts {
    pub(super) fn shown(&self) -> Value {
        let of = |count: &AtomicU64| count.load(Ordering::Relaxed);
        let Self { spawned, finished, failed, cancelled, refused } = self;
        json!({
            "spawned": of(spawned), "finished": of(finished), "failed": of(failed), "cancelled": of(cancelled),
            "refused": of(refused),
        })
    }
}

/// The end of a task, however it comes: without another it was cancelled.
pub(super) struct End {
    pub(super) tasks: Arc<Tasks>,
    pub(super) name: Arc<str>,
    pub(super) progress: Progress,
    pub(super) exception_is_error: bool,
}

impl End {
    pub(super) fn with(&self, outcome: Result<(), TaskError>) {
        let stage = if outcome.is_ok() { Stage::Finished } else { Stage::Failed };
        if !self.progress.to(stage) {
            return;
        }
        match outcome {
            Ok(()) => _ = self.tasks.counts.finished.fetch_add(1, Ordering::Relaxed),
            Err(error) => {
                self.tasks.counts.failed.fetch_add(1, Ordering::Relaxed);
                self.tasks.failed(&self.name, &error, self.exception_is_error);
            }
        }
    }
}

impl Drop for End {
    fn drop(&mut self) {
        self.progress.to(Stage::Cancelled);
        if self.progress.stage() == Stage::Cancelled {
            self.tasks.counts.cancelled.fetch_add(1, Ordering::Relaxed);
        }
    }
}
