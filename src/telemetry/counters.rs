//! Requests by route, variant, reason and class of status.

use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicU64, Ordering},
};

use http::StatusCode;
use parking_lot::Mutex;
use serde::Serialize;

use crate::flags::Decision;

/// Counts since the start. Bounded by construction: routes come from the table, the rest is enumerated.
#[derive(Debug, Default)]
pub struct Counters {
    counts: Mutex<Counts>,
    gone: AtomicU64,
}

/// By route; those of none apart, so that a look-up needs no owned name.
#[derive(Debug, Default)]
struct Counts {
    routes: BTreeMap<String, Cells>,
    none: Cells,
}

/// By variant, reason and class of status.
type Cells = BTreeMap<(&'static str, &'static str, &'static str), u64>;

/// One line of the counts.
#[derive(Debug, Clone, Serialize)]
pub struct Count {
    /// Route name; none for requests that are not migrated.
    pub route: Option<String>,
    /// Who answered.
    pub variant: &'static str,
    /// Why.
    pub reason: &'static str,
    /// How often.
    pub requests: u64,
}

impl Counters {
    /// Counts a request.
    pub fn count(&self, route: Option<&str>, decision: Decision, status: StatusCode) {
        let key = (decision.variant.as_str(), decision.reason.as_str(), class_of(status));
        let mut counts = self.counts.lock();
        let Counts { routes, none } = &mut *counts;
        let Some(route) = route else {
            *none.entry(key).or_default() += 1;
            return;
        };
        // Only a route's first request allocates.
        match routes.get_mut(route) {
            Some(cells) => *cells.entry(key).or_default() += 1,
            None => drop(routes.insert(route.to_owned(), Cells::from([(key, 1)]))),
        }
    }

    /// Counts a client that went away before its answer.
    pub fn count_gone(&self) {
        self.gone.fetch_add(1, Ordering::Relaxed);
    }

    /// Clients that went away before their answer.
    #[must_use]
    pub fn gone(&self) -> u64 {
        self.gone.load(Ordering::Relaxed)
    }

    /// All counts, whatever the status.
    #[must_use]
    pub fn all(&self) -> Vec<Count> {
        let mut all: Vec<Count> = Vec::new();
        self.each(|route, variant, reason, _, requests| match all.last_mut() {
            Some(last) if last.route.as_deref() == route && (last.variant, last.reason) == (variant, reason) => {
                last.requests += requests;
            }
            _ => all.push(Count { route: route.map(str::to_owned), variant, reason, requests }),
        });
        all
    }

    /// Shows each count: route, variant, reason, class of status, requests. In that order of names.
    pub fn each(&self, mut show: impl FnMut(Option<&str>, &'static str, &'static str, &'static str, u64)) {
        let counts = self.counts.lock();
        let routes = counts.routes.iter().map(|(route, cells)| (Some(route.as_str()), cells));
        for (route, cells) in std::iter::once((None, &counts.none)).chain(routes) {
            for ((variant, reason, class), requests) in cells {
                show(route, variant, reason, class, *requests);
            }
        }
    }
}

/// `2xx` and so on.
fn class_of(status: StatusCode) -> &'static str {
    match status.as_u16() {
        ..200 => "1xx",
        200..300 => "2xx",
        300..400 => "3xx",
        400..500 => "4xx",
        500.. => "5xx",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flags::{Reason, Variant};

    #[test]
    fn requests_are_told_apart_by_class_of_status_and_counted_together_without() {
        let counters = Counters::default();
        let native = Decision::new(Variant::Native, Reason::Static);
        for (route, status) in [(Some("tags"), 200), (Some("tags"), 201), (Some("tags"), 409), (None, 502)] {
            counters.count(route, native, StatusCode::from_u16(status).unwrap());
        }
        let mut shown = Vec::new();
        counters.each(|route, variant, reason, class, requests| {
            shown.push(format!("{} {variant} {reason} {class} {requests}", route.unwrap_or("-")));
        });
        assert_eq!(shown, ["- native STATIC 5xx 1", "tags native STATIC 2xx 2", "tags native STATIC 4xx 1"]);
        let all: Vec<_> = counters.all().into_iter().map(|count| (count.route, count.requests)).collect();
        assert_eq!(all, [(None, 1), (Some("tags".to_owned()), 3)]);
    }
}
