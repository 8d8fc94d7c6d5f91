//! What the notifier has counted since the start. Bounded by construction.

use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicU64, Ordering},
};

use parking_lot::Mutex;
use serde::Serialize;

use super::ending::End;

/// Counters, each for one word of [`Shown`].
#[derive(Debug, Default)]
pub struct Counts {
    messages: Mutex<BTreeMap<&'static str, u64>>,
    ended: Mutex<BTreeMap<&'static str, u64>>,
    pub(super) accepted: AtomicU64,
    pub(super) coalesced: AtomicU64,
    pub(super) evicted: AtomicU64,
    pub(super) subscriptions: AtomicU64,
    pub(super) oversized: AtomicU64,
    pub(super) refused: AtomicU64,
}

/// The counts at one moment.
#[derive(Debug, Clone, Serialize)]
pub struct Shown {
    /// Messages by type and sub-type; `unknown` are those of no known shape.
    pub messages: BTreeMap<&'static str, u64>,
    /// Clients that ended, by why.
    pub ended: BTreeMap<&'static str, u64>,
    /// Messages times the clients that took them.
    pub accepted: u64,
    /// Progress that newer progress superseded while a client took nothing.
    pub coalesced: u64,
    /// Progress that had to make room, or found none.
    pub evicted: u64,
    /// Subscriptions to legacy that were made.
    pub subscriptions: u64,
    /// Messages of legacy's that were too large to be held.
    pub oversized: u64,
    /// Upgrades that were refused.
    pub refused: u64,
}

impl Counts {
    pub(super) fn message(&self, name: &'static str) {
        *self.messages.lock().entry(name).or_default() += 1;
    }

    pub(super) fn ended(&self, end: End) {
        *self.ended.lock().entry(end.as_str()).or_default() += 1;
    }

    /// All of them.
    #[must_use]
    pub fn shown(&self) -> Shown {
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        Shown {
            messages: self.messages.lock().clone(),
            ended: self.ended.lock().clone(),
            accepted: read(&self.accepted),
            coalesced: read(&self.coalesced),
            evicted: read(&self.evicted),
            subscriptions: read(&self.subscriptions),
            oversized: read(&self.oversized),
            refused: read(&self.refused),
        }
    }
}

/// Counts one more, or several.
pub(super) fn add(count: &AtomicU64, more: usize) {
    if more > 0 {
        count.fetch_add(more as u64, Ordering::Relaxed);
    }
}
