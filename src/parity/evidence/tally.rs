//! The counts of one route.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::{Instant, SystemTime},
};

use serde::{Deserialize, Serialize};

use super::{
    limits::Limits,
    limits::REST,
    place::Place,
    reasons::Reasons,
    rule_hits::RuleHits,
    summary::{PlaceCount, RouteSummary, RuleCount},
};
use crate::parity::Verdict;

/// How many more places are told apart, over all routes.
#[derive(Debug)]
pub(super) struct Room(AtomicU32);

impl Room {
    pub(super) fn new(places: u32) -> Self {
        Self(AtomicU32::new(places))
    }

    fn take(&self) -> bool {
        self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok()
    }

    pub(super) fn give_back(&self, places: u32) {
        self.0.fetch_add(places, Ordering::Relaxed);
    }
}

/// What is counted of a route besides its places; one row of the file.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Counts {
    verdicts: BTreeMap<String, u64>,
    skipped: Reasons,
    declined: Reasons,
    failed: Reasons,
    rules: RuleHits,
    pub(super) dropped: u64,
}

/// One place.
#[derive(Debug)]
pub(super) struct Seen {
    pub(super) count: u64,
    pub(super) last: SystemTime,
    /// Samples in the file.
    pub(super) stored: u32,
    /// Samples on their way there.
    pub(super) waiting: u32,
    /// When the last one was taken, since the start.
    pub(super) sampled: Option<Instant>,
    /// The last comparison that was counted here: one counts once, however often it differs at a place.
    comparison: u64,
    /// Whether the file does not have it yet.
    changed: bool,
}

/// The counts of one route.
#[derive(Debug)]
pub(super) struct Tally {
    pub(super) since: SystemTime,
    pub(super) counts: Counts,
    places: HashMap<Place, Seen>,
    /// Places told apart: differences, noise.
    distinct: [u32; 2],
    comparisons: u64,
    changed: bool,
    /// It was reset: nothing is to be counted here any more.
    pub(super) gone: bool,
}

/// What the file does not have yet.
pub(super) struct Changes {
    pub(super) since: SystemTime,
    pub(super) counts: Counts,
    pub(super) places: Vec<(Place, u64, SystemTime)>,
}

impl Tally {
    pub(super) fn new(since: SystemTime, counts: Counts) -> Self {
        Self { since, counts, places: HashMap::new(), distinct: [0; 2], comparisons: 0, changed: true, gone: false }
    }

    /// Counts a comparison. Gives the place of its first difference, if it has one.
    pub(super) fn count(
        &mut self,
        verdict: &Verdict,
        rules: &Arc<[String]>,
        limits: &Limits,
        room: &Room,
    ) -> Option<Place> {
        self.changed = true;
        self.comparisons += 1;
        match self.counts.verdicts.get_mut(verdict.as_str()) {
            Some(count) => *count = count.saturating_add(1),
            None => drop(self.counts.verdicts.insert(verdict.as_str().to_owned(), 1)),
        }
        match verdict {
            // Which rules a mismatch needed besides is not told: it says nothing about them.
            Verdict::Matched => self.counts.rules.count(rules, &[]),
            Verdict::Ignored(needed) => self.counts.rules.count(rules, needed),
            Verdict::HandlerFailed(reason) => self.counts.failed.count(reason),
            Verdict::HandlerDeclined(reason) => self.counts.declined.count(reason),
            Verdict::Skipped(skip) => self.counts.skipped.count(skip.as_str()),
            Verdict::Mismatched(_) | Verdict::Dirty | Verdict::Noise(_) => {}
        }
        let (now, comparison) = (SystemTime::now(), self.comparisons);
        let mut first = None;
        for place in Place::all(verdict) {
            let place = self.told_apart(place, limits, room);
            let seen = self.seen(&place);
            if seen.comparison != comparison {
                seen.comparison = comparison;
                seen.count = seen.count.saturating_add(1);
                seen.last = now;
                seen.changed = true;
            }
            first.get_or_insert(place);
        }
        first
    }

    /// The place under which one is counted: its own if there is room for it.
    fn told_apart(&mut self, place: Place, limits: &Limits, room: &Room) -> Place {
        if place.path == REST || self.places.contains_key(&place) {
            return place;
        }
        let distinct = &mut self.distinct[usize::from(place.noise)];
        if *distinct < limits.places_per_route && room.take() {
            *distinct += 1;
            return place;
        }
        place.rest()
    }

    fn seen(&mut self, place: &Place) -> &mut Seen {
        let fresh = Seen {
            count: 0,
            last: SystemTime::UNIX_EPOCH,
            stored: 0,
            waiting: 0,
            sampled: None,
            comparison: 0,
            changed: true,
        };
        self.places.entry(place.clone()).or_insert(fresh)
    }

    /// A place that was counted.
    pub(super) fn place_mut(&mut self, place: &Place) -> Option<&mut Seen> {
        self.places.get_mut(place)
    }

    /// The place under which one is counted or would be, if it was ever.
    pub(super) fn place_of(&self, place: &Place) -> Option<&Seen> {
        self.places.get(place).or_else(|| {
            let full = self.places.get(&place.rest());
            full.filter(|_| !self.places.contains_key(place))
        })
    }

    /// Adds what the file knows of a place. `false` if there is no room for its name, and it went to the rest.
    pub(super) fn restore(
        &mut self,
        place: &Place,
        count: u64,
        last: SystemTime,
        limits: &Limits,
        room: &Room,
    ) -> bool {
        let counted = self.told_apart(place.clone(), limits, room);
        let seen = self.seen(&counted);
        seen.count = seen.count.saturating_add(count);
        seen.last = seen.last.max(last);
        seen.changed = false;
        counted == *place
    }

    /// It is in the file as it is here.
    pub(super) fn is_stored(&mut self) {
        self.changed = false;
    }

    /// Forgets which samples are stored: their file is lost.
    pub(super) fn without_samples(&mut self) {
        self.places.values_mut().for_each(|seen| seen.stored = 0);
    }

    /// Takes what the file does not have yet. What could not be written is given back.
    pub(super) fn changes(&mut self) -> Option<Changes> {
        if self.gone || !std::mem::take(&mut self.changed) {
            return None;
        }
        let changed = self.places.iter_mut().filter_map(|(place, seen)| {
            std::mem::take(&mut seen.changed).then(|| (place.clone(), seen.count, seen.last))
        });
        let places = changed.collect();
        Some(Changes { since: self.since, counts: self.counts.clone(), places })
    }

    pub(super) fn give_back(&mut self, changes: &Changes) {
        self.changed = true;
        for (place, _, _) in &changes.places {
            if let Some(seen) = self.places.get_mut(place) {
                seen.changed = true;
            }
        }
    }

    /// Marks all of it as not in the file.
    pub(super) fn change_all(&mut self) {
        self.changed = true;
        self.places.values_mut().for_each(|seen| seen.changed = true);
    }

    /// Counts a sample that was not kept.
    pub(super) fn dropped(&mut self) {
        self.changed = true;
        self.counts.dropped = self.counts.dropped.saturating_add(1);
    }

    /// Ends it. Gives the number of places that it told apart.
    pub(super) fn end(&mut self) -> u32 {
        self.gone = true;
        self.distinct.iter().sum()
    }

    pub(super) fn summary(&self, route: &str) -> RouteSummary {
        let counts = &self.counts;
        let mut places: Vec<PlaceCount> = self.places.iter().map(|(place, seen)| shown(place, seen)).collect();
        places.sort_by(|one, other| other.count.cmp(&one.count).then_with(|| one.place.cmp(&other.place)));
        let rules = counts.rules.counts().iter();
        RouteSummary {
            route: route.to_owned(),
            since: self.since,
            verdicts: Verdict::WORDS.map(|word| (word, counts.verdicts.get(word).copied().unwrap_or(0))).to_vec(),
            skipped: counts.skipped.sorted(),
            declined: counts.declined.sorted(),
            failed: counts.failed.sorted(),
            places,
            rules: rules
                .map(|known| RuleCount { rule: known.rule.clone(), hits: known.hits, compared: known.compared })
                .collect(),
            dropped: counts.dropped,
        }
    }
}

fn shown(place: &Place, seen: &Seen) -> PlaceCount {
    PlaceCount { place: place.clone(), count: seen.count, samples: seen.stored + seen.waiting, last: seen.last }
}
