//! What a reader is sent, until it goes, is too slow, or the bridge stops.

use std::{
    collections::HashMap,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use bytes::Bytes;
use serde_json::{Value, json};
use tokio::{
    sync::{OwnedSemaphorePermit, broadcast, mpsc},
    time::{Instant, Interval, MissedTickBehavior, interval_at, timeout},
};

use super::{
    requests::Requests,
    topics::Topics,
    wire::{ALIVE, event, line},
};
use crate::{
    admin::{attention, overview::SHARE, rollout},
    dispatch::Bridge,
    rollout::Entry,
    rollout::moment::seconds,
    telemetry::seen::Totals,
};

/// Time between two comments that say that the stream is alive.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// Time between two looks at the routes.
const ROUTES: Duration = Duration::from_secs(2);
/// Events that may wait for a reader, and how long for room among them: one that is slower is let go.
pub(super) const WAITING: usize = 64;
const PATIENCE: Duration = Duration::from_secs(5);

/// One reader's events.
pub(super) struct Feed {
    bridge: Arc<Bridge>,
    topics: Topics,
    requests: Option<Requests>,
    changes: Option<broadcast::Receiver<Arc<Entry>>>,
    /// Totals at the last event `overview`, and when that was.
    before: (Totals, Instant),
    /// Each route as it was sent last.
    sent: HashMap<String, String>,
    _place: OwnedSemaphorePermit,
}

/// Why a feed ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    Gone,
    Slow,
    Stopping,
}

impl Feed {
    /// What happens from here on is in it.
    pub(super) fn new(bridge: Arc<Bridge>, topics: Topics, place: OwnedSemaphorePermit) -> Self {
        let telemetry = &bridge.telemetry;
        Self {
            topics,
            requests: topics.requests.then(|| Requests::new(telemetry.tail.watch())),
            changes: topics.changes.then(|| bridge.rollout().changes()),
            before: (telemetry.series.totals(), Instant::now()),
            sent: HashMap::new(),
            bridge,
            _place: place,
        }
    }

    /// Sends to the reader until one of the two has enough.
    pub(super) async fn run(mut self, out: mpsc::Sender<Bytes>) {
        let end = self.send_to(&out).await;
        if end == End::Slow {
            tracing::info!("a reader of /api/events takes too little; let go");
        }
    }

    async fn send_to(&mut self, out: &mpsc::Sender<Bytes>) -> End {
        let mut alive = every(KEEP_ALIVE, Duration::ZERO);
        let mut routes = every(ROUTES, Duration::ZERO);
        let second = Duration::from_secs(1);
        let mut stopping = self.bridge.stopping();
        let mut seconds = every(second, second);
        loop {
            let events: Vec<Bytes> = tokio::select! {
                // The comment is to be first, and what comes in floods last.
                biased;
                () = out.closed() => return End::Gone,
                _ = stopping.wait_for(|stopping| *stopping) => return End::Stopping,
                _ = alive.tick() => vec![ALIVE],
                _ = seconds.tick() => self.second(),
                _ = routes.tick(), if self.topics.routes => self.routes().into_iter().collect(),
                change = next_change(&mut self.changes) => match change {
                    Some(change) => vec![line("change", &change.line())],
                    // It missed some: it is to read the journal, and come back.
                    None => return End::Slow,
                },
                request = next_request(&mut self.requests) => vec![request],
            };
            for event in events {
                if let Err(end) = hand_over(out, event).await {
                    return end;
                }
            }
        }
    }

    fn second(&mut self) -> Vec<Bytes> {
        let dropped = self.requests.as_mut().and_then(Requests::tick);
        let overview = self.topics.overview.then(|| event("overview", &self.overview()));
        dropped.into_iter().chain(overview).collect()
    }

    #[allow(clippy::cast_precision_loss, reason = "counts below 2^52")]
    fn overview(&mut self) -> Value {
        let bridge = &self.bridge;
        let snapshot = bridge.live.snapshot();
        let series = &bridge.telemetry.series;
        let overall = series.overall();
        let now = (series.totals(), Instant::now());
        let (before, then) = std::mem::replace(&mut self.before, now);
        let legacy = now.0.requests.legacy.saturating_sub(before.requests.legacy);
        let native = now.0.requests.native.saturating_sub(before.requests.native);
        let elapsed = now.1.duration_since(then).as_secs_f64().max(0.001);
        json!({
            "at": seconds(overall.at),
            "share_native": overall.share_native(SHARE),
            "requests_per_second": (legacy + native) as f64 / elapsed,
            "legacy": legacy,
            "native": native,
            "errors": now.0.errors.saturating_sub(before.errors),
            "kill_switch": bridge.live.killed(&snapshot),
            "ready": bridge.ready.load(Ordering::SeqCst),
            "legacy_away_seconds": bridge.session.away().map(|away| away.as_secs_f64()),
            "attention": attention::list(bridge, &bridge.comparer.evidence.summary()).len(),
        })
    }

    /// The routes that are not as they were sent last; all of them at first.
    fn routes(&mut self) -> Option<Bytes> {
        let mut changed = Vec::new();
        for route in rollout::routes(&self.bridge) {
            let (name, text) = (route["name"].as_str().unwrap_or_default(), route.to_string());
            if self.sent.get(name) != Some(&text) {
                self.sent.insert(name.to_owned(), text);
                changed.push(route);
            }
        }
        (!changed.is_empty()).then(|| event("routes", &json!({ "routes": changed })))
    }
}

/// Gives a reader an event; it has [`PATIENCE`] to make room for it.
async fn hand_over(out: &mpsc::Sender<Bytes>, event: Bytes) -> Result<(), End> {
    match timeout(PATIENCE, out.send(event)).await {
        Ok(sent) => sent.map_err(|_| End::Gone),
        Err(_) => Err(End::Slow),
    }
}

/// Ticks that a slow reader misses are left out.
fn every(period: Duration, after: Duration) -> Interval {
    let mut interval = interval_at(Instant::now() + after, period);
    interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
    interval
}

async fn next_request(requests: &mut Option<Requests>) -> Bytes {
    match requests {
        Some(requests) => requests.next().await,
        None => std::future::pending().await,
    }
}

/// None where some were missed.
async fn next_change(changes: &mut Option<broadcast::Receiver<Arc<Entry>>>) -> Option<Arc<Entry>> {
    match changes {
        Some(changes) => match changes.recv().await {
            Ok(change) => Some(change),
            Err(broadcast::error::RecvError::Lagged(_)) => None,
            // The channel is the bridge's own, and outlives its readers.
            Err(broadcast::error::RecvError::Closed) => std::future::pending().await,
        },
        None => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_reader_that_makes_no_room_is_let_go_after_a_while_and_one_that_left_at_once() {
        let (out, mut reader) = mpsc::channel(WAITING);
        for _ in 0..WAITING {
            assert_eq!(hand_over(&out, ALIVE).await, Ok(()));
        }
        let began = Instant::now();
        assert_eq!(hand_over(&out, ALIVE).await, Err(End::Slow));
        assert_eq!(began.elapsed().as_secs(), PATIENCE.as_secs());
        reader.recv().await.unwrap();
        assert_eq!(hand_over(&out, ALIVE).await, Ok(()));
        drop(reader);
        assert_eq!(hand_over(&out, ALIVE).await, Err(End::Gone));
    }

    #[tokio::test]
    async fn a_reader_that_missed_changes_is_let_go() {
        let entry: Entry = serde_json::from_value(json!({
            "id": 1, "at": "2026-11-22T00:00:00.000Z", "by": {"kind": "person", "name": null}, "action": "kill",
            "route": null, "old": null, "new": null, "reason": "MANUAL", "why": "", "evidence": null,
        }))
        .unwrap();
        let entry = Arc::new(entry);
        let changes = broadcast::Sender::new(4);
        let mut watching = Some(changes.subscribe());
        changes.send(Arc::clone(&entry)).unwrap();
        assert_eq!(next_change(&mut watching).await, Some(Arc::clone(&entry)));
        for _ in 0..9 {
            changes.send(Arc::clone(&entry)).unwrap();
        }
        assert_eq!(next_change(&mut watching).await, None);
    }
}
