//! The kill switch.

use std::sync::Arc;

use axum::{Json, extract::State, http::StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{body::Read, failure::Failure, routes::Reason};
use crate::dispatch::Bridge;

/// `true` engages, `false` releases; with who and why, or without.
#[derive(Debug, Deserialize)]
#[serde(untagged, expecting = "expected true, false, or an object with \"engaged\" and perhaps \"why\" and \"by\"")]
pub(super) enum Switch {
    Bare(bool),
    Said(Said),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Said {
    engaged: bool,
    #[serde(default)]
    why: String,
    by: Option<String>,
}

/// In force at once; written down when it answers, if it can be.
pub(super) async fn kill(
    State(bridge): State<Arc<Bridge>>,
    Read(switch): Read<Switch>,
) -> Result<Json<Value>, Failure> {
    let Said { engaged, why, by } = match switch {
        Switch::Bare(engaged) => Said { engaged, why: String::new(), by: None },
        Switch::Said(said) => said,
    };
    let reason = Reason::new(why, by).checked();
    let (by, why) = reason.map_err(|why| Failure::new(StatusCode::UNPROCESSABLE_ENTITY, why))?;
    let (entry, written) = bridge.rollout().kill(engaged, by, &why);
    tracing::warn!(engaged, "kill switch set through the admin API");
    // What went wrong is among what needs attention.
    let _ = written.await;
    Ok(Json(json!({"kill_switch": bridge.live.killed(&bridge.live.snapshot()), "entry": entry})))
}
