//! The log's filter, changed while the bridge runs.

use crate::support::{
    bridge::{Setup, run},
    eventually, raw,
    upstream::Upstream,
};
use serde_json::json;

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

#[tokio::test(flavor = "multi_thread")]
async fn every_request_can_be_had_in_the_log_for_a_while() {
    let upstream = Upstream::always(OK).await;
    let bridge = Setup::before(upstream.address).environment("CUTOVER_LOG__LEVEL", "info").start().await;
    let put = |filter: serde_json::Value| {
        let body = json!({"filter": filter, "why": "a drill", "by": "ann"});
        async move { raw::send_json(bridge.admin, "PUT", "/api/log", &body).await }
    };
    raw::get(bridge.address, "/before").await;
    let changed = put(json!("cutover=debug,info")).await;
    assert_eq!(changed.status, 200, "{}", changed.text());
    let changed = changed.json();
    assert_eq!((&changed["filter"], &changed["configured"]), (&json!("cutover=debug,info"), &json!("info")));
    let entry = &changed["entry"];
    assert_eq!((&entry["action"], &entry["by"]["name"]), (&json!("log"), &json!("ann")), "{entry}");
    assert_eq!(entry["why"], "info → cutover=debug,info: a drill");
    raw::get(bridge.address, "/while").await;
    eventually("the log has it", || async { bridge.log().contains("/while").then_some(()) }).await;
    assert_eq!(put(json!(null)).await.json()["filter"], "info");
    raw::get(bridge.address, "/after").await;
    let shown = raw::get(bridge.admin, "/api/log").await.json();
    assert_eq!((&shown["filter"], &shown["entry"]), (&json!("info"), &json!(null)));
    let journal = raw::get(bridge.admin, "/api/journal").await.json();
    assert_eq!(journal["entries"].as_array().unwrap().iter().filter(|entry| entry["action"] == "log").count(), 2);
    bridge.signal("TERM");
    eventually("it stops", || async { bridge.log().contains("stopping").then_some(()) }).await;
    let log = bridge.log();
    assert!(!log.contains("/before") && !log.contains("/after"), "{log}");
    assert_eq!(log.matches("the log's filter was changed").count(), 2, "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_filter_is_refused_and_changes_nothing() {
    let upstream = Upstream::always(OK).await;
    let bridge = Setup::before(upstream.address).start_alone();
    let before = raw::get(bridge.admin, "/api/log").await.json()["filter"].clone();
    for (filter, said) in
        [("debgu", "did you mean \\\"debug\\\"?"), ("cutover=loud", "expected a log filter"), ("", "")]
    {
        let refused = raw::send_json(bridge.admin, "PUT", "/api/log", &json!({"filter": filter})).await;
        assert_eq!(refused.status, 422, "{filter}: {}", refused.text());
        assert!(refused.text().contains(said), "{filter}: {}", refused.text());
    }
    let without = raw::send_json(bridge.admin, "PUT", "/api/log", &json!({})).await;
    assert_eq!((without.status, without.text().contains("missing field `filter`")), (422, true), "{}", without.text());
    assert_eq!(raw::get(bridge.admin, "/api/log").await.json()["filter"], before);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_can_be_changed_from_a_shell() {
    let upstream = Upstream::always(OK).await;
    let bridge = Setup::before(upstream.address).environment("CUTOVER_LOG__LEVEL", "info").start_alone();
    let admin = format!("http://{}", bridge.admin);
    let log = |arguments: &[&str]| {
        let ended = run(&[&["log", "--admin", &admin], arguments].concat());
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (ended.status.code().unwrap(), text(ended.stdout), text(ended.stderr))
    };
    assert_eq!(log(&[]).1, "log: info, as configured\n");
    assert_eq!(log(&["warn"]).1, "log: warn; log.level of the configuration is info\n");
    let (code, out, error) = log(&["wran"]);
    assert_eq!((code, out.as_str()), (1, ""), "{error}");
    assert!(error.contains("did you mean \"warn\"?"), "{error}");
    assert_eq!(log(&["--reset"]).1, "log: info, as configured\n");
}
