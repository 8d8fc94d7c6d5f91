//! The package inside legacy, told something by an operator: a part switched, caches dropped.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use serde_json::{Value, json};

use crate::{
    compat::{Part, Stale, Untold},
    dispatch::Bridge,
};

type Reply = (StatusCode, Json<Value>);

/// Body `true` switches a part on, `false` off. What it came to is in the status.
pub(super) async fn switch(State(bridge): State<Arc<Bridge>>, Path(part): Path<Part>, Json(on): Json<bool>) -> Reply {
    tracing::warn!(part = part.as_str(), on, "part of the package switched through the admin API");
    reply(&bridge, bridge.attachment.switch(part, on).await)
}

/// Body `[{"name": "assets", "keys": ["ETH"]}, …]`; without keys all of a cache is dropped. For whoever changed the
/// databases by other means.
pub(super) async fn invalidate(State(bridge): State<Arc<Bridge>>, Json(caches): Json<Vec<Stale>>) -> Reply {
    reply(&bridge, bridge.attachment.invalidate(caches).await)
}

fn reply(bridge: &Bridge, told: Result<(), Untold>) -> Reply {
    let status = match &told {
        Ok(()) => return (StatusCode::OK, Json(bridge.attachment.shown())),
        Err(Untold::Detached) => StatusCode::CONFLICT,
        Err(Untold::Late) => StatusCode::GATEWAY_TIMEOUT,
        Err(Untold::Refused(_)) => StatusCode::BAD_GATEWAY,
    };
    (status, Json(json!({"error": told.err().map(|why| why.to_string())})))
}
