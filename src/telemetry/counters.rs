//! Requests by route, variant and reason.

use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicU64, Ordering},
};

use parking_lot::Mutex;
use serde::Serialize;

use crate::flags::{Decision, Reason, Variant};

/// Counts since the start. Bounded by construction: routes come from the table, the rest is enumerated.
#[derive(Debug, Default)]
pub struct Counters {
    counts: Mutex<BTreeMap<Key, u64>>,
    gone: AtomicU64,
}

/// Route name, variant, reason.
type Key = (Option<String>, &'static str, &'static str);

/// One line of the counts.
#[derive(Debug, Clone, Serialize)]
pub struct Count {
    /// Route name; none for requests that are not migrated.
    pub route: Option<String>,
    /// Who answered.
    pub variant: &'static str,
    /// Why.
    pub reason: &'static str,
    /// How often.
    pub requests: u64,
}

impl Counters {
    /// Counts a request.
    pub fn count(&self, route: Option<&str>, Decision { variant, reason, .. }: Decision) {
        let key = (route.map(str::to_owned), Variant::as_str(variant), Reason::as_str(reason));
        *self.counts.lock().entry(key).or_default() += 1;
    }

    /// Counts a client that went away before its answer.
    pub fn count_gone(&self) {
        self.gone.fetch_add(1, Ordering::Relaxed);
    }

    /// Clients that went away before their answer.
    #[must_use]
    pub fn gone(&self) -> u64 {
        self.gone.load(Ordering::Relaxed)
    }

    /// All counts.
    #[must_use]
    pub fn all(&self) -> Vec<Count> {
        let counts = self.counts.lock();
        let line = |((route, variant, reason), requests): (&Key, &u64)| Count {
            route: route.clone(),
            variant,
            reason,
            requests: *requests,
        };
        counts.iter().map(line).collect()
    }
}
