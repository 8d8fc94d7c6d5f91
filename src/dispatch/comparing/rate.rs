//! How often legacy may be asked again: a token bucket that holds one second's worth.

use std::time::Instant;

use parking_lot::Mutex;

/// A token bucket.
#[derive(Debug)]
pub struct Rate {
    state: Mutex<(f64, Instant)>,
}

impl Default for Rate {
    fn default() -> Self {
        Self { state: Mutex::new((f64::INFINITY, Instant::now())) }
    }
}

impl Rate {
    /// Takes a token, if there is one at this many a second.
    pub fn take(&self, per_second: u32) -> bool {
        self.take_at(per_second, Instant::now())
    }

    fn take_at(&self, per_second: u32, now: Instant) -> bool {
        let most = f64::from(per_second);
        let mut state = self.state.lock();
        let (tokens, then) = *state;
        let tokens = (tokens + now.saturating_duration_since(then).as_secs_f64() * most).min(most);
        let granted = tokens >= 1.0;
        *state = (if granted { tokens - 1.0 } else { tokens }, now);
        granted
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_second_has_its_tokens_and_no_more() {
        let rate = Rate::default();
        let now = Instant::now();
        let granted = |at: Duration| (0..100).filter(|_| rate.take_at(3, now + at)).count();
        assert_eq!(granted(Duration::ZERO), 3);
        assert_eq!(granted(Duration::from_millis(400)), 1);
        assert_eq!(granted(Duration::from_secs(60)), 3);
        assert_eq!((0..9).filter(|_| rate.take_at(0, now + Duration::from_secs(90))).count(), 0);
    }
}
