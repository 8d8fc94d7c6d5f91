//! Native writes beside a legacy that runs on the same files: the same answers and rows as legacy alone, each sees what
//! the other wrote, nobody is in anybody's way, and nothing is done by halves.

use std::{
    collections::BTreeSet,
    net::SocketAddr,
    time::{Duration, Instant},
};

use crate::support::{
    bridge::{Bridge, Setup},
    effects::differences,
    eventually,
    files::stranger,
    legacy::{Legacy, PASSWORD, USER},
    raw::{self, Answer, send_json},
    rows::{Databases, Keys, Naming},
};
use cutover::{
    config::{Access, Layers},
    handlers,
    routes::{Snapshot, target::Target},
};
use rusqlite::Connection;
use serde_json::{Value, json};
use tokio::task::JoinSet;

const NATIVE: &str = "native STATIC";
/// Longer than anything here takes; and nobody but the test asks legacy anything.
const PATIENT: &str = "[native]\nwrite_wait = \"25s\"\n[session]\ncheck_interval = \"1h\"\n";

/// A legacy, and a bridge before it in which whatever can be is native, writes included; the user is logged in.
async fn both(routes: &str) -> (Legacy, Bridge) {
    allowed(routes, "always").await
}

async fn allowed(routes: &str, writes: &str) -> (Legacy, Bridge) {
    let legacy = Legacy::start();
    let setup = Setup::before(legacy.address).inspected().data(legacy.data()).routes(routes);
    let bridge = setup.arguments(&["--all", "native", "--native-writes", writes]).start().await;
    log_in(bridge.address).await;
    (legacy, bridge)
}

async fn log_in(address: SocketAddr) {
    let answer = send_json(address, "POST", &format!("/api/1/users/{USER}"), &json!({"password": PASSWORD})).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
}

/// Who answered.
fn variant(answer: &Answer) -> String {
    ["x-cutover-variant", "x-cutover-reason"].map(|name| answer.header(name).unwrap_or("-")).join(" ")
}

fn tag(name: &str) -> Value {
    json!({"name": name, "description": "of a test", "background_color": "ffffff", "foreground_color": "000000"})
}

/// The user's database, by a connection of the test's own.
fn database(legacy: &Legacy) -> Connection {
    stranger(&legacy.data().join("users").join(USER).join("rotkehlchen.db"), Some(PASSWORD))
}

/// How often the last write was noted: each time its row gets the next number.
fn stamp(connection: &Connection) -> i64 {
    connection.query_row("SELECT rowid FROM settings WHERE name = 'last_write_ts'", [], |row| row.get(0)).unwrap()
}

/// Every write that the small legacy has: done, refused, and done again.
fn writes() -> Vec<(&'static str, &'static str, Value)> {
    let note = json!({"title": "a", "content": "b", "location": "G", "is_pinned": false});
    let with = |value: &Value, name: &str, other: Value| {
        let mut value = value.clone();
        value[name] = other;
        value
    };
    let edited = with(&with(&note, "identifier", json!(3)), "last_update_timestamp", json!(1));
    let entry = json!({"name": "a", "timestamp": 1_800_000_000, "auto_delete": true, "description": "b"});
    let account = json!({"name": "a", "timestamp": "5", "auto_delete": false, "color": "aAbBcC",
        "address": "0x9531C059098e3d194fF87FebB587aB07B30B1306", "blockchain": "eth"});
    let untracked = with(&account, "address", json!("0x514910771AF9Ca656af840dff83E8264EcF986CA"));
    let event = json!({"entry_type": "history event", "event_identifier": "x", "sequence_index": 0, "asset": "BTC",
        "timestamp": 1_700_000_000_123_i64, "amount": "1.50", "event_type": "receive", "event_subtype": "none",
        "location": "kraken", "user_notes": "ñ"});
    vec![
        ("PUT", "tags", tag("new")),
        ("PUT", "tags", tag("NEW")),
        ("PUT", "tags", json!({"name": "x"})),
        ("PUT", "tags", tag("ñew 税 \u{1} '")),
        ("PATCH", "tags", json!({"name": "new", "description": "another", "foreground_color": "123456"})),
        ("PATCH", "tags", json!({"name": "new"})),
        ("PATCH", "tags", json!({"name": "missing", "description": "x"})),
        ("DELETE", "tags", json!({"name": "Alpha"})),
        ("DELETE", "tags", json!({"name": "Alpha"})),
        ("DELETE", "tags", json!({"name": 1})),
        ("DELETE", "notes", json!({"identifier": 1})),
        ("DELETE", "notes", json!({"identifier": 1})),
        ("PUT", "notes", note.clone()),
        ("PUT", "notes", note.clone()),
        ("PUT", "notes", with(&note, "title", json!(""))),
        ("PATCH", "notes", edited.clone()),
        ("PATCH", "notes", with(&edited, "identifier", json!(9999))),
        ("POST", "notes", json!({})),
        ("PUT", "assets/ignored", json!({"assets": ["BTC"]})),
        ("PUT", "assets/ignored", json!({"assets": ["BTC"]})),
        ("PUT", "assets/ignored", json!({"assets": ["unknown"]})),
        ("DELETE", "assets/ignored", json!({"assets": ["BTC"]})),
        ("DELETE", "assets/ignored", json!({"assets": ["BTC"]})),
        ("PUT", "calendar", entry.clone()),
        ("PUT", "calendar", entry.clone()),
        ("PUT", "calendar", account.clone()),
        ("PUT", "calendar", account.clone()),
        ("PUT", "calendar", untracked),
        ("PUT", "calendar", with(&account, "blockchain", Value::Null)),
        ("PUT", "calendar", json!({"name": "x"})),
        ("PATCH", "calendar", with(&entry, "identifier", json!(1))),
        ("PATCH", "calendar", with(&account, "identifier", json!(2))),
        ("PATCH", "calendar", with(&entry, "identifier", json!(9999))),
        ("DELETE", "calendar", json!({"identifier": 1})),
        ("DELETE", "calendar", json!({"identifier": 1})),
        ("PUT", "history/events", event.clone()),
        ("PUT", "history/events", event.clone()),
        ("PUT", "history/events", with(&with(&event, "sequence_index", json!(1)), "asset", json!("DOGE"))),
        ("PUT", "history/events", with(&event, "amount", json!(true))),
        ("PUT", "history/events", with(&event, "amount", json!("x"))),
        ("PUT", "history/events", with(&event, "amount", json!([]))),
        ("DELETE", "history/events", json!({"identifiers": [5, 6]})),
        ("DELETE", "history/events", json!({"identifiers": [7, 99999, 8]})),
        // Modules that were never set are shown in the order of a Python set.
        ("PUT", "settings", json!({"settings": {"main_currency": "GBP", "active_modules": ["eth2"]}})),
        ("PUT", "settings", json!({"settings": {"ui_floating_precision": "x"}})),
        ("PUT", "settings", json!({"settings": {"balance_save_frequency": 12}})),
    ]
}

/// The handler of a request, if it is one that writes.
fn handler(method: &str, path: &str) -> Option<&'static str> {
    let table = Snapshot::load(&Layers::default(), &handlers::catalog(), 1).unwrap().table;
    let found = table.matcher.find(&method.parse().unwrap(), &Target::of(path))?.route;
    (found.access == Access::Writes).then_some(found.handler)
}

#[tokio::test(flavor = "multi_thread")]
async fn native_writes_answer_and_leave_the_rows_as_a_legacy_alone_does() {
    let alone = Legacy::start();
    log_in(alone.address).await;
    let (legacy, bridge) = both(PATIENT).await;
    let sides = [&alone, &legacy].map(|legacy| {
        let mut databases = Databases::open(legacy.data(), &Keys::derive(legacy.data(), USER, PASSWORD));
        let tables = databases.read();
        (databases, Naming::from(&tables), tables)
    });
    let [(mut ours, mut our_names, mut our_rows), (mut theirs, mut their_names, mut their_rows)] = sides;
    let (mut written, mut answered) = (BTreeSet::new(), BTreeSet::new());
    for (step, (method, path, body)) in writes().into_iter().enumerate() {
        let (target, shown) = (format!("/api/1/{path}"), format!("step {step}: {method} {path} {body}"));
        let direct = send_json(alone.address, method, &target, &body).await;
        let through = send_json(bridge.address, method, &target, &body).await;
        let contract = |answer: &Answer, names: &mut Naming| {
            let moves = ["date", "connection"];
            let headers = answer.headers.iter().filter(|(name, _)| {
                let name = name.to_ascii_lowercase();
                !name.starts_with("x-cutover-") && !moves.contains(&name.as_str())
            });
            (answer.status, answer.reason.clone(), headers.cloned().collect::<Vec<_>>(), names.masked(&answer.text()))
        };
        let who = variant(&through);
        assert_eq!(contract(&through, &mut their_names), contract(&direct, &mut our_names), "{shown} ({who})");
        let (mine, other) = (ours.read(), theirs.read());
        let changes = [our_names.changes(&our_rows, &mine), their_names.changes(&their_rows, &other)];
        assert_eq!(differences(&changes[0], &changes[1]), Vec::<String>::new(), "{shown} ({who})");
        (our_rows, their_rows) = (mine, other);
        if let Some(handler) = handler(method, &target) {
            written.insert(handler);
            answered.extend((who == NATIVE).then_some(handler));
        }
    }
    assert!(answered.contains("tags_add"), "{answered:?}");
    assert_eq!(written, answered, "each of them answers natively at least once");
}

/// A request whose variant is asked for, with the answer that it had to have.
async fn by(address: SocketAddr, who: &str, method: &str, body: Option<&Value>) -> Answer {
    let body = body.map(ToString::to_string).unwrap_or_default();
    let length = body.len();
    let kind = if body.is_empty() { "" } else { "Content-Type: application/json\r\n" };
    let head = format!("{method} /api/1/tags HTTP/1.1\r\nHost: {address}\r\nx-cutover-variant: {who}\r\n{kind}");
    let request = format!("{head}Content-Length: {length}\r\nConnection: close\r\n\r\n{body}");
    let answer = raw::exchange(address, request).await;
    assert_eq!((answer.status, answer.header("x-cutover-variant")), (200, Some(who)), "{method} {}", answer.text());
    answer
}

#[tokio::test(flavor = "multi_thread")]
async fn each_side_sees_at_once_what_the_other_wrote_under_the_load_of_several_clients() {
    const CLIENTS: usize = 6;
    const ROUNDS: usize = 6;
    let (legacy, bridge) = both(&format!("[flags]\noverride_header = true\n{PATIENT}")).await;
    let connection = database(&legacy);
    let before = stamp(&connection);
    let address = bridge.address;
    let mut clients = JoinSet::new();
    for client in 0..CLIENTS {
        clients.spawn(async move {
            for round in 0..ROUNDS {
                let (one, other) = if (client + round) % 2 == 0 { ("native", "legacy") } else { ("legacy", "native") };
                let name = format!("client {client} round {round}");
                by(address, one, "PUT", Some(&tag(&name))).await;
                let seen = by(address, other, "GET", None).await.json();
                assert_eq!(seen["result"][&name]["description"], "of a test", "{one} wrote, {other} reads");
                by(address, other, "PATCH", Some(&json!({"name": name, "description": "edited"}))).await;
                let seen = by(address, one, "GET", None).await.json();
                assert_eq!(seen["result"][&name]["description"], "edited", "{other} wrote, {one} reads");
                by(address, one, "DELETE", Some(&json!({"name": name}))).await;
                let seen = by(address, other, "GET", None).await.json();
                assert!(seen["result"][&name].is_null(), "{one} deleted, {other} reads");
            }
        });
    }
    while let Some(client) = clients.join_next().await {
        client.unwrap();
    }
    let writes = i64::try_from(CLIENTS * ROUNDS * 3).unwrap();
    assert_eq!(stamp(&connection) - before, writes, "every write was noted once");
    let half = u64::try_from(writes / 2).unwrap();
    assert_eq!([waits(&bridge, "native").await, waits(&bridge, "forwarded").await], [(half, 0), (half, 0)]);
}

/// Sends a request and leaves the connection open.
async fn sent(address: SocketAddr, method: &str, body: &Value) -> raw::Connection {
    let body = body.to_string();
    let length = body.len();
    let head = format!("{method} /api/1/tags HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n");
    let mut connection = raw::Connection::open(address).await;
    connection.send(format!("{head}Content-Length: {length}\r\n\r\n{body}")).await;
    connection
}

/// The waits for a turn to write to the user's database: how many there were, and how many of them were given up.
async fn waits(bridge: &Bridge, side: &str) -> (u64, u64) {
    let waits = bridge.status().await["write_gate"]["user"][side].clone();
    let count = |name: &str| waits[name].as_u64().unwrap();
    // The login may write too.
    (count("count") - u64::from(side == "forwarded"), count("given_up"))
}

/// Waits until there is one more that has got its turn.
async fn passed(bridge: &Bridge, side: &str) {
    eventually("the turn is taken", || async { (waits(bridge, side).await == (1, 0)).then_some(()) }).await;
}

/// A request that may write, for all the bridge knows, and that legacy takes so long to answer.
fn slow(bridge: &Bridge, seconds: f64) -> tokio::task::JoinHandle<Answer> {
    let (address, target) = (bridge.address, format!("/api/1/_test/slow?seconds={seconds}"));
    tokio::spawn(async move { send_json(address, "POST", &target, &json!({})).await })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_whose_client_leaves_before_its_turn_leaves_nothing() {
    let (legacy, bridge) = both(PATIENT).await;
    let before = stamp(&database(&legacy));
    let slow = slow(&bridge, 4.0);
    passed(&bridge, "forwarded").await;
    // One that leaves before its request was read is not seen at all.
    eventually("a client is seen to have left", || async {
        let client = sent(bridge.address, "PUT", &tag("left early")).await;
        tokio::time::sleep(Duration::from_millis(20)).await;
        drop(client);
        (bridge.status().await["clients_gone"] != 0).then_some(())
    })
    .await;
    assert!(!slow.is_finished(), "none had its turn");
    assert_eq!(slow.await.unwrap().status, 200);
    // Whoever waits is served in the order of arrival: had the first one stayed, it would have been through.
    let answer = send_json(bridge.address, "PUT", "/api/1/tags", &tag("stayed")).await;
    assert_eq!((answer.status, variant(&answer).as_str()), (200, NATIVE));
    assert!(answer.json()["result"]["left early"].is_null() && !answer.json()["result"]["stayed"].is_null());
    assert_eq!(stamp(&database(&legacy)), before + 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_whose_client_leaves_while_it_runs_leaves_all_of_it() {
    let (legacy, bridge) = both(PATIENT).await;
    let connection = database(&legacy);
    let count = |table: &str, column: &str| -> i64 {
        let select = format!("SELECT count(*) FROM {table} WHERE {column} = 'Alpha'");
        connection.query_row(&select, [], |row| row.get(0)).unwrap()
    };
    assert!(count("tag_mappings", "tag_name") > 0 && count("tags", "name") == 1, "rows of two tables");
    let before = stamp(&connection);
    // Nobody else can write now.
    connection.execute_batch("BEGIN IMMEDIATE").unwrap();
    let client = sent(bridge.address, "DELETE", &json!({"name": "Alpha"})).await;
    passed(&bridge, "native").await;
    drop(client);
    bridge.until("the client is seen to have left", |status| status["clients_gone"] == 1).await;
    connection.execute_batch("ROLLBACK").unwrap();
    eventually("it is done", || async { (stamp(&connection) == before + 1).then_some(()) }).await;
    assert_eq!((count("tags", "name"), count("tag_mappings", "tag_name")), (0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_writes_whose_clients_leave_at_any_moment_each_is_done_wholly_or_not_at_all() {
    const WRITES: u32 = 40;
    let (legacy, bridge) = both(PATIENT).await;
    let connection = database(&legacy);
    connection.execute_batch("BEGIN").unwrap();
    for number in 0..WRITES {
        connection.execute("INSERT INTO tags VALUES (?, '', 'ffffff', '000000')", [format!("t{number}")]).unwrap();
        for reference in 0..20 {
            let mapping = (format!("{number} {reference}"), format!("t{number}"));
            connection.execute("INSERT INTO tag_mappings(object_reference, tag_name) VALUES (?, ?)", mapping).unwrap();
        }
    }
    connection.execute_batch("COMMIT").unwrap();
    let (before, idle) = (stamp(&connection), bridge.open_files("socket:").len());
    let mut clients = JoinSet::new();
    for number in 0..WRITES {
        let address = bridge.address;
        clients.spawn(async move {
            let client = sent(address, "DELETE", &json!({"name": format!("t{number}")})).await;
            // Some at once, some when it is about their turn, some when it is over.
            tokio::time::sleep(Duration::from_millis(u64::from(number * (number % 4)))).await;
            drop(client);
        });
    }
    while let Some(client) = clients.join_next().await {
        client.unwrap();
    }
    eventually("every connection is over", || async { (bridge.open_files("socket:").len() <= idle).then_some(()) })
        .await;
    // It comes after those that are still under way.
    assert_eq!(send_json(bridge.address, "PUT", "/api/1/tags", &tag("last")).await.status, 200);
    let mut done = 0;
    for number in 0..WRITES {
        let mappings: i64 = connection
            .query_row("SELECT count(*) FROM tag_mappings WHERE tag_name = ?", [format!("t{number}")], |row| row.get(0))
            .unwrap();
        let tags: i64 = connection
            .query_row("SELECT count(*) FROM tags WHERE name = ?", [format!("t{number}")], |row| row.get(0))
            .unwrap();
        assert!([(1, 20), (0, 0)].contains(&(tags, mappings)), "t{number}: {tags} tags, {mappings} mappings");
        done += 1 - tags;
    }
    assert_eq!(stamp(&connection) - before, done + 1, "{done} were done, and one more");
    println!("{done} of {WRITES} were done");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_leave_to_write_natively_legacy_writes_and_the_reason_says_so() {
    for writes in ["off", "guarded"] {
        let (_legacy, bridge) = allowed("", writes).await;
        for (method, body) in [("PUT", tag("x")), ("PATCH", tag("x")), ("DELETE", json!({"name": "x"}))] {
            let answer = send_json(bridge.address, method, "/api/1/tags", &body).await;
            assert_eq!((answer.status, variant(&answer).as_str()), (200, "legacy DISABLED"), "{writes}: {method}");
        }
        assert_eq!(variant(&raw::get(bridge.address, "/api/1/tags").await), NATIVE, "{writes}: reads are native");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_native_write_waits_for_a_forwarded_request_that_may_write() {
    let (_legacy, bridge) = both(PATIENT).await;
    let slow = slow(&bridge, 1.0);
    passed(&bridge, "forwarded").await;
    let read = raw::get(bridge.address, "/api/1/tags").await;
    assert!(variant(&read) == NATIVE && !slow.is_finished(), "a read waits for nobody");
    let answer = send_json(bridge.address, "PUT", "/api/1/tags", &tag("x")).await;
    assert_eq!((answer.status, variant(&answer).as_str()), (200, NATIVE));
    assert_eq!(slow.await.unwrap().status, 200);
    assert_eq!(waits(&bridge, "native").await, (1, 0));
    let longest = bridge.status().await["write_gate"]["user"]["native"]["wait_micros"]["p99"].as_u64();
    assert!(longest.unwrap() > 100_000, "{longest:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_native_write_that_has_waited_long_enough_is_forwarded() {
    let (_legacy, bridge) = both("[native]\nwrite_wait = \"200ms\"\n").await;
    let slow = slow(&bridge, 5.0);
    passed(&bridge, "forwarded").await;
    let began = Instant::now();
    let answer = send_json(bridge.address, "PUT", "/api/1/tags", &tag("x")).await;
    assert_eq!((answer.status, variant(&answer).as_str()), (200, "legacy DECLINED"));
    assert!(began.elapsed() >= Duration::from_millis(200) && !slow.is_finished());
    assert!(!answer.json()["result"]["x"].is_null(), "legacy did it");
    assert_eq!(waits(&bridge, "native").await, (1, 1));
    slow.abort();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forwarded_request_that_may_write_waits_for_a_native_write_but_not_for_ever() {
    let (legacy, bridge) = both("[native]\nwrite_wait = \"300ms\"\n").await;
    let connection = database(&legacy);
    connection.execute_batch("BEGIN IMMEDIATE").unwrap();
    let _client = sent(bridge.address, "PUT", &tag("x")).await;
    passed(&bridge, "native").await;
    let began = Instant::now();
    let answer = slow(&bridge, 0.0).await.unwrap();
    assert_eq!((answer.status, answer.header("x-cutover-variant")), (200, Some("legacy")));
    assert!(began.elapsed() >= Duration::from_millis(300));
    connection.execute_batch("ROLLBACK").unwrap();
    assert_eq!(waits(&bridge, "forwarded").await, (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_whose_handler_panics_once_it_has_committed_is_not_done_again_by_legacy() {
    let legacy = Legacy::start();
    let bridge = Setup::before(legacy.address)
        .inspected()
        .data(legacy.data())
        .arguments(&["--all", "native", "--native-writes", "always"])
        .environment("TEST_FAULT_OF_CUTOVER", "panic@tags_add")
        // Without a bound to the wait at the gate.
        .environment("CUTOVER_NATIVE__WRITE_WAIT", "off")
        .start()
        .await;
    log_in(bridge.address).await;
    let answer = send_json(bridge.address, "PUT", "/api/1/tags", &tag("once")).await;
    assert_eq!((answer.status, variant(&answer).as_str()), (500, NATIVE), "{}", answer.text());
    assert!(answer.text().contains("part of it may be done"), "{}", answer.text());
    let count: i64 =
        database(&legacy).query_row("SELECT count(*) FROM tags WHERE name = 'once'", [], |row| row.get(0)).unwrap();
    assert_eq!(count, 1);
}
