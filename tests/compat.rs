//! The package inside legacy, as the bridge sees it: a script over the real socket of the real bridge.

use std::time::{Duration, Instant};

use crate::support::{
    bridge::{Bridge, Setup},
    eventually,
    legacy::{Legacy, PASSWORD},
    package::{Package, Place, all_parts, introduction, post},
    raw,
};
use serde_json::{Value, json};

/// A bridge in front of legacy, all routes native, reads and guarded writes.
async fn bridged(legacy: &Legacy, place: &Place) -> Bridge {
    setup(legacy, place).start().await
}

fn setup(legacy: &Legacy, place: &Place) -> Setup {
    Setup::before(legacy.address)
        .inspected()
        .data(legacy.data())
        .arguments(&["--all", "native", "--native-writes", "guarded"])
        .routes(&place.routes())
}

async fn login(bridge: &Bridge) {
    let body = json!({"password": PASSWORD});
    assert_eq!(raw::send_json(bridge.address, "POST", "/api/1/users/ada", &body).await.status, 200);
}

async fn add_tag(bridge: &Bridge, name: &str) -> raw::Answer {
    let tag = json!({"name": name, "background_color": "ffffff", "foreground_color": "000000"});
    raw::send_json(bridge.address, "PUT", "/api/1/tags", &tag).await
}

fn variant(answer: &raw::Answer) -> &str {
    answer.header("x-cutover-variant").unwrap_or("-")
}

async fn detached(bridge: &Bridge) {
    bridge.until("it is detached", |status| status["compat"]["attached"] == false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_package_is_attached_for_as_long_as_it_listens() {
    let (legacy, place) = (Legacy::start(), Place::new());
    let bridge = bridged(&legacy, &place).await;
    let away = bridge.status().await["compat"].clone();
    assert_eq!((&away["attached"], &away["parts"]), (&json!(false), &Value::Null));
    let parts = json!({"notifier": true, "session": false, "caches": ["assets", "of tomorrow"], "transactions": true, "tasks": []});
    let package = Package::attach(&place.path, &parts).await;
    let shown = bridge.status().await["compat"].clone();
    assert_eq!((&shown["attached"], &shown["backend"], &shown["pid"]), (&json!(true), &json!("a script"), &json!(1)));
    assert!(shown["since"].as_f64().unwrap() > 1e9);
    let known = json!({"notifier": true, "session": false, "caches": ["assets"], "transactions": true, "tasks": []});
    assert_eq!(shown["parts"], known, "a cache we do not know is none that it drops for us");
    let fewer = json!({"notifier": false, "session": false, "caches": [], "transactions": false, "tasks": []});
    assert_eq!(package.post("/parts", &fewer).await.0, 200);
    assert_eq!(bridge.status().await["compat"]["parts"], fewer);
    drop(package);
    detached(&bridge).await;
    for (target, body) in [("/parts", fewer), ("/session", json!({"event": "logout"}))] {
        assert_eq!(post(&place.path, target, &body.to_string()).await.0, 409, "{target}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_process_is_attached_at_a_time_and_may_come_anew() {
    let (legacy, place) = (Legacy::start(), Place::new());
    let bridge = bridged(&legacy, &place).await;
    let mut first = Package::attach(&place.path, &all_parts()).await;
    let other = Package::introduce(&place.path, &introduction(2, &all_parts())).await;
    assert_eq!(other.err().unwrap(), (409, json!({"error": "process 1 is attached"})));
    let second = Package::attach(&place.path, &all_parts()).await;
    assert!(first.try_line().await.is_err(), "its place was taken");
    drop(first);
    assert_eq!(bridge.status().await["compat"]["attached"], true, "the end of the first is not the second's");
    drop(second);
    detached(&bridge).await;
    Package::introduce(&place.path, &introduction(2, &all_parts())).await.ok().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_a_request_is_said_without_what_is_in_it() {
    let (legacy, place) = (Legacy::start(), Place::new());
    let _bridge = bridged(&legacy, &place).await;
    let mut wrong = introduction(1, &all_parts());
    wrong["version"] = json!(2);
    let refused = Package::introduce(&place.path, &wrong).await.err().unwrap();
    assert_eq!(refused.0, 400);
    assert!(refused.1["error"].as_str().unwrap().contains("speaks version 1"), "{refused:?}");
    let _package = Package::attach(&place.path, &all_parts()).await;
    for (target, body) in [
        ("/attach", "{}"),
        ("/ack", r#"{"id": "hunter2", "ok": true}"#),
        ("/parts", "hunter2"),
        ("/session", r#"{"event": "login", "user": "ada", "password": ["hunter2"]}"#),
        ("/session", r#"{"event": "login", "user": "hunter2"}"#),
        ("/session", r#"{"event": "hunter2"}"#),
        ("/session", r#"{"event": "files", "phase": "hunter2"}"#),
    ] {
        let (status, error) = post(&place.path, target, body).await;
        assert_eq!(status, 400, "{target} {body}");
        assert!(error["error"].is_string() && !error.to_string().contains("hunter2"), "{error}");
    }
    assert_eq!(post(&place.path, "/ack", r#"{"id": 5, "ok": true}"#).await.0, 404, "nobody asked");
    let large = json!({"event": "login", "user": "x".repeat(100_000), "password": "y"}).to_string();
    assert_eq!(post(&place.path, "/session", &large).await.0, 413);
}

#[tokio::test(flavor = "multi_thread")]
async fn writes_are_native_while_the_package_is_attached_and_pass_the_gate_once_legacys_lock_at_the_beginning() {
    let (legacy, place) = (Legacy::start(), Place::new());
    let bridge = bridged(&legacy, &place).await;
    login(&bridge).await;
    assert_eq!(variant(&add_tag(&bridge, "one").await), "legacy");
    let package = Package::attach(&place.path, &json!({})).await;
    let waits = || async { bridge.status().await["write_gate"]["user"]["native"]["count"].clone() };
    assert_eq!(variant(&add_tag(&bridge, "two").await), "native");
    assert_eq!(waits().await, 1);
    assert_eq!(package.post("/parts", &json!({"transactions": true})).await.0, 200);
    assert_eq!(variant(&add_tag(&bridge, "three").await), "native");
    assert_eq!(waits().await, 1, "nothing to wait for");
    drop(package);
    detached(&bridge).await;
    assert_eq!(variant(&add_tag(&bridge, "four").await), "legacy");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_hears_of_a_native_write_before_legacy_has_dropped_what_it_makes_stale() {
    let (legacy, place) = (Legacy::start(), Place::new());
    let spoilt = setup(&legacy, &place).environment("TEST_FAULT_OF_CUTOVER", "leaves-stale@tags_add");
    let bridge = spoilt.start().await;
    login(&bridge).await;
    let mut package = Package::attach(&place.path, &all_parts()).await;
    let address = bridge.address;
    let tag = json!({"name": "one", "background_color": "ffffff", "foreground_color": "000000"});
    let writing = tokio::spawn(async move { raw::send_json(address, "PUT", "/api/1/tags", &tag).await });
    let told = package.line().await;
    assert_eq!(told["kind"], "invalidate");
    let names: Vec<_> = told["caches"].as_array().unwrap().iter().map(|cache| cache["name"].clone()).collect();
    assert_eq!(names, ["settings", "assets", "current_prices", "accounting_status", "accounts"]);
    assert_eq!(told["caches"][0]["keys"], Value::Null);
    assert!(raw::get(legacy.address, "/api/1/tags").await.text().contains("one"), "it is committed");
    assert!(!writing.is_finished());
    package.acknowledge(&told, None).await;
    let written = writing.await.unwrap();
    assert_eq!((written.status, variant(&written)), (200, "native"));
    // What is refused may have changed something all the same: legacy notes the time of a refused tag.
    let again = tokio::spawn(async move {
        let tag = json!({"name": "one", "background_color": "ffffff", "foreground_color": "000000"});
        raw::send_json(address, "PUT", "/api/1/tags", &tag).await
    });
    let told = package.line().await;
    package.acknowledge(&told, Some("no such cache")).await;
    assert_eq!(again.await.unwrap().status, 409, "the client has its answer");
    assert!(package.try_line().await.is_err(), "what legacy has in memory is not to be relied on");
    let shown = bridge.status().await["compat"].clone();
    assert_eq!((&shown["attached"], &shown["invalidations"]["failed"]), (&json!(false), &json!(1)));
    let log = bridge.log();
    let line = log.lines().find(|line| line.contains("ERROR")).unwrap();
    assert!(line.contains("tags_add") && line.contains("no such cache"), "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_setting_that_legacy_caches_is_changed_natively_with_the_package_in_it_and_forwarded_without() {
    let place = Place::new();
    let legacy = Legacy::with_package(&place.path);
    let cached = || async {
        let answer = raw::get(legacy.address, "/api/1/_test/cached-settings").await.json()["result"].take();
        (answer["csv_export_delimiter"].clone(), answer["address_name_priority"][0].clone())
    };
    let change = |settings: Value| json!({"settings": settings});
    let delimiter = |text: &str| change(json!({"csv_export_delimiter": text}));
    let bridge = bridged(&legacy, &place).await;
    bridge.until("the package is attached", |status| status["compat"]["attached"] == true).await;
    login(&bridge).await;
    assert_eq!(cached().await, (json!(","), json!("private_addressbook")));
    for (body, now) in [
        (delimiter(";"), (";", "private_addressbook")),
        (change(json!({"address_name_priority": ["ens_names"]})), (";", "ens_names")),
        (change(json!({"ui_floating_precision": 3})), (";", "private_addressbook")),
    ] {
        let answer = raw::send_json(bridge.address, "PUT", "/api/1/settings", &body).await;
        assert_eq!((answer.status, variant(&answer)), (200, "native"), "{body}");
        assert_eq!(answer.json(), raw::get(legacy.address, "/api/1/settings").await.json(), "{body}");
        assert_eq!(cached().await, (json!(now.0), json!(now.1)), "{body}");
    }
    let modules = change(json!({"active_modules": ["eth2"]}));
    let answer = raw::send_json(bridge.address, "PUT", "/api/1/settings", &modules).await;
    assert_eq!((answer.status, variant(&answer)), (200, "legacy"), "legacy has more to do");
    // Without the package to tell legacy: only what it does not cache.
    let off = raw::send_json(bridge.admin, "PUT", "/api/compat/parts/caches", &json!(false)).await;
    assert_eq!(off.status, 200);
    for (body, by) in [
        (delimiter("|"), "legacy"),
        (change(json!({"ui_floating_precision": 4})), "native"),
        (change(json!({"address_name_priority": ["ens_names"]})), "legacy"),
        (change(json!({"ui_floating_precision": 5})), "legacy"),
        (change(json!({"ui_floating_precision": 6, "csv_export_delimiter": null})), "native"),
        (change(json!({"csv_export_delimiter": ""})), "native"),
        (change(json!({"ui_floating_precision": 6, "query_retry_limit": 2})), "legacy"),
    ] {
        let answer = raw::send_json(bridge.address, "PUT", "/api/1/settings", &body).await;
        assert_eq!((answer.status, variant(&answer)), (200, by), "{body}");
        let shown = raw::get(legacy.address, "/api/1/settings").await.json()["result"].take();
        let fresh = (shown["csv_export_delimiter"].clone(), shown["address_name_priority"][0].clone());
        assert_eq!(cached().await, fresh, "{body}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_package_that_does_not_answer_is_let_go_of_after_a_second() {
    let (legacy, place) = (Legacy::start(), Place::new());
    let spoilt = setup(&legacy, &place).environment("TEST_FAULT_OF_CUTOVER", "leaves-stale@tags_add");
    let bridge = spoilt.start().await;
    login(&bridge).await;
    let mut package = Package::attach(&place.path, &all_parts()).await;
    let began = Instant::now();
    assert_eq!(variant(&add_tag(&bridge, "one").await), "native");
    assert!(began.elapsed() >= Duration::from_secs(1), "{:?}", began.elapsed());
    assert_eq!(package.line().await["kind"], "invalidate");
    assert!(package.try_line().await.is_err());
    assert_eq!(variant(&add_tag(&bridge, "two").await), "legacy", "from then on nobody would tell legacy");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_has_caches_dropped_and_parts_switched() {
    let (legacy, place) = (Legacy::start(), Place::new());
    let bridge = bridged(&legacy, &place).await;
    let admin = bridge.admin;
    let drop_eth = json!([{"name": "assets", "keys": ["ETH"]}]);
    let refused = raw::send_json(admin, "POST", "/api/compat/invalidate", &drop_eth).await;
    assert_eq!(refused.status, 409, "{refused:?}");
    let mut package = Package::attach(&place.path, &all_parts()).await;
    let dropping =
        tokio::spawn(async move { raw::send_json(admin, "POST", "/api/compat/invalidate", &drop_eth).await });
    let told = package.line().await;
    assert_eq!(told["caches"], json!([{"name": "assets", "keys": ["ETH"]}]));
    package.acknowledge(&told, None).await;
    assert_eq!(dropping.await.unwrap().json()["invalidations"]["count"], 2, "the refused one too");
    let switching =
        tokio::spawn(async move { raw::send_json(admin, "PUT", "/api/compat/parts/notifier", &json!(false)).await });
    let told = package.line().await;
    assert_eq!((&told["kind"], &told["name"], &told["on"]), (&json!("part"), &json!("notifier"), &json!(false)));
    let mut parts = all_parts();
    parts["notifier"] = json!(false);
    assert_eq!(bridge.status().await["compat"]["parts"], parts, "not relied on any more");
    package.post("/parts", &parts).await;
    package.acknowledge(&told, None).await;
    assert_eq!(switching.await.unwrap().json()["parts"], parts);
    assert_eq!(raw::send_json(admin, "PUT", "/api/compat/parts/other", &json!(false)).await.status, 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_that_did_not_pass_through_the_bridge_is_told_and_makes_the_user_routes_native() {
    let (legacy, place) = (Legacy::start(), Place::new());
    let direct = json!({"password": PASSWORD});
    assert_eq!(raw::send_json(legacy.address, "POST", "/api/1/users/ada", &direct).await.status, 200);
    let bridge = bridged(&legacy, &place).await;
    assert_eq!(variant(&raw::get(bridge.address, "/api/1/tags").await), "legacy", "there is no key");
    let package = Package::attach(&place.path, &all_parts()).await;
    let native = || async {
        let answer = raw::get(bridge.address, "/api/1/tags").await;
        (variant(&answer) == "native").then_some(answer.status)
    };
    let login = json!({"event": "login", "user": "ada", "password": PASSWORD});
    assert_eq!(package.post("/session", &login).await, (200, json!({})));
    assert_eq!(eventually("the user's routes are native", native).await, 200);
    // A password change in legacy, reported in three steps.
    let change = json!({"name": "ada", "current_password": PASSWORD, "new_password": "another"});
    assert_eq!(package.post("/session", &json!({"event": "files", "phase": "begin"})).await.0, 200);
    assert!(bridge.open_files("rotkehlchen.db").is_empty());
    let changed = raw::send_json(legacy.address, "PATCH", "/api/1/users/ada/password", &change).await;
    assert_eq!(changed.status, 200);
    assert_eq!(variant(&raw::get(bridge.address, "/api/1/tags").await), "legacy", "the files are legacy's");
    let password = json!({"event": "password", "user": "ada", "password": "another"});
    assert_eq!(package.post("/session", &password).await.0, 200);
    assert_eq!(package.post("/session", &json!({"event": "files", "phase": "end"})).await.0, 200);
    assert_eq!(eventually("they are native again", native).await, 200);
    // And a logout.
    let logout = raw::send_json(legacy.address, "PATCH", "/api/1/users/ada", &json!({"action": "logout"})).await;
    assert_eq!(logout.status, 200);
    assert_eq!(package.post("/session", &json!({"event": "logout"})).await.0, 200);
    assert_eq!(bridge.status().await["session"]["user"], "nobody");
    let log = bridge.log();
    assert!(!log.contains(PASSWORD) && !log.contains("another") && !log.contains("ada"), "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn files_that_the_package_wants_closed_stay_so_until_it_says_or_is_gone() {
    let (legacy, place) = (Legacy::start(), Place::new());
    let bridge = bridged(&legacy, &place).await;
    login(&bridge).await;
    let open = |bridge: &Bridge| !bridge.open_files("rotkehlchen.db").is_empty();
    eventually("the database is open", || async { open(&bridge).then_some(()) }).await;
    for say_the_end in [true, false] {
        let package = Package::attach(&place.path, &all_parts()).await;
        assert_eq!(package.post("/session", &json!({"event": "files", "phase": "begin"})).await.0, 200);
        assert!(!open(&bridge), "closed when that is answered");
        assert_eq!(bridge.status().await["session"]["files_released"], true);
        assert_eq!(raw::get(bridge.address, "/api/1/tags").await.status, 200);
        assert!(!open(&bridge));
        if say_the_end {
            assert_eq!(package.post("/session", &json!({"event": "files", "phase": "end"})).await.0, 200);
        } else {
            drop(package);
            detached(&bridge).await;
        }
        let native = || async {
            let answer = raw::get(bridge.address, "/api/1/tags").await;
            (variant(&answer) == "native" && open(&bridge)).then_some(())
        };
        eventually("it is open again", native).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bridge_that_stops_lets_go_of_the_package_and_its_socket() {
    let (legacy, place) = (Legacy::start(), Place::new());
    let bridge = bridged(&legacy, &place).await;
    let mut package = Package::attach(&place.path, &all_parts()).await;
    let began = Instant::now();
    bridge.signal("TERM");
    assert!(bridge.wait());
    assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
    assert!(package.try_line().await.is_err());
    assert!(!place.path.exists());
}
