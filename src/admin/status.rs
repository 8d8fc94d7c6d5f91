//! What the bridge knows of itself, as JSON. No secret and no user name is in it.

use std::sync::Arc;

use axum::{Json, extract::State};
use serde::Serialize;
use serde_json::{Value, json};

use super::databases;
use crate::{
    config::Rule,
    dispatch::Bridge,
    handlers,
    rollout::moment::seconds,
    routes::{Route, RouteTable},
    schema::needs::Needs,
};

/// A route, as `cutover routes --json` and the admin API show it.
#[derive(Debug, Clone, Serialize)]
pub struct Shown {
    /// Name.
    pub name: String,
    /// Method.
    pub method: String,
    /// Path pattern.
    pub path: String,
    /// Handler.
    pub handler: String,
    /// Mode.
    pub mode: &'static str,
    /// Percentage, as a number with at most two decimals.
    pub percent: f64,
    /// What a canary is sticky to.
    pub sticky: String,
    /// What may differ between the two answers, and why.
    pub parity: Vec<Rule>,
    /// `reads` or `writes`.
    pub access: &'static str,
    /// Whether it only reads.
    pub reads: bool,
    /// Whether it writes.
    pub writes: bool,
    /// Caches of legacy's that its writes would leave stale.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub stale: Vec<&'static str>,
    /// When it is forwarded whatever its mode, because it writes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub forwarded: Option<&'static str>,
    /// What its handler needs of the databases.
    pub needs: Needs,
    /// Why its requests are declined, where that is known without one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub declined: Option<String>,
}

impl Shown {
    pub(super) fn of(route: &Route) -> Self {
        let writes = route.access == crate::config::Access::Writes;
        Self {
            name: route.name.clone(),
            method: route.pattern.method.to_string(),
            path: route.pattern.path(),
            handler: route.handler.to_owned(),
            mode: route.mode.as_str(),
            percent: f64::from(route.percent.basis_points()) / 100.0,
            sticky: route.sticky.to_string(),
            parity: route.parity.clone(),
            access: route.access.as_str(),
            reads: !writes,
            writes,
            stale: route.stale.iter().map(|cache| cache.as_str()).collect(),
            forwarded: None,
            needs: handlers::find(route.handler).map(|handler| handler.needs).unwrap_or_default(),
            declined: None,
        }
    }
}

pub(super) async fn answer(State(bridge): State<Arc<Bridge>>) -> Json<Value> {
    Json(status(&bridge))
}

/// All routes of a table.
#[must_use]
pub fn routes(table: &RouteTable) -> Vec<Shown> {
    table.routes.iter().map(|route| Shown::of(route)).collect()
}

/// The state of the bridge.
#[must_use]
pub fn status(bridge: &Bridge) -> Value {
    let snapshot = bridge.live.snapshot();
    let refused = bridge.live.refused().map(|refused| json!({"at": seconds(refused.at), "faults": refused.faults}));
    let (idle, free) = bridge.forwarder.pool.usage();
    json!({
        "version": env!("CARGO_PKG_VERSION"),
        "configuration": {
            "file": bridge.live.layers().source(),
            "generation": snapshot.generation,
            "loaded": seconds(snapshot.loaded),
            "refused": refused,
        },
        "ready": bridge.ready.load(std::sync::atomic::Ordering::SeqCst),
        "kill_switch": bridge.live.killed(&snapshot),
        "legacy": {
            "url": snapshot.config.legacy.url.to_string(),
            "away_seconds": bridge.session.away().map(|away| away.as_secs_f64()),
            "idle_connections": idle,
            "free_connections": free,
            "waiting": bridge.forwarder.pool.waiting(),
            "free_tunnels": bridge.forwarder.tunnels.available_permits(),
        },
        "session": { "user": bridge.session.word(), "files_released": bridge.session.files.released() },
        "websocket": websocket(bridge),
        "compat": bridge.attachment.shown(),
        "tasks": { "list": bridge.tasks.shown(), "counts": bridge.tasks.counts(), "background": bridge.leased.shown() },
        "write_gate": bridge.gate.shown(),
        "classes": bridge.classes.shown(),
        "databases": databases::open(bridge),
        "routes": routes(&snapshot.table),
        "requests": bridge.telemetry.counters.all(),
        "clients_gone": bridge.telemetry.counters.gone(),
    })
}

/// The notifier: its clients, its subscription, what it keeps, what it counted.
fn websocket(bridge: &Bridge) -> Value {
    let notifier = &bridge.notifier;
    let (kept, lost) = notifier.kept();
    json!({
        "clients": notifier.clients(),
        "subscription": notifier.link().as_str(),
        "kept": kept,
        "kept_lost": lost,
        "counts": notifier.counts.shown(),
    })
}
