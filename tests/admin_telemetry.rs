//! What the admin API tells of requests: over time, as they happen, and for Prometheus.

use crate::support::{
    bridge::{Bridge, Setup, run},
    events::Events,
    eventually,
    legacy::{Legacy, PASSWORD, USER},
    prometheus::{self, Sample},
    raw,
    upstream::Upstream,
    websocket::WebSocket,
};
use cutover::handlers;
use serde_json::{Value, json};

const LEGACY_ANSWER: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";
const ERROR: &str = "HTTP/1.1 500 INTERNAL SERVER ERROR\r\nContent-Length: 2\r\n\r\n{}";

/// In front of an upstream that answers everything, but for `/api/1/watchers` 500.
async fn bridge_before(upstream: &Upstream) -> Bridge {
    Setup::before(upstream.address).arguments(&["--all", "native"]).start().await
}

async fn upstream() -> Upstream {
    Upstream::start(|mut incoming| async move {
        while let Some(head) = incoming.request().await {
            incoming.send(if head.contains(" /api/1/watchers") { ERROR } else { LEGACY_ANSWER }).await;
        }
    })
    .await
}

async fn get(bridge: &Bridge, path: &str) -> Value {
    let answer = raw::get(bridge.admin, path).await;
    assert_eq!(answer.status, 200, "{path}: {}", answer.text());
    answer.json()
}

fn sum(slots: &Value) -> u64 {
    slots.as_array().unwrap().iter().map(|count| count.as_u64().unwrap()).sum()
}

/// The endpoint with this method and path.
fn endpoint<'a>(all: &'a Value, method: &str, path: &str) -> &'a Value {
    let found = all["endpoints"].as_array().unwrap().iter().find(|one| one["method"] == method && one["path"] == path);
    found.unwrap_or_else(|| panic!("no {method} {path}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_series_count_exactly_what_was_asked() {
    let upstream = upstream().await;
    let bridge = bridge_before(&upstream).await;
    for (times, path) in
        [(5, "/api/1/ping"), (3, "/api/1/watchers?x=1"), (2, "/api/1/exchanges/balances/kraken"), (4, "/x")]
    {
        for _ in 0..times {
            raw::get(bridge.address, path).await;
        }
    }
    let overview = get(&bridge, "/api/overview").await;
    let traffic = &overview["traffic"];
    assert_eq!((sum(&traffic["legacy"]), sum(&traffic["native"]), sum(&traffic["errors"])), (9, 5, 3));
    assert_eq!(traffic["legacy"].as_array().unwrap().len(), 360);
    assert_eq!(overview["share_native"], json!(5.0 / 14.0));
    let mut modes = json!({"legacy": 0, "shadow": 0, "canary": 0, "native": handlers::ALL.len(), "verify": 0});
    modes.sort_all_objects();
    assert_eq!(overview["endpoints"], json!({"total": 264, "migrated": handlers::ALL.len(), "by_mode": modes}));

    let all = get(&bridge, "/api/endpoints").await;
    assert_eq!((all["endpoints"].as_array().unwrap().len(), &all["other"]), (264, &json!({"requests": 4})));
    let ping = endpoint(&all, "GET", "/api/1/ping");
    assert_eq!((&ping["route"], &ping["mode"], sum(&ping["traffic"]["native"])), (&json!("ping"), &json!("native"), 5));
    assert_eq!((&ping["native"]["requests"], &ping["legacy"]["requests"]), (&json!(5), &json!(0)));
    // Endpoints that are not migrated have their requests all the same.
    let watchers = endpoint(&all, "GET", "/api/1/watchers");
    assert_eq!(
        (&watchers["route"], &watchers["mode"], &watchers["access"]),
        (&Value::Null, &Value::Null, &Value::Null)
    );
    assert_eq!((sum(&watchers["traffic"]["legacy"]), &watchers["legacy"]["errors"]), (3, &json!(3)));
    assert_eq!(watchers["traffic"]["legacy"].as_array().unwrap().len(), 60);
    assert!(watchers["legacy"]["p99_ms"].is_f64(), "{watchers}");
    let balances = endpoint(&all, "GET", "/api/1/exchanges/balances/{location}");
    assert_eq!(balances["legacy"]["requests"], 2);
    let counted: u64 = all["endpoints"].as_array().unwrap().iter().map(|one| sum(&one["traffic"]["legacy"])).sum();
    assert_eq!(counted, 5, "each request counts for one endpoint");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_is_an_event_as_it_ends_without_its_query() {
    let upstream = upstream().await;
    let bridge = bridge_before(&upstream).await;
    let mut seconds = Events::open(bridge.admin, "overview").await;
    let mut events = Events::open(bridge.admin, "requests").await;
    raw::get(bridge.address, "/api/1/ping?password=secret").await;
    let request = events.next("request").await;
    assert!(request["at"].as_f64().unwrap() > 1.7e9 && request["latency_ms"].is_f64(), "{request}");
    let mut words = request.clone();
    for measured in ["at", "latency_ms"] {
        words.as_object_mut().unwrap().shift_remove(measured);
    }
    let expected = json!({
        "method": "GET", "path": "/api/1/ping", "route": "ping", "mode": "native", "variant": "native", "reason": "STATIC",
        "status": 200, "why": null,
    });
    assert_eq!(words, expected);
    raw::get(bridge.address, "/api/1/tags").await;
    let declined = events.next("request").await;
    assert_eq!((&declined["variant"], &declined["reason"]), (&json!("legacy"), &json!("DECLINED")));
    assert!(declined["why"].as_str().is_some_and(|why| !why.is_empty()), "{declined}");
    // Both within a second, or one in each of two.
    let (mut native, mut legacy) = (0, 0);
    while native + legacy < 2 {
        let overview = seconds.next("overview").await;
        assert_eq!((&overview["kill_switch"], &overview["ready"]), (&json!(false), &json!(true)));
        let (these, those) = (overview["native"].as_u64().unwrap(), overview["legacy"].as_u64().unwrap());
        assert_eq!(overview["requests_per_second"].as_f64().unwrap() > 0.0, these + those > 0, "{overview}");
        (native, legacy) = (native + these, legacy + those);
    }
    assert_eq!((native, legacy), (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn routes_come_once_and_then_only_those_that_changed() {
    let upstream = upstream().await;
    let bridge = bridge_before(&upstream).await;
    let mut events = Events::open(bridge.admin, "routes").await;
    assert_eq!(events.next("routes").await["routes"].as_array().unwrap().len(), handlers::ALL.len());
    raw::get(bridge.address, "/api/1/ping").await;
    let changed = events.next("routes").await;
    let names: Vec<&str> =
        changed["routes"].as_array().unwrap().iter().map(|route| route["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["ping"]);
    assert_eq!(sum(&changed["routes"][0]["traffic"]["native"]), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn readers_of_events_are_as_many_as_there_are_places_and_go_with_the_bridge() {
    let upstream = upstream().await;
    let bridge = bridge_before(&upstream).await;
    let bad = raw::get(bridge.admin, "/api/events?topics=request").await;
    assert_eq!(
        (bad.status, &bad.json()["error"]),
        (400, &json!("there is no topic \"request\"; did you mean \"requests\"?"))
    );
    let mut readers = Vec::new();
    for _ in 0..32 {
        readers.push(Events::open(bridge.admin, "changes").await);
    }
    let full = raw::get(bridge.admin, "/api/events").await;
    assert_eq!(full.status, 503);
    assert!(full.json()["error"].as_str().unwrap().starts_with("32 readers of events are as many as there may be"));
    readers.pop();
    let free = || Events::try_open(bridge.admin, "overview");
    let mut last = eventually("a place is free again", free).await;
    last.next("overview").await;
    bridge.signal("TERM");
    while last.try_next("overview").await.is_some() {}
    assert!(bridge.wait());
}

#[tokio::test(flavor = "multi_thread")]
async fn another_backend_brings_a_list_of_its_own_and_a_bad_line_is_a_fault() {
    let directory = tempfile::TempDir::new().unwrap();
    let list = directory.path().join("api.txt");
    std::fs::write(&list, "# ours\nGET /v1/things/{id:int}\nGET /api/1/ping\n").unwrap();
    let upstream = upstream().await;
    let routes = format!("[legacy]\nendpoints = \"{}\"\n", list.display());
    let bridge = Setup::before(upstream.address).routes(&routes).start().await;
    raw::get(bridge.address, "/v1/things/7").await;
    raw::get(bridge.address, "/api/1/info").await;
    let all = get(&bridge, "/api/endpoints").await;
    assert_eq!(endpoint(&all, "GET", "/v1/things/{id:int}")["legacy"]["requests"], 1);
    // A route of ours that is in no line of it is there as well.
    assert_eq!(endpoint(&all, "GET", "/api/1/info")["legacy"]["requests"], 1);
    assert_eq!(all["endpoints"].as_array().unwrap().len(), 1 + handlers::ALL.len());

    std::fs::write(&list, "GET /a\nGOT /b\n").unwrap();
    let file = directory.path().join("routes.toml");
    std::fs::write(&file, "[legacy]\nendpoints = \"api.txt\"\n").unwrap();
    let checked = run(&["check", file.to_str().unwrap()]);
    let said = String::from_utf8(checked.stdout).unwrap();
    assert_eq!(checked.status.code(), Some(1));
    assert!(said.contains("api.txt:2:1: unknown method \"GOT\""), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_wants_attention_is_listed_with_its_remedy_and_the_most_urgent_first() {
    // An address that nobody listens on: bound, and let go of.
    let nobody = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let routes = "[flags]\nnative_writes = \"guarded\"\nall = \"native\"\n";
    let bridge = Setup::before(nobody).routes(routes).start_alone();
    raw::send_json(bridge.admin, "PUT", "/api/kill-switch", &json!(true)).await;
    std::fs::write(&bridge.file, "[flags]\nall = \"nativ\"\n").unwrap();
    let attention = eventually("all of it is noticed", || async {
        let attention = get(&bridge, "/api/overview").await["attention"].clone();
        let kinds: Vec<&str> = attention.as_array()?.iter().map(|item| item["kind"].as_str().unwrap()).collect();
        (kinds == ["kill_switch", "legacy", "configuration", "configuration", "configuration"]).then_some(attention)
    })
    .await;
    let said = |at: usize, field: &str| attention[at][field].as_str().unwrap().to_owned();
    assert!(said(0, "remedy").contains("SIGUSR2"));
    assert!(said(1, "text").contains("has not answered for") && attention[1]["at"].is_f64());
    assert!(
        said(2, "text").contains("did you mean \\\"native\\\"") || said(2, "text").contains("nativ"),
        "{attention}"
    );
    assert!(said(2, "remedy").contains("cutover check"));
    assert!(
        said(3, "text").contains("routes that write") && said(3, "remedy").contains("compat.socket"),
        "{attention}"
    );
    assert!(
        said(4, "text").contains("no data directory") && said(4, "remedy").contains("data.directory"),
        "{attention}"
    );
    let mut events = Events::open(bridge.admin, "overview").await;
    assert_eq!(events.next("overview").await["attention"], 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_for_each_websocket_client_is_shown() {
    let legacy = Legacy::start();
    let bridge =
        Setup::before(legacy.address).routes("[ws]\nmode = \"bridge\"\n[legacy]\nmax_tunnels = 7\n").start().await;
    let mut quick = WebSocket::open(bridge.address).await;
    let stalled = WebSocket::narrow(bridge.address).await;
    for message in [json!("x".repeat(8 << 20)), json!("second")] {
        raw::send_json(bridge.admin, "POST", "/notify", &json!({"type": "stuffing", "data": message})).await;
    }
    quick.texts_until("\"second\"").await;
    let shown = eventually("the quick one has all", || async {
        let shown = get(&bridge, "/api/notifier").await;
        (shown["queues"][0]["sent"] == 2).then_some(shown)
    })
    .await;
    let queues = &shown["queues"];
    assert_eq!((&queues[0]["messages"], &queues[0]["bytes"]), (&json!(0), &json!(0)));
    assert_eq!((&queues[1]["messages"], &queues[1]["sent"]), (&json!(2), &json!(0)));
    let bytes = queues[1]["bytes"].as_u64().unwrap();
    assert!(bytes > 1 << 20 && bytes < (8 << 20) + 100, "{bytes}");
    assert_eq!(queues[1]["address"], "127.0.0.1");
    assert!(queues[1]["since"].as_f64().unwrap() >= queues[0]["since"].as_f64().unwrap(), "{queues}");
    assert_eq!(
        (&shown["mode"], &shown["clients"], &shown["subscription"]),
        (&json!("bridge"), &json!(2), &json!("up"))
    );
    assert_eq!(shown["tunnels"], json!({"free": 7, "max": 7}));
    let samples = prometheus::read(&raw::get(bridge.admin, "/metrics").await.text());
    let of = |name: &str| prometheus::value(&samples, name, &[]);
    assert!((of("cutover_websocket_clients") - 2.0).abs() < 0.1);
    assert!((of("cutover_websocket_longest_queue_messages") - 2.0).abs() < 0.1);
    drop(stalled);
}

#[tokio::test(flavor = "multi_thread")]
async fn metrics_are_what_prometheus_reads_and_name_no_user_path_or_key() {
    let legacy = Legacy::start();
    let bridge = Setup::before(legacy.address).data(legacy.data()).arguments(&["--all", "shadow"]).start().await;
    raw::send_json(bridge.address, "POST", "/api/1/users/ada", &json!({"password": PASSWORD})).await;
    raw::get(bridge.address, "/api/1/nothing/here").await;
    let text = eventually("reads and comparisons are counted", || async {
        assert_eq!(raw::get(bridge.address, "/api/1/tags").await.status, 200);
        let answer = raw::get(bridge.admin, "/metrics").await;
        let ready = answer.text().contains("route=\"tags\",verdict=\"matched\"")
            || answer.text().contains("route=\"tags_list\",verdict=\"matched\"");
        assert!(answer.header("content-type").unwrap().starts_with("application/openmetrics-text"), "{answer:?}");
        ready.then(|| answer.text())
    })
    .await;
    let samples = prometheus::read(&text);
    let of = |name: &str, labels: &[(&str, &str)]| prometheus::value(&samples, name, labels);
    let is_one = |value: f64| (value - 1.0).abs() < 0.1;
    assert!(is_one(of("cutover_ready", &[])) && of("cutover_kill_switch", &[]) < 0.1);
    assert!(is_one(of("cutover_build_info", &[("version", env!("CARGO_PKG_VERSION"))])));
    assert!(is_one(of(
        "cutover_requests_total",
        &[("route", ""), ("status", "4xx"), ("variant", "legacy"), ("reason", "DEFAULT")]
    )));
    assert!(of("cutover_request_duration_seconds_count", &[("variant", "legacy")]) >= 3.0);
    assert!(of("cutover_database_connections", &[("database", "user")]) >= 1.0);
    assert!(
        of("cutover_database_jobs_total", &[("database", "user"), ("access", "read"), ("outcome", "finished")]) >= 1.0
    );
    assert!(of("cutover_comparisons_total", &[("route", "tags_list"), ("verdict", "matched")]) >= 1.0);
    let page = include_str!("../docs/metrics.md");
    for Sample { name, .. } in &samples {
        let family = ["_sum", "_count", "_bucket"].iter().find_map(|suffix| name.strip_suffix(suffix)).unwrap_or(name);
        assert!(page.contains(&format!("`{family}`")), "docs/metrics.md does not speak of {family}");
    }
    let directory = legacy.data().to_str().unwrap();
    for secret in [USER, PASSWORD, directory, "/api/", "nothing", "127.0.0.1"] {
        assert!(
            !text.contains(&format!("\"{secret}\"")) && (secret == USER || !text.contains(secret)),
            "{secret}: {text}"
        );
    }
}
