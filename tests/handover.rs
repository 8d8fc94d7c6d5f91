//! `cutover upgrade`: another process goes on in a bridge's place. No request fails, and nothing is lost that was in memory.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use crate::support::{
    bridge::{self, Bridge, Setup},
    eventually,
    legacy::{Legacy, PASSWORD, USER},
    package::Place,
    raw::{Answer, Connection, get, send_json},
    rollout,
    supervisor::Supervisor,
    websocket::{self, WebSocket},
};
use serde_json::{Value, json};
use tokio::task::JoinSet;

/// Native as a task.
const CACHE: &str = "/api/1/oracles/manual/cache";

/// A legacy, a bridge before it in which whatever can be is native, and a user who is in.
async fn both(routes: &str) -> (Legacy, Bridge) {
    let legacy = Legacy::start();
    let setup = Setup::before(legacy.address).data(legacy.data()).routes(routes).arguments(&["--all", "native"]);
    let bridge = setup.start().await;
    log_in(bridge.address).await;
    (legacy, bridge)
}

async fn log_in(address: SocketAddr) {
    let login = send_json(address, "POST", &format!("/api/1/users/{USER}"), &json!({"password": PASSWORD})).await;
    assert_eq!(login.status, 200, "{}", login.text());
}

/// The process that has gone on, ended when it is dropped.
struct Successor(u64);

impl Successor {
    fn signal(&self, name: &str) {
        let _ = std::process::Command::new("kill").args([&format!("-{name}"), &self.0.to_string()]).status();
    }

    fn is_there(&self) -> bool {
        // A process that has ended and that nobody has asked after is still listed.
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.0)).unwrap_or_default();
        stat.rsplit(')').next().is_some_and(|rest| !rest.trim().is_empty() && !rest.trim().starts_with('Z'))
    }
}

impl Drop for Successor {
    fn drop(&mut self) {
        self.signal("KILL");
    }
}

/// Asks for it as a person does.
async fn upgrade(bridge: &Bridge, arguments: &[&str]) -> Result<(Successor, Value), String> {
    let mut words = vec!["upgrade".to_owned(), "--json".into(), "--admin".into(), format!("http://{}", bridge.admin)];
    words.extend(arguments.iter().map(|word| (*word).to_owned()));
    let output =
        tokio::task::spawn_blocking(move || bridge::run(&words.iter().map(String::as_str).collect::<Vec<_>>()));
    let output = output.await.unwrap();
    if output.status.code() != Some(0) {
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        return Err(String::from_utf8(output.stderr).unwrap());
    }
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    let to = answer["to"]["pid"].as_u64().unwrap();
    assert_eq!(answer["from"]["pid"], bridge.pid(), "{answer}");
    Ok((Successor(to), answer))
}

async fn upgraded(bridge: &Bridge) -> Successor {
    upgrade(bridge, &[]).await.unwrap().0
}

fn variant(answer: &Answer) -> &str {
    answer.header("x-cutover-variant").unwrap_or("-")
}

/// Clients that ask for the same again and again, on connections that stay or a new one each time.
struct Load {
    stop: Arc<AtomicBool>,
    asked: Arc<AtomicUsize>,
    clients: JoinSet<()>,
}

impl Load {
    fn of(address: SocketAddr, count: usize, target: &'static str, stays: bool) -> Self {
        let (stop, asked) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
        let mut clients = JoinSet::new();
        for _ in 0..count {
            let (stop, asked) = (Arc::clone(&stop), Arc::clone(&asked));
            clients.spawn(async move {
                let mut connection = None;
                let mut wanted = None;
                while !stop.load(Ordering::SeqCst) {
                    let mut open = match connection.take() {
                        Some(open) => open,
                        None => Connection::open(address).await,
                    };
                    let close = if stays { "" } else { "Connection: close\r\n" };
                    open.send(format!("GET {target} HTTP/1.1\r\nHost: {address}\r\n{close}\r\n")).await;
                    let answer = open.answer().await;
                    assert_eq!(answer.status, 200, "{target}: {answer:?}");
                    assert_eq!(&answer.text(), wanted.get_or_insert_with(|| answer.text()), "{target}");
                    asked.fetch_add(1, Ordering::SeqCst);
                    if answer.header("connection") != Some("close") {
                        connection = Some(open);
                    }
                }
            });
        }
        Self { stop, asked, clients }
    }

    /// Waits until so many more were answered.
    async fn more(&self, count: usize) {
        let until = self.asked.load(Ordering::SeqCst) + count;
        eventually("more requests are answered", || async {
            (self.asked.load(Ordering::SeqCst) >= until).then_some(())
        })
        .await;
    }

    async fn end(mut self) {
        self.stop.store(true, Ordering::SeqCst);
        while let Some(client) = self.clients.join_next().await {
            client.unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn under_load_no_request_fails_while_another_process_goes_on() {
    let (legacy, bridge) = both("").await;
    let targets = [("/api/1/ping", true), ("/api/1/tags", true), ("/api/1/tags", false), ("/api/1/periodic", true)];
    let loads: Vec<_> = targets.map(|(target, stays)| Load::of(bridge.address, 4, target, stays)).into();
    for load in &loads {
        load.more(20).await;
    }
    let successor = upgraded(&bridge).await;
    for load in &loads {
        load.more(20).await;
    }
    let address = bridge.address;
    assert!(bridge.wait(), "the old process has ended in order, while it was asked on");
    for load in loads {
        load.more(20).await;
        load.end().await;
    }
    let answer = get(address, "/api/1/tags").await;
    assert_eq!((answer.status, variant(&answer)), (200, "native"), "the key went over");
    assert!(successor.is_there());
    drop(legacy);
}

#[tokio::test(flavor = "multi_thread")]
async fn user_routes_are_native_from_the_first_request_on_and_one_process_after_the_other_can_go_on() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("routes.toml"), "").unwrap();
    let legacy = Legacy::start();
    let setup = Setup::before(legacy.address).data(legacy.data()).within(directory.path());
    let bridge = setup.arguments(&["--all", "native"]).start().await;
    let address = bridge.address;
    log_in(address).await;
    assert_eq!(variant(&get(address, "/api/1/tags").await), "native");
    let first = upgraded(&bridge).await;
    assert_eq!(variant(&get(address, "/api/1/tags").await), "native");
    let admin = bridge.admin;
    assert!(bridge.wait());
    let again = send_json(admin, "POST", "/api/upgrade", &json!({})).await;
    assert_eq!(again.status, 200, "{}", again.text());
    assert_eq!(again.json()["from"]["pid"], first.0);
    let second = Successor(again.json()["to"]["pid"].as_u64().unwrap());
    assert_eq!(variant(&get(address, "/api/1/tags").await), "native");
    eventually("the first has ended", || async { (!first.is_there()).then_some(()) }).await;
    assert!(second.is_there());
    second.signal("TERM");
    eventually("the second has ended", || async { (!second.is_there()).then_some(()) }).await;
    drop(legacy);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_was_open_is_answered_once_more_by_the_process_that_goes_on() {
    let (legacy, bridge) = both("").await;
    let mut idle = Connection::open(bridge.address).await;
    let ask = |target: &str| format!("GET {target} HTTP/1.1\r\nHost: x\r\n\r\n");
    idle.send(ask("/api/1/ping")).await;
    assert_eq!(idle.answer().await.header("connection"), None);
    let _successor = upgraded(&bridge).await;
    idle.send(ask("/api/1/tags")).await;
    let answer = idle.answer().await;
    assert_eq!((answer.status, variant(&answer), answer.header("connection")), (200, "native", Some("close")));
    assert!(idle.is_closed().await);
    drop(legacy);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_logout_by_a_connection_of_the_old_process_is_seen_by_the_new_one() {
    let (legacy, bridge) = both("").await;
    let mut idle = Connection::open(bridge.address).await;
    idle.send("GET /api/1/ping HTTP/1.1\r\nHost: x\r\n\r\n").await;
    assert_eq!(idle.answer().await.status, 200);
    let _successor = upgraded(&bridge).await;
    let body = json!({"action": "logout"}).to_string();
    idle.send(format!(
        "PATCH /api/1/users/{USER} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    ))
    .await;
    assert_eq!(idle.answer().await.status, 200);
    let answer = get(bridge.address, "/api/1/tags").await;
    assert_eq!((answer.status, variant(&answer)), (401, "native"));
    drop(legacy);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_websocket_by_a_connection_of_the_old_process_is_served_by_the_new_one() {
    let (legacy, bridge) = both("").await;
    let mut idle = Connection::open(bridge.address).await;
    idle.send("GET /api/1/ping HTTP/1.1\r\nHost: x\r\n\r\n").await;
    assert_eq!(idle.answer().await.status, 200);
    let _successor = upgraded(&bridge).await;
    idle.send(websocket::handshake("/ws")).await;
    assert_eq!(idle.answer().await.status, 101);
    websocket::broadcast(legacy.address, "late", json!("there")).await;
    idle.until(b"there").await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_can_not_start_changes_nothing_and_says_why() {
    let (legacy, bridge) = both("").await;
    rollout::changed(&bridge, "tags_list", &rollout::to("shadow")).await;
    std::fs::write(&bridge.file, "[listen]\nno_such_key = 1\n").unwrap();
    let why = upgrade(&bridge, &[]).await.err().unwrap();
    assert!(why.contains("no_such_key") && why.contains("routes.toml"), "{why}");
    // It goes on, writes its files, and can be asked again.
    rollout::changed(&bridge, "tags_list", &rollout::to("native")).await;
    let answer = get(bridge.address, "/api/1/tags").await;
    assert_eq!((answer.status, variant(&answer)), (200, "native"));
    std::fs::write(&bridge.file, "").unwrap();
    let _successor = upgraded(&bridge).await;
    assert_eq!(variant(&get(bridge.address, "/api/1/tags").await), "native");
    drop(legacy);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_that_is_not_the_bridge_changes_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let program = directory.path().join("cutover");
    std::fs::copy(env!("CARGO_BIN_EXE_cutover"), &program).unwrap();
    let legacy = Legacy::start();
    let program_text = program.to_str().unwrap();
    let bridge =
        Setup::before(legacy.address).under(&["sh", "-c", "shift; exec \"$0\" \"$@\"", program_text]).start().await;
    let replace = |text: &str| {
        let aside = directory.path().join("new");
        std::fs::write(&aside, text).unwrap();
        std::fs::set_permissions(&aside, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
        std::fs::rename(&aside, &program).unwrap();
    };
    replace("#!/bin/sh\nexit 3\n");
    let why = upgrade(&bridge, &[]).await.err().unwrap();
    assert!(why.contains("exit status: 3"), "{why}");
    std::fs::remove_file(&program).unwrap();
    let why = upgrade(&bridge, &[]).await.err().unwrap();
    assert!(why.contains("can not be started") && why.contains(program_text), "{why}");
    assert_eq!(get(bridge.address, "/api/1/ping").await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_rollout_goes_on_with_its_state_its_journal_and_the_right_to_write_them() {
    let (legacy, bridge) = both("").await;
    rollout::changed(&bridge, "tags_list", &rollout::to("shadow")).await;
    let before = rollout::journal(&bridge).await;
    let _successor = upgraded(&bridge).await;
    let route = rollout::route(&bridge, "tags_list").await;
    assert_eq!(route["mode"], "shadow", "{route}");
    rollout::changed(&bridge, "settings_get", &rollout::to("legacy")).await;
    let after = rollout::journal(&bridge).await;
    assert!(after.len() > before.len() && after.starts_with(&before), "{before:#?} {after:#?}");
    let troubles = bridge.status().await;
    assert_eq!(troubles["rollout"]["troubles"].as_array().map_or(0, Vec::len), 0, "{troubles}");
    let (file, address) = (bridge.file.clone(), bridge.address);
    let state = std::fs::read_to_string(file.with_file_name("routes.state.toml")).unwrap();
    assert!(state.contains("settings_get"), "{state}");
    let other = Setup::before(legacy.address).within(file.parent().unwrap()).start().await;
    eventually("another bridge may not write them", || async {
        other.log().contains("another bridge writes").then_some(())
    })
    .await;
    drop(other);
    assert!(bridge.wait());
    assert_eq!(get(address, "/api/1/ping").await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_outcome_of_a_task_is_there_for_whoever_asks_the_process_that_goes_on() {
    let (_legacy, bridge) = both("").await;
    let begun = get(bridge.address, &format!("{CACHE}?async_query=true")).await.json();
    let id = begun["result"]["task_id"].as_u64().unwrap();
    let _successor = upgraded(&bridge).await;
    let outcome = get(bridge.address, &format!("/api/1/tasks/{id}")).await.json();
    assert_eq!(outcome["result"]["status"], "completed", "{outcome}");
    assert_eq!(get(bridge.address, &format!("/api/1/tasks/{id}")).await.status, 404, "it was handed out");
    let next = get(bridge.address, &format!("{CACHE}?async_query=true")).await.json();
    assert!(next["result"]["task_id"].as_u64().unwrap() > id, "{next}");
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_that_nobody_got_are_there_too() {
    let (_legacy, bridge) = both("[ws]\nmode = \"bridge\"\nkept_bytes = \"64MiB\"\n").await;
    let stalled = WebSocket::narrow(bridge.address).await;
    let notify = |message: Value| async move { send_json(bridge.admin, "POST", "/notify", &message).await.json() };
    let stuffing = json!({"type": "stuffing", "data": "x".repeat(8 << 20)});
    assert_eq!(notify(stuffing).await, json!({"delivered": 1}));
    let warning = json!({"type": "legacy", "data": {"verbosity": "warning", "value": "kept"}});
    assert_eq!(notify(warning).await, json!({"delivered": 1}));
    drop(stalled);
    bridge.until("it is kept", |status| status["websocket"]["kept"] == 2).await;
    // And what waits for a client that the old process lets go of, when it ends.
    let stalled = WebSocket::narrow(bridge.address).await;
    assert_eq!(notify(json!({"type": "stuffing", "data": "x".repeat(8 << 20)})).await, json!({"delivered": 1}));
    let late = json!({"type": "legacy", "data": {"verbosity": "warning", "value": "late"}});
    assert_eq!(notify(late).await, json!({"delivered": 1}));
    let (address, admin) = (bridge.address, bridge.admin);
    let _successor = upgraded(&bridge).await;
    drop(stalled);
    assert!(bridge.wait());
    let kept = || async {
        let status = get(admin, "/api/status").await.json();
        (status["websocket"]["kept"] == 4).then_some(())
    };
    eventually("all of them are kept", kept).await;
    let given = get(address, "/api/1/messages").await.json();
    assert_eq!(given["result"]["warnings"], json!(["kept", "late"]), "{given}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_package_inside_legacy_finds_the_process_that_goes_on_at_the_same_socket() {
    let place = Place::new();
    let legacy = Legacy::with_package(&place.path);
    let setup = Setup::before(legacy.address).data(legacy.data()).routes(&place.routes());
    let bridge = setup.arguments(&["--all", "native"]).start().await;
    let attached = |status: &Value| status["compat"]["attached"] == true;
    bridge.until("the package is attached", attached).await;
    let successor = upgraded(&bridge).await;
    bridge.until("it is attached again", attached).await;
    let address = bridge.address;
    assert!(bridge.wait());
    assert!(place.path.exists(), "the file is the new process's");
    assert_eq!(get(address, "/api/1/ping").await.status, 200);
    successor.signal("TERM");
    eventually("its file goes with it", || async { (!place.path.exists()).then_some(()) }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn while_a_task_runs_that_would_be_lost_the_bridge_goes_on() {
    let legacy = Legacy::start();
    let setup = Setup::before(legacy.address).data(legacy.data()).arguments(&["--all", "native"]);
    let bridge = setup.environment("TEST_FAULT_OF_CUTOVER", "task-forever@oracles_cache_get").start().await;
    log_in(bridge.address).await;
    let id = get(bridge.address, &format!("{CACHE}?async_query=true")).await.json()["result"]["task_id"].clone();
    let why = upgrade(&bridge, &["--patience", "0"]).await.err().unwrap();
    assert!(why.contains("a task that a client has asked for was running"), "{why}");
    let pending = get(bridge.address, "/api/1/tasks").await.json();
    assert_eq!(pending["result"]["pending"], json!([id]), "it runs on");
}

#[tokio::test(flavor = "multi_thread")]
async fn while_legacy_does_not_say_who_is_in_the_bridge_goes_on_and_answers_natively() {
    let (mut legacy, bridge) = both("").await;
    let native = || async {
        let answer = get(bridge.address, "/api/1/tags").await;
        assert_eq!((answer.status, variant(&answer)), (200, "native"));
    };
    native().await;
    // It is there, and says nothing: nobody has noticed yet.
    legacy.signal("STOP");
    let why = upgrade(&bridge, &["--patience", "0"]).await.err().unwrap();
    assert!(why.contains("legacy did not say who is logged in"), "{why}");
    native().await;
    legacy.signal("CONT");
    legacy.kill();
    bridge.until("the bridge has noticed", |status| !status["legacy"]["away_seconds"].is_null()).await;
    let why = upgrade(&bridge, &["--patience", "0"]).await.err().unwrap();
    assert!(why.contains("legacy did not say who is logged in"), "{why}");
    native().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_watches_over_the_process_is_told_which_one_goes_on() {
    let supervisor = Supervisor::new();
    let legacy = Legacy::start();
    let bridge = supervisor.over(Setup::before(legacy.address)).start().await;
    supervisor.hears("READY=1").await;
    let successor = upgraded(&bridge).await;
    assert_eq!(supervisor.hears("MAINPID").await, [format!("MAINPID={}", successor.0)]);
    assert!(bridge.wait());
    successor.signal("TERM");
    supervisor.hears("STOPPING=1").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_that_was_accepted_while_another_process_goes_on_is_in_force_there() {
    let (_legacy, bridge) = both("").await;
    let stop = Arc::new(AtomicBool::new(false));
    let (changes, stops, admin) = (Arc::new(AtomicUsize::new(0)), Arc::clone(&stop), bridge.admin);
    let counted = Arc::clone(&changes);
    let changing = tokio::spawn(async move {
        let mut accepted = "native";
        for mode in ["shadow", "native"].into_iter().cycle() {
            let answer = send_json(admin, "PATCH", "/api/routes/tags_list", &rollout::to(mode)).await;
            match answer.status {
                200 => accepted = mode,
                // Not now: it is neither here nor there.
                503 => {}
                other => panic!("{other}: {}", answer.text()),
            }
            counted.fetch_add(1, Ordering::SeqCst);
            if stops.load(Ordering::SeqCst) {
                break;
            }
        }
        accepted
    });
    eventually("changes are asked for", || async { (changes.load(Ordering::SeqCst) > 3).then_some(()) }).await;
    let _successor = upgraded(&bridge).await;
    let seen = changes.load(Ordering::SeqCst);
    eventually("and go on", || async { (changes.load(Ordering::SeqCst) > seen + 3).then_some(()) }).await;
    stop.store(true, Ordering::SeqCst);
    let accepted = changing.await.unwrap();
    assert_eq!(rollout::route(&bridge, "tags_list").await["mode"], accepted);
    let state = std::fs::read_to_string(bridge.file.with_file_name("routes.state.toml")).unwrap_or_default();
    assert_eq!(state.contains("shadow"), accepted == "shadow", "{state}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_fails_when_everything_was_handed_over_gives_it_back() {
    let (_legacy, bridge) = both("").await;
    // A file that is somebody else's, which is found out last.
    std::fs::write(bridge.file.with_file_name("other.db"), [7; 4096]).unwrap();
    bridge.reconfigure("[parity]\nevidence = \"other.db\"\n").await;
    let mut open = Connection::open(bridge.address).await;
    let why = upgrade(&bridge, &[]).await.err().unwrap();
    assert!(why.contains("parity.evidence") && why.contains("other.db"), "{why}");
    open.send("GET /api/1/tags HTTP/1.1\r\nHost: x\r\n\r\n").await;
    let answer = open.answer().await;
    assert_eq!((answer.status, variant(&answer), answer.header("connection")), (200, "native", None));
    rollout::changed(&bridge, "tags_list", &rollout::to("shadow")).await;
    let state = std::fs::read_to_string(bridge.file.with_file_name("routes.state.toml")).unwrap();
    assert!(state.contains("tags_list"), "{state}");
    bridge.reconfigure("").await;
    let _successor = upgraded(&bridge).await;
    assert_eq!(rollout::route(&bridge, "tags_list").await["mode"], "shadow");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_else_can_have_a_process_take_over() {
    let output = bridge::run(&["serve", "--take-over"]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(said.contains("use cutover upgrade"), "{said}");
}
