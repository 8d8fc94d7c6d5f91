//! What is counted of a service.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Instant,
};

use super::{Failure, Reply};
use crate::{
    config::Worded,
    db::histogram::{Histogram, Recorded},
};

/// What came of a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// An answer with a status below 400.
    Answered,
    /// An answer with any other status.
    ErrorStatus,
    /// See [`Failure`].
    Crowded,
    /// See [`Failure`].
    Paused,
    /// See [`Failure`].
    Late,
    /// See [`Failure`].
    Unreachable,
    /// See [`Failure`].
    Untrusted,
    /// See [`Failure`].
    Broken,
    /// See [`Failure`].
    TooLarge,
    /// See [`Failure`].
    Elsewhere,
    /// See [`Failure`].
    Misconfigured,
    /// Whoever wanted to know went away.
    Cancelled,
}

impl Worded for Outcome {
    const ALL: &'static [Self] = &[
        Self::Answered,
        Self::ErrorStatus,
        Self::Crowded,
        Self::Paused,
        Self::Late,
        Self::Unreachable,
        Self::Untrusted,
        Self::Broken,
        Self::TooLarge,
        Self::Elsewhere,
        Self::Misconfigured,
        Self::Cancelled,
    ];

    fn word(self) -> &'static str {
        match self {
            Self::Answered => "answered",
            Self::ErrorStatus => "error_status",
            Self::Crowded => "crowded",
            Self::Paused => "paused",
            Self::Late => "late",
            Self::Unreachable => "unreachable",
            Self::Untrusted => "untrusted",
            Self::Broken => "broken",
            Self::TooLarge => "too_large",
            Self::Elsewhere => "elsewhere",
            Self::Misconfigured => "misconfigured",
            Self::Cancelled => "cancelled",
        }
    }
}

impl From<&Result<Reply, Failure>> for Outcome {
    fn from(result: &Result<Reply, Failure>) -> Self {
        match result {
            Ok(reply) if reply.status.as_u16() < 400 => Self::Answered,
            Ok(_) => Self::ErrorStatus,
            Err(Failure::Crowded) => Self::Crowded,
            Err(Failure::Paused) => Self::Paused,
            Err(Failure::Late) => Self::Late,
            Err(Failure::Unreachable(_)) => Self::Unreachable,
            Err(Failure::Untrusted(_)) => Self::Untrusted,
            Err(Failure::Broken(_)) => Self::Broken,
            Err(Failure::TooLarge(_)) => Self::TooLarge,
            Err(Failure::Elsewhere) => Self::Elsewhere,
            Err(Failure::Misconfigured(_)) => Self::Misconfigured,
        }
    }
}

/// Counts of one service.
#[derive(Debug, Default)]
pub struct Counts {
    outcomes: [AtomicU64; Outcome::ALL.len()],
    /// Retries made.
    pub(super) retries: AtomicU64,
    /// Retries left out because the budget was used up.
    pub(super) withheld: AtomicU64,
    durations: Histogram,
}

impl Counts {
    /// Questions by what came of them.
    pub fn outcomes(&self) -> impl Iterator<Item = (Outcome, u64)> {
        Outcome::ALL.iter().map(|outcome| (*outcome, self.outcomes[*outcome as usize].load(Ordering::Relaxed)))
    }

    /// Retries made, and those left out because the budget was used up.
    #[must_use]
    pub fn retries(&self) -> (u64, u64) {
        (self.retries.load(Ordering::Relaxed), self.withheld.load(Ordering::Relaxed))
    }

    /// How long questions took, waits and retries included.
    #[must_use]
    pub fn durations(&self) -> Recorded {
        self.durations.recorded()
    }

    /// A question begins.
    pub(super) fn begin(&self) -> Begun<'_> {
        Begun { counts: self, outcome: Outcome::Cancelled, began: Instant::now() }
    }
}

/// A question under way; counted as cancelled if it is dropped before its end is said.
#[derive(Debug)]
pub(super) struct Begun<'a> {
    counts: &'a Counts,
    outcome: Outcome,
    began: Instant,
}

impl Begun<'_> {
    /// What came of it.
    pub(super) fn end(mut self, outcome: Outcome) {
        self.outcome = outcome;
    }
}

impl Drop for Begun<'_> {
    fn drop(&mut self) {
        self.counts.outcomes[self.outcome as usize].fetch_add(1, Ordering::Relaxed);
        self.counts.durations.record(self.began.elapsed());
    }
}
