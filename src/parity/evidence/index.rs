//! Which samples are kept, and which make way.

use std::{collections::HashMap, sync::Arc};

use super::{limits::Limits, place::Place};

/// A place of a route.
pub(super) type Spot = (Arc<str>, Place);

#[derive(Debug, Clone, Copy)]
struct Entry {
    id: i64,
    bytes: u64,
}

/// The samples of the file by their places, oldest first.
///
/// Of one place the first and the latest are kept. Where there are too many in all, one of the place that has most makes
/// way: the oldest after its first, or that if it is the only one.
#[derive(Debug, Clone, Default)]
pub(super) struct Index {
    spots: HashMap<Spot, Vec<Entry>>,
    count: u32,
    bytes: u64,
    last: i64,
}

/// What a new sample changes.
#[derive(Debug, Default)]
pub(super) struct Admitted {
    /// Its number; none if it is not kept.
    pub(super) id: Option<i64>,
    /// Those that make way. It may itself be among them.
    pub(super) evicted: Vec<(Spot, i64)>,
}

impl Index {
    /// Adds one that is in the file. They come oldest first.
    pub(super) fn restore(&mut self, spot: Spot, id: i64, bytes: u64) {
        self.last = self.last.max(id);
        self.count = self.count.saturating_add(1);
        self.bytes = self.bytes.saturating_add(bytes);
        self.spots.entry(spot).or_default().push(Entry { id, bytes });
    }

    /// Adds a new one, whose size is within the bounds.
    pub(super) fn admit(&mut self, spot: Spot, bytes: u64, limits: &Limits) -> Admitted {
        if limits.samples_per_place == 0 || (limits.samples_per_place == 1 && self.samples(&spot) > 0) {
            return Admitted::default();
        }
        // A file that has the last number of all has no room for another.
        let Some(id) = self.last.checked_add(1) else { return Admitted::default() };
        self.restore(spot, id, bytes);
        Admitted { id: Some(id), evicted: self.trim(limits) }
    }

    /// Takes out what is beyond the bounds.
    pub(super) fn trim(&mut self, limits: &Limits) -> Vec<(Spot, i64)> {
        let most = usize::try_from(limits.samples_per_place).unwrap_or(usize::MAX);
        let crowded = self.spots.iter().filter(|(_, entries)| entries.len() > most);
        let mut crowded: Vec<Spot> = crowded.map(|(spot, _)| spot.clone()).collect();
        let mut evicted = Vec::new();
        while let Some(spot) = crowded.pop() {
            let id = self.evict(&spot);
            if self.samples(&spot) > most {
                crowded.push(spot.clone());
            }
            evicted.extend(id.map(|id| (spot, id)));
        }
        while self.count > limits.samples || self.bytes > limits.bytes {
            // Of those that have as many, the one that would lose the oldest.
            let most = self.spots.iter().max_by_key(|(_, entries)| {
                (entries.len(), std::cmp::Reverse(victim(entries).map(|place| entries[place].id)))
            });
            let Some(spot) = most.map(|(spot, _)| spot.clone()) else { break };
            let id = self.evict(&spot);
            evicted.extend(id.map(|id| (spot, id)));
        }
        evicted
    }

    fn evict(&mut self, spot: &Spot) -> Option<i64> {
        let entries = self.spots.get_mut(spot)?;
        let entry = victim(entries).map(|place| entries.remove(place))?;
        if entries.is_empty() {
            self.spots.remove(spot);
        }
        self.count -= 1;
        self.bytes = self.bytes.saturating_sub(entry.bytes);
        Some(entry.id)
    }

    /// Forgets all, but no number.
    pub(super) fn clear(&mut self) {
        *self = Self { last: self.last, ..Self::default() };
    }

    /// Forgets a route.
    pub(super) fn forget(&mut self, route: &str) {
        let gone = self.spots.extract_if(|(name, _), _| **name == *route);
        for entry in gone.flat_map(|(_, entries)| entries) {
            self.count -= 1;
            self.bytes = self.bytes.saturating_sub(entry.bytes);
        }
    }

    pub(super) fn samples(&self, spot: &Spot) -> usize {
        self.spots.get(spot).map_or(0, Vec::len)
    }

    pub(super) fn spots(&self) -> impl Iterator<Item = (&Spot, usize)> {
        self.spots.iter().map(|(spot, entries)| (spot, entries.len()))
    }

    /// Whether the next one may have to displace another place's.
    pub(super) fn is_full(&self, limits: &Limits) -> bool {
        self.count >= limits.samples || self.bytes + limits.sample_bytes() > limits.bytes
    }
}

fn victim(entries: &[Entry]) -> Option<usize> {
    match entries.len() {
        0 => None,
        1 => Some(0),
        _ => Some(1),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn spot(path: &impl ToString) -> Spot {
        ("r".into(), Place { noise: false, kind: "value", path: path.to_string() })
    }

    fn ids(index: &Index, path: &str) -> Vec<i64> {
        index.spots.get(&spot(&path)).into_iter().flatten().map(|entry| entry.id).collect()
    }

    fn limits(samples_per_place: u32, samples: u32, bytes: u64) -> Limits {
        Limits { samples_per_place, samples, bytes, ..Limits::default() }
    }

    #[test]
    fn of_one_place_the_first_and_the_latest_are_kept() {
        let mut index = Index::default();
        for _ in 0..9 {
            index.admit(spot(&"/a"), 10, &limits(3, 100, 1000));
        }
        assert_eq!(ids(&index, "/a"), [1, 8, 9]);
        let mut index = Index::default();
        for _ in 0..9 {
            index.admit(spot(&"/a"), 10, &limits(1, 100, 1000));
        }
        assert_eq!(ids(&index, "/a"), [1]);
    }

    #[test]
    fn the_most_crowded_place_makes_way_for_another() {
        let mut index = Index::default();
        let limits = limits(5, 5, 1000);
        for _ in 0..5 {
            index.admit(spot(&"/a"), 10, &limits);
        }
        index.admit(spot(&"/b"), 10, &limits);
        index.admit(spot(&"/c"), 10, &limits);
        assert_eq!((ids(&index, "/a"), ids(&index, "/b"), ids(&index, "/c")), (vec![1, 4, 5], vec![6], vec![7]));
        for path in ["/d", "/e", "/f"] {
            index.admit(spot(&path), 10, &limits);
        }
        assert_eq!(ids(&index, "/a"), [] as [i64; 0], "of places with one sample each, the oldest goes");
        assert_eq!(index.count, 5);
    }

    #[test]
    fn after_the_last_number_of_all_nothing_is_admitted() {
        let mut index = Index::default();
        index.restore(spot(&"/a"), i64::MAX, u64::MAX);
        index.restore(spot(&"/b"), 1, u64::MAX);
        assert_eq!(index.bytes, u64::MAX);
        assert!(index.admit(spot(&"/c"), 10, &limits(5, 5, 1000)).id.is_none());
        assert_eq!(index.trim(&limits(5, 5, 1000)).len(), 1, "what is too large makes way");
    }

    #[test]
    fn a_route_that_is_forgotten_leaves_room() {
        let mut index = Index::default();
        index.admit(spot(&"/a"), 10, &limits(5, 5, 1000));
        index.forget("r");
        assert_eq!((index.count, index.bytes, index.spots.len()), (0, 0, 0));
        assert_eq!(index.admit(spot(&"/a"), 10, &limits(5, 5, 1000)).id, Some(2), "no number is used twice");
    }

    proptest! {
        #[test]
        fn whatever_comes_the_bounds_hold_and_what_is_gone_was_named(
            samples in prop::collection::vec((0..9_u8, 1..100_u64), 1..200),
            most in 0..4_u32, all in 1..20_u32,
        ) {
            let limits = limits(most, all, 800);
            let mut index = Index::default();
            let mut there = std::collections::BTreeSet::new();
            for (path, bytes) in samples {
                let admitted = index.admit(spot(&path), bytes, &limits);
                there.extend(admitted.id);
                for (_, id) in admitted.evicted {
                    prop_assert!(there.remove(&id));
                }
                prop_assert!(index.count <= all && index.bytes <= 800);
                prop_assert!(index.spots.values().all(|entries| entries.len() <= most as usize));
                let mut kept: Vec<i64> = index.spots.values().flatten().map(|entry| entry.id).collect();
                kept.sort_unstable();
                prop_assert_eq!(kept, there.iter().copied().collect::<Vec<_>>());
                prop_assert_eq!(index.bytes, index.spots.values().flatten().map(|entry| entry.bytes).sum::<u64>());
            }
        }
    }
}
