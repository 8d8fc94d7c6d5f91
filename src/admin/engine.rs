//! What the rollout knows, for the other endpoints: a function for each thing that is asked of it.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{attention::Item, status, traffic};
use crate::{
    dispatch::Bridge,
    parity::evidence::{RouteSummary, Summary},
    routes::Route,
    telemetry::series::Seen,
};

/// Verdicts that speak for or against a handler.
pub(super) const JUDGED: [&str; 4] = ["matched", "ignored", "mismatched", "handler failed"];

/// Every route, whole but for its guardrails, as `/api/routes` and the event `routes` show it.
pub(super) fn routes(bridge: &Bridge) -> Vec<Value> {
    let snapshot = bridge.live.snapshot();
    let evidence = bridge.comparer.evidence.summary();
    let shown = status::routes(&snapshot.table).into_iter().zip(&snapshot.table.routes);
    shown
        .map(|(shown, route)| {
            let seen = seen_of(bridge, route);
            let mut whole = Map::new();
            if let Value::Object(fields) = json!(shown) {
                whole.extend(fields);
            }
            whole.extend(state_of(route, &seen, &evidence));
            whole.insert("traffic".into(), traffic::of_slots(&seen.slots));
            Value::Object(whole)
        })
        .collect()
}

/// What is counted of the endpoint of a route.
pub(super) fn seen_of(bridge: &Bridge, route: &Route) -> Seen {
    let series = &bridge.telemetry.series;
    let endpoint = series.endpoints.place_of(&route.pattern).and_then(|at| series.endpoint(at));
    endpoint.unwrap_or_else(|| series.beside(&route.name))
}

/// How far a route is, as the rollout has it: mode in force, ladder, hold, what tripped, breaker, verdicts and the two
/// sides since its last change.
pub(super) fn state_of(route: &Route, seen: &Seen, evidence: &Summary) -> Map<String, Value> {
    let counted = evidence.routes.iter().find(|counted| counted.route == route.name);
    let verdicts = counted.map(verdicts_of).unwrap_or_default();
    let fields = json!({
        "mode": route.mode.as_str(),
        "percent": f64::from(route.percent.basis_points()) / 100.0,
        "overridden": false,
        "ladder": null,
        "hold": null,
        "tripped": null,
        "breaker": {"state": "closed", "failures": 0, "until": null},
        "match_rate": match_rate(&verdicts),
        "verdicts": verdicts,
        "legacy": traffic::side(&seen.sides.legacy),
        "native": traffic::side(&seen.sides.native),
    });
    match fields {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

/// The last changes, newest first.
pub(super) fn changes(_bridge: &Bridge) -> Vec<Value> {
    Vec::new()
}

/// What of the rollout wants somebody's attention: tripped routes, open breakers, mismatches, rungs that are ready, holds,
/// the journal, the file of changes.
pub(super) fn attention(_bridge: &Bridge) -> Vec<Item> {
    Vec::new()
}

/// Verdicts of all routes together, each since its last change.
pub(super) fn verdicts(evidence: &Summary) -> BTreeMap<&'static str, u64> {
    let mut all = BTreeMap::new();
    for route in &evidence.routes {
        for (word, count) in &route.verdicts {
            *all.entry(*word).or_default() += count;
        }
    }
    all
}

fn verdicts_of(route: &RouteSummary) -> BTreeMap<&'static str, u64> {
    route.verdicts.iter().copied().collect()
}

/// Which part of the comparisons that were judged found no difference; none if none were.
#[allow(clippy::cast_precision_loss, reason = "counts below 2^52")]
pub(super) fn match_rate(verdicts: &BTreeMap<&'static str, u64>) -> Option<f64> {
    let judged = judged(verdicts);
    let of = |word| verdicts.get(word).copied().unwrap_or_default();
    (judged > 0).then(|| (of("matched") + of("ignored")) as f64 / judged as f64)
}

fn judged(verdicts: &BTreeMap<&'static str, u64>) -> u64 {
    JUDGED.iter().map(|word| verdicts.get(word).copied().unwrap_or_default()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parity::Verdict;

    #[test]
    fn the_match_rate_is_of_what_was_judged() {
        let known = |word| Verdict::WORDS.contains(&word);
        let verdicts =
            BTreeMap::from([("matched", 6), ("ignored", 3), ("mismatched", 1), ("skipped", 90), ("noise", 5)]);
        assert!(verdicts.keys().all(|word| known(word)) && known("handler failed"));
        assert_eq!((judged(&verdicts), match_rate(&verdicts)), (10, Some(0.9)));
        assert_eq!(match_rate(&BTreeMap::from([("skipped", 90)])), None);
    }
}
