//! The admin API, on its own listener.

use crate::support::{
    bridge::Setup,
    eventually,
    legacy::{Legacy, PASSWORD, USER},
    raw,
    upstream::Upstream,
};
use serde_json::json;

const LEGACY_ANSWER: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";

#[tokio::test(flavor = "multi_thread")]
async fn a_bridge_is_alive_at_once_and_ready_when_legacy_was_heard() {
    // An address that nobody listens on: bound, and let go of.
    let nobody = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let alone = Setup::before(nobody).start_alone();
    assert_eq!(raw::get(alone.admin, "/healthz").await.text(), "ok\n");
    let ready = raw::get(alone.admin, "/readyz").await;
    assert_eq!((ready.status, &ready.json()["ready"]), (503, &json!(false)));
    assert_eq!(ready.json()["why"], "legacy has not answered yet");
    let upstream = Upstream::always(LEGACY_ANSWER).await;
    let bridge = Setup::before(upstream.address).start().await;
    let ready = raw::get(bridge.admin, "/readyz").await;
    assert_eq!(ready.status, 200);
    assert_eq!(
        ready.json(),
        json!({
            "ready": true,
            "routes": cutover::handlers::ALL.len(),
            "legacy": {"url": format!("http://{}", upstream.address), "away_seconds": null},
            "configuration": {"refused": null},
            "databases": {"directory": false, "released": false, "open_connections": {}},
            "why": null,
        })
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_kill_switch_can_be_worked_through_the_admin_api() {
    let upstream = Upstream::always(LEGACY_ANSWER).await;
    let bridge = Setup::before(upstream.address).arguments(&["--all", "native"]).start().await;
    for engaged in [true, false] {
        let set = raw::send_json(bridge.admin, "PUT", "/api/kill-switch", &json!(engaged)).await;
        assert_eq!(set.json()["kill_switch"], engaged);
        let reason = if engaged { "DISABLED" } else { "STATIC" };
        assert_eq!(raw::get(bridge.address, "/api/1/ping").await.header("x-cutover-reason"), Some(reason));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_status_counts_requests_by_route_and_reason_and_names_no_user() {
    let legacy = Legacy::start();
    let bridge = Setup::before(legacy.address).data(legacy.data()).arguments(&["--all", "native"]).start().await;
    raw::send_json(bridge.address, "POST", "/api/1/users/ada", &json!({"password": PASSWORD})).await;
    for _ in 0..3 {
        raw::get(bridge.address, "/api/1/ping").await;
    }
    let status = eventually("the requests are counted", || async {
        let status = bridge.status().await;
        let counted = json!({"route": "ping", "variant": "native", "reason": "STATIC", "requests": 3});
        status["requests"].as_array().unwrap().contains(&counted).then_some(status)
    })
    .await;
    assert_eq!(status["session"]["user"], "user");
    let text = status.to_string().replace(legacy.data().to_str().unwrap(), "");
    assert!(!text.contains(&format!("\"{USER}\"")), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_status_counts_what_each_open_database_did() {
    let legacy = Legacy::start();
    let bridge = Setup::before(legacy.address).data(legacy.data()).arguments(&["--all", "native"]).start().await;
    raw::send_json(bridge.address, "POST", "/api/1/users/ada", &json!({"password": PASSWORD})).await;
    let user = eventually("a read of the tags is counted", || async {
        let tags = raw::get(bridge.address, "/api/1/tags").await;
        assert_eq!(tags.status, 200);
        let user = bridge.status().await["databases"]["user"].clone();
        (user["reads"]["finished"].as_u64()? >= 1).then_some(user)
    })
    .await;
    assert!(user["open_connections"].as_u64().unwrap() >= 1, "{user}");
    assert!(user["reads"]["execution_micros"]["p99"].as_u64().is_some(), "{user}");
    assert_eq!((&user["reads"]["failed"], &user["writes"]["finished"]), (&json!(0), &json!(0)));
}
