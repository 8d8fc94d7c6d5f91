//! One task: its name, its age, its state.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use parking_lot::Mutex;
use serde::Serialize;

/// Where a task is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Its time has not come yet.
    Waiting,
    /// It runs.
    Running,
    /// It has ended well.
    Finished,
    /// It has ended with an error, or a panic.
    Failed,
    /// It was ended.
    Cancelled,
}

impl Stage {
    /// Whether it is yet to end.
    #[must_use]
    pub fn is_live(self) -> bool {
        matches!(self, Self::Waiting | Self::Running)
    }
}

/// A task's stage, shared between it and whoever tracks it.
#[derive(Debug, Clone)]
pub(super) struct Progress(Arc<Mutex<(Stage, Instant)>>);

impl Progress {
    pub(super) fn new(stage: Stage) -> Self {
        Self(Arc::new(Mutex::new((stage, Instant::now()))))
    }

    pub(super) fn stage(&self) -> Stage {
        self.0.lock().0
    }

    /// Moves on; what has ended stays as it ended. Whether it moved.
    pub(super) fn to(&self, stage: Stage) -> bool {
        let mut now = self.0.lock();
        let moves = now.0.is_live();
        if moves {
            *now = (stage, Instant::now());
        }
        moves
    }

    /// Since when it is where it is.
    pub(super) fn since(&self) -> Instant {
        self.0.lock().1
    }
}

/// A task, for whoever looks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Shown {
    /// Its name.
    pub name: String,
    /// Where it is.
    pub stage: Stage,
    /// Milliseconds since it was spawned.
    pub age_ms: u64,
    /// Milliseconds since it is where it is.
    pub stage_ms: u64,
}

/// Whole milliseconds of a duration.
pub(super) fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
