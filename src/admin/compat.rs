//! The package inside legacy, told something by an operator: a part switched, caches dropped.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use serde_json::Value;

use super::{body::Read, failure::Failure};
use crate::{
    compat::{Part, Stale, Untold},
    config::fault::remedy,
    dispatch::Bridge,
};

type Reply = Result<Json<Value>, Failure>;

/// Body `true` switches a part on, `false` off. What it came to is in the status.
pub(super) async fn switch(State(bridge): State<Arc<Bridge>>, Path(part): Path<String>, Read(on): Read<bool>) -> Reply {
    let part = Part::ALL.into_iter().find(|known| known.as_str() == part).ok_or_else(|| {
        let remedy = remedy(&part, &Part::ALL.map(Part::as_str));
        Failure::unreadable(format!("the package has no part {part:?}{remedy}"))
    })?;
    tracing::warn!(part = part.as_str(), on, "part of the package switched through the admin API");
    reply(&bridge, bridge.attachment.switch(part, on).await)
}

/// Body `[{"name": "assets", "keys": ["ETH"]}, …]`; without keys all of a cache is dropped. For whoever changed the
/// databases by other means.
pub(super) async fn invalidate(State(bridge): State<Arc<Bridge>>, Read(caches): Read<Vec<Stale>>) -> Reply {
    reply(&bridge, bridge.attachment.invalidate(caches).await)
}

fn reply(bridge: &Bridge, told: Result<(), Untold>) -> Reply {
    told.map(|()| Json(bridge.attachment.shown())).map_err(|why| {
        let status = match &why {
            Untold::Detached => StatusCode::CONFLICT,
            Untold::Late => StatusCode::GATEWAY_TIMEOUT,
            Untold::Refused(_) => StatusCode::BAD_GATEWAY,
        };
        Failure::new(status, why.to_string())
    })
}
