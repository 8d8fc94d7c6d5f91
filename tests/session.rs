//! Who is logged in, learned by watching: logins, logouts, passwords, restarts, and the files behind them.

use crate::support::{
    bridge::{Bridge, Setup},
    eventually,
    legacy::{Legacy, PASSWORD, USER},
    raw,
};
use serde_json::{Value, json};

async fn both() -> (Legacy, Bridge) {
    let legacy = Legacy::start();
    let bridge =
        Setup::before(legacy.address).inspected().data(legacy.data()).arguments(&["--all", "native"]).start().await;
    (legacy, bridge)
}

async fn login(bridge: &Bridge, password: &str) -> raw::Answer {
    raw::send_json(bridge.address, "POST", "/api/1/users/ada", &json!({"password": password})).await
}

async fn logout(bridge: &Bridge) -> raw::Answer {
    raw::send_json(bridge.address, "PATCH", "/api/1/users/ada", &json!({"action": "logout"})).await
}

/// Who answered.
fn variant(answer: &raw::Answer) -> String {
    format!(
        "{} {}",
        answer.header("x-cutover-variant").unwrap_or("-"),
        answer.header("x-cutover-reason").unwrap_or("-")
    )
}

/// Asks both sides and demands the same status and body; gives who answered on the bridge's side.
async fn same(legacy: &Legacy, bridge: &Bridge, target: &str) -> String {
    let through = raw::get(bridge.address, target).await;
    let direct = raw::get(legacy.address, target).await;
    assert_eq!((through.status, through.text()), (direct.status, direct.text()), "{target}");
    variant(&through)
}

/// The same, once the bridge has asked legacy what became of an attempt; until then it forwards.
async fn native_again(legacy: &Legacy, bridge: &Bridge, target: &str) {
    eventually("native again", || async { (same(legacy, bridge, target).await == NATIVE).then_some(()) }).await;
}

const NATIVE: &str = "native STATIC";
const DECLINED: &str = "legacy DECLINED";

#[tokio::test(flavor = "multi_thread")]
async fn a_login_that_passes_through_makes_the_user_routes_native() {
    let (legacy, bridge) = both().await;
    assert_eq!(same(&legacy, &bridge, "/api/1/tags").await, NATIVE, "the refusal is native too");
    assert_eq!(login(&bridge, PASSWORD).await.status, 200);
    for target in [
        "/api/1/tags",
        "/api/1/settings",
        "/api/1/users",
        "/api/1/info",
        "/api/1/ping",
        "/api/1/assets/types",
        "/api/1/locations/all",
    ] {
        assert_eq!(same(&legacy, &bridge, target).await, NATIVE, "{target}");
    }
    let made = raw::send_json(
        bridge.address,
        "PUT",
        "/api/1/tags",
        &json!({"name": "nèu", "background_color": "ffffff", "foreground_color": "000000"}),
    )
    .await;
    assert_eq!(made.status, 200, "{}", made.text());
    assert!(
        raw::get(bridge.address, "/api/1/tags").await.text().contains("n\\u00e8u"),
        "a write through legacy is read back at once"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_login_changes_nothing() {
    let (legacy, bridge) = both().await;
    assert_eq!(login(&bridge, "wrong").await.status, 401);
    native_again(&legacy, &bridge, "/api/1/tags").await;
    assert_eq!(login(&bridge, PASSWORD).await.status, 200);
    assert_eq!(same(&legacy, &bridge, "/api/1/tags").await, NATIVE);
    assert_eq!(login(&bridge, "wrong").await.status, 409);
    // The user who is in stays in, with the key that fits.
    native_again(&legacy, &bridge, "/api/1/tags").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_asynchronous_login_counts_once_its_outcome_passes_by() {
    let (legacy, bridge) = both().await;
    let task =
        raw::send_json(bridge.address, "POST", "/api/1/users/ada", &json!({"password": PASSWORD, "async_query": true}))
            .await;
    let id = task.json()["result"]["task_id"].as_u64().unwrap();
    let outcome = eventually("the login is through", || async {
        let answer = raw::get(bridge.address, &format!("/api/1/tasks/{id}")).await.json();
        (answer["result"]["status"] == "completed").then_some(answer)
    })
    .await;
    assert!(outcome["result"]["outcome"]["result"]["settings"].is_object(), "{outcome}");
    assert_eq!(same(&legacy, &bridge, "/api/1/tags").await, NATIVE);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_asynchronous_login_whose_outcome_nobody_collects_counts_as_well() {
    let (legacy, bridge) = both().await;
    raw::send_json(bridge.address, "POST", "/api/1/users/ada", &json!({"password": PASSWORD, "async_query": true}))
        .await;
    bridge.until("the bridge has found the user and kept the key", |status| status["session"]["user"] == "user").await;
    assert_eq!(same(&legacy, &bridge, "/api/1/tags").await, NATIVE);
    let tasks = raw::get(legacy.address, "/api/1/tasks").await.json();
    assert_eq!(tasks["result"]["completed"], json!([0]), "the outcome is still there for its owner");
}

#[tokio::test(flavor = "multi_thread")]
async fn files_are_let_go_of_before_a_logout_reaches_legacy() {
    let (legacy, bridge) = both().await;
    login(&bridge, PASSWORD).await;
    assert_eq!(same(&legacy, &bridge, "/api/1/tags").await, NATIVE);
    assert!(!bridge.open_files("rotkehlchen.db").is_empty(), "the database is open while the user is in");
    assert_eq!(logout(&bridge).await.json()["result"], true);
    assert_eq!(bridge.open_files("rotkehlchen.db"), Vec::<String>::new());
    let user = legacy.data().join("users").join(USER);
    assert!(!user.join("rotkehlchen.db-wal").exists(), "legacy held the last connection and merged the log");
    assert_eq!(same(&legacy, &bridge, "/api/1/tags").await, NATIVE, "the refusal");
    assert_eq!(same(&legacy, &bridge, "/api/1/users").await, NATIVE);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_transient_database_is_opened_let_go_of_and_rekeyed_like_the_main_one() {
    const TRANSIENT: &str = "rotkehlchen_transient.db";
    let (legacy, bridge) = both().await;
    login(&bridge, PASSWORD).await;
    assert_eq!(bridge.open_files(TRANSIENT), Vec::<String>::new(), "opened on demand");
    let no_reports = r#"{"result": {"entries": [], "entries_found": 0, "entries_limit": 20}, "message": ""}"#;
    let reports = || async {
        let answer = raw::get(bridge.address, "/api/1/reports").await;
        (variant(&answer), answer.text())
    };
    assert_eq!(reports().await, (NATIVE.to_owned(), no_reports.to_owned()));
    assert!(!bridge.open_files(TRANSIENT).is_empty());
    assert!(bridge.status().await.to_string().contains("\"transient\""), "it is counted");
    let change = json!({"name": USER, "current_password": PASSWORD, "new_password": "y"});
    let changed = raw::send_json(bridge.address, "PATCH", "/api/1/users/ada/password", &change).await;
    assert_eq!(changed.status, 200, "{}", changed.text());
    assert_eq!(reports().await.0, NATIVE, "the new key opens it");
    assert_eq!(logout(&bridge).await.json()["result"], true);
    assert_eq!(bridge.open_files(TRANSIENT), Vec::<String>::new());
    let user = legacy.data().join("users").join(USER);
    assert!(!user.join("rotkehlchen_transient.db-wal").exists(), "legacy held the last connection and merged the log");
    assert!(reports().await.1.contains("No user is currently logged in"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_order_of_sources_of_names_is_legacys_copy_and_a_change_behind_the_bridge_declines() {
    let (legacy, bridge) = both().await;
    login(&bridge, PASSWORD).await;
    let asked = json!({"addresses": [{"address": "0x32be343b94f860124dc4fee278fdcbd38c102d88", "blockchain": "eth"}]});
    let names = || raw::send_json(bridge.address, "POST", "/api/1/names", &asked);
    let set = |address, order: Value| async move {
        let body = json!({"settings": {"address_name_priority": order}});
        assert_eq!(raw::send_json(address, "PUT", "/api/1/settings", &body).await.status, 200);
    };
    let answer = names().await;
    assert_eq!(variant(&answer), NATIVE);
    assert_eq!(answer.json()["result"][0]["source"], "hardcoded_mappings", "{}", answer.text());
    set(bridge.address, json!(["ens_names"])).await;
    let answer = names().await;
    assert_eq!((variant(&answer), &answer.json()["result"]), (NATIVE.to_owned(), &json!([])));
    set(legacy.address, json!(["hardcoded_mappings"])).await;
    assert_eq!(variant(&names().await), DECLINED);
    set(bridge.address, json!(["hardcoded_mappings", "ens_names"])).await;
    assert_eq!(names().await.json()["result"][0]["name"], "Poloniex");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_password_is_followed_and_a_refused_change_is_not() {
    let (legacy, bridge) = both().await;
    login(&bridge, PASSWORD).await;
    assert_eq!(same(&legacy, &bridge, "/api/1/tags").await, NATIVE);
    let change = |current: &str, new: &str| json!({"name": USER, "current_password": current, "new_password": new});
    let refused = raw::send_json(bridge.address, "PATCH", "/api/1/users/ada/password", &change("wrong", "x")).await;
    assert_eq!(refused.status, 401);
    native_again(&legacy, &bridge, "/api/1/tags").await; // the old key still opens the file
    let changed =
        raw::send_json(bridge.address, "PATCH", "/api/1/users/ada/password", &change(PASSWORD, "nü 'x' \"y\"")).await;
    assert_eq!(changed.status, 200, "{}", changed.text());
    assert_eq!(same(&legacy, &bridge, "/api/1/tags").await, NATIVE, "the new key opens it");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_changed_behind_the_bridge_makes_user_routes_legacys() {
    let (legacy, bridge) = both().await;
    login(&bridge, PASSWORD).await;
    assert_eq!(same(&legacy, &bridge, "/api/1/tags").await, NATIVE);
    let change = json!({"name": USER, "current_password": PASSWORD, "new_password": "y"});
    assert_eq!(raw::send_json(legacy.address, "PATCH", "/api/1/users/ada/password", &change).await.status, 200);
    assert_eq!(same(&legacy, &bridge, "/api/1/tags").await, DECLINED);
    bridge.until("the useless key is dropped", |status| status["session"]["user"] == "user without key").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_and_a_logout_behind_the_bridge_are_found_out() {
    let legacy = Legacy::start();
    let quick = "[session]\ncheck_interval = \"100ms\"\n";
    let bridge = Setup::before(legacy.address)
        .inspected()
        .data(legacy.data())
        .arguments(&["--all", "native"])
        .routes(quick)
        .start()
        .await;
    raw::send_json(legacy.address, "POST", "/api/1/users/ada", &json!({"password": PASSWORD})).await;
    bridge.until("the user is found", |status| status["session"]["user"] == "user without key").await;
    assert_eq!(same(&legacy, &bridge, "/api/1/tags").await, DECLINED, "without the key legacy answers");
    assert_eq!(same(&legacy, &bridge, "/api/1/users").await, NATIVE, "who is in needs no key");
    raw::send_json(legacy.address, "PATCH", "/api/1/users/ada", &json!({"action": "logout"})).await;
    bridge.until("the user is gone", |status| status["session"]["user"] == "unknown").await;
    assert_eq!(same(&legacy, &bridge, "/api/1/tags").await, DECLINED);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replaced_database_file_is_opened_anew() {
    let (legacy, bridge) = both().await;
    login(&bridge, PASSWORD).await;
    assert_eq!(same(&legacy, &bridge, "/api/1/tags").await, NATIVE);
    let file = legacy.data().join("users").join(USER).join("rotkehlchen.db");
    let aside = file.with_extension("aside");
    std::fs::copy(&file, &aside).unwrap();
    std::fs::rename(&aside, &file).unwrap();
    assert_eq!(variant(&raw::get(bridge.address, "/api/1/tags").await), NATIVE);
    assert!(
        bridge.open_files("rotkehlchen.db").iter().all(|path| !path.contains("(deleted)")),
        "{:?}",
        bridge.open_files("rotkehlchen.db")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn no_read_transaction_outlives_its_request() {
    let (legacy, bridge) = both().await;
    login(&bridge, PASSWORD).await;
    assert_eq!(same(&legacy, &bridge, "/api/1/settings").await, NATIVE);
    // A lingering snapshot would keep legacy from writing the whole log back into the file.
    for n in 0..3 {
        let tag = json!({"name": format!("t{n}"), "background_color": "ffffff", "foreground_color": "000000"});
        raw::send_json(bridge.address, "PUT", "/api/1/tags", &tag).await;
    }
    let python = format!(
        "import sys\ntry:\n import pysqlcipher3.dbapi2 as s\nexcept ImportError:\n import sqlcipher3.dbapi2 as s\nc = s.connect(sys.argv[1])\nc.execute(\"PRAGMA key='{}'\")\nprint(c.execute('PRAGMA wal_checkpoint(TRUNCATE)').fetchone())",
        PASSWORD.replace('\'', "''").replace('\'', "\\'")
    );
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let file = legacy.data().join("users").join(USER).join("rotkehlchen.db");
    let output = tokio::process::Command::new(root.join(".venv/bin/python"))
        .args(["-c", &python])
        .arg(&file)
        .output()
        .await
        .unwrap();
    assert_eq!(
        String::from_utf8_lossy(&output.stdout).trim(),
        "(0, 0, 0)",
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

/// The same page of events from both sides; gives who answered on the bridge's side.
async fn same_page(legacy: &Legacy, bridge: &Bridge, page: &Value) -> String {
    let through = raw::send_json(bridge.address, "POST", "/api/1/history/events", page).await;
    let direct = raw::send_json(legacy.address, "POST", "/api/1/history/events", page).await;
    assert_eq!((through.status, through.text()), (direct.status, direct.text()), "{page}");
    variant(&through)
}

async fn subscribe(legacy: &Legacy, groups: Option<u64>) {
    let answer = raw::send_json(legacy.address, "PUT", "/api/1/_test/premium", &json!({"groups": groups})).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn how_much_premium_shows_is_learned_from_legacys_first_page_and_another_login_learns_it_anew() {
    let (legacy, bridge) = both().await;
    let page = json!({"limit": 5, "offset": 3, "group_by_event_ids": true, "exclude_ignored_assets": false});
    let all = json!({"exclude_ignored_assets": false, "location": "kraken"});
    // Fewer groups than there are, and more.
    for groups in [7, 10_000] {
        subscribe(&legacy, Some(groups)).await;
        assert_eq!(login(&bridge, PASSWORD).await.status, 200);
        assert_eq!(same_page(&legacy, &bridge, &page).await, DECLINED, "only the server of premium knows");
        assert_eq!(same_page(&legacy, &bridge, &page).await, NATIVE);
        assert_eq!(same_page(&legacy, &bridge, &all).await, NATIVE);
        assert_eq!(logout(&bridge).await.status, 200);
    }
    subscribe(&legacy, None).await;
    assert_eq!(login(&bridge, PASSWORD).await.status, 200);
    assert_eq!(same_page(&legacy, &bridge, &all).await, NATIVE, "without premium it is known");
    subscribe(&legacy, Some(50)).await;
    assert_eq!(logout(&bridge).await.status, 200);
    assert_eq!(login(&bridge, PASSWORD).await.status, 200);
    assert_eq!(same_page(&legacy, &bridge, &json!({"limit": "a"})).await, NATIVE, "a refusal needs no limit");
    assert_eq!(same_page(&legacy, &bridge, &all).await, DECLINED);
    assert_eq!(same_page(&legacy, &bridge, &all).await, NATIVE);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_schema_version_is_declined() {
    let legacy = Legacy::start();
    let file = legacy.data().join("global/global.db");
    let bridge =
        Setup::before(legacy.address).inspected().data(legacy.data()).arguments(&["--all", "native"]).start().await;
    login(&bridge, PASSWORD).await;
    assert_eq!(same(&legacy, &bridge, "/api/1/settings").await, NATIVE);
    rusqlite::Connection::open(&file)
        .unwrap()
        .execute("UPDATE settings SET value = '14' WHERE name = 'version'", [])
        .unwrap();
    for _ in 0..3 {
        assert_eq!(same(&legacy, &bridge, "/api/1/settings").await, DECLINED);
    }
    let said = "global.db has version 14, handlers know 13; the";
    let log = eventually("the log has it", || async { Some(bridge.log()).filter(|log| log.contains(said)) }).await;
    assert_eq!(log.matches(said).count(), 1, "once, not with every request: {log}");
    assert!(log.contains("WARN") && log.contains("native routes that read it are forwarded"), "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn neither_key_nor_password_is_in_the_log_or_the_status() {
    let (_legacy, bridge) = both().await;
    login(&bridge, PASSWORD).await;
    raw::get(bridge.address, "/api/1/tags").await;
    login(&bridge, "some-wrong-password").await;
    logout(&bridge).await;
    let told = format!("{}{}", bridge.log(), bridge.status().await);
    for secret in [PASSWORD, "some-wrong-password", "p'w"] {
        assert!(!told.contains(secret), "{told}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_refusal_is_made_up_while_an_asynchronous_login_is_under_way() {
    let (legacy, bridge) = both().await;
    raw::send_json(bridge.address, "POST", "/api/1/users/ada", &json!({"password": PASSWORD, "async_query": true}))
        .await;
    // Legacy refuses until the very end of the login and answers from then on; the bridge never refuses after that.
    eventually("the login is through on both sides", || async {
        let direct = raw::get(legacy.address, "/api/1/tags").await.status;
        let through = raw::get(bridge.address, "/api/1/tags").await.status;
        if direct != 200 {
            return None;
        }
        assert_eq!(through, 200);
        Some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_whose_fields_are_odd_is_read_as_legacy_reads_it() {
    let (legacy, bridge) = both().await;
    let body = format!(r#"{{"password": "x", "name": 5, "password": {}}}"#, json!(PASSWORD));
    let request = format!(
        "POST /api/1/users/ada HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let answer = raw::exchange(bridge.address, request).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(same(&legacy, &bridge, "/api/1/tags").await, NATIVE);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_created_user_is_a_logged_in_user() {
    let (legacy, bridge) = both().await;
    let created =
        raw::send_json(bridge.address, "PUT", "/api/1/users", &json!({"name": "nëw", "password": "x y"})).await;
    assert_eq!(created.status, 200, "{}", created.text());
    for target in ["/api/1/tags", "/api/1/settings", "/api/1/users"] {
        assert_eq!(same(&legacy, &bridge, target).await, NATIVE, "{target}");
    }
    let value: Value = raw::get(bridge.address, "/api/1/users").await.json();
    assert_eq!(value["result"]["nëw"], "loggedin");
}
