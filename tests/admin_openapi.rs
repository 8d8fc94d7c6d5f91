//! The OpenAPI document of the admin API, held against what the bridge answers.

use std::net::SocketAddr;

use crate::support::{bridge::Setup, eventually, raw, schema, upstream::Upstream};
use serde_json::{Value, json};

/// Answers without an end.
const ENDLESS: [&str; 2] = ["/api/events", "/api/parity/record"];

/// Whatever ping answers natively, this is something else.
const DIFFERENT: &str = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 30\r\n\r\n{\"result\": 1, \"message\": \"no\"}";

fn fits(document: &Value, operation: &Value, answer: &raw::Answer, what: &str) {
    assert_eq!(answer.status, 200, "{what}: {}", answer.text());
    let (kind, content) = operation["responses"]["200"]["content"].as_object().unwrap().iter().next().unwrap();
    let given = answer.header("content-type").unwrap_or_default();
    assert!(given.starts_with(kind.as_str()), "{what} is {given}, and described as {kind}");
    if kind == "application/json" {
        let faults = schema::faults(&answer.json(), &content["schema"], document);
        assert!(faults.is_empty(), "{what}: {faults:#?}");
    }
}

async fn document(admin: SocketAddr) -> Value {
    raw::get(admin, "/openapi.json").await.json()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_is_as_the_document_says() {
    let upstream = Upstream::always(DIFFERENT).await;
    let routes = "[[route]]\nname = \"ping\"\nmode = \"shadow\"\n\n[[route]]\nname = \"info\"\nmode = \"native\"\n\
                  ladder = [\"shadow 10\", \"canary 10% 10\", \"native\"]\n";
    let bridge = Setup::before(upstream.address).routes(routes).start_alone();
    let document = document(bridge.admin).await;
    let paths = document["paths"].as_object().unwrap();
    raw::get(bridge.address, "/api/1/ping").await;
    raw::get(bridge.address, "/api/1/info").await;
    let sample = eventually("a sample is kept", || async {
        raw::get(bridge.admin, "/api/samples").await.json()[0]["id"].as_i64()
    })
    .await;

    let by = json!({"why": "to see", "by": "ann"});
    let with = |fields: Value| {
        let mut body = by.clone();
        body.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        body
    };
    for (method, path, target, body) in [
        ("patch", "/api/routes/{name}", "/api/routes/ping", with(json!({"mode": "legacy"}))),
        ("patch", "/api/routes/{name}", "/api/routes/ping", with(json!({"mode": "legacy"}))),
        ("patch", "/api/routes/{name}", "/api/routes/info", with(json!({"action": "hold"}))),
        ("put", "/api/kill-switch", "/api/kill-switch", with(json!({"engaged": true}))),
        ("put", "/api/kill-switch", "/api/kill-switch", json!(true)),
        ("put", "/api/log", "/api/log", with(json!({"filter": "warn"}))),
        ("put", "/api/log", "/api/log", with(json!({"filter": null}))),
    ] {
        let operation = &paths[path][method];
        let takes = &operation["requestBody"]["content"]["application/json"]["schema"];
        assert_eq!(schema::faults(&body, takes, &document), [""; 0], "{target} {body}");
        let answer = raw::send_json(bridge.admin, &method.to_uppercase(), target, &body).await;
        fits(&document, operation, &answer, &format!("{method} {target} {body}"));
    }
    for (path, operations) in paths.iter().filter(|(path, _)| !ENDLESS.contains(&path.as_str())) {
        if let Some(operation) = operations.get("get") {
            for name in ["ping", "info"] {
                let target = path.replace("{name}", name).replace("{id}", &sample.to_string());
                fits(&document, operation, &raw::get(bridge.admin, &target).await, &target);
            }
        }
    }
    let reset = raw::send_json(bridge.admin, "POST", "/api/reset", &by).await;
    fits(&document, &paths["/api/reset"]["post"], &reset, "reset");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_the_document_does_not_allow_is_refused() {
    let upstream = Upstream::always(DIFFERENT).await;
    let bridge = Setup::before(upstream.address).start_alone();
    let document = document(bridge.admin).await;
    for (method, path, target, body) in [
        ("patch", "/api/routes/{name}", "/api/routes/ping", json!({"mode": "nativ"})),
        ("patch", "/api/routes/{name}", "/api/routes/ping", json!({"action": "promte"})),
        ("patch", "/api/routes/{name}", "/api/routes/ping", json!({"mode": "native", "action": "hold"})),
        ("patch", "/api/routes/{name}", "/api/routes/ping", json!({"mode": "native", "wyh": "x"})),
        ("patch", "/api/routes/{name}", "/api/routes/ping", json!({})),
        ("patch", "/api/routes/{name}", "/api/routes/ping", json!("native")),
        ("put", "/api/kill-switch", "/api/kill-switch", json!({"engaged": true, "x": 1})),
        ("put", "/api/kill-switch", "/api/kill-switch", json!("true")),
        ("put", "/api/log", "/api/log", json!({"filter": 1})),
        ("put", "/api/log", "/api/log", json!({"level": "debug"})),
        ("post", "/api/reset", "/api/reset", json!({"y": 1})),
        ("post", "/api/compat/invalidate", "/api/compat/invalidate", json!([{"keys": []}])),
        ("put", "/api/compat/parts/{part}", "/api/compat/parts/caches", json!(1)),
    ] {
        let takes = &document["paths"][path][method]["requestBody"]["content"]["application/json"]["schema"];
        assert_ne!(schema::faults(&body, takes, &document), [""; 0], "{target} {body}");
        let answer = raw::send_json(bridge.admin, &method.to_uppercase(), target, &body).await;
        assert_eq!(answer.status, 422, "{target} {body}: {}", answer.text());
        assert!(answer.json()["error"].is_string(), "{}", answer.text());
    }
    assert_eq!(bridge.status().await["kill_switch"], false);
}
