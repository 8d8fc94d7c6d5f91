//! Counts by time slot: the last of them, however long it runs, without a lock.

use std::sync::atomic::{AtomicU64, Ordering};

/// Seconds of a slot.
pub const SLOT_SECONDS: u64 = 10;

/// Counts of the last `N` slots, each in its place of a ring. A place holds the number of its slot beside the count, so
/// that one of an earlier round is told from one of this round, and a slot that nobody wrote is zero.
#[derive(Debug)]
pub struct Slots<const N: usize>([AtomicU64; N]);

impl<const N: usize> Default for Slots<N> {
    fn default() -> Self {
        Self([const { AtomicU64::new(0) }; N])
    }
}

/// The number of a slot, from 1: a place that was never written is of slot 0. There are enough of them for 1300 years.
#[must_use]
pub fn slot_at(elapsed_seconds: u64) -> u32 {
    u32::try_from(elapsed_seconds / SLOT_SECONDS + 1).unwrap_or(u32::MAX)
}

impl<const N: usize> Slots<N> {
    /// Counts one in a slot. One that is out of the ring already, because its thread was held up for so long, is left out.
    pub fn count(&self, slot: u32) {
        let place = &self.0[slot as usize % N];
        let counted = |packed| {
            let (of, count) = unpack(packed);
            match of.cmp(&slot) {
                std::cmp::Ordering::Equal => Some(pack(slot, count.saturating_add(1))),
                std::cmp::Ordering::Less => Some(pack(slot, 1)),
                std::cmp::Ordering::Greater => None,
            }
        };
        let _ = place.fetch_update(Ordering::Relaxed, Ordering::Relaxed, counted);
    }

    /// The last `N` slots up to this one, oldest first.
    #[must_use]
    pub fn up_to(&self, slot: u32) -> Vec<u32> {
        (0..N)
            .rev()
            .map(|back| u32::try_from(back).ok().and_then(|back| slot.checked_sub(back)).unwrap_or(0))
            .map(|slot| {
                let (of, count) = unpack(self.0[slot as usize % N].load(Ordering::Relaxed));
                if of == slot && slot > 0 { count } else { 0 }
            })
            .collect()
    }
}

fn pack(slot: u32, count: u32) -> u64 {
    u64::from(slot) << 32 | u64::from(count)
}

fn unpack(packed: u64) -> (u32, u32) {
    #[allow(clippy::cast_possible_truncation, reason = "the two halves")]
    ((packed >> 32) as u32, packed as u32)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_slot_that_nobody_wrote_is_zero_and_one_that_is_over_makes_room() {
        let slots = Slots::<3>::default();
        assert_eq!(slots.up_to(1), [0, 0, 0]);
        slots.count(1);
        slots.count(1);
        slots.count(2);
        assert_eq!(slots.up_to(2), [0, 2, 1]);
        assert_eq!(slots.up_to(4), [1, 0, 0]);
        slots.count(4);
        assert_eq!(slots.up_to(4), [1, 0, 1], "slot 4 is in the place of slot 1");
        assert_eq!(slots.up_to(400), [0, 0, 0]);
        slots.count(1);
        assert_eq!(slots.up_to(4), [1, 0, 1], "a count that comes too late is left out");
    }

    #[test]
    fn slots_begin_every_ten_seconds() {
        assert_eq!([0, 9, 10, 19, 20].map(slot_at), [1, 1, 2, 2, 3]);
    }

    proptest! {
        #[test]
        fn the_ring_is_a_plain_list_of_all_counts_cut_to_its_end(steps in prop::collection::vec(0u32..9, 0..200)) {
            let slots = Slots::<7>::default();
            let (mut now, mut all) = (1, vec![0u32; 7]);
            for step in steps {
                // Most often none: several counts in one slot.
                let step = step.saturating_sub(4);
                now += step;
                all.extend(std::iter::repeat_n(0, step as usize));
                slots.count(now);
                *all.last_mut().unwrap() += 1;
                prop_assert_eq!(slots.up_to(now), &all[all.len() - 7..]);
            }
        }
    }

    #[test]
    fn nothing_is_lost_where_several_threads_count_at_once() {
        let slots = Slots::<4>::default();
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for slot in 1..=4 {
                        (0..1000).for_each(|_| slots.count(slot));
                    }
                });
            }
        });
        assert_eq!(slots.up_to(4), [4000; 4]);
    }
}
