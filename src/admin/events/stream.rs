//! A reader comes: which topics, and whether there is a place.

use std::{convert::Infallible, sync::Arc};

use axum::{
    Json,
    body::Body,
    extract::{Query, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use futures_util::stream;
use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::{
    feed::{Feed, WAITING},
    topics::Topics,
};
use crate::{dispatch::Bridge, telemetry::telemetry::READERS};

/// Events of the topics that are asked for, until the reader goes or the bridge stops.
pub(in crate::admin) async fn answer(
    State(bridge): State<Arc<Bridge>>,
    Query(query): Query<Vec<(String, String)>>,
) -> Result<Response, (StatusCode, Json<Value>)> {
    let refused = |status, why: String| (status, Json(json!({ "error": why })));
    let topics = Topics::read(&query).map_err(|why| refused(StatusCode::BAD_REQUEST, why))?;
    let place = Arc::clone(&bridge.telemetry.readers).try_acquire_owned().map_err(|_| {
        let why = format!("{READERS} readers of events are as many as there may be at once; close one of their pages");
        refused(StatusCode::SERVICE_UNAVAILABLE, why)
    })?;
    let (out, events) = mpsc::channel(WAITING);
    tokio::spawn(Feed::new(bridge, topics, place).run(out));
    let events = stream::unfold(events, |mut events| async move {
        let event = events.recv().await?;
        Some((Ok::<_, Infallible>(event), events))
    });
    let headers = [(header::CONTENT_TYPE, "text/event-stream"), (header::CACHE_CONTROL, "no-store")];
    Ok((headers, Body::from_stream(events)).into_response())
}
