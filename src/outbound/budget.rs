//! A bound on what retries may add: a service in trouble is not asked more because of it.
//!
//! Each question puts a share of a retry aside, each retry takes one. A few are there at the start, and what is put aside
//! is bounded, so that a long quiet time does not pay for a storm.

use std::sync::atomic::{AtomicU32, Ordering};

/// A retry, in the unit that is counted.
const RETRY: u32 = 100;
/// Retries that are there at the start, and the most that are put aside.
const KEPT: u32 = 10;

/// What retries of a service may take.
#[derive(Debug)]
pub struct Budget {
    percent: u32,
    aside: AtomicU32,
}

impl Budget {
    /// So many retries for a hundred questions.
    #[must_use]
    pub fn new(percent: u32) -> Self {
        Self { percent, aside: AtomicU32::new(KEPT * RETRY) }
    }

    /// A question was asked.
    pub fn asked(&self) {
        let more = |aside: u32| Some(aside.saturating_add(self.percent).min(KEPT * RETRY));
        let _ = self.aside.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more);
    }

    /// Takes a retry; whether there was one.
    pub fn retry(&self) -> bool {
        self.aside.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |aside| aside.checked_sub(RETRY)).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retries_are_a_share_of_the_questions_and_a_few_at_the_start() {
        let budget = Budget::new(20);
        let mut retries = 0;
        for _ in 0..1000 {
            budget.asked();
            retries += u32::from(budget.retry()) + u32::from(budget.retry());
        }
        assert!((200..=200 + KEPT).contains(&retries), "{retries}");
    }

    #[test]
    fn a_quiet_time_does_not_pay_for_a_storm() {
        let budget = Budget::new(20);
        (0..10_000).for_each(|_| budget.asked());
        assert_eq!((0..100).filter(|_| budget.retry()).count(), KEPT as usize);
    }
}
