//! What speaks for and against a route.

use std::{collections::HashMap, sync::Arc};

use axum::{
    Json,
    extract::{Path, State},
};
use serde_json::{Value, json};

use super::{failure::Failure, parity, routes};
use crate::{
    dispatch::Bridge,
    parity::evidence::{Place, RouteSummary},
    rollout::moment::seconds,
};

pub(super) async fn answer(
    State(bridge): State<Arc<Bridge>>,
    Path(name): Path<String>,
) -> Result<Json<Value>, Failure> {
    let snapshot = bridge.live.snapshot();
    let route = routes::known(&snapshot, &name)?;
    let mut shown = bridge.rollout().evidence(route);
    let summary = bridge.comparer.evidence.summary();
    let compared = summary.routes.iter().find(|compared| compared.route == name);
    // Counts are in memory; where the file with the samples can not be read, they are shown without.
    let samples = bridge.comparer.evidence.samples(Some(name)).await.unwrap_or_default();
    let mut ids: HashMap<Place, Vec<i64>> = HashMap::new();
    for sample in samples {
        ids.entry(sample.place).or_default().push(sample.id);
    }
    shown.extend(places(compared, &ids));
    Ok(Json(Value::Object(shown)))
}

/// What was counted of its comparisons since counting began, which is longer than since its last change.
fn places(route: Option<&RouteSummary>, samples: &HashMap<Place, Vec<i64>>) -> serde_json::Map<String, Value> {
    let places = route.map_or(&[][..], |route| &route.places).iter().map(|counted| {
        json!({
            "verdict": counted.place.verdict(),
            "kind": counted.place.kind,
            "path": counted.place.path,
            "count": counted.count,
            "last": seconds(counted.last),
            "samples": samples.get(&counted.place).cloned().unwrap_or_default(),
        })
    });
    let counts = |of: fn(&RouteSummary) -> &[(String, u64)]| parity::counts(route.map_or(&[][..], of));
    let rules = route.map_or(&[][..], |route| &route.rules).iter().map(parity::rule);
    let fields = [
        ("places", places.collect::<Value>()),
        ("skipped", counts(|route| &route.skipped)),
        ("declined", counts(|route| &route.declined)),
        ("failed", counts(|route| &route.failed)),
        ("rules", rules.collect()),
    ];
    fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}
