//! The ids of tasks that clients ask for: one series for legacy's and ours.
//!
//! Legacy counts from 0 in each process. Ours begin beyond what it can reach, below what a JSON number keeps exact in
//! every client (2^53), and do not come again after a restart of the bridge: an id that a client still asks for is not
//! another task's.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::{SystemTime, UNIX_EPOCH},
};

/// The first that can be ours: 2^40.
pub const FIRST: u64 = 1 << 40;

/// Ids that a second of the clock holds. A process that gives more catches up while it gives fewer.
const PER_SECOND: u64 = 1 << 20;

/// 2^53 - 1, the largest integer that a JSON number holds exactly in every client (RFC 8259 section 6).
const LARGEST: u64 = (1 << 53) - 1;

/// The series of one process.
#[derive(Debug)]
pub struct Ids(AtomicU64);

impl Ids {
    /// The series of a process that started at this time.
    #[must_use]
    pub fn since(started: SystemTime) -> Self {
        let seconds = started.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        // Beyond 2242 it begins anew.
        let first = FIRST + seconds.saturating_mul(PER_SECOND) % (LARGEST - FIRST - PER_SECOND);
        Self(AtomicU64::new(first))
    }

    /// Goes on behind what another process has given.
    pub fn go_on_from(&self, next: u64) {
        self.0.fetch_max(next, Ordering::Relaxed);
    }

    /// The first that was not given.
    #[must_use]
    pub fn ungiven(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    /// The next one.
    pub fn next(&self) -> u64 {
        self.0.fetch_add(1, Ordering::Relaxed)
    }
}

/// Whether it is one of ours, whoever gave it.
#[must_use]
pub fn is_native(id: u64) -> bool {
    id >= FIRST
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn ids_are_ours_exact_in_json_and_not_those_of_a_later_process(seconds in 0_u64..1 << 40, later in 1_u64..1000) {
            let at = |seconds| Ids::since(UNIX_EPOCH + Duration::from_secs(seconds));
            let (ids, next) = (at(seconds), at(seconds + later));
            let (first, second) = (ids.next(), ids.next());
            prop_assert!(is_native(first) && second == first + 1 && second <= LARGEST);
            let wrapped = next.next();
            prop_assert!(wrapped >= first + PER_SECOND || wrapped < first);
        }
    }

    #[test]
    fn what_legacy_counts_is_not_ours() {
        assert!(!is_native(0) && !is_native(FIRST - 1) && is_native(FIRST));
    }
}
