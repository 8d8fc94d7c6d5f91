//! When a periodic task runs next. No time passes here.

use std::time::{Duration, SystemTime};

/// What becomes of turns that were missed: the machine slept, or the last run took longer than a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CatchUp {
    /// They are made up for by one run, at once.
    Once,
    /// They are left out; it goes on at the next turn.
    Skip,
}

/// How often something runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rhythm {
    /// From one turn to the next.
    pub every: Duration,
    /// The most that is added to a turn, drawn each time, so that not everything runs at once.
    pub jitter: Duration,
    /// What becomes of missed turns.
    pub catch_up: CatchUp,
    /// Longest time of a run.
    pub deadline: Duration,
}

impl Rhythm {
    /// The turn after the one at `turn`, as seen at `now` when that run has ended. `draw` is from 0 to 1.
    #[must_use]
    pub fn after(&self, turn: SystemTime, now: SystemTime, draw: f64) -> SystemTime {
        let jitter = self.jitter.mul_f64(draw.clamp(0.0, 1.0));
        // The clock was set back: a turn that lies further ahead than ever is meant would keep it waiting.
        let turn = if turn > now + self.every { now } else { turn };
        let next = turn + self.every + jitter;
        if next >= now {
            return next;
        }
        match self.catch_up {
            CatchUp::Once => now,
            CatchUp::Skip => {
                let late = now.duration_since(turn).unwrap_or_default();
                let turns = late.as_nanos() / self.every.as_nanos().max(1) + 1;
                turn + self.every.saturating_mul(u32::try_from(turns).unwrap_or(u32::MAX)) + jitter
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use proptest::prelude::*;

    use super::*;

    fn at(seconds: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(seconds)
    }

    fn rhythm(catch_up: CatchUp) -> Rhythm {
        let (every, jitter) = (Duration::from_secs(60), Duration::from_secs(6));
        Rhythm { every, jitter, catch_up, deadline: every }
    }

    #[test]
    fn a_turn_follows_the_last_after_its_period() {
        for catch_up in [CatchUp::Once, CatchUp::Skip] {
            assert_eq!(rhythm(catch_up).after(at(1000), at(1003), 0.0), at(1060));
            assert_eq!(rhythm(catch_up).after(at(1000), at(1003), 0.5), at(1063));
        }
    }

    #[test]
    fn missed_turns_are_made_up_for_by_one_or_left_out() {
        assert_eq!(rhythm(CatchUp::Once).after(at(1000), at(4610), 0.0), at(4610));
        assert_eq!(rhythm(CatchUp::Skip).after(at(1000), at(4610), 0.0), at(4660));
    }

    #[test]
    fn a_clock_that_is_set_back_delays_no_longer_than_a_period() {
        assert_eq!(rhythm(CatchUp::Once).after(at(9000), at(1000), 0.0), at(1060));
    }

    proptest! {
        #[test]
        fn the_next_turn_is_never_past_and_never_further_than_a_period_and_its_jitter(
            turn in 10_000_u64..20_000, now in 10_000_u64..20_000, draw in 0.0..=1.0, skip: bool,
        ) {
            let rhythm = rhythm(if skip { CatchUp::Skip } else { CatchUp::Once });
            let next = rhythm.after(at(turn), at(now), draw);
            prop_assert!(next >= at(now));
            // A turn that lies ahead is waited for, and its period after it.
            let from = at(now.max(turn.min(now + 60)));
            prop_assert!(next <= from + rhythm.every + rhythm.jitter);
        }
    }
}
