//! How often caches were to be dropped, and how long that took.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use serde_json::{Value, json};

use crate::db::histogram::Histogram;

/// How it went with caches.
#[derive(Debug, Default)]
pub(super) struct Counts {
    times: Histogram,
    failed: AtomicU64,
}

impl Counts {
    pub(super) fn note(&self, took: Duration, done: bool) {
        self.times.record(took);
        if !done {
            self.failed.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Times in microseconds; quantiles are upper bounds of buckets.
    pub(super) fn shown(&self) -> Value {
        let recorded = self.times.recorded();
        let micros = |share| recorded.quantile(share).map(|bound| bound.as_micros());
        json!({
            "count": recorded.count(),
            "failed": self.failed.load(Ordering::Relaxed),
            "micros": {"p50": micros(0.5), "p99": micros(0.99)},
        })
    }
}
