//! Counts of requests, as JSON.

use std::time::Duration;

use serde_json::{Value, json};

use crate::{
    db::histogram::Recorded,
    rollout::moment::seconds,
    telemetry::{
        seen::{Both, Overall, Side},
        slots::SLOT_SECONDS,
    },
};

/// Requests of an endpoint or a route by slot, oldest first; the last one still runs.
pub(super) fn of_slots(slots: &Both<Vec<u32>>) -> Value {
    json!({"slot_seconds": SLOT_SECONDS, "legacy": slots.legacy, "native": slots.native})
}

/// The same of all requests.
pub(super) fn of_all(overall: &Overall) -> Value {
    json!({
        "slot_seconds": SLOT_SECONDS,
        "started": seconds(overall.started),
        "legacy": overall.slots.legacy,
        "native": overall.slots.native,
        "errors": overall.errors,
    })
}

/// What one variant did. The quantiles are upper bounds of buckets.
pub(super) fn side(side: &Side) -> Value {
    let quantile = |share| side.latency.quantile(share).map(millis);
    json!({
        "requests": side.latency.count(),
        "errors": side.errors,
        "p50_ms": quantile(0.5),
        "p95_ms": quantile(0.95),
        "p99_ms": quantile(0.99),
    })
}

/// One of which there were no requests.
pub(super) fn no_side() -> Value {
    json!({"requests": 0, "errors": 0, "p50_ms": null, "p95_ms": null, "p99_ms": null})
}

/// Milliseconds, to the microsecond.
#[allow(clippy::cast_precision_loss, reason = "durations of requests are below 2^52 microseconds")]
pub(super) fn millis(duration: Duration) -> f64 {
    duration.as_micros() as f64 / 1000.0
}

/// Times of a queue in microseconds.
pub(super) fn micros(recorded: &Recorded) -> Value {
    let bound = |share| recorded.quantile(share).map(|bound| bound.as_micros());
    json!({"sum": recorded.sum.as_micros(), "p50": bound(0.5), "p99": bound(0.99)})
}
