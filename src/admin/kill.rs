//! The kill switch.

use std::sync::Arc;

use axum::{Json, extract::State};
use serde_json::{Value, json};

use super::body::Read;
use crate::dispatch::Bridge;

/// Body `true` engages, `false` releases.
pub(super) async fn kill(State(bridge): State<Arc<Bridge>>, Read(engaged): Read<bool>) -> Json<Value> {
    bridge.live.kill(engaged);
    tracing::warn!(engaged, "kill switch set through the admin API");
    Json(json!({"kill_switch": bridge.live.killed(&bridge.live.snapshot())}))
}
