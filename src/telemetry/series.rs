//! Requests over time: of each endpoint of the backend, of routes beside those, and of all together.
//!
//! Bounded by construction: the endpoints are those of the list that was read at the start, and the routes beside them
//! are [`BESIDE`] at most. Counting takes no lock but for those.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant, SystemTime},
};

use parking_lot::RwLock;

use super::{
    seen::{Both, Overall, Seen, Side, Totals},
    slots::{Slots, slot_at},
};
use crate::{
    db::histogram::{Histogram, Recorded},
    flags::Variant,
    routes::Endpoints,
};

/// Slots of an endpoint: ten minutes.
pub const OF_ENDPOINT: usize = 60;
/// Slots of all requests together: an hour.
pub const OF_ALL: usize = 360;
/// Most routes whose pattern is that of no endpoint.
const BESIDE: usize = 256;

/// Requests over time.
#[derive(Debug)]
pub struct Series {
    began: Instant,
    started: SystemTime,
    /// The backend's endpoints.
    pub endpoints: Arc<Endpoints>,
    counts: Box<[OfEndpoint]>,
    beside: RwLock<HashMap<String, Arc<OfEndpoint>>>,
    other: AtomicU64,
    all: Both<Slots<OF_ALL>>,
    errors: Slots<OF_ALL>,
    totals: Both<AtomicU64>,
    total_errors: AtomicU64,
    latency: Both<Histogram>,
}

/// What is counted of one endpoint.
#[derive(Debug, Default)]
struct OfEndpoint {
    slots: Both<Slots<OF_ENDPOINT>>,
    errors: Both<AtomicU64>,
    latency: Both<Histogram>,
}

/// One request that was answered.
#[derive(Debug, Clone, Copy)]
pub struct Answered<'a> {
    /// Its place among the endpoints, if it has one.
    pub endpoint: Option<usize>,
    /// Its route's name, if it has one.
    pub route: Option<&'a str>,
    /// Who answered.
    pub variant: Variant,
    /// Whether the answer is a 5xx, legacy's own or ours because legacy failed.
    pub error: bool,
    /// From its head to that of the answer.
    pub latency: Duration,
}

impl Series {
    /// Nothing counted yet.
    #[must_use]
    pub fn new(endpoints: Arc<Endpoints>) -> Self {
        Self {
            began: Instant::now(),
            started: SystemTime::now(),
            counts: endpoints.list().iter().map(|_| OfEndpoint::default()).collect(),
            endpoints,
            beside: RwLock::default(),
            other: AtomicU64::new(0),
            all: Both::default(),
            errors: Slots::default(),
            totals: Both::default(),
            total_errors: AtomicU64::new(0),
            latency: Both::default(),
        }
    }

    /// Counts a request.
    pub fn count(&self, answered: Answered<'_>) {
        self.count_at(self.uptime(), answered);
    }

    fn count_at(&self, uptime: Duration, answered: Answered<'_>) {
        let Answered { endpoint, route, variant, error, latency } = answered;
        let slot = slot_at(uptime.as_secs());
        self.all.of(variant).count(slot);
        self.totals.of(variant).fetch_add(1, Ordering::Relaxed);
        self.latency.of(variant).record(latency);
        if error {
            self.errors.count(slot);
            self.total_errors.fetch_add(1, Ordering::Relaxed);
        }
        match (endpoint.and_then(|at| self.counts.get(at)), route) {
            (Some(counts), _) => counts.count(slot, variant, error, latency),
            (None, Some(route)) => self.count_beside(route, |counts| counts.count(slot, variant, error, latency)),
            (None, None) => {
                self.other.fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    /// A route that answers what is in no line of the list.
    fn count_beside(&self, route: &str, count: impl Fn(&OfEndpoint)) {
        if let Some(counts) = self.beside.read().get(route) {
            return count(counts);
        }
        let mut beside = self.beside.write();
        if beside.len() < BESIDE || beside.contains_key(route) {
            count(beside.entry(route.to_owned()).or_default());
        } else {
            self.other.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// How long the bridge runs, by a clock that nobody sets.
    #[must_use]
    pub fn uptime(&self) -> Duration {
        self.began.elapsed()
    }

    /// The endpoint at a place of the list.
    #[must_use]
    pub fn endpoint(&self, at: usize) -> Option<Seen> {
        let slot = slot_at(self.uptime().as_secs());
        self.counts.get(at).map(|counts| counts.seen(slot))
    }

    /// A route beside the list; one without requests counts as nothing.
    #[must_use]
    pub fn beside(&self, route: &str) -> Seen {
        let slot = slot_at(self.uptime().as_secs());
        match self.beside.read().get(route) {
            Some(counts) => counts.seen(slot),
            None => OfEndpoint::default().seen(slot),
        }
    }

    /// Requests of no endpoint and no route, since the start.
    #[must_use]
    pub fn other(&self) -> u64 {
        self.other.load(Ordering::Relaxed)
    }

    /// All requests of the last hour.
    #[must_use]
    pub fn overall(&self) -> Overall {
        self.overall_at(self.uptime())
    }

    fn overall_at(&self, uptime: Duration) -> Overall {
        let slot = slot_at(uptime.as_secs());
        Overall {
            at: SystemTime::now(),
            started: self.started,
            slots: self.all.map(|slots| slots.up_to(slot)),
            errors: self.errors.up_to(slot),
        }
    }

    /// Requests since the start.
    #[must_use]
    pub fn totals(&self) -> Totals {
        Totals {
            requests: self.totals.map(|total| total.load(Ordering::Relaxed)),
            errors: self.total_errors.load(Ordering::Relaxed),
        }
    }

    /// Latencies of all requests since the start.
    #[must_use]
    pub fn latency(&self) -> Both<Recorded> {
        self.latency.map(Histogram::recorded)
    }
}

impl OfEndpoint {
    fn count(&self, slot: u32, variant: Variant, error: bool, latency: Duration) {
        self.slots.of(variant).count(slot);
        self.latency.of(variant).record(latency);
        if error {
            self.errors.of(variant).fetch_add(1, Ordering::Relaxed);
        }
    }

    fn seen(&self, slot: u32) -> Seen {
        let side = |variant| Side {
            errors: self.errors.of(variant).load(Ordering::Relaxed),
            latency: self.latency.of(variant).recorded(),
        };
        Seen {
            slots: self.slots.map(|slots| slots.up_to(slot)),
            sides: Both { legacy: side(Variant::Legacy), native: side(Variant::Native) },
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn series() -> Series {
        Series::new(Arc::new(Endpoints::parse("test", "GET /a\nGET /b\n").unwrap()))
    }

    fn answered(endpoint: Option<usize>, route: Option<&str>, variant: Variant, error: bool) -> Answered<'_> {
        Answered { endpoint, route, variant, error, latency: Duration::from_millis(3) }
    }

    fn last(slots: &[u32]) -> u32 {
        *slots.last().unwrap()
    }

    #[test]
    fn a_request_counts_for_its_endpoint_and_for_all() {
        let series = series();
        series.count(answered(Some(1), Some("b"), Variant::Native, false));
        series.count(answered(Some(1), None, Variant::Legacy, true));
        let (a, b) = (series.endpoint(0).unwrap(), series.endpoint(1).unwrap());
        assert_eq!((last(&a.slots.legacy), last(&a.slots.native)), (0, 0));
        assert_eq!((last(&b.slots.legacy), last(&b.slots.native)), (1, 1));
        assert_eq!((b.slots.legacy.len(), b.sides.legacy.errors, b.sides.native.errors), (OF_ENDPOINT, 1, 0));
        assert_eq!(b.sides.native.latency.quantile(0.5), Some(Duration::from_millis(5)));
        let all = series.overall();
        assert_eq!((last(&all.slots.legacy), last(&all.slots.native), last(&all.errors)), (1, 1, 1));
        assert_eq!((all.errors.len(), all.share_native(60)), (OF_ALL, Some(0.5)));
        let totals = Totals { requests: Both { legacy: 1, native: 1 }, errors: 1 };
        assert_eq!((series.totals(), series.other()), (totals, 0));
    }

    #[test]
    fn a_request_of_no_endpoint_counts_for_its_route_and_one_without_either_as_other() {
        let series = series();
        series.count(answered(None, Some("x"), Variant::Native, false));
        series.count(answered(None, None, Variant::Legacy, false));
        assert_eq!((last(&series.beside("x").slots.native), series.other()), (1, 1));
        assert_eq!(last(&series.beside("y").slots.native), 0);
        for number in 0..2 * BESIDE {
            series.count(answered(None, Some(&number.to_string()), Variant::Native, false));
        }
        assert_eq!(series.beside.read().len(), BESIDE);
        assert_eq!(series.other(), BESIDE as u64 + 2);
    }

    #[test]
    fn without_requests_there_is_no_share() {
        assert_eq!(series().overall().share_native(60), None);
    }

    proptest! {
        #[test]
        fn the_hour_is_a_plain_list_of_what_came_in_each_ten_seconds(
            requests in prop::collection::vec((0u64..40, any::<bool>(), any::<bool>()), 0..300),
        ) {
            let series = series();
            let mut seconds = 0;
            let mut came = Vec::new();
            for (pause, native, error) in requests {
                seconds += pause;
                let variant = if native { Variant::Native } else { Variant::Legacy };
                series.count_at(Duration::from_secs(seconds), answered(Some(0), None, variant, error));
                came.push((seconds / 10, native, error));
            }
            let all = series.overall_at(Duration::from_secs(seconds));
            let now = seconds / 10;
            let expected = |wanted: &dyn Fn(&(u64, bool, bool)) -> bool| -> Vec<u32> {
                let slots = (0..OF_ALL as u64).rev().map(|back| now.checked_sub(back));
                slots.map(|slot| came.iter().filter(|c| Some(c.0) == slot && wanted(c)).count().try_into().unwrap()).collect()
            };
            prop_assert_eq!(all.slots.legacy, expected(&|(_, native, _)| !native));
            prop_assert_eq!(all.slots.native, expected(&|(_, native, _)| *native));
            prop_assert_eq!(all.errors, expected(&|(_, _, error)| *error));
        }
    }
}
