//! The counts of all routes, in memory. What takes a lock here holds it for moments, and does no input or output.

use std::{
    collections::{BTreeMap, HashMap},
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Instant, SystemTime},
};

use parking_lot::{Mutex, RwLock};

use super::{
    limits::REST,
    limits::{Limits, cut},
    place::Place,
    summary::Summary,
    tally::{Changes, Counts, Room, Tally},
};
use crate::parity::Verdict;

pub(super) type Shared = Arc<Mutex<Tally>>;

/// A route and what the file does not have of it.
pub(super) struct Unwritten {
    pub(super) route: Arc<str>,
    pub(super) changes: Changes,
    tally: Shared,
}

impl Unwritten {
    /// It could not be written.
    pub(super) fn give_back(&self) {
        self.tally.lock().give_back(&self.changes);
    }
}

/// A route of the file.
pub(super) struct Stored {
    pub(super) route: String,
    pub(super) since: SystemTime,
    pub(super) counts: Counts,
    pub(super) places: Vec<(Place, u64, SystemTime)>,
}

#[derive(Debug)]
pub(super) struct Ledger {
    pub(super) limits: Limits,
    routes: RwLock<HashMap<Arc<str>, Shared>>,
    room: Room,
    /// Bytes of the samples that wait for the file.
    waiting: AtomicU64,
    /// The file has as many samples as it may: each place is asked for another one now and then only.
    pub(super) full: AtomicBool,
    /// The file; none if there is none, or none any more.
    pub(super) file: Mutex<Option<PathBuf>>,
    pub(super) faults: AtomicU64,
    pub(super) fault: Mutex<Option<String>>,
    /// What the rollout has of each route, in its own words.
    pub(super) rollouts: Mutex<BTreeMap<String, String>>,
    /// Those that the file does not have yet.
    pub(super) unkept: Mutex<BTreeMap<String, String>>,
}

impl Ledger {
    pub(super) fn new(limits: Limits) -> Self {
        Self {
            limits,
            routes: RwLock::default(),
            room: Room::new(limits.places),
            waiting: AtomicU64::new(0),
            full: AtomicBool::new(false),
            file: Mutex::default(),
            faults: AtomicU64::new(0),
            fault: Mutex::default(),
            rollouts: Mutex::default(),
            unkept: Mutex::default(),
        }
    }

    /// Takes in what a file has. `false` if some names of it are beyond the bounds, and went to the rest.
    /// Of routes beyond the bound, which was larger when they were written, only the places are still counted.
    pub(super) fn restore(&self, stored: Vec<Stored>) -> bool {
        let mut complete = true;
        for Stored { route, since, counts, mut places } in stored {
            let (name, tally) = self.tally(&route);
            let mut tally = tally.lock();
            if *name == *route {
                tally.since = since;
                tally.counts = counts;
            } else {
                complete = false;
            }
            // The most frequent ones keep their names.
            places.sort_by_key(|(_, count, _)| std::cmp::Reverse(*count));
            for (place, count, last) in places {
                complete &= tally.restore(&place, count, last, &self.limits, &self.room);
            }
            tally.is_stored();
        }
        if !complete {
            self.tallies().iter().for_each(|(_, tally)| tally.lock().change_all());
        }
        complete
    }

    /// Counts a comparison; then, before anyone else counts on the route, does what is wanted with the place of its first
    /// difference.
    pub(super) fn count(
        &self,
        route: &str,
        verdict: &Verdict,
        rules: &Arc<[String]>,
        then: impl FnOnce(&Arc<str>, &Shared, &mut Tally, Place),
    ) {
        loop {
            let (name, tally) = self.tally(route);
            let mut counting = tally.lock();
            if counting.gone {
                // It was reset just now: the next one is there already, or can be begun.
                continue;
            }
            if let Some(place) = counting.count(verdict, rules, &self.limits, &self.room) {
                then(&name, &tally, &mut counting, place);
            }
            return;
        }
    }

    /// The counts of a route, begun if need be, and the name under which they are.
    fn tally(&self, route: &str) -> (Arc<str>, Shared) {
        let route = cut(route);
        if let Some((name, tally)) = self.routes.read().get_key_value(route.as_str()) {
            return (Arc::clone(name), Arc::clone(tally));
        }
        let mut routes = self.routes.write();
        let told_apart = routes.len() - usize::from(routes.contains_key(REST));
        let full = told_apart >= usize::try_from(self.limits.routes).unwrap_or(usize::MAX);
        let name: Arc<str> = if full && !routes.contains_key(route.as_str()) { REST.into() } else { route.into() };
        let fresh = || Arc::new(Mutex::new(Tally::new(SystemTime::now(), Counts::default())));
        let tally = Arc::clone(routes.entry(Arc::clone(&name)).or_insert_with(fresh));
        (name, tally)
    }

    fn known(&self, route: &str) -> Option<Shared> {
        let routes = self.routes.read();
        routes.get(cut(route).as_str()).or_else(|| routes.get(REST)).cloned()
    }

    /// Whether a sample of this verdict would be kept, and is worth its bytes.
    pub(super) fn wants_sample(&self, route: &str, verdict: &Verdict) -> bool {
        let Some(place) = Place::all(verdict).next() else { return false };
        if self.limits.samples_per_place == 0 || self.limits.samples == 0 || self.limits.queue == 0 {
            return false;
        }
        let Some(tally) = self.known(route) else { return true };
        let tally = tally.lock();
        let Some(seen) = tally.place_of(&place) else { return true };
        let enough = seen.stored + seen.waiting >= self.limits.samples_per_place || self.full.load(Ordering::Relaxed);
        // Of one that was restored, the latest is from before the start.
        let recent = seen.sampled.is_some_and(|taken| taken.elapsed() < self.limits.refresh);
        let replaceable = self.limits.samples_per_place > 1 || seen.stored + seen.waiting == 0;
        if enough { !recent && replaceable } else { true }
    }

    /// Takes room for a sample on its way to the file.
    pub(super) fn reserve(&self, bytes: u64) -> bool {
        let more = |waiting: u64| waiting.checked_add(bytes).filter(|sum| *sum <= self.limits.waiting_bytes());
        self.waiting.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more).is_ok()
    }

    pub(super) fn release(&self, bytes: u64) {
        self.waiting.fetch_sub(bytes, Ordering::Relaxed);
    }

    fn tallies(&self) -> Vec<(Arc<str>, Shared)> {
        self.routes.read().iter().map(|(route, tally)| (Arc::clone(route), Arc::clone(tally))).collect()
    }

    /// Takes what the file does not have yet.
    pub(super) fn unwritten(&self) -> Vec<Unwritten> {
        let changed = self.tallies().into_iter().filter_map(|(route, tally)| {
            let changes = tally.lock().changes()?;
            Some(Unwritten { route, changes, tally })
        });
        changed.collect()
    }

    /// How many samples a place has in the file.
    pub(super) fn set_stored(&self, route: &str, place: &Place, samples: usize) {
        let tally = self.routes.read().get(route).cloned();
        if let Some(seen) = tally.as_ref().map(|tally| tally.lock()).as_mut().and_then(|tally| tally.place_mut(place)) {
            seen.stored = u32::try_from(samples).unwrap_or(u32::MAX);
        }
    }

    /// No sample is stored any more.
    pub(super) fn without_samples(&self) {
        self.tallies().iter().for_each(|(_, tally)| tally.lock().without_samples());
    }

    /// Forgets a route, or all of them. Gives the names of those that were known.
    pub(super) fn forget(&self, route: Option<&str>) -> Vec<Arc<str>> {
        let wanted = route.map(cut);
        let mut routes = self.routes.write();
        let gone = routes.extract_if(|name, _| wanted.as_deref().is_none_or(|wanted| **name == *wanted));
        let ended = gone.map(|(name, tally)| {
            self.room.give_back(tally.lock().end());
            name
        });
        ended.collect()
    }

    /// Takes note of a fault of the file.
    pub(super) fn failed(&self, fault: String) {
        self.faults.fetch_add(1, Ordering::Relaxed);
        *self.fault.lock() = Some(fault);
    }

    pub(super) fn summary(&self) -> Summary {
        let mut tallies = self.tallies();
        tallies.sort_by(|(one, _), (other, _)| one.cmp(other));
        Summary {
            routes: tallies.iter().map(|(route, tally)| tally.lock().summary(route)).collect(),
            file: self.file.lock().clone(),
            faults: self.faults.load(Ordering::Relaxed),
            fault: self.fault.lock().clone(),
        }
    }

    /// Marks a sample as taken now.
    pub(super) fn taken(tally: &mut Tally, place: &Place) {
        if let Some(seen) = tally.place_mut(place) {
            seen.waiting += 1;
            seen.sampled = Some(Instant::now());
        }
    }
}
