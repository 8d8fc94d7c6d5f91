//! Background tasks of legacy's that the bridge does while it holds a lease on them.

use std::time::{SystemTime, UNIX_EPOCH};

use crate::support::{
    bridge::{Bridge, Setup},
    eventually,
    files::stranger,
    legacy::{Legacy, PASSWORD, USER},
    package::{Package, Place, all_parts},
    raw::{get, send_json},
    websocket::messages,
};
use cutover::config::Worded;
use rusqlite::Connection;
use serde_json::{Value, json};

const TASKS: &str = "[[task]]\nname = \"trigger_calendar_reminder\"\nmode = \"native\"\n\
                     [[task]]\nname = \"delete_past_calendar_events\"\nmode = \"native\"\n\
                     [[task]]\nname = \"update_owned_assets\"\nmode = \"native\"\n\
                     [[task]]\nname = \"detect_new_spam_tokens\"\nmode = \"native\"\n";
const NAMES: [&str; 4] =
    ["trigger_calendar_reminder", "delete_past_calendar_events", "update_owned_assets", "detect_new_spam_tokens"];

const KINDS: [&str; 2] = ["calendar_reminder", "refresh_balances"];

async fn bridged(legacy: &Legacy, place: &Place) -> Bridge {
    doing(TASKS, legacy, place).await
}

async fn doing(tasks: &str, legacy: &Legacy, place: &Place) -> Bridge {
    let routes = format!("{}[ws]\nmode = \"bridge\"\n{tasks}", place.routes());
    let setup = Setup::before(legacy.address).data(legacy.data()).routes(&routes);
    setup.arguments(&["--native-writes", "guarded"]).start().await
}

async fn log_in(address: std::net::SocketAddr) {
    let answer = send_json(address, "POST", &format!("/api/1/users/{USER}"), &json!({"password": PASSWORD})).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
}

/// Which are leased.
async fn leased(bridge: &Bridge, tasks: &[&str]) {
    bridge.until("the lease", |status| status["tasks"]["background"]["leased"] == json!(tasks)).await;
}

/// A task has ended well.
async fn finished(bridge: &Bridge, title: &str) {
    let done = |status: &Value| {
        let tasks = status["tasks"]["list"].as_array().unwrap();
        tasks.iter().any(|task| task["name"] == title && task["stage"] == "finished")
    };
    bridge.until(title, done).await;
}

fn user_database(legacy: &Legacy) -> Connection {
    stranger(&legacy.data().join("users").join(USER).join("rotkehlchen.db"), Some(PASSWORD))
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

/// Entries and reminders of every kind: due and not, acknowledged and not, several of one entry, to be deleted and not. What
/// is deleted has no reminder that is due: which task comes first is chance.
fn fill(legacy: &Legacy) {
    let day = 24 * 3600;
    user_database(legacy)
        .execute_batch(&format!(
            "INSERT INTO calendar(identifier, name, timestamp, description, color, auto_delete) VALUES
               (1, 'past, to be deleted', 1500000000, 'ö', '5bf054', 1),
               (2, 'past, not acknowledged', 1500000001, NULL, NULL, 1),
               (3, 'past, to stay', 1500000002, NULL, '', 0),
               (4, 'soon', {soon}, 'x', NULL, 1),
               (5, 'far', {far}, 'x', NULL, 1);
             INSERT INTO calendar_reminders(identifier, event_id, secs_before, acknowledged) VALUES
               (1, 1, -9000000000, 1), (2, 2, 60, 0), (3, 2, 0, 0), (4, 3, 5, 1), (5, 4, {day}, 0), (6, 4, {two}, 0), (7, 5, 1, 0);",
            soon = now() + 3600,
            far = now() + 100 * day,
            two = 2 * day,
        ))
        .unwrap();
}

/// A token of global.db gets the name of an advertisement, and the user has an event with it.
fn advertise(legacy: &Legacy) {
    let global = stranger(&legacy.data().join("global").join("global.db"), None);
    let select = "SELECT identifier FROM evm_tokens WHERE chain = 1 ORDER BY identifier LIMIT 1";
    let token: String = global.query_row(select, [], |row| row.get(0)).unwrap();
    global.execute("UPDATE assets SET name = 'Visit x.com to claim' WHERE identifier = ?", [&token]).unwrap();
    let user = user_database(legacy);
    user.execute("INSERT OR IGNORE INTO assets(identifier) VALUES (?)", [&token]).unwrap();
    let first = "UPDATE history_events SET asset = ? WHERE identifier = (SELECT MIN(identifier) FROM history_events)";
    assert_eq!(user.execute(first, [&token]).unwrap(), 1);
}

/// What the tasks change: each table's rows, with the times of runs left out.
fn rows(legacy: &Legacy) -> Vec<String> {
    let user = user_database(legacy);
    let global = stranger(&legacy.data().join("global").join("global.db"), None);
    let all = |connection: &Connection, select: &str| {
        let mut statement = connection.prepare(select).unwrap();
        let count = statement.column_count();
        let row = |row: &rusqlite::Row<'_>| -> Result<String, rusqlite::Error> {
            let cells: Result<Vec<rusqlite::types::Value>, _> = (0..count).map(|at| row.get(at)).collect();
            Ok(format!("{select}: {:?}", cells?))
        };
        statement.query_map([], row).unwrap().map(Result::unwrap).collect::<Vec<_>>()
    };
    [
        // The one that lies ahead lies ahead of another now.
        all(&user, "SELECT rowid, name, description, color, auto_delete FROM calendar ORDER BY rowid"),
        all(&user, "SELECT rowid, * FROM calendar_reminders ORDER BY rowid"),
        all(&user, "SELECT name FROM key_value_cache ORDER BY name"),
        all(&user, "SELECT rowid, * FROM multisettings ORDER BY rowid"),
        all(&user, "SELECT rowid, asset, ignored FROM history_events ORDER BY rowid"),
        all(&global, "SELECT identifier, protocol FROM evm_tokens ORDER BY identifier"),
        all(&user, "SELECT rowid FROM settings WHERE name = 'last_write_ts'"),
        all(&global, "SELECT asset_id FROM user_owned_assets ORDER BY asset_id"),
    ]
    .concat()
}

/// What was said of reminders and of spam, with the time of the entry that lies ahead left out.
async fn reminders(address: std::net::SocketAddr) -> Vec<Value> {
    let (_, errors) = messages(address).await;
    let told = errors.iter().filter_map(|text| serde_json::from_str::<Value>(text).ok());
    let mut told: Vec<Value> = told.filter(|message| KINDS.iter().any(|kind| message["type"] == *kind)).collect();
    // Which task comes first is chance.
    told.sort_by_key(|message| message["type"] == KINDS[1]);
    for message in &mut told {
        if message["data"]["name"] == "soon" {
            message["data"]["timestamp"] = json!("soon");
        }
    }
    told
}

#[tokio::test(flavor = "multi_thread")]
async fn a_leased_task_leaves_the_rows_and_says_the_words_that_legacys_own_leaves_and_says() {
    // Legacy's own run.
    let alone = Legacy::start();
    log_in(alone.address).await;
    fill(&alone);
    advertise(&alone);
    assert_eq!(get(alone.address, "/api/1/balances").await.status, 200);
    let mut started = Vec::new();
    // Two at a time.
    for _ in 0..4 {
        let turn = send_json(alone.address, "POST", "/api/1/_test/schedule", &json!({"now": now()})).await.json();
        started.extend(turn["result"]["started"].as_array().unwrap().clone());
    }
    assert!(started.len() >= 4, "{started:?}");
    let (expected, said) = (rows(&alone), reminders(alone.address).await);
    assert_eq!(said.len(), 4, "{said:?}");

    // The same by the bridge.
    let place = Place::new();
    let legacy = Legacy::with_package(&place.path);
    let bridge = bridged(&legacy, &place).await;
    bridge.until("the package", |status| status["compat"]["attached"] == true).await;
    log_in(bridge.address).await;
    leased(&bridge, &NAMES).await;
    fill(&legacy);
    advertise(&legacy);
    assert_eq!(get(bridge.address, "/api/1/balances").await.status, 200);
    for job in cutover::jobs::ALL.iter().filter(|job| NAMES.contains(&job.task.word())) {
        finished(&bridge, job.title).await;
    }
    assert_eq!(rows(&legacy), expected);
    assert_eq!(reminders(bridge.address).await, said);
    // Legacy leaves them alone meanwhile.
    let later = json!({"now": now() + 200_000});
    let turn = send_json(legacy.address, "POST", "/api/1/_test/schedule", &later).await.json();
    assert_eq!(turn["result"]["started"], json!([]));
    // And does them again as soon as the bridge has gone, if it goes in peace.
    bridge.signal("TERM");
    assert!(bridge.wait());
    let mut again = Vec::new();
    for _ in 0..3 {
        let turn = send_json(legacy.address, "POST", "/api/1/_test/schedule", &later).await.json();
        again.extend(turn["result"]["started"].as_array().unwrap().clone());
    }
    assert!(again.contains(&json!("Delete old calendar entries")), "{again:?}");
}

/// What the package says to a lease.
async fn grant(package: &Package, line: &Value, scheduling: bool, busy: &[&str]) {
    let said = json!({"id": line["id"], "ok": true, "error": null, "scheduling": scheduling, "busy": busy, "last": {}});
    assert_eq!(package.post("/ack", &said).await.0, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_is_done_only_while_legacy_leaves_it_alone() {
    let (legacy, place) = (Legacy::start(), Place::new());
    let bridge = bridged(&legacy, &place).await;
    log_in(bridge.address).await;
    fill(&legacy);
    let before = rows(&legacy);
    let mut parts = all_parts();
    parts["tasks"] = json!(NAMES);
    let mut package = Package::attach(&place.path, &parts).await;
    let line = package.line().await;
    assert_eq!((&line["kind"], &line["tasks"], &line["seconds"]), (&json!("lease"), &json!(NAMES), &json!(60)));
    // Legacy would do nothing now, so nothing is done.
    grant(&package, &line, false, &[]).await;
    leased(&bridge, &NAMES).await;
    let run = json!({"task": "update_owned_assets"});
    assert_eq!(package.post("/run", &run).await.0, 409);
    assert_eq!(package.post("/run", &json!({"task": "another"})).await.0, 404);
    // It is in the middle of one.
    let line = package.line().await;
    grant(&package, &line, true, &["update_owned_assets"]).await;
    finished(&bridge, "Delete old calendar entries").await;
    assert_eq!(package.post("/run", &run).await.0, 409);
    // Not any more.
    let line = package.line().await;
    grant(&package, &line, true, &[]).await;
    eventually("it may be done", || async { (package.post("/run", &run).await.0 == 200).then_some(()) }).await;
    finished(&bridge, "Update owned assets in globaldb").await;
    assert_ne!(rows(&legacy), before);
    // A task that the package can not leave to us any more is not done.
    parts["tasks"] = json!([]);
    assert_eq!(package.post("/parts", &parts).await.0, 200);
    assert_eq!(package.post("/run", &run).await.0, 409);
    let line = package.line().await;
    assert_eq!((&line["kind"], &line["tasks"]), (&json!("lease"), &json!([])));
    grant(&package, &line, true, &[]).await;
    leased(&bridge, &[]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_can_not_be_done_here_is_legacys_until_the_next_login() {
    let (legacy, place) = (Legacy::start(), Place::new());
    let bridge = bridged(&legacy, &place).await;
    log_in(bridge.address).await;
    fill(&legacy);
    user_database(&legacy)
        .execute("INSERT INTO key_value_cache(name, value) VALUES('last_owned_assets_update', 'yesterday')", [])
        .unwrap();
    let mut parts = all_parts();
    parts["tasks"] = json!(["update_owned_assets"]);
    let mut package = Package::attach(&place.path, &parts).await;
    let line = package.line().await;
    grant(&package, &line, true, &[]).await;
    leased(&bridge, &["update_owned_assets"]).await;
    let line = package.line().await;
    assert_eq!((&line["kind"], &line["tasks"]), (&json!("lease"), &json!([])), "given back at once");
    grant(&package, &line, true, &[]).await;
    let left = |status: &Value| status["tasks"]["background"]["left_to_legacy"] == json!(["update_owned_assets"]);
    bridge.until("it is left to legacy", left).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn while_checkpoints_are_leased_the_bridge_makes_them_and_legacy_makes_none() {
    let place = Place::new();
    let legacy = Legacy::with_package(&place.path);
    let bridge = doing("[[task]]\nname = \"checkpoints\"\nmode = \"native\"\n", &legacy, &place).await;
    bridge.until("the package", |status| status["compat"]["attached"] == true).await;
    log_in(bridge.address).await;
    leased(&bridge, &["checkpoints"]).await;
    let file = legacy.data().join("users").join(USER).join("rotkehlchen.db");
    let size = |path: &std::path::Path| std::fs::metadata(path).unwrap().len();
    let before = size(&file);
    // Three times what legacy would leave in the log.
    for number in 0..60 {
        let tag = json!({
            "name": format!("large {number}"), "description": "x".repeat(200_000),
            "background_color": "ffffff", "foreground_color": "000000",
        });
        assert_eq!(send_json(legacy.address, "PUT", "/api/1/tags", &tag).await.status, 200);
    }
    let made = |status: &Value| status["databases"]["user"]["checkpoints"].as_u64().unwrap_or(0);
    let after = size(&file);
    if made(&bridge.status().await) == 0 {
        assert_eq!(after, before, "legacy has copied nothing");
    }
    bridge.until("a checkpoint", |status| made(status) > 0).await;
    eventually("it is in the file", || async { (size(&file) > before + 11_000_000).then_some(()) }).await;
    let sound: String = user_database(&legacy).query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(sound, "ok");
}
