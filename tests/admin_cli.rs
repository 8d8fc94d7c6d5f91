//! The commands that ask a running bridge: what they print, and how they exit.

use std::{
    io::{BufRead, BufReader},
    process::{Command, Output, Stdio},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use crate::support::{
    self,
    bridge::{Setup, run},
    upstream::{Incoming, Upstream},
};
use serde_json::{Value, json};

const LEGACY_ANSWER: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";

/// Exit status, standard output, standard error.
fn ended(output: &Output) -> (i32, String, String) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
}

fn json_answer(status: &str, body: &Value) -> String {
    let body = body.to_string();
    format!("HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}", body.len())
}

/// A stand-in for an admin API: answers each request by its line.
async fn admin(answer: fn(&str) -> (&'static str, Value)) -> (Upstream, String) {
    let upstream = Upstream::start(move |mut incoming| async move {
        while let Some(head) = incoming.request().await {
            let line = head.lines().next().unwrap().to_owned();
            if let Some(length) = length(&head) {
                incoming.body(length).await;
            }
            let (status, body) = answer(&line);
            incoming.send(json_answer(status, &body)).await;
        }
    })
    .await;
    let url = format!("http://{}", upstream.address);
    (upstream, url)
}

fn length(head: &str) -> Option<usize> {
    let line = head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length: ").map(str::to_owned))?;
    line.trim().parse().ok()
}

fn entry(id: u64, mode: &str) -> Value {
    json!({
        "id": id, "at": "2026-11-22T01:02:03.456Z", "by": {"kind": "person", "name": "ann"}, "action": "set",
        "route": "tags_list", "old": {"mode": "legacy", "percent": 0}, "new": {"mode": mode, "percent": 0},
        "reason": "MANUAL", "why": "because", "evidence": null,
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn the_kill_switch_can_be_worked_from_a_shell() {
    let upstream = Upstream::always(LEGACY_ANSWER).await;
    let bridge = Setup::before(upstream.address).start().await;
    let admin = format!("http://{}", bridge.admin);
    let flag = |arguments: &[&str]| ended(&run(&[&["flag", "--admin", &admin], arguments].concat()));
    for (all, engaged, said) in [("legacy", true, "kill switch engaged: "), ("resume", false, "kill switch released: ")]
    {
        let (code, out, error) = flag(&["--all", all, "--why", "a drill"]);
        assert_eq!((code, out.starts_with(said)), (0, true), "{out}{error}");
        assert_eq!(bridge.status().await["kill_switch"], engaged, "in force when the command returns");
    }
    bridge.reconfigure("[flags]\nkill_switch = true\n").await;
    let (code, _, error) = flag(&["--all", "resume"]);
    assert_eq!((code, error.contains("flags.kill_switch of the configuration keeps it engaged")), (1, true), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_route_is_moved_shown_and_written_down_from_a_shell() {
    let upstream = Upstream::always(LEGACY_ANSWER).await;
    let bridge = Setup::before(upstream.address).start().await;
    let admin = format!("http://{}", bridge.admin);
    let ask = |arguments: &[&str]| ended(&run(&[arguments, &["--admin", &admin]].concat()));
    let (code, out, error) = ask(&["flag", "ping", "native", "--by", "ann", "--why", "it is the first", "--force"]);
    assert_eq!((code, out.lines().next()), (0, Some("ping: legacy → native")), "{error}");
    let answer = support::raw::get(bridge.address, "/api/1/ping").await;
    assert_eq!(answer.header("x-cutover-variant"), Some("native"), "in force when the command returns");
    let (code, out, error) = ask(&["flag"]);
    let row = out.lines().find(|line| line.starts_with("ping ")).unwrap_or_else(|| panic!("{out}{error}"));
    assert!(code == 0 && row.contains("native") && out.lines().nth(2).is_none_or(str::is_empty), "{out}");
    let (_, out, error) = ask(&["flag", "ping"]);
    assert!(out.contains("by ann: it is the first") && out.contains("routes.toml  legacy"), "{out}{error}");
    assert_eq!(ask(&["flag", "ping", "hold", "--by", "ann"]).0, 0);
    let (code, _, error) = ask(&["flag", "pong", "native"]);
    assert!(code == 1 && error.contains("did you mean \"ping\"?"), "{error}");
    let (code, out, error) = ask(&["journal", "--route", "ping"]);
    let lines: Vec<&str> = out.lines().collect();
    assert_eq!((code, lines.len()), (0, 3), "{out}{error}");
    assert!(lines[1].contains("set: legacy → native") && lines[1].contains("it is the first"), "{out}");
    assert!(lines[2].contains("hold") && lines[2].contains("ann"), "{out}");
    let (code, out, error) = ask(&["status"]);
    assert!(code == 0 && out.starts_with("bridge       ready") && out.contains("set: legacy → native"), "{out}{error}");
    let (code, out, error) = ask(&["flag", "reset"]);
    assert_eq!((code, out.as_str()), (0, "1 route is as the configuration has it again\n"), "{error}");
    let (_, out, _) = ask(&["flag"]);
    assert!(out.starts_with("every route is in mode legacy"), "{out}");
    assert_eq!(serde_json::from_str::<Value>(&ask(&["status", "--json"]).1).unwrap()["ready"], true);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_a_route_is_one_request_and_says_what_it_came_to() {
    let (upstream, url) = admin(|_| {
        let route = json!({"name": "tags_list", "mode": "canary", "percent": 12.5, "forwarded": null});
        ("200 OK", json!({"route": route, "entry": entry(7, "canary")}))
    })
    .await;
    let (code, out, error) =
        ended(&run(&["flag", "tags_list", "canary", "12.5", "--why", "it's time", "--by", "ann", "--admin", &url]));
    assert_eq!((code, out.as_str()), (0, "tags_list: legacy → canary 12.5%\n"), "{error}");
    let seen = upstream.seen().concat();
    assert!(seen.starts_with("PATCH /api/routes/tags%5Flist HTTP/1.1\r\n"), "{seen}");
    assert!(seen.contains("content-type: application/json\r\n"), "{seen}");
    assert!(seen.ends_with(r#"{"mode":"canary","percent":12.5,"why":"it's time","by":"ann"}"#), "{seen}");
    let (_, out, _) = ended(&run(&["flag", "tags_list", "canary", "12.5", "--json", "--admin", &url]));
    assert_eq!(serde_json::from_str::<Value>(&out).unwrap()["entry"]["id"], 7);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_bridge_refuses_is_told_in_its_own_words_with_exit_1() {
    let (_upstream, url) = admin(|line| match line.split(' ').nth(1).unwrap() {
        "/api/routes/tags%5Flst" => {
            ("404 Not Found", json!({"error": "there is no route \"tags_lst\"; did you mean \"tags_list\"?"}))
        }
        "/api/routes/tags%5Flist" => {
            ("409 Conflict", json!({"error": "690 more requests are needed; --force goes over it"}))
        }
        _ => ("422 Unprocessable Entity", json!({"error": "unknown field \"x\""})),
    })
    .await;
    for (arguments, said) in [
        (&["flag", "tags_lst", "native"][..], "cutover: there is no route \"tags_lst\"; did you mean \"tags_list\"?\n"),
        (&["flag", "tags_list", "promote"], "cutover: 690 more requests are needed; --force goes over it\n"),
        (&["flag", "reset"], "cutover: unknown field \"x\"\n"),
        (&["journal"], "cutover: unknown field \"x\"\n"),
        (&["status"], "cutover: unknown field \"x\"\n"),
    ] {
        let (code, out, error) = ended(&run(&[arguments, &["--admin", &url]].concat()));
        assert_eq!((code, out.as_str(), error.as_str()), (1, "", said), "{arguments:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bridge_that_can_not_be_asked_is_one_clear_line_and_exit_2() {
    let upstream = Upstream::always(LEGACY_ANSWER).await;
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let directory = tempfile::TempDir::new().unwrap();
    let (nobody, other) = (format!("http://{free}"), format!("http://{}", upstream.address));
    let broken = directory.path().join("broken.toml");
    std::fs::write(&broken, "[admin]\nadress = \"127.0.0.1:1\"\n").unwrap();
    for (arguments, said) in [
        (vec!["status", "--admin", &nobody], "no bridge at http://"),
        (vec!["status", "--admin", &nobody], "(start one with cutover serve, or say where it is: --admin URL): "),
        (vec!["flag", "--admin", &other], "is it of another version?"),
        (vec!["journal", "--follow", "--admin", &other], "is no admin API of a bridge"),
        (vec!["flag", "--admin", "localhost:1"], "write it as http://HOST:PORT"),
        (vec!["flag", "ping", "nativ"], "did you mean \"native\"?"),
        (vec!["status", "--config", broken.to_str().unwrap()], "did you mean \"address\"?"),
        (vec!["status", "--config", broken.to_str().unwrap()], "--admin URL says it"),
    ] {
        let (code, out, error) = ended(&run(&arguments));
        assert_eq!((code, out.as_str(), error.lines().count()), (2, "", 1), "{arguments:?}: {error}");
        assert!(error.contains(said), "{arguments:?}: {error}");
    }
    // Who says where it is needs no configuration: the kill switch has to work beside a file that is broken.
    let (code, _, error) =
        ended(&run(&["flag", "--all", "legacy", "--admin", &nobody, "--config", broken.to_str().unwrap()]));
    assert!(code == 2 && error.contains("no bridge at"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_token_is_found_through_the_configuration_or_given_by_its_file() {
    let directory = tempfile::TempDir::new().unwrap();
    let (right, wrong) = (directory.path().join("right"), directory.path().join("wrong"));
    std::fs::write(&right, "0123456789abcdef\n").unwrap();
    std::fs::write(&wrong, "0123456789abcdeg\n").unwrap();
    let upstream = Upstream::always(LEGACY_ANSWER).await;
    let routes = format!("[admin]\ntoken_file = {right:?}\n");
    let bridge = Setup::before(upstream.address).routes(&routes).start_alone();
    let admin = format!("http://{}", bridge.admin);
    let kill = |arguments: &[&str]| ended(&run(&[&["flag", "--all", "legacy", "--admin", &admin], arguments].concat()));
    let (code, _, error) = kill(&[]);
    assert!(code == 2 && error.contains("asks for a token") && error.contains("--token-file"), "{error}");
    let (code, _, error) = kill(&["--token-file", wrong.to_str().unwrap()]);
    assert!(code == 2 && error.contains("the token is wrong"), "{error}");
    let (code, _, error) = kill(&["--token-file", "/nowhere"]);
    assert!(code == 2 && error.contains("--token-file") && error.contains("can not be read"), "{error}");
    assert_eq!(kill(&["--token-file", right.to_str().unwrap()]).0, 0);
    assert_eq!(kill(&["--config", bridge.file.to_str().unwrap()]).0, 0);
    let out = directory.path().join("a.har");
    let record = |arguments: &[&str]| {
        let out = out.to_str().unwrap();
        run(&[&["parity", "record", "--out", out, "--for", "1ms", "--admin", &admin], arguments].concat())
    };
    assert_eq!(record(&[]).status.code(), Some(2));
    let recorded = record(&["--token-file", right.to_str().unwrap()]);
    assert_eq!(recorded.status.code(), Some(0), "{recorded:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_journal_is_read_page_by_page_and_printed_the_oldest_first() {
    let (upstream, url) = admin(|line| {
        let target = line.split(' ').nth(1).unwrap();
        let page = match target.split_once("before=").map(|(_, before)| before) {
            None => json!({"entries": [entry(4, "native"), entry(3, "canary")], "next": 3}),
            Some("3") => json!({"entries": [entry(2, "shadow")], "next": null}),
            Some(_) => json!({"entries": [], "next": null}),
        };
        ("200 OK", page)
    })
    .await;
    let (code, out, error) = ended(&run(&["journal", "--route", "tags_list", "--admin", &url]));
    let lines: Vec<&str> = out.lines().collect();
    assert_eq!((code, lines.len()), (0, 4), "{out}{error}");
    assert!(lines[1].starts_with("2 ") && lines[1].contains("set: legacy → shadow"), "{out}");
    assert!(lines[3].starts_with("4 ") && lines[3].ends_with("ann  because"), "{out}");
    assert!(upstream.seen()[0].starts_with("GET /api/journal?limit=20&route=tags%5Flist "), "{:?}", upstream.seen());
    let (_, out, _) = ended(&run(&["journal", "--json", "--admin", &url]));
    let ids: Vec<Value> = out.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["id"].clone()).collect();
    assert_eq!(ids, [2, 3, 4]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_journal_is_followed_through_a_restart_of_the_bridge_without_a_gap_or_a_double() {
    let streams = Arc::new(AtomicUsize::new(0));
    let upstream = Upstream::start(move |mut incoming: Incoming| {
        let streams = Arc::clone(&streams);
        async move {
            let Some(head) = incoming.request().await else { return };
            if head.starts_with("GET /api/events?topics=changes ") {
                incoming.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n: ok\n\n").await;
                // The second one was on its way when the journal was read; the third one is lost with the connection.
                let events = if streams.fetch_add(1, Ordering::SeqCst) == 0 { [1, 2] } else { [4, 5] };
                for id in events {
                    incoming.send(format!("event: change\ndata: {}\n\n", entry(id, "native"))).await;
                }
                if events == [4, 5] {
                    incoming.request().await;
                }
            } else if streams.load(Ordering::SeqCst) == 1 {
                incoming.send(json_answer("200 OK", &json!({"entries": [entry(1, "native")], "next": null}))).await;
            } else {
                let entries = [4, 3, 2, 1].map(|id| entry(id, "native"));
                incoming.send(json_answer("200 OK", &json!({"entries": entries, "next": null}))).await;
            }
        }
    })
    .await;
    let mut child = Command::new(env!("CARGO_BIN_EXE_cutover"))
        .args(["journal", "--follow", "--json", "--admin", &format!("http://{}", upstream.address)])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let ids: Vec<Value> =
        lines.take(5).map(|line| serde_json::from_str::<Value>(&line.unwrap()).unwrap()["id"].clone()).collect();
    assert_eq!(ids, [1, 2, 3, 4, 5]);
    child.kill().unwrap();
    child.wait().unwrap();
}
