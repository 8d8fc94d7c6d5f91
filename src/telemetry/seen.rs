//! What the series show at one moment.

use std::time::SystemTime;

use crate::{db::histogram::Recorded, flags::Variant};

/// The two variants.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Both<T> {
    /// Answered by legacy.
    pub legacy: T,
    /// Answered by a handler.
    pub native: T,
}

impl<T> Both<T> {
    /// The one of a variant.
    pub fn of(&self, variant: Variant) -> &T {
        match variant {
            Variant::Legacy => &self.legacy,
            Variant::Native => &self.native,
        }
    }

    pub(super) fn map<'a, U>(&'a self, each: impl Fn(&'a T) -> U) -> Both<U> {
        Both { legacy: each(&self.legacy), native: each(&self.native) }
    }
}

/// One endpoint at one moment.
#[derive(Debug, Clone)]
pub struct Seen {
    /// Requests of the last slots, oldest first; the last one still runs.
    pub slots: Both<Vec<u32>>,
    /// Since the start.
    pub sides: Both<Side>,
}

/// What one variant did with an endpoint since the start.
#[derive(Debug, Clone)]
pub struct Side {
    /// Answers that are errors.
    pub errors: u64,
    /// Latencies of all its answers.
    pub latency: Recorded,
}

/// All requests at one moment.
#[derive(Debug, Clone)]
pub struct Overall {
    /// When it was taken: the end of the last slot, which still runs.
    pub at: SystemTime,
    /// When the bridge started.
    pub started: SystemTime,
    /// Requests of the last hour by slot, oldest first.
    pub slots: Both<Vec<u32>>,
    /// Those of them that are errors.
    pub errors: Vec<u32>,
}

/// Requests since the start.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Totals {
    /// By variant.
    pub requests: Both<u64>,
    /// Errors among them.
    pub errors: u64,
}

impl Overall {
    /// Which part of the requests of the last slots was answered natively; none if there were no requests.
    #[must_use]
    pub fn share_native(&self, slots: usize) -> Option<f64> {
        let sum = |counts: &[u32]| counts.iter().rev().take(slots).map(|count| f64::from(*count)).sum::<f64>();
        let (legacy, native) = (sum(&self.slots.legacy), sum(&self.slots.native));
        (legacy + native > 0.0).then(|| native / (legacy + native))
    }
}
