//! What the rollout knows of routes, put together with what is counted of their requests.

use serde_json::{Map, Value, json};

use super::{status, traffic};
use crate::{dispatch::Bridge, routes::Route, telemetry::seen::Seen};

/// Verdicts that speak for or against a handler.
pub(super) const JUDGED: [&str; 4] = ["matched", "ignored", "mismatched", "handler failed"];

/// Every route, whole but for its guardrails, as `/api/routes` and the event `routes` show it.
pub(super) fn routes(bridge: &Bridge) -> Vec<Value> {
    let snapshot = bridge.live.snapshot();
    snapshot.table.routes.iter().map(|route| Value::Object(shown(bridge, route))).collect()
}

/// One route, whole.
pub(super) fn route(bridge: &Bridge, route: &Route) -> Value {
    let mut shown = shown(bridge, route);
    shown.insert("guardrails".into(), json!(bridge.rollout().guardrails(route)));
    Value::Object(shown)
}

fn shown(bridge: &Bridge, route: &Route) -> Map<String, Value> {
    let mut whole = match json!(status::Shown::of(route)) {
        Value::Object(fields) => fields,
        _ => Map::new(),
    };
    whole.extend(bridge.rollout().shown(route));
    whole.insert("traffic".into(), traffic::of_slots(&seen_of(bridge, route).slots));
    whole
}

/// What is counted of the endpoint of a route.
fn seen_of(bridge: &Bridge, route: &Route) -> Seen {
    let series = &bridge.telemetry.series;
    let endpoint = series.endpoints.place_of(&route.pattern).and_then(|at| series.endpoint(at));
    endpoint.unwrap_or_else(|| series.beside(&route.name))
}

/// The last changes, newest first.
pub(super) fn changes(bridge: &Bridge, limit: usize) -> Vec<Value> {
    bridge.rollout().journal(None, None, limit).iter().map(|entry| json!(entry)).collect()
}
