//! The same for a while back, in ten slots that make way one by one.

use std::time::{Duration, Instant};

use super::counts::Counts;

const SLOTS: usize = 10;

/// Counts of the last while.
#[derive(Debug)]
pub struct Window {
    began: Instant,
    slot: Duration,
    /// Those that have something in them, with their numbers since the beginning, ascending.
    slots: Vec<(u128, Counts)>,
}

impl Window {
    /// An empty one of this length.
    #[must_use]
    pub fn new(length: Duration, now: Instant) -> Self {
        let slot = (length / u32::try_from(SLOTS).unwrap_or(1)).max(Duration::from_millis(1));
        Self { began: now, slot, slots: Vec::new() }
    }

    /// Whether it is that long.
    #[must_use]
    pub fn is_of(&self, length: Duration) -> bool {
        Self::new(length, self.began).slot == self.slot
    }

    fn number(&self, now: Instant) -> u128 {
        now.saturating_duration_since(self.began).as_millis() / self.slot.as_millis()
    }

    /// Counts something now.
    pub fn count(&mut self, now: Instant, count: impl FnOnce(&mut Counts)) {
        let number = self.number(now);
        if self.slots.last().is_none_or(|(last, _)| *last < number) {
            self.slots.retain(|(slot, _)| slot + SLOTS as u128 > number);
            self.slots.push((number, Counts::default()));
        }
        if let Some((_, counts)) = self.slots.last_mut() {
            count(counts);
        }
    }

    /// All that is within it.
    #[must_use]
    pub fn sum(&self, now: Instant) -> Counts {
        let number = self.number(now);
        let mut sum = Counts::default();
        self.slots.iter().filter(|(slot, _)| slot + SLOTS as u128 > number).for_each(|(_, counts)| sum.add(counts));
        sum
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_window_has_what_was_counted_within_it_to_a_tenth(
            pauses in prop::collection::vec(0_u64..700, 1..60),
        ) {
            let began = Instant::now();
            let mut window = Window::new(Duration::from_secs(1), began);
            let (mut now, mut all) = (0, Vec::new());
            for pause in pauses {
                now += pause;
                all.push(now);
                window.count(began + Duration::from_millis(now), |counts| counts.compared("matched"));
            }
            let sum = window.sum(began + Duration::from_millis(now)).verdict("matched");
            let since = |back: u64| all.iter().filter(|at| **at + back > now).count() as u64;
            prop_assert!(since(900) <= sum && sum <= since(1001), "{} {sum} {}", since(900), since(1001));
            prop_assert!(window.slots.len() <= SLOTS);
        }
    }
}
