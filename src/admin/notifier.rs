//! `GET /api/notifier`: the websocket's clients, and what waits for each.

use std::{sync::Arc, time::SystemTime};

use axum::{Json, extract::State};
use serde_json::{Value, json};

use crate::{config::settings::WsMode, dispatch::Bridge, notifier::client::Queue, rollout::moment::seconds};

/// See the module.
pub(super) async fn answer(State(bridge): State<Arc<Bridge>>) -> Json<Value> {
    Json(notifier(&bridge))
}

fn notifier(bridge: &Bridge) -> Value {
    let notifier = &bridge.notifier;
    let (kept, lost) = notifier.kept();
    let now = SystemTime::now();
    let queue = |queue: Queue| {
        json!({
            "id": queue.id,
            "address": queue.address.to_string(),
            "since": seconds(now.checked_sub(queue.age).unwrap_or(now)),
            "messages": queue.messages,
            "bytes": queue.bytes,
            "sent": queue.sent,
        })
    };
    let mut queues = notifier.queues();
    queues.sort_by_key(|queue| queue.id);
    json!({
        "mode": match bridge.live.snapshot().config.ws.mode {
            WsMode::Tunnel => "tunnel",
            WsMode::Bridge => "bridge",
        },
        "clients": notifier.clients(),
        "subscription": notifier.link().as_str(),
        "kept": kept,
        "kept_lost": lost,
        "counts": notifier.counts.shown(),
        "queues": queues.into_iter().map(queue).collect::<Vec<_>>(),
        "tunnels": {
            "free": bridge.forwarder.tunnels.available_permits(),
            "max": bridge.forwarder.max_tunnels,
        },
    })
}
