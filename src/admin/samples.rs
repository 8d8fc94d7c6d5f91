//! What was kept of differences: a list, and one of them for people or for other tools.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, State},
    http::header::{CONTENT_DISPOSITION, CONTENT_TYPE},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

use super::{failure::Failure, parameters::Parameters, sample};
use crate::{
    config::fault::remedy,
    dispatch::Bridge,
    parity::{
        evidence::{EvidenceError, SampleHead},
        export, har,
    },
    rollout::moment::seconds,
};

/// The samples of one route (query `route`), or of all, the latest first.
pub(super) async fn list(State(bridge): State<Arc<Bridge>>, query: Parameters) -> Result<Json<Value>, Failure> {
    let route = query.only(&["route"])?.one("route")?;
    let kept = bridge.comparer.evidence.samples(route.clone()).await.map_err(|error| unread(&error))?;
    // A route that is gone may have left some.
    if let Some(name) = route.filter(|_| kept.is_empty()) {
        let snapshot = bridge.live.snapshot();
        let names: Vec<&str> = snapshot.table.routes.iter().map(|route| route.name.as_str()).collect();
        if !names.contains(&name.as_str()) {
            return Err(Failure::unknown(format!("there is no route {name:?}{}", remedy(&name, &names))));
        }
    }
    Ok(Json(kept.iter().map(head).collect()))
}

/// One sample, for people; with `.har` behind its number, as a HAR file.
pub(super) async fn one(State(bridge): State<Arc<Bridge>>, Path(id): Path<String>) -> Result<Response, Failure> {
    let (number, is_har) = id.strip_suffix(".har").map_or((id.as_str(), false), |number| (number, true));
    let unknown = || Failure::unknown(format!("there is no sample {number}; /api/samples lists them"));
    let number: i64 = number.parse().map_err(|_| unknown())?;
    let found = bridge.comparer.evidence.sample(number).await.map_err(|error| unread(&error))?;
    let sample = found.ok_or_else(unknown)?;
    if !is_har {
        // Aligning two large bodies takes a moment.
        let shown = tokio::task::spawn_blocking(move || sample::shown(&sample)).await;
        return shown.map(|shown| Json(shown).into_response()).map_err(|error| Failure::unavailable(error.to_string()));
    }
    let name = format!("attachment; filename=\"cutover-sample-{number}.har\"");
    let kind = "application/json".to_owned();
    Ok(([(CONTENT_TYPE, kind), (CONTENT_DISPOSITION, name)], har::to_string(&[export::entry(&sample)])).into_response())
}

fn head(sample: &SampleHead) -> Value {
    json!({
        "id": sample.id,
        "route": sample.route,
        "verdict": sample.place.verdict(),
        "kind": sample.place.kind,
        "path": sample.place.path,
        "mode": sample.mode.as_str(),
        "at": seconds(sample.at),
        "method": sample.method,
        "target": sample.target,
        "bytes": sample.bytes,
    })
}

fn unread(error: &EvidenceError) -> Failure {
    Failure::unavailable(error.to_string())
}
