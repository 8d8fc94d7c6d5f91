//! The breaker of a route: after so many failures of its handler in a row, legacy answers for a while.

use std::time::{Duration, Instant};

/// A breaker.
#[derive(Debug, Default)]
pub struct Breaker {
    /// Failures in a row.
    failures: u32,
    /// Until when it is open.
    open: Option<Instant>,
    /// A request is tried since then.
    tried: Option<Instant>,
}

/// What a breaker says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// The handler is asked.
    Closed,
    /// It is not.
    Open,
    /// One request decides.
    HalfOpen,
}

impl State {
    /// Its word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Open => "open",
            Self::HalfOpen => "half-open",
        }
    }
}

impl Breaker {
    /// Whether the handler may be asked now. Of the requests after the pause one is, and its answer decides; if that does
    /// not come (its client went away), another one is after a further pause.
    pub fn admits(&mut self, pause: Duration, now: Instant) -> bool {
        match self.open {
            None => true,
            Some(until) if now < until => false,
            Some(_) if self.tried.is_some_and(|tried| now < tried + pause) => false,
            Some(_) => {
                self.tried = Some(now);
                true
            }
        }
    }

    /// The handler answered. While it is open that says something only of the one that was tried.
    pub fn succeeded(&mut self) {
        if self.open.is_none() || self.tried.is_some() {
            *self = Self::default();
        }
    }

    /// It failed. Gives whether the breaker opens by that.
    pub fn failed(&mut self, most: u32, pause: Duration, now: Instant) -> bool {
        self.failures = self.failures.saturating_add(1);
        let was_open = self.open.is_some();
        if most == 0 || (self.failures < most && !was_open) {
            return false;
        }
        // Of requests that began before it opened nothing is learnt.
        if was_open && self.tried.is_none() {
            return false;
        }
        self.open = Some(now + pause);
        self.tried = None;
        !was_open
    }

    /// What it says now.
    #[must_use]
    pub fn state(&self, now: Instant) -> State {
        match self.open {
            None => State::Closed,
            Some(until) if now < until => State::Open,
            Some(_) => State::HalfOpen,
        }
    }

    /// Failures in a row.
    #[must_use]
    pub fn failures(&self) -> u32 {
        self.failures
    }

    /// How much longer it is open.
    #[must_use]
    pub fn left(&self, now: Instant) -> Option<Duration> {
        self.open.map(|until| until.saturating_duration_since(now)).filter(|left| !left.is_zero())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAUSE: Duration = Duration::from_secs(30);

    #[test]
    fn a_breaker_opens_after_failures_in_a_row_and_one_request_decides_after_the_pause() {
        let (mut breaker, start) = (Breaker::default(), Instant::now());
        let at = |seconds| start + Duration::from_secs(seconds);
        assert!(!breaker.failed(3, PAUSE, start) && !breaker.failed(3, PAUSE, start));
        breaker.succeeded();
        assert!(!breaker.failed(3, PAUSE, start) && !breaker.failed(3, PAUSE, start), "a success begins anew");
        assert!(breaker.failed(3, PAUSE, start), "it opens");
        assert!(!breaker.failed(3, PAUSE, start), "what began before says nothing more");
        breaker.succeeded();
        assert_eq!((breaker.admits(PAUSE, at(29)), breaker.state(at(29))), (false, State::Open));
        assert_eq!(breaker.state(at(30)), State::HalfOpen);
        assert!(breaker.admits(PAUSE, at(31)), "one is tried");
        assert!(!breaker.admits(PAUSE, at(32)), "and no other");
        assert!(!breaker.failed(3, PAUSE, at(33)), "it was open, and stays so");
        assert!(!breaker.admits(PAUSE, at(62)));
        assert!(breaker.admits(PAUSE, at(63)));
        assert!(breaker.admits(PAUSE, at(93)), "the one that was tried never came back");
        breaker.succeeded();
        assert_eq!((breaker.admits(PAUSE, at(94)), breaker.state(at(94))), (true, State::Closed));
    }

    #[test]
    fn without_a_number_of_failures_there_is_no_breaker() {
        let (mut breaker, now) = (Breaker::default(), Instant::now());
        assert!((0..100).all(|_| !breaker.failed(0, PAUSE, now)) && breaker.admits(PAUSE, now));
    }
}
