//! A request as a span: the JSON of OTLP 1.x (<https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding>), with the
//! attributes of a server's span (<https://opentelemetry.io/docs/specs/semconv/http/http-spans/>).

use std::time::SystemTime;

use serde_json::{Value, json};

use crate::telemetry::{event::Event, trace::Trace};

/// A server's.
const KIND: u8 = 2;
/// The operation has failed.
const ERROR: u8 = 2;

/// A span, as it stands in a batch. `pattern` is the path of its route.
pub(in crate::telemetry) fn of(event: &Event<'_>, trace: &Trace, pattern: Option<&str>) -> String {
    let name = pattern.map_or_else(|| event.method.to_owned(), |pattern| format!("{} {pattern}", event.method));
    let began = event.ended.checked_sub(event.duration).unwrap_or(event.ended);
    let failed = event.status >= 500;
    let mut span = json!({
        "traceId": trace.id(),
        "spanId": trace.request(),
        "flags": trace.flags,
        "name": name,
        "kind": KIND,
        "startTimeUnixNano": nanos(began),
        "endTimeUnixNano": nanos(event.ended),
        "attributes": attributes(event, pattern),
        "status": if failed { json!({"code": ERROR, "message": event.failure.unwrap_or_default()}) } else { json!({}) },
    });
    if let Some(parent) = trace.parent {
        span["parentSpanId"] = json!(format!("{parent:016x}"));
    }
    span.to_string()
}

fn attributes(event: &Event<'_>, pattern: Option<&str>) -> Vec<Value> {
    // A server's answer is an error of the server's from 500 on; a client that left is none.
    let error = (event.status >= 500).then(|| event.status.to_string());
    let texts = [
        ("http.request.method", Some(event.method)),
        ("url.scheme", Some("http")),
        ("url.path", Some(&*event.path)),
        ("http.route", pattern),
        ("network.protocol.version", event.protocol().split('/').nth(1)),
        ("error.type", error.as_deref()),
        ("cutover.route", event.route),
        ("cutover.mode", event.mode),
        ("cutover.variant", event.variant),
        ("cutover.reason", event.reason),
        ("cutover.why", event.failure.or(event.unanswered)),
    ];
    let client = event.client.to_string();
    let texts = texts.into_iter().chain([("client.address", Some(&*client))]);
    let numbers = [
        // Of a client that left nobody has seen a status.
        ("http.response.status_code", event.variant.map(|_| u64::from(event.status))),
        ("http.request.body.size", Some(event.received)),
        ("http.response.body.size", Some(event.sent)),
    ];
    let texts = texts.filter_map(|(key, text)| Some(json!({"key": key, "value": {"stringValue": text?}})));
    // 64 bits are text in this JSON.
    let number =
        |(key, number): (&str, Option<u64>)| Some(json!({"key": key, "value": {"intValue": number?.to_string()}}));
    texts.chain(numbers.into_iter().filter_map(number)).collect()
}

fn nanos(at: SystemTime) -> String {
    at.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_nanos()).to_string()
}

/// Spans as one message.
pub(super) fn batch(spans: &[String]) -> String {
    let attribute = |key: &str, text: &str| json!({"key": key, "value": {"stringValue": text}});
    let version = env!("CARGO_PKG_VERSION");
    let resource = json!({"attributes": [attribute("service.name", "cutover"), attribute("service.version", version)]});
    let scope = json!({"name": "cutover", "version": version});
    let spans = spans.join(",");
    format!(r#"{{"resourceSpans":[{{"resource":{resource},"scopeSpans":[{{"scope":{scope},"spans":[{spans}]}}]}}]}}"#)
}
