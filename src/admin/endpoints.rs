//! `GET /api/endpoints`: every endpoint of the backend, migrated or not, with what its route says of it.

use std::sync::Arc;

use axum::{Json, extract::State};
use serde_json::{Map, Value, json};

use super::{rollout, traffic};
use crate::{
    dispatch::Bridge,
    routes::{Route, pattern::Pattern},
    telemetry::seen::Seen,
};

/// Endpoints in the order of their list, then routes that answer what is in no line of it.
pub(super) async fn answer(State(bridge): State<Arc<Bridge>>) -> Json<Value> {
    Json(all(&bridge))
}

fn all(bridge: &Bridge) -> Value {
    let series = &bridge.telemetry.series;
    let snapshot = bridge.live.snapshot();
    let list = series.endpoints.list();
    let mut routes: Vec<Option<&Route>> = vec![None; list.len()];
    let mut beside = Vec::new();
    for route in &snapshot.table.routes {
        match series.endpoints.place_of(&route.pattern) {
            Some(at) => routes[at] = Some(route),
            None => beside.push(&**route),
        }
    }
    let listed = list.iter().zip(routes).enumerate().filter_map(|(at, (pattern, route))| {
        let seen = series.endpoint(at)?;
        Some(one(bridge, pattern, route, &seen))
    });
    let beside = beside.into_iter().map(|route| one(bridge, &route.pattern, Some(route), &series.beside(&route.name)));
    json!({
        "endpoints": listed.chain(beside).collect::<Vec<_>>(),
        "other": {"requests": series.other()},
    })
}

fn one(bridge: &Bridge, pattern: &Pattern, route: Option<&Route>, seen: &Seen) -> Value {
    let state = route.map(|route| bridge.rollout().shown(route)).unwrap_or_default();
    let field = |name: &str| state.get(name).cloned().unwrap_or_default();
    json!({
        "method": pattern.method.as_str(),
        "path": pattern.path(),
        "route": route.map(|route| &route.name),
        "access": route.map(|route| route.access.as_str()),
        "mode": field("mode"),
        "percent": field("percent"),
        "overridden": field("overridden") == true,
        "ladder": ladder(&state),
        "hold": !field("hold").is_null(),
        "tripped": !field("tripped").is_null(),
        "breaker": state.get("breaker").map(|breaker| breaker["state"].clone()),
        "match_rate": field("match_rate"),
        "verdicts_judged": judged(&state),
        "legacy": state.get("legacy").cloned().unwrap_or_else(|| traffic::side(&seen.sides.legacy)),
        "native": state.get("native").cloned().unwrap_or_else(traffic::no_side),
        "traffic": traffic::of_slots(&seen.slots),
    })
}

/// How far up it is, and of how many rungs.
fn ladder(state: &Map<String, Value>) -> Value {
    match state.get("ladder") {
        Some(Value::Object(ladder)) => json!({"at": ladder.get("at"), "rungs": ladder.get("rungs")}),
        _ => Value::Null,
    }
}

fn judged(state: &Map<String, Value>) -> u64 {
    let verdicts = state.get("verdicts").and_then(Value::as_object);
    let of = |word: &str| verdicts.and_then(|verdicts| verdicts.get(word)?.as_u64()).unwrap_or_default();
    rollout::JUDGED.iter().map(|word| of(word)).sum()
}
