//! Requests by route, variant and reason.

use std::collections::BTreeMap;

use parking_lot::Mutex;
use serde::Serialize;

use crate::flags::{Decision, Reason, Variant};

/// Counts since the start. Bounded by construction: routes come from the table, the rest is enumerated.
#[derive(Debug, Default)]
pub struct Counters {
    counts: Mutex<BTreeMap<Key, u64>>,
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
