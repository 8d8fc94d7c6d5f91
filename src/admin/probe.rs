//! Whether the bridge is alive, and whether it is ready: for whoever restarts it, or sends traffic to it. Nobody is asked
//! for a token, so nothing is told that is somebody's.

use std::sync::{Arc, atomic::Ordering};

use axum::{Json, extract::State, http::StatusCode};
use serde_json::{Value, json};

use crate::dispatch::Bridge;

/// The process runs.
pub(super) async fn alive() -> &'static str {
    "ok\n"
}

/// 200 once legacy has been heard of and until the bridge is told to stop, with what there is to know. It stays 200 when
/// legacy goes away later: native routes go on answering.
pub(super) async fn ready(State(bridge): State<Arc<Bridge>>) -> (StatusCode, Json<Value>) {
    let why = if bridge.leaving.load(Ordering::SeqCst) {
        Some("stopping")
    } else if bridge.ready.load(Ordering::SeqCst) {
        None
    } else {
        Some("legacy has not answered yet")
    };
    let ready = why.is_none();
    let snapshot = bridge.live.snapshot();
    let files = &bridge.session.files;
    let open = files.metrics().into_iter().map(|(word, metrics)| (word.to_owned(), metrics.open_connections.into()));
    let answer = json!({
        "ready": ready,
        "routes": snapshot.table.routes.len(),
        "legacy": {
            "url": snapshot.config.legacy.url.to_string(),
            "away_seconds": bridge.session.away().map(|away| away.as_secs_f64()),
        },
        "configuration": { "refused": bridge.live.refused().map(|refused| refused.faults) },
        "databases": {
            "directory": files.directory().is_ok(),
            "released": files.released(),
            "open_connections": Value::Object(open.collect()),
        },
        "why": why,
    });
    (if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE }, Json(answer))
}
