//! The native routes against what the real legacy was recorded to answer, byte for byte.

use std::path::Path;

use crate::support::{
    self,
    bridge::Setup,
    copy, corpus,
    legacy::{Legacy, ROUTES},
    raw,
};
use serde_json::{Value, json};

/// Further routes, as method and path (a star is one segment): with arguments, or unknown to the legacy backend of the tests.
const RECORDED: [(&str, &str); 37] = [
    ("POST", "/api/1/history/events"),
    ("POST", "/api/1/calendar/reminders"),
    ("GET", "/api/1/accounting/rules/info"),
    ("GET", "/api/1/assets/ignored"),
    ("GET", "/api/1/blockchains/supported"),
    ("GET", "/api/1/blockchains/evm/all"),
    ("GET", "/api/1/blockchains/eth/modules"),
    ("GET", "/api/1/blockchains/evm/transactions/decode"),
    ("GET", "/api/1/blockchains/evm/transactions/status"),
    ("GET", "/api/1/blockchains/evmlike/transactions/decode"),
    ("POST", "/api/1/calendar"),
    ("GET", "/api/1/database/info"),
    ("GET", "/api/1/defi/metadata"),
    ("GET", "/api/1/external_services"),
    ("GET", "/api/1/history/events/type_mappings"),
    ("GET", "/api/1/history/events/products"),
    ("GET", "/api/1/history/skipped_external_events"),
    ("GET", "/api/1/locations/associated"),
    ("GET", "/api/1/locations/labels"),
    ("POST", "/api/1/notes"),
    ("GET", "/api/1/oracles"),
    ("GET", "/api/1/protocols/data/refresh"),
    ("GET", "/api/1/queried_addresses"),
    ("GET", "/api/1/blockchains/*/nodes"),
    ("GET", "/api/1/blockchains/*/accounts"),
    ("POST", "/api/1/accounting/rules"),
    ("POST", "/api/1/accounting/rules/conflicts"),
    ("POST", "/api/1/accounting/rules/export"),
    ("POST", "/api/1/names/addressbook/*"),
    ("POST", "/api/1/names"),
    ("GET", "/api/1/reports"),
    ("GET", "/api/1/reports/*"),
    ("GET", "/api/1/statistics/netvalue"),
    ("GET", "/api/1/statistics/value_distribution"),
    ("POST", "/api/1/statistics/balance"),
    ("GET", "/api/1/snapshots"),
    ("GET", "/api/1/snapshots/*"),
];

/// Whether a recorded exchange is one that a handler answers here. Of counterparties the legacy backend of the tests
/// knows nothing, so that there is nothing to learn from it.
fn is_native(entry: &Recorded, path: &str) -> bool {
    let method = entry.method.as_str();
    let plain = ROUTES.contains(&path) && matches!(method, "GET" | "HEAD") && entry.body.is_none();
    let counterparty = entry.body.as_ref().is_some_and(|body| body.contains("\"counterparty\""));
    plain || (RECORDED.iter().any(|(of, pattern)| *of == method && matches(pattern, path)) && !counterparty)
}

/// Whether a path is one of a pattern, in which a star is one segment.
fn matches(pattern: &str, path: &str) -> bool {
    let (wanted, given): (Vec<&str>, Vec<&str>) = (pattern.split('/').collect(), path.split('/').collect());
    wanted.len() == given.len() && wanted.iter().zip(given).all(|(wanted, given)| *wanted == "*" || *wanted == given)
}

/// One recorded exchange.
struct Recorded {
    method: String,
    target: String,
    content_type: Option<String>,
    body: Option<String>,
    volatile: bool,
    answer: raw::Answer,
}

fn recorded(corpus: &Path) -> Vec<Recorded> {
    let har: Value = serde_json::from_slice(&std::fs::read(corpus.join("reads.har")).unwrap()).unwrap();
    let entries = har["log"]["entries"].as_array().unwrap();
    entries
        .iter()
        .map(|entry| {
            let (request, response) = (&entry["request"], &entry["response"]);
            let content_type = request["headers"].as_array().unwrap().iter().find(|h| h["name"] == "Content-Type");
            let headers = response["headers"].as_array().unwrap();
            Recorded {
                method: request["method"].as_str().unwrap().to_owned(),
                target: request["url"].as_str().unwrap().replace("http://127.0.0.1", ""),
                content_type: content_type.map(|header| header["value"].as_str().unwrap().to_owned()),
                body: request["postData"]["text"].as_str().map(str::to_owned),
                volatile: entry["_volatile"] == true,
                answer: raw::Answer {
                    status: u16::try_from(response["status"].as_u64().unwrap()).unwrap(),
                    reason: response["statusText"].as_str().unwrap().to_owned(),
                    headers: headers
                        .iter()
                        .map(|h| (h["name"].as_str().unwrap().to_owned(), h["value"].as_str().unwrap().to_owned()))
                        .collect(),
                    head: Vec::new(),
                    body: response["content"]["text"].as_str().unwrap_or_default().as_bytes().to_vec(),
                },
            }
        })
        .collect()
}

/// Headers in their order, names spelled as they came, without transport and without the bridge's own.
fn contract(answer: &raw::Answer) -> Vec<(String, String)> {
    let own = |name: &str| {
        name.eq_ignore_ascii_case("date") || name.eq_ignore_ascii_case("connection") || name.starts_with("x-cutover-")
    };
    answer.headers.iter().filter(|(name, _)| !own(name)).cloned().collect()
}

/// What legacy itself answered differently in two processes: compared under a rule, the rest by bytes.
fn under_rule(target: &str, answer: &raw::Answer) -> (Vec<(String, String)>, Value) {
    let mut body: Value = answer.json();
    let result = &mut body["result"];
    if target.starts_with("/api/1/info") {
        result["data_directory"] = json!("the process's own");
    }
    if target.starts_with("/api/1/settings") {
        result["last_write_ts"] = json!("the moment of the login");
        let modules = result["active_modules"].as_array_mut().unwrap();
        modules.sort_by_key(ToString::to_string);
    }
    if target == "/api/1/database/info" {
        result["userdb"]["info"]["filepath"] = json!("below the data directory");
        result["userdb"]["info"]["size"] = json!("as of that moment");
    }
    if matches!(target, "/api/1/assets/ignored" | "/api/1/locations/associated") {
        result.as_array_mut().unwrap().sort_by_key(ToString::to_string);
    }
    let headers = contract(answer).into_iter().filter(|(name, _)| name != "Content-Length").collect();
    (headers, body)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_recorded_answers_to_the_native_routes_are_given_byte_for_byte() {
    let Some(corpus) = corpus() else { return };
    let data = tempfile::TempDir::new().unwrap();
    copy(&corpus.join("snapshot"), data.path());
    let legacy = Legacy::on(data.path(), &[]);
    let bridge = Setup::before(legacy.address).data(data.path()).arguments(&["--all", "native"]).start().await;
    let login = raw::send_json(bridge.address, "POST", "/api/1/users/carol", &json!({"password": "p'w 1"})).await;
    assert_eq!(login.status, 200, "{}", login.text());

    let mut compared = 0;
    for entry in recorded(&corpus) {
        let path = entry.target.split('?').next().unwrap();
        if !is_native(&entry, path) {
            continue;
        }
        let shown = format!("{} {}", entry.method, entry.target);
        let mut connection = raw::Connection::open(bridge.address).await;
        let kind = entry.content_type.map(|kind| format!("Content-Type: {kind}\r\n")).unwrap_or_default();
        let length = entry.body.as_ref().map(|body| format!("Content-Length: {}\r\n", body.len())).unwrap_or_default();
        let body = entry.body.unwrap_or_default();
        connection
            .send(format!("{shown} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: */*\r\n{kind}{length}\r\n{body}"))
            .await;
        let answer = if entry.method == "HEAD" { connection.head_answer().await } else { connection.answer().await };
        assert_eq!(answer.header("x-cutover-variant"), Some("native"), "{shown}");
        assert_eq!((answer.status, &answer.reason), (entry.answer.status, &entry.answer.reason), "{shown}");
        if entry.volatile {
            assert_eq!(under_rule(path, &answer), under_rule(path, &entry.answer), "{shown}");
        } else {
            assert_eq!(contract(&answer), contract(&entry.answer), "{shown}");
            assert_eq!(answer.text(), entry.answer.text(), "{shown}");
        }
        compared += 1;
    }
    assert!(compared >= 300, "only {compared} recorded answers to the native routes");
    println!("{compared} recorded answers compared");
}

/// Asks both sides the same bytes; everything but transport must be equal, spelling and order of headers included.
#[tokio::test(flavor = "multi_thread")]
async fn native_answers_equal_legacys_own_to_the_byte() {
    let legacy = Legacy::start();
    let bridge = Setup::before(legacy.address).data(legacy.data()).arguments(&["--all", "native"]).start().await;
    for logged_in in [false, true] {
        if logged_in {
            let body = json!({"password": support::legacy::PASSWORD});
            assert_eq!(raw::send_json(bridge.address, "POST", "/api/1/users/ada", &body).await.status, 200);
        }
        for route in ROUTES {
            for extra in
                ["", "Origin: http://localhost:1234\r\n", "Content-Type: application/json\r\n", "Accept: text/html\r\n"]
            {
                for method in ["GET", "HEAD"] {
                    let request = format!("{method} {route} HTTP/1.1\r\nHost: 127.0.0.1\r\n{extra}\r\n");
                    let mut answers = Vec::new();
                    for address in [legacy.address, bridge.address, bridge.address] {
                        let mut connection = raw::Connection::open(address).await;
                        connection.send(&request).await;
                        answers.push(connection.try_answer(method == "HEAD").await.unwrap());
                    }
                    // The first request with a new Origin is declined and teaches the second.
                    let native = answers.pop().unwrap();
                    assert_eq!(native.header("x-cutover-variant"), Some("native"), "{request}{native:?}");
                    for answer in &answers {
                        assert_eq!(answer.status, native.status, "{request}");
                        assert_eq!(answer.reason, native.reason, "{request}");
                        assert_eq!(contract(answer), contract(&native), "{request}");
                        assert_eq!(answer.text(), native.text(), "{request}");
                    }
                }
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_way_to_ask_for_no_update_check_is_answered_natively() {
    let legacy = Legacy::start();
    let bridge = Setup::before(legacy.address).data(legacy.data()).arguments(&["--all", "native"]).start().await;
    for word in ["false", "False", "FALSE", "f", "F", "0", "off", "Off", "OFF", "no", "No", "NO", "n", "N"] {
        let target = format!("/api/1/info?check_for_updates={word}");
        let (direct, through) = (raw::get(legacy.address, &target).await, raw::get(bridge.address, &target).await);
        assert_eq!((direct.status, direct.text()), (through.status, through.text()), "{word}");
        assert_eq!(through.header("x-cutover-variant"), Some("native"), "{word}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_native_route_can_not_judge_is_forwarded_as_it_came() {
    let legacy = Legacy::start();
    let bridge = Setup::before(legacy.address).data(legacy.data()).arguments(&["--all", "native"]).start().await;
    for target in ["/api/1/info?check_for_updates=1", "/api/1/info?check_for_updates=%ff", "/api/1/info?foo=1&bar=2"] {
        let (direct, through) = (raw::get(legacy.address, target).await, raw::get(bridge.address, target).await);
        assert_eq!(through.header("x-cutover-reason"), Some("DECLINED"), "{target}");
        assert_eq!(direct.status, through.status, "{target}");
    }
}

/// Endpoints that depend on what only legacy's memory holds: said where it is known, left to legacy where it is not. The
/// legacy backend of the tests does not have them, so that what is said here is what the real one was seen to say.
#[tokio::test(flavor = "multi_thread")]
async fn what_depends_on_legacys_memory_is_said_where_it_is_known_and_declined_where_it_is_not() {
    let legacy = Legacy::start();
    let bridge = Setup::before(legacy.address).data(legacy.data()).arguments(&["--all", "native"]).start().await;
    let ask = async |method: &str, path: &str, body: &Value| {
        let answer = raw::send_json(bridge.address, method, &format!("/api/1/{path}"), body).await;
        match answer.header("x-cutover-reason") {
            Some("DECLINED") => "declined".to_owned(),
            _ => format!("{} {}", answer.status, answer.json()["message"].as_str().unwrap()),
        }
    };
    let (nothing, both) = (json!({}), "0x9531C059098e3d194fF87FebB587aB07B30B1306");
    let addresses = json!({"from_address": both, "to_address": both});
    let kraken =
        "400 {\"location\": [\"Given location kraken is not one of binanceus,binance as needed by the endpoint\"]}";
    let no_decoders = "500 'Rotkehlchen' object has no attribute 'chains_aggregator'";
    let no_task = "400 {\"task_id\": [\"task_id is required for this endpoint\"]}";
    let no_report = "400 {\"_schema\": [\"A report id should be given\"]}";
    for (method, path, body, said) in [
        ("GET", "history/events/products", &nothing, no_decoders),
        ("GET", "history/events/counterparties", &nothing, no_decoders),
        ("GET", "exchanges/binance/pairs/x", &json!({"location": "Binance"}), "200 "),
        ("GET", "exchanges/binance/pairs/x", &json!({"location": "kraken"}), kraken),
        ("POST", "wallet/interacted", &addresses, "declined"),
        ("DELETE", "reports", &nothing, "401 No user is currently logged in"),
        ("DELETE", "tasks", &nothing, no_task),
        ("GET", "settings/configuration", &nothing, "declined"),
    ] {
        assert_eq!(ask(method, path, body).await, said, "nobody: {method} {path}");
    }
    let login = json!({"password": support::legacy::PASSWORD});
    assert_eq!(ask("POST", "users/ada", &login).await, "200 ");
    let by = |attribute: &str| json!({"order_by_attributes": [attribute], "ascending": [true]});
    for (method, path, body, said) in [
        ("GET", "history/events/products", &nothing, "200 "),
        ("GET", "history/events/counterparties", &nothing, "declined"),
        ("POST", "calendar", &json!({"counterparty": "ens"}), "declined"),
        ("POST", "calendar", &by("zz"), "500 no such column: zz"),
        ("POST", "notes", &by("zz"), "500 no such column: zz"),
        ("POST", "notes", &by("rowid"), "declined"),
        ("POST", "notes", &by("title; DROP TABLE user_notes"), "declined"),
        ("DELETE", "reports", &nothing, no_report),
    ] {
        assert_eq!(ask(method, path, body).await, said, "ada: {method} {path} {body}");
    }
}
