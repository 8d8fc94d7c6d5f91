//! `GET /api/overview`: the bridge at a glance.

use std::{
    collections::BTreeMap,
    sync::{Arc, atomic::Ordering},
};

use axum::{Json, extract::State};
use serde_json::{Value, json};

use super::{attention, rollout, traffic};
use crate::{
    config::{Mode, NativeWrites},
    dispatch::Bridge,
    rollout::moment::seconds,
    routes::Snapshot,
};

/// Slots that the native share is taken over: ten minutes.
pub(super) const SHARE: usize = 60;
/// Changes that are shown.
const CHANGES: usize = 8;

/// See the module.
pub(super) async fn answer(State(bridge): State<Arc<Bridge>>) -> Json<Value> {
    Json(overview(&bridge))
}

fn overview(bridge: &Bridge) -> Value {
    let snapshot = bridge.live.snapshot();
    let config = &snapshot.config;
    let evidence = bridge.comparer.evidence.summary();
    let (verdicts, match_rate) = bridge.rollout().verdicts();
    let series = &bridge.telemetry.series;
    let overall = series.overall();
    json!({
        "version": env!("CARGO_PKG_VERSION"),
        "uptime_seconds": series.uptime().as_secs_f64(),
        "ready": bridge.ready.load(Ordering::SeqCst),
        "kill_switch": bridge.live.killed(&snapshot),
        "all": config.flags.all.map(Mode::as_str),
        "native_writes": match config.flags.native_writes {
            NativeWrites::Off => "off",
            NativeWrites::Guarded => "guarded",
            NativeWrites::Always => "always",
        },
        "legacy": {
            "url": bridge.forwarder.pool.url().to_string(),
            "away_seconds": bridge.session.away().map(|away| away.as_secs_f64()),
        },
        "session": bridge.session.word(),
        "package": {"attached": bridge.attachment.is_attached()},
        "endpoints": endpoints(bridge, &snapshot),
        "traffic": traffic::of_all(&overall),
        "at": seconds(overall.at),
        "share_native": overall.share_native(SHARE),
        "match_rate": match_rate,
        "verdicts": verdicts,
        "attention": attention::list(bridge, &evidence),
        "changes": rollout::changes(bridge, CHANGES),
    })
}

/// How many there are, how many have a route, and in which modes those are.
fn endpoints(bridge: &Bridge, snapshot: &Snapshot) -> Value {
    let listed = &bridge.telemetry.series.endpoints;
    let routes = &snapshot.table.routes;
    let beside = routes.iter().filter(|route| listed.place_of(&route.pattern).is_none()).count();
    let in_mode = |mode| routes.iter().filter(|route| route.mode == mode).count();
    let by_mode: BTreeMap<&str, usize> = Mode::ALL.into_iter().map(|mode| (mode.as_str(), in_mode(mode))).collect();
    json!({"total": listed.list().len() + beside, "migrated": routes.len(), "by_mode": by_mode})
}
