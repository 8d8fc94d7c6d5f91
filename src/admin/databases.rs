//! `GET /api/databases`: what each open database counted since it was opened.

use std::sync::Arc;

use axum::{Json, extract::State};
use serde_json::{Map, Value, json};

use super::traffic::micros;
use crate::{
    db::metrics::{JobMetrics, Metrics},
    dispatch::Bridge,
};

/// The databases by their word, and whether there is a data directory at all.
pub(super) async fn answer(State(bridge): State<Arc<Bridge>>) -> Json<Value> {
    let mut shown = open(&bridge);
    shown.insert("directory".into(), bridge.session.files.directory().is_ok().into());
    Json(Value::Object(shown))
}

/// The open databases by their word. Times in microseconds; quantiles are upper bounds of buckets.
pub(super) fn open(bridge: &Bridge) -> Map<String, Value> {
    bridge.session.files.metrics().iter().map(|(word, metrics)| ((*word).to_owned(), database(metrics))).collect()
}

fn database(metrics: &Metrics) -> Value {
    json!({
        "reads": jobs(&metrics.reads),
        "writes": jobs(&metrics.writes),
        "lock_waits": metrics.lock_waits,
        "retries": metrics.retries,
        "checkpoints": metrics.checkpoints,
        "open_connections": metrics.open_connections,
        "replaced_connections": metrics.replaced_connections,
        "wal_bytes": metrics.wal_bytes,
    })
}

fn jobs(jobs: &JobMetrics) -> Value {
    json!({
        "finished": jobs.finished,
        "failed": jobs.failed,
        "interrupted": jobs.interrupted,
        "refused": jobs.refused,
        "queue_micros": micros(&jobs.queue),
        "execution_micros": micros(&jobs.execution),
    })
}
