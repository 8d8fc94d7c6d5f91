//! Spans, sent to a collector (feature `otlp`).

use std::sync::Arc;

use crate::support::{
    bridge::{Bridge, Setup},
    eventually, prometheus, raw,
    upstream::{Incoming, Upstream},
};
use parking_lot::Mutex;
use serde_json::{Value, json};

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const GIVEN: &str = "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\r\n";

/// A collector that answers each message by its number, from 0.
struct Collector {
    upstream: Upstream,
    spans: Arc<Mutex<Vec<Value>>>,
}

impl Collector {
    async fn start(status: fn(usize) -> &'static str) -> Self {
        let (spans, messages) = (Arc::<Mutex<Vec<Value>>>::default(), Arc::<Mutex<usize>>::default());
        let into = Arc::clone(&spans);
        let script = move |mut incoming: Incoming| {
            let (into, messages) = (Arc::clone(&into), Arc::clone(&messages));
            async move {
                while let Some(head) = incoming.request().await {
                    assert!(head.starts_with("POST /v1/traces HTTP/1.1"), "{head}");
                    let lower = head.to_lowercase();
                    let length = lower.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
                    let message: Value = serde_json::from_str(&incoming.body(length.parse().unwrap()).await).unwrap();
                    let number = std::mem::replace(&mut *messages.lock(), 0);
                    *messages.lock() = number + 1;
                    let status = status(number);
                    if status.starts_with("200") {
                        let scope = &message["resourceSpans"][0]["scopeSpans"][0];
                        into.lock().extend(scope["spans"].as_array().unwrap().iter().cloned());
                    }
                    incoming.send(format!("HTTP/1.1 {status}\r\nContent-Length: 2\r\n\r\n{{}}")).await;
                }
            }
        };
        Self { upstream: Upstream::start(script).await, spans }
    }

    async fn bridge(&self, legacy: &Upstream) -> Bridge {
        let address = format!("http://{}/v1/traces", self.upstream.address);
        Setup::before(legacy.address).environment("CUTOVER_TRACE__OTLP", &address).start().await
    }

    async fn spans(&self, count: usize) -> Vec<Value> {
        eventually("the spans are there", || async {
            let spans = self.spans.lock().clone();
            (spans.len() >= count).then_some(spans)
        })
        .await
    }
}

fn attribute(span: &Value, key: &str) -> Value {
    let all = span["attributes"].as_array().unwrap();
    let value = all.iter().find(|one| one["key"] == key).map(|one| &one["value"]);
    value.map_or(Value::Null, |value| value.as_object().unwrap().values().next().unwrap().clone())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_is_a_span_of_its_clients_trace_with_the_conventional_attributes() {
    let (legacy, collector) = (Upstream::always(OK).await, Collector::start(|_| "200 OK").await);
    let bridge = collector.bridge(&legacy).await;
    let request = format!("GET /api/1/tags?token=s3cret HTTP/1.1\r\nHost: h\r\n{GIVEN}\r\n");
    assert_eq!(raw::exchange(bridge.address, request).await.status, 200);
    let sent = legacy.seen().pop().unwrap();
    let passed = sent.lines().find_map(|line| line.strip_prefix("traceparent: ")).unwrap().to_owned();
    let spans = collector.spans(1).await;
    let span = &spans[0];
    assert_eq!((&span["traceId"], &span["parentSpanId"]), (&json!(TRACE), &json!("00f067aa0ba902b7")));
    assert_eq!((span["spanId"].as_str().unwrap(), &span["kind"]), (&passed[36..52], &json!(2)), "legacy's parent");
    assert_eq!(span["name"], "GET /api/1/tags");
    for (key, value) in [
        ("http.request.method", "GET"),
        ("url.path", "/api/1/tags"),
        ("http.route", "/api/1/tags"),
        ("http.response.status_code", "200"),
        ("http.response.body.size", "2"),
        ("client.address", "127.0.0.1"),
        ("network.protocol.version", "1.1"),
        ("cutover.variant", "legacy"),
    ] {
        assert_eq!(attribute(span, key), value, "{key}: {span}");
    }
    let time = |key: &str| span[key].as_str().unwrap().parse::<u64>().unwrap();
    assert!(time("startTimeUnixNano") < time("endTimeUnixNano") && span["status"] == json!({}), "{span}");
    assert!(!span.to_string().contains("s3cret"));
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_context_a_trace_of_its_own_and_none_for_who_does_not_record() {
    let (legacy, collector) = (Upstream::always(OK).await, Collector::start(|_| "200 OK").await);
    let bridge = collector.bridge(&legacy).await;
    let unsampled = GIVEN.replace("-01\r\n", "-00\r\n");
    raw::exchange(bridge.address, format!("GET /first HTTP/1.1\r\nHost: h\r\n{unsampled}\r\n")).await;
    raw::get(bridge.address, "/second").await;
    let spans = collector.spans(1).await;
    assert_eq!((spans.len(), attribute(&spans[0], "url.path")), (1, json!("/second")));
    assert!(spans[0]["parentSpanId"].is_null() && spans[0]["traceId"] != TRACE);
    assert!(!legacy.seen().pop().unwrap().contains("traceparent"), "legacy sees what the client sent");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collector_that_is_busy_is_asked_again_and_one_that_refuses_costs_spans_that_are_counted() {
    let (legacy, collector) = (Upstream::always(OK).await, Collector::start(busy_then_bad).await);
    let bridge = collector.bridge(&legacy).await;
    raw::get(bridge.address, "/busy").await;
    assert_eq!(attribute(&collector.spans(1).await[0], "url.path"), "/busy");
    raw::get(bridge.address, "/refused").await;
    eventually("it is counted", || async {
        let samples = prometheus::read(&raw::get(bridge.admin, "/metrics").await.text());
        (prometheus::value(&samples, "cutover_spans_dropped_total", &[]) > 0.5).then_some(())
    })
    .await;
    assert_eq!(collector.spans.lock().len(), 1);
}

fn busy_then_bad(number: usize) -> &'static str {
    ["503 Service Unavailable", "200 OK", "400 Bad Request"][number.min(2)]
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_is_sent_before_the_bridge_ends() {
    let (legacy, collector) = (Upstream::always(OK).await, Collector::start(|_| "200 OK").await);
    let bridge = collector.bridge(&legacy).await;
    for _ in 0..20 {
        raw::get(bridge.address, "/x").await;
    }
    bridge.stop();
    assert_eq!(collector.spans.lock().len(), 20);
}
