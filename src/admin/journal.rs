//! The journal of changes, by pages, and whole.

use std::sync::Arc;

use axum::{
    Json,
    body::Body,
    extract::State,
    http::header::{CONTENT_DISPOSITION, CONTENT_TYPE},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};
use tokio::task::spawn_blocking;

use super::{failure::Failure, parameters::Parameters, routes};
use crate::dispatch::Bridge;

/// Entries of a page, where nobody says how many, and at most.
const USUAL: usize = 100;
const MOST: usize = 1000;

/// Query: `route`, `limit`, `before` (an entry's number).
pub(super) async fn page(State(bridge): State<Arc<Bridge>>, query: Parameters) -> Result<Json<Value>, Failure> {
    let query = query.only(&["route", "limit", "before"])?;
    let number = |name: &str| -> Result<Option<u64>, Failure> {
        let wrong = || Failure::unreadable(format!("\"{name}\" is a number of entries"));
        query.one(name)?.map(|text| text.parse().map_err(|_| wrong())).transpose()
    };
    let limit = number("limit")?.map_or(USUAL, |limit| usize::try_from(limit).unwrap_or(MOST).clamp(1, MOST));
    let (before, route) = (number("before")?, query.one("route")?);
    let reading = Arc::clone(&bridge);
    let asked = route.clone();
    let read = spawn_blocking(move || reading.rollout().journal(asked.as_deref(), before, limit)).await;
    let entries = read.map_err(|error| Failure::unavailable(error.to_string()))?;
    if let Some(route) = route.filter(|_| entries.is_empty()) {
        // One that is gone may have left some.
        routes::known(&bridge.live.snapshot(), &route)?;
    }
    let next = entries.last().filter(|last| entries.len() == limit && last.id > 1).map(|last| last.id);
    Ok(Json(json!({"entries": entries, "next": next})))
}

/// An entry a line, the oldest first.
pub(super) async fn whole(State(bridge): State<Arc<Bridge>>) -> Result<Response, Failure> {
    let read = spawn_blocking(move || bridge.rollout().whole_journal()).await;
    let lines = read.map_err(|error| Failure::unavailable(error.to_string()))?;
    let lines = lines.map_err(|error| Failure::unavailable(format!("the journal can not be read: {error}")))?;
    let headers = [
        (CONTENT_TYPE, "application/x-ndjson"),
        (CONTENT_DISPOSITION, "attachment; filename=\"cutover-journal.jsonl\""),
    ];
    Ok((headers, Body::from(lines)).into_response())
}
