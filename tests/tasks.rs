//! Tasks that clients ask for with `async_query`: legacy's and the bridge's as one list, each outcome handed out once.

use std::{collections::BTreeMap, net::SocketAddr};

use crate::support::{
    bridge::{Bridge, Setup},
    eventually,
    legacy::{Legacy, PASSWORD, USER},
    raw::{self, Answer, get, send_json},
    websocket::{WebSocket, notifier_is},
};
use serde_json::{Value, json};
use tokio::task::JoinSet;

/// Native as a task.
const CACHE: &str = "/api/1/oracles/manual/cache";
/// What the first native id is at least.
const FIRST: u64 = 1 << 40;

async fn both(routes: &str) -> (Legacy, Bridge) {
    with_fault(routes, "").await
}

/// A legacy, a bridge before it in which whatever can be is native, and a user who is in.
async fn with_fault(routes: &str, fault: &str) -> (Legacy, Bridge) {
    let legacy = Legacy::start();
    // Tasks get half the places of a class: room for those that do not end, however few processors there are.
    let setup = Setup::before(legacy.address)
        .data(legacy.data())
        .routes(routes)
        .environment("CUTOVER_NATIVE__MAX_SEARCHES", "16")
        .arguments(&["--all", "native"]);
    let setup = if fault.is_empty() { setup } else { setup.environment("TEST_FAULT_OF_CUTOVER", fault) };
    let bridge = setup.start().await;
    log_in(bridge.address).await;
    (legacy, bridge)
}

async fn log_in(address: SocketAddr) {
    let answer = send_json(address, "POST", &format!("/api/1/users/{USER}"), &json!({"password": PASSWORD})).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
}

async fn log_out(address: SocketAddr) {
    let answer = send_json(address, "PATCH", &format!("/api/1/users/{USER}"), &json!({"action": "logout"})).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
}

/// Asks for a task, and gives its id.
async fn begun(address: SocketAddr, target: &str) -> u64 {
    let mark = if target.contains('?') { '&' } else { '?' };
    let answer = get(address, &format!("{target}{mark}async_query=true")).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let id = answer.json()["result"]["task_id"].as_u64().unwrap();
    assert_eq!(answer.text(), format!(r#"{{"result": {{"task_id": {id}}}, "message": ""}}"#));
    assert_eq!(variant(&answer) == "native", id >= FIRST, "{id}");
    id
}

fn variant(answer: &Answer) -> &str {
    answer.header("x-cutover-variant").unwrap_or("-")
}

async fn slow(address: SocketAddr, seconds: f64) -> u64 {
    let id = begun(address, &format!("/api/1/_test/slow?seconds={seconds}")).await;
    assert!(id < FIRST, "legacy's own");
    id
}

async fn task(address: SocketAddr, id: u64) -> Answer {
    get(address, &format!("/api/1/tasks/{id}")).await
}

async fn cancel(address: SocketAddr, id: u64) -> Answer {
    raw::exchange(address, format!("DELETE /api/1/tasks/{id} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")).await
}

async fn list(address: SocketAddr) -> (Vec<u64>, Vec<u64>) {
    let listed = get(address, "/api/1/tasks").await.json();
    let ids = |key: &str| listed["result"][key].as_array().unwrap().iter().map(|id| id.as_u64().unwrap()).collect();
    (ids("pending"), ids("completed"))
}

/// The outcome of a task, once it is done.
async fn outcome(address: SocketAddr, id: u64) -> Value {
    eventually("the task is done", || async move {
        let answer = task(address, id).await;
        let shown = answer.json();
        match shown["result"]["status"].as_str() {
            Some("completed") => Some(shown["result"].clone()),
            Some("pending") => None,
            _ => panic!("task {id}: {}", answer.text()),
        }
    })
    .await
}

#[tokio::test]
async fn a_native_task_answers_as_legacys_own_to_the_byte() {
    let (legacy, bridge) = both("").await;
    let (theirs, ours) = (begun(legacy.address, CACHE).await, begun(bridge.address, CACHE).await);
    for (of, text) in [(theirs, "theirs"), (ours, "ours")] {
        eventually(text, || async move { list(bridge.address).await.1.contains(&of).then_some(()) }).await;
    }
    assert_eq!(list(bridge.address).await, (vec![], vec![theirs, ours]));
    let (direct, through) = (task(legacy.address, theirs).await, task(bridge.address, ours).await);
    assert_eq!((direct.status, direct.text()), (through.status, through.text()));
    assert!(through.text().contains("USD"), "{}", through.text());
    // Once.
    let (direct, through) = (task(legacy.address, theirs).await, task(bridge.address, ours).await);
    assert_eq!((direct.status, through.status), (404, 404));
    assert_eq!(direct.text().replace(&theirs.to_string(), "N"), through.text().replace(&ours.to_string(), "N"));
    let (direct, through) = (cancel(legacy.address, theirs).await, cancel(bridge.address, ours).await);
    assert_eq!(direct.text().replace(&theirs.to_string(), "N"), through.text().replace(&ours.to_string(), "N"));
    assert_eq!(direct.status, through.status);
    // Wrong arguments and nobody logged in are no tasks.
    log_out(bridge.address).await;
    let asked = format!("{CACHE}?async_query=true");
    let (direct, through) = (get(legacy.address, &asked).await, get(bridge.address, &asked).await);
    assert_eq!((direct.status, direct.text()), (through.status, through.text()));
}

#[tokio::test]
async fn a_thousand_tasks_of_both_kinds_are_each_handed_out_once() {
    const CLIENTS: usize = 20;
    let (_legacy, bridge) = both("").await;
    let address = bridge.address;
    let expected = get(address, CACHE).await.json();
    let mut clients = JoinSet::new();
    for client in 0..CLIENTS {
        let expected = expected.clone();
        clients.spawn(async move {
            let mut ids = BTreeMap::new();
            for at in 0..25 {
                let seconds = f64::from(u32::try_from(client * 25 + at).unwrap()) / 100_000.0;
                ids.insert(slow(address, seconds).await, json!({"result": {"slept": seconds}, "message": ""}));
                ids.insert(begun(address, CACHE).await, expected.clone());
            }
            ids
        });
    }
    let mut all = BTreeMap::new();
    while let Some(ids) = clients.join_next().await {
        for (id, expected) in ids.unwrap() {
            assert!(all.insert(id, expected).is_none(), "the id {id} was given twice");
        }
    }
    assert_eq!(all.len(), 1000);
    // Everybody asks for all of them; each finds what nobody has found.
    let mut clients = JoinSet::new();
    for client in 0..CLIENTS {
        let mut ids: Vec<u64> = all.keys().copied().collect();
        ids.rotate_left(client * 50);
        clients.spawn(async move {
            let mut found = Vec::new();
            for id in ids {
                let shown = get(address, &format!("/api/1/tasks/{id}?wait=30")).await.json();
                match shown["result"]["status"].as_str().unwrap() {
                    "completed" => found.push((id, shown["result"]["outcome"].clone())),
                    "not-found" => {}
                    status => panic!("{status}"),
                }
            }
            found
        });
    }
    while let Some(found) = clients.join_next().await {
        for (id, outcome) in found.unwrap() {
            assert_eq!(all.remove(&id), Some(outcome), "{id}");
        }
    }
    assert!(all.is_empty(), "nobody got {all:?}");
    assert_eq!(list(address).await, (vec![], vec![]));
}

#[tokio::test]
async fn cancelling_works_on_both_kinds() {
    let (legacy, bridge) = with_fault("", "task-forever@oracles_cache_get").await;
    let (ours, theirs) = (begun(bridge.address, CACHE).await, slow(bridge.address, 600.0).await);
    assert_eq!(list(bridge.address).await, (vec![theirs, ours], vec![]));
    let pending = task(bridge.address, ours).await;
    assert_eq!(
        pending.text().replace(&ours.to_string(), "N"),
        task(legacy.address, theirs).await.text().replace(&theirs.to_string(), "N"),
    );
    for id in [ours, theirs] {
        let (first, second) = (cancel(bridge.address, id).await, cancel(bridge.address, id).await);
        assert_eq!((first.status, first.text().as_str()), (200, r#"{"result": true, "message": ""}"#));
        assert_eq!(second.status, 404);
        assert_eq!(task(bridge.address, id).await.status, 404);
    }
    assert_eq!(list(bridge.address).await, (vec![], vec![]));
    bridge.until("the task has ended", |status| status["tasks"]["counts"]["cancelled"] == 1).await;
}

#[tokio::test]
async fn a_logout_ends_native_tasks_as_it_ends_legacys() {
    let (_legacy, bridge) = with_fault("", "task-forever@oracles_cache_get").await;
    let (ours, theirs) = (begun(bridge.address, CACHE).await, slow(bridge.address, 600.0).await);
    let export =
        send_json(bridge.address, "POST", "/api/1/accounting/rules/export", &json!({"async_query": true})).await;
    let done = export.json()["result"]["task_id"].as_u64().unwrap();
    assert_eq!(variant(&export), "native");
    eventually("it is done", || async { list(bridge.address).await.1.contains(&done).then_some(()) }).await;
    log_out(bridge.address).await;
    assert_eq!(list(bridge.address).await, (vec![], vec![]));
    for id in [ours, theirs, done] {
        assert_eq!(task(bridge.address, id).await.status, 404, "{id}");
    }
    bridge.until("it was cancelled", |status| status["tasks"]["counts"]["cancelled"] == 1).await;
    log_in(bridge.address).await;
    assert_eq!(list(bridge.address).await, (vec![], vec![]));
}

#[tokio::test]
async fn what_a_handler_can_not_do_in_its_task_legacy_does_in_one_that_nobody_sees() {
    let (legacy, bridge) = with_fault("", "task-declined@oracles_cache_get").await;
    let expected = get(legacy.address, CACHE).await.json();
    let id = begun(bridge.address, CACHE).await;
    let mut seen = list(bridge.address).await;
    let shown = outcome(bridge.address, id).await;
    assert_eq!(shown, json!({"status": "completed", "outcome": expected}));
    seen.0.append(&mut seen.1);
    assert_eq!(seen.0, [id], "legacy's own task is not shown");
    assert_eq!(list(legacy.address).await, (vec![], vec![]), "nor left behind");
}

#[tokio::test]
async fn while_legacy_is_away_native_tasks_go_on() {
    let (mut legacy, bridge) = both("").await;
    let before = begun(bridge.address, CACHE).await;
    legacy.kill();
    bridge.until("it is known", |status| status["legacy"]["away_seconds"].is_number()).await;
    let after = begun(bridge.address, CACHE).await;
    for id in [before, after] {
        assert_eq!(outcome(bridge.address, id).await["outcome"]["message"], "");
    }
    let kept = begun(bridge.address, CACHE).await;
    let listed = get(bridge.address, "/api/1/tasks").await;
    assert_eq!((listed.status, variant(&listed)), (200, "native"));
    let message = listed.json()["message"].as_str().unwrap().to_owned();
    assert!(message.starts_with("cutover: ") && message.ends_with("these are the bridge's own tasks"), "{message}");
    assert!(outcome(bridge.address, kept).await["outcome"].is_object());
    assert_eq!(get(bridge.address, "/api/1/tasks").await.status, 503, "there is nothing to say");
    assert_eq!(task(bridge.address, 7).await.status, 503, "a task of legacy's is legacy's");
}

#[tokio::test]
async fn who_asks_to_wait_has_the_outcome_as_soon_as_there_is_one() {
    let (legacy, bridge) = with_fault("", "task-forever@oracles_cache_get").await;
    let theirs = slow(bridge.address, 0.6).await;
    let shown = get(bridge.address, &format!("/api/1/tasks/{theirs}?wait=30")).await.json();
    assert_eq!(shown["result"]["outcome"]["result"], json!({"slept": 0.6}));
    let ours = begun(bridge.address, CACHE).await;
    let pending = get(bridge.address, &format!("/api/1/tasks/{ours}?wait=0.05")).await;
    assert_eq!((pending.status, pending.json()["result"]["status"].as_str()), (200, Some("pending")));
    let waiting = tokio::spawn({
        let address = bridge.address;
        async move { get(address, &format!("/api/1/tasks/{ours}?wait=30")).await.status }
    });
    let odd = get(bridge.address, &format!("/api/1/tasks/{ours}?wait=long")).await;
    assert_eq!((odd.status, odd.text().contains("a number of seconds")), (400, true));
    assert_eq!(cancel(bridge.address, ours).await.status, 200);
    assert_eq!(waiting.await.unwrap(), 404, "it was cancelled while somebody waited");
    drop(legacy);
}

#[tokio::test]
async fn a_head_takes_no_outcome_away() {
    let (_legacy, bridge) = both("").await;
    let id = begun(bridge.address, CACHE).await;
    let mut waiting = raw::Connection::open(bridge.address).await;
    waiting.send(format!("GET /api/1/tasks/{}?wait=30 HTTP/1.1\r\nHost: x\r\n\r\n", id + 1)).await;
    assert_eq!(waiting.answer().await.status, 404, "nobody waits for what there is not");
    let mut looking = raw::Connection::open(bridge.address).await;
    looking.send(format!("HEAD /api/1/tasks/{id}?wait=30 HTTP/1.1\r\nHost: x\r\n\r\n")).await;
    assert_eq!(looking.head_answer().await.status, 200);
    assert_eq!(outcome(bridge.address, id).await["outcome"]["message"], "", "a HEAD takes nothing");
}

#[tokio::test]
async fn one_task_too_many_is_legacys() {
    let (_legacy, bridge) = with_fault("[tasks]\nmax = 1\n", "task-forever@oracles_cache_get").await;
    let ours = begun(bridge.address, CACHE).await;
    let answer = get(bridge.address, &format!("{CACHE}?async_query=true")).await;
    assert_eq!((variant(&answer), answer.header("x-cutover-reason").unwrap()), ("legacy", "DECLINED"));
    let theirs = answer.json()["result"]["task_id"].as_u64().unwrap();
    assert!(theirs < FIRST);
    let listed = eventually("both are listed", || async {
        let listed = list(bridge.address).await;
        (listed.1 == [theirs]).then_some(listed)
    });
    assert_eq!(listed.await.0, [ours]);
}

#[tokio::test]
async fn clients_of_the_websocket_hear_of_the_end_of_a_native_task_where_that_is_wanted() {
    let (_legacy, bridge) = both("[tasks]\nannounce = true\n[ws]\nmode = \"bridge\"\n").await;
    let mut client = WebSocket::open(bridge.address).await;
    notifier_is(&bridge, 1, "up").await;
    let id = begun(bridge.address, CACHE).await;
    assert_eq!(client.next_text().await, format!(r#"{{"type": "cutover_task", "data": {{"task_id": {id}}}}}"#));
    assert_eq!(task(bridge.address, id).await.json()["result"]["status"], "completed", "it is there when it is said");
}
