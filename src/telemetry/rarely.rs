//! Warnings of what can happen thousands of times a second: said once in a while, with how often it happened.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

use parking_lot::Mutex;

/// Between two lines.
const PAUSE: Duration = Duration::from_secs(1);

/// One kind of warning. What happens after the last line is told with the next one.
#[derive(Debug, Default)]
pub struct Rarely {
    untold: AtomicU64,
    last: Mutex<Option<Instant>>,
}

impl Rarely {
    /// Counts one, and has all of those that were not told yet told if the last time is long enough ago.
    pub fn note(&self, tell: impl FnOnce(u64)) {
        self.note_at(Instant::now(), tell);
    }

    fn note_at(&self, now: Instant, tell: impl FnOnce(u64)) {
        self.untold.fetch_add(1, Ordering::Relaxed);
        let mut last = self.last.lock();
        if last.is_some_and(|last| now.saturating_duration_since(last) < PAUSE) {
            return;
        }
        *last = Some(now);
        drop(last);
        tell(self.untold.swap(0, Ordering::Relaxed));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_happens_often_is_told_once_a_second_with_how_often_it_happened() {
        let (rarely, start) = (Rarely::default(), Instant::now());
        let mut told = Vec::new();
        for millis in [0, 1, 2, 999, 1000, 1500, 2001] {
            rarely.note_at(start + Duration::from_millis(millis), |count| told.push((millis, count)));
        }
        assert_eq!(told, [(0, 1), (1000, 4), (2001, 2)]);
    }
}
