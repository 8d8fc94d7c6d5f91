//! The OpenAPI document of the native routes, as it is served, held against what a bridge answers.

use std::process::Command;

use crate::support::{
    bridge::{self, Setup},
    legacy::Legacy,
    raw, schema,
};
use serde_json::{Value, json};
use tempfile::TempDir;

const LOGIN: &str = "/api/1/users/ada";
const PASSWORD: &str = "p'w \u{f6} 1";

/// Legacy with the seeded user, and a bridge with every route native in front of it.
async fn native() -> (Legacy, bridge::Bridge, TempDir) {
    let data = TempDir::new().unwrap();
    let legacy = Legacy::on(data.path(), &["--seed-data", "small"]);
    let routes = "[flags]\nnative_writes = \"always\"\n";
    let setup = Setup::before(legacy.address).data(data.path()).routes(routes).arguments(&["--all", "native"]);
    let bridge = setup.start().await;
    (legacy, bridge, data)
}

/// Holds an answer against its operation; says whether it was native.
fn fits(document: &Value, operation: &Value, answer: &raw::Answer, what: &str) -> bool {
    if answer.header("x-cutover-variant") != Some("native") {
        return false;
    }
    let described = &operation["responses"][answer.status.to_string()];
    assert!(described.is_object(), "{what}: {} is not described", answer.status);
    let described = match described["$ref"].as_str() {
        Some(reference) => document.pointer(&reference[1..]).unwrap(),
        None => described,
    };
    assert_eq!(answer.header("content-type"), Some("application/json"), "{what}");
    let faults = schema::faults(&answer.json(), &described["content"]["application/json"]["schema"], document);
    assert!(faults.is_empty(), "{what}: {faults:#?}");
    true
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_answered_with_and_without_a_user_is_described() {
    let (_legacy, bridge, _data) = native().await;
    let document = raw::get(bridge.admin, "/openapi/native.json").await.json();
    let paths = document["paths"].as_object().unwrap();
    let (mut before, mut after) = (0, 0);
    for login in [false, true] {
        if login {
            let answer = raw::send_json(bridge.address, "POST", LOGIN, &json!({"password": PASSWORD})).await;
            assert_eq!(answer.status, 200, "{}", answer.text());
        }
        let count = if login { &mut after } else { &mut before };
        for (path, operations) in paths {
            for (method, operation) in operations.as_object().unwrap() {
                // Nothing is given, so that what needs no arguments succeeds, and the rest is refused.
                let target =
                    path.replace("{report_id}", "7").replace("{timestamp}", "7").replace("{blockchain}", "eth");
                let method = method.to_uppercase();
                let answer = if method == "GET" {
                    raw::get(bridge.address, &target).await
                } else {
                    raw::send_json(bridge.address, &method, &target, &json!({})).await
                };
                let what = format!("{method} {target} gave {}", answer.text());
                *count += usize::from(fits(&document, operation, &answer, &what));
            }
        }
    }
    println!("native: {before} without a user, {after} with one");
    assert!(before > 100 && after > 100, "{before} {after}");
}

#[test]
fn the_command_prints_what_is_served() {
    let said = |arguments: &[&str]| -> Value {
        let output = Command::new(env!("CARGO_BIN_EXE_cutover")).arg("openapi").args(arguments).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    };
    assert_eq!(said(&[]), *cutover::openapi::document());
    let admin = said(&["--admin"]);
    assert_eq!(admin["info"]["title"], "cutover admin API");
    assert!(admin["paths"]["/openapi/native.json"].is_object());
}
