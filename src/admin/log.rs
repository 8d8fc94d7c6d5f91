//! `GET` and `PUT /api/log`: what is written to the log.

use std::sync::Arc;

use axum::{Json, extract::State, http::StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{body::Read, failure::Failure, routes::Reason};
use crate::{
    dispatch::Bridge,
    telemetry::log::{self, InForce, Unchanged},
};

/// A filter, or null for that of the configuration; with who and why, or without.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    // Not having it is a mistake rather than a wish for the configured one.
    #[serde(deserialize_with = "Option::deserialize")]
    filter: Option<String>,
    #[serde(default)]
    why: String,
    by: Option<String>,
}

/// What is in force.
pub(super) async fn answer() -> Result<Json<Value>, Failure> {
    shown().map(Json)
}

/// In force at once, until the bridge stops; written down when it answers, if it can be.
pub(super) async fn change(
    State(bridge): State<Arc<Bridge>>,
    Read(Wanted { filter, why, by }): Read<Wanted>,
) -> Result<Json<Value>, Failure> {
    let wrong = |why: String| Failure::new(StatusCode::UNPROCESSABLE_ENTITY, why);
    let (by, why) = Reason::new(why, by).checked().map_err(wrong)?;
    let before = log::change(filter.as_deref()).map_err(|refused| match refused {
        Unchanged::Wrong(why) => wrong(why),
        Unchanged::NotOurs => Failure::unavailable(refused.to_string()),
    })?;
    let mut answer = shown()?;
    let now = answer["filter"].as_str().unwrap_or_default().to_owned();
    if now != before {
        let changed = format!("{before} → {now}");
        let why = if why.is_empty() { changed } else { format!("{changed}: {why}") };
        let (entry, written) = bridge.rollout().noted_log(by, why);
        tracing::warn!(target: "cutover::rollout::log", before, now, "the log's filter was changed through the admin API");
        // What went wrong is among what needs attention.
        let _ = written.await;
        answer["entry"] = json!(entry);
    }
    Ok(Json(answer))
}

fn shown() -> Result<Value, Failure> {
    let InForce { filter, configured } =
        log::in_force().ok_or_else(|| Failure::unavailable(Unchanged::NotOurs.to_string()))?;
    Ok(json!({"filter": filter, "configured": configured, "entry": null}))
}
