//! Admin API, on its own listener.
//!
//! - [`status`]: what the bridge knows of itself, as JSON
//! - `overview`: the bridge at a glance; `attention`: what of it wants somebody's
//! - `endpoints`: every endpoint of the backend, migrated or not
//! - `notifier`, `databases`: the websocket's clients, the open databases
//! - `events`: what happens, as it happens
//! - `engine`: what the rollout knows; `traffic`: counts of requests as JSON
//! - [`parity`]: what the comparisons came to
//! - [`notify`]: a message for the websocket's clients
//! - `compat`: the package inside legacy, told something
//! - `record`: live traffic, line by line
//! - [`serve`]: the listener and its routes

mod attention;
mod compat;
mod databases;
mod endpoints;
mod engine;
mod events;
mod notifier;
pub mod notify;
mod overview;
pub mod parity;
mod record;
pub mod status;
mod traffic;

use std::{
    collections::HashMap,
    sync::{Arc, atomic::Ordering},
};

use axum::{
    Json, Router,
    extract::{Path, Query, State},
    http::{HeaderName, StatusCode, header::CONTENT_TYPE},
    routing::{get, post, put},
};
use serde_json::{Value, json};
use tokio::{net::TcpListener, sync::watch};

use crate::{
    dispatch::Bridge,
    parity::{export, har},
};

/// Serves the admin API until the bridge stops.
pub async fn serve(listener: TcpListener, bridge: Arc<Bridge>, mut stopping: watch::Receiver<bool>) {
    let router = Router::new()
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(ready))
        .route("/api/status", get(status_of))
        .route("/api/routes", get(routes))
        .route("/api/parity", get(parity_of))
        .route("/api/parity/samples", get(samples))
        .route("/api/parity/samples/{id}", get(sample))
        .route("/api/parity/record", get(record::record))
        .route("/api/overview", get(overview::answer))
        .route("/api/endpoints", get(endpoints::answer))
        .route("/api/notifier", get(notifier::answer))
        .route("/api/databases", get(databases::answer))
        .route("/api/events", get(events::answer))
        .route("/api/kill-switch", put(kill))
        .route("/api/compat/invalidate", post(compat::invalidate))
        .route("/api/compat/parts/{part}", put(compat::switch))
        .merge(notify::router())
        .with_state(bridge);
    let stop = async move {
        let _ = stopping.wait_for(|stopping| *stopping).await;
    };
    if let Err(error) = axum::serve(listener, router).with_graceful_shutdown(stop).await {
        tracing::error!(%error, "the admin listener ended");
    }
}

/// Ready once legacy has been heard of; a bridge whose legacy went away later still answers natively.
async fn ready(State(bridge): State<Arc<Bridge>>) -> (StatusCode, &'static str) {
    if bridge.ready.load(Ordering::SeqCst) {
        (StatusCode::OK, "ready\n")
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "legacy has not answered yet\n")
    }
}

async fn status_of(State(bridge): State<Arc<Bridge>>) -> Json<Value> {
    Json(status::status(&bridge))
}

async fn routes(State(bridge): State<Arc<Bridge>>) -> Json<Value> {
    Json(json!(status::routes(&bridge.live.snapshot().table)))
}

async fn parity_of(State(bridge): State<Arc<Bridge>>) -> Json<Value> {
    Json(parity::summary(&bridge.comparer.evidence.summary()))
}

/// Query `route` names one route.
async fn samples(
    State(bridge): State<Arc<Bridge>>,
    Query(mut query): Query<HashMap<String, String>>,
) -> Result<Json<Value>, (StatusCode, String)> {
    let kept = bridge.comparer.evidence.samples(query.remove("route")).await;
    match kept {
        Ok(kept) => Ok(Json(parity::samples(&kept))),
        Err(error) => Err((StatusCode::SERVICE_UNAVAILABLE, format!("{error}\n"))),
    }
}

/// One sample, as a HAR file.
async fn sample(
    State(bridge): State<Arc<Bridge>>,
    Path(id): Path<i64>,
) -> Result<([(HeaderName, &'static str); 1], String), (StatusCode, String)> {
    match bridge.comparer.evidence.sample(id).await {
        Ok(Some(sample)) => Ok(([(CONTENT_TYPE, "application/json")], har::to_string(&[export::entry(&sample)]))),
        Ok(None) => Err((StatusCode::NOT_FOUND, format!("there is no sample {id}; /api/parity/samples lists them\n"))),
        Err(error) => Err((StatusCode::SERVICE_UNAVAILABLE, format!("{error}\n"))),
    }
}

/// Body `true` engages, `false` releases.
async fn kill(State(bridge): State<Arc<Bridge>>, Json(engaged): Json<bool>) -> Json<Value> {
    bridge.live.kill(engaged);
    tracing::warn!(engaged, "kill switch set through the admin API");
    Json(json!({"kill_switch": bridge.live.killed(&bridge.live.snapshot())}))
}
