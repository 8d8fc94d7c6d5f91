//! What the comparisons came to, as JSON.

use std::{sync::Arc, time::SystemTime};

use axum::{Json, extract::State};
use serde_json::{Value, json};

use crate::{
    dispatch::Bridge,
    parity::evidence::{RouteSummary, RuleCount, Summary},
    rollout::moment::seconds,
};

pub(super) async fn answer(State(bridge): State<Arc<Bridge>>) -> Json<Value> {
    Json(summary(&bridge.comparer.evidence.summary()))
}

/// Counts of every route.
#[must_use]
pub fn summary(summary: &Summary) -> Value {
    json!({
        "file": summary.file.as_ref().map(|file| file.display().to_string()),
        "faults": summary.faults,
        "fault": summary.fault,
        "routes": summary.routes.iter().map(route).collect::<Vec<_>>(),
    })
}

fn route(route: &RouteSummary) -> Value {
    let verdicts: Vec<(String, u64)> =
        route.verdicts.iter().map(|(word, count)| ((*word).to_owned(), *count)).collect();
    json!({
        "route": route.route,
        "since": moment(route.since),
        "verdicts": counts(&verdicts),
        "skipped": counts(&route.skipped),
        "declined": counts(&route.declined),
        "failed": counts(&route.failed),
        "places": route.places.iter().map(|counted| json!({
            "verdict": counted.place.verdict(),
            "kind": counted.place.kind,
            "path": counted.place.path,
            "count": counted.count,
            "samples": counted.samples,
            "last": moment(counted.last),
        })).collect::<Vec<_>>(),
        "rules": route.rules.iter().map(rule).collect::<Vec<_>>(),
        "dropped_samples": route.dropped,
    })
}

/// Counts by word.
pub(super) fn counts(counts: &[(String, u64)]) -> Value {
    Value::Object(counts.iter().map(|(word, count)| (word.clone(), json!(count))).collect())
}

/// How often a rule was needed.
pub(super) fn rule(rule: &RuleCount) -> Value {
    json!({"rule": rule.rule, "hits": rule.hits, "compared": rule.compared, "dead": is_dead(rule)})
}

/// Whether a rule was never needed, though its route was compared. One that redacts is needed anyway.
#[must_use]
pub fn is_dead(rule: &RuleCount) -> bool {
    rule.hits == 0 && rule.compared > 0 && !rule.rule.starts_with("redact ")
}

fn moment(moment: SystemTime) -> Value {
    json!(seconds(moment))
}
