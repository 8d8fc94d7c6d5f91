//! So many a second, and none while a service wants to be left alone.
//!
//! The generic cell rate algorithm: one moment is kept, that up to which the past questions have used up the rate.

use std::time::Duration;

use parking_lot::Mutex;
use tokio::time::Instant;

/// When a service may be asked.
#[derive(Debug)]
pub struct Pace {
    interval: Duration,
    /// How far ahead of the rate a burst may be.
    ahead: Duration,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    used: Option<Instant>,
    paused: Option<Instant>,
}

/// Why there is no turn in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unturned {
    /// Too many are before.
    Busy,
    /// The service wants to be left alone for longer.
    Paused,
}

impl Pace {
    /// A question in each interval on average, and so many together after a quiet time.
    #[must_use]
    pub fn new(interval: Duration, burst: u32) -> Self {
        Self { interval, ahead: interval * burst.saturating_sub(1), state: Mutex::default() }
    }

    /// When the next question may go, which it then does. Nothing is used up by one whose turn is too late.
    ///
    /// # Errors
    /// That is not until then.
    pub fn turn(&self, now: Instant, until: Option<Instant>) -> Result<Instant, Unturned> {
        let mut state = self.state.lock();
        let used = state.used.map_or(now, |used| used.max(now));
        let by_rate = used.checked_sub(self.ahead).map_or(now, |at| at.max(now));
        let by_pause = state.paused.filter(|paused| *paused > now);
        let at = by_pause.map_or(by_rate, |paused| paused.max(by_rate));
        if until.is_some_and(|until| at >= until) {
            return Err(if by_pause.is_some_and(|paused| paused > by_rate) {
                Unturned::Paused
            } else {
                Unturned::Busy
            });
        }
        state.used = Some(used + self.interval);
        Ok(at)
    }

    /// The service wants to be left alone.
    pub fn pause(&self, now: Instant, length: Duration) {
        let mut state = self.state.lock();
        let until = now + length;
        state.paused = Some(state.paused.map_or(until, |paused| paused.max(until)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_burst_goes_at_once_and_what_comes_after_it_at_the_rate() {
        let (pace, now) = (Pace::new(SECOND, 3), Instant::now());
        let turns: Vec<Duration> = (0..5).map(|_| pace.turn(now, None).unwrap() - now).collect();
        assert_eq!(turns, [Duration::ZERO, Duration::ZERO, Duration::ZERO, SECOND, 2 * SECOND]);
        let later = now + 60 * SECOND;
        assert_eq!(pace.turn(later, None), Ok(later), "a quiet time gives the burst back");
    }

    #[test]
    fn a_turn_that_comes_too_late_is_not_taken() {
        let (pace, now) = (Pace::new(SECOND, 1), Instant::now());
        pace.turn(now, None).unwrap();
        assert_eq!(pace.turn(now, Some(now + SECOND / 2)), Err(Unturned::Busy));
        assert_eq!(pace.turn(now, Some(now + 2 * SECOND)), Ok(now + SECOND), "the one before has used up nothing");
    }

    #[test]
    fn a_service_is_left_alone_for_as_long_as_it_wants() {
        let (pace, now) = (Pace::new(SECOND, 1), Instant::now());
        pace.pause(now, 30 * SECOND);
        pace.pause(now, 10 * SECOND);
        assert_eq!(pace.turn(now, Some(now + 20 * SECOND)), Err(Unturned::Paused));
        assert_eq!(pace.turn(now, Some(now + 40 * SECOND)), Ok(now + 30 * SECOND));
        let later = now + 31 * SECOND;
        assert_eq!(pace.turn(later, None), Ok(later));
    }
}
