//! `POST /api/upgrade`: another process goes on in this one's place; and what is not changed meanwhile.

use std::{sync::Arc, time::Duration};

use axum::{
    Json,
    extract::{Request, State},
    http::StatusCode,
    middleware::Next,
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{body::Read, failure::Failure};
use crate::dispatch::Bridge;

/// Where it is asked for.
pub(super) const PATH: &str = "/api/upgrade";
/// Longest patience.
const LONGEST: Duration = Duration::from_secs(3600);

/// How long to wait for a moment at which nothing would be lost.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    #[serde(default = "half_a_minute")]
    patience_seconds: f64,
}

fn half_a_minute() -> f64 {
    30.0
}

/// Answers when the other process serves, or when nothing comes of it. If whoever asks leaves, it goes on.
pub(super) async fn upgrade(
    State(bridge): State<Arc<Bridge>>,
    Read(Wanted { patience_seconds }): Read<Wanted>,
) -> Result<Json<Value>, Failure> {
    let patience = Duration::try_from_secs_f64(patience_seconds).ok().filter(|patience| *patience <= LONGEST);
    let patience = patience.ok_or_else(|| {
        Failure::new(StatusCode::UNPROCESSABLE_ENTITY, "patience_seconds is a number of seconds, 3600 at most")
    })?;
    let handed = bridge.handover.ask(patience).await.map_err(|why| Failure::new(StatusCode::CONFLICT, why))?;
    let from = json!({"pid": std::process::id(), "version": env!("CARGO_PKG_VERSION")});
    let to = json!({"pid": handed.pid, "version": handed.version});
    Ok(Json(json!({"from": from, "to": to, "waited_seconds": handed.waited})))
}

/// Lets nothing be changed while another process is about to go on: it would be changed here alone. What is being changed
/// is waited for.
pub(super) async fn steady(State(bridge): State<Arc<Bridge>>, request: Request, next: Next) -> Response {
    if request.method().is_safe() || request.uri().path() == PATH {
        return next.run(request).await;
    }
    match bridge.handover.try_enter() {
        Some(_inside) => next.run(request).await,
        None => {
            Failure::unavailable("another process goes on in this one's place; ask again in a second").into_response()
        }
    }
}
