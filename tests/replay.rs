//! `cutover parity replay`: what was recorded is asked of the handlers alone, and every deliberate fault is found.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::{Command, Output},
    time::SystemTime,
};

use crate::support::{
    corpus,
    legacy::{Legacy, PASSWORD, USER},
    upstream::Upstream,
};
use cutover::parity::{
    Request,
    client::Client,
    har::{Entry, Writer},
};
use serde_json::{Value, json};
use tempfile::TempDir;

/// A folder with a password file in it.
fn folder(password: &str) -> (TempDir, PathBuf) {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("password");
    std::fs::write(&file, format!("{password}\n")).unwrap();
    (folder, file)
}

/// `cutover parity replay` with a report in JSON, and the fault that its handlers have.
fn replay(folder: &Path, arguments: &[&str], fault: &str) -> (Output, Value) {
    let output = Command::new(env!("CARGO_BIN_EXE_cutover"))
        .args(["parity", "replay", "--report", "json", "--out", folder.to_str().unwrap()])
        .args(["--config", concat!(env!("CARGO_MANIFEST_DIR"), "/routes.toml")])
        .args(arguments)
        .env("TEST_FAULT_OF_CUTOVER", fault)
        .output()
        .unwrap();
    let report = std::fs::read(folder.join("parity.json")).unwrap_or_else(|_| panic!("{output:?}"));
    (output, serde_json::from_slice(&report).unwrap())
}

fn verdicts(report: &Value) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for case in report["cases"].as_array().unwrap() {
        *counts.entry(case["verdict"].as_str().unwrap().to_owned()).or_default() += 1;
    }
    counts
}

/// A request of the legacy backend's own, recorded.
async fn record(legacy: &Legacy, file: &Path, asked: &[(&str, &str, Option<Value>)]) {
    let client = Client::new(&format!("http://{}", legacy.address)).unwrap();
    let mut writer = Writer::create_new(file).unwrap();
    for (number, (method, target, body)) in asked.iter().enumerate() {
        let mut headers = vec![("Host".to_owned(), "127.0.0.1".to_owned()), ("Accept".to_owned(), "*/*".to_owned())];
        if body.is_some() {
            headers.push(("Content-Type".to_owned(), "application/json".to_owned()));
        }
        let body = body.as_ref().map(ToString::to_string).unwrap_or_default();
        let request = Request { method: (*method).into(), target: (*target).into(), headers, body: body.into() };
        let (response, _) = client.send(&request).await.unwrap();
        let mut entry = Entry::new(SystemTime::now(), request, Ok(response));
        // The moment of the login is in the settings.
        entry.volatile = target.ends_with("/settings");
        entry.sequence = (*method == "PUT").then_some((0, number as u64));
        writer.append(&entry).unwrap();
    }
    writer.finish().unwrap();
}

async fn recorded(folder: &Path) -> (Legacy, PathBuf) {
    let legacy = Legacy::start();
    let file = folder.join("recorded.har");
    let login = format!("/api/1/users/{USER}");
    let asked = [
        ("POST", login.as_str(), Some(json!({"password": PASSWORD}))),
        ("GET", "/api/1/ping", None),
        ("GET", "/api/1/info", None),
        ("GET", "/api/1/users", None),
        ("GET", "/api/1/settings", None),
        ("GET", "/api/1/tags", None),
        ("HEAD", "/api/1/tags", None),
        ("GET", "/api/1/tags?unknown=1", None),
        ("GET", "/api/1/assets/types", None),
        ("GET", "/api/1/locations/all", None),
        ("GET", "/api/1/not/there", None),
        // Refused, so that the data stay as they are.
        ("PUT", "/api/1/tags", Some(json!({"name": "x"}))),
    ];
    record(&legacy, &file, &asked).await;
    let logout = Request {
        method: "PATCH".into(),
        target: login.clone(),
        headers: vec![("Content-Type".into(), "application/json".into())],
        body: r#"{"action": "logout"}"#.into(),
    };
    Client::new(&format!("http://{}", legacy.address)).unwrap().send(&logout).await.unwrap();
    (legacy, file)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_legacy_was_recorded_to_answer_is_what_the_handlers_answer_alone() {
    let (folder, password) = folder(PASSWORD);
    let (mut legacy, file) = recorded(folder.path()).await;
    legacy.kill();
    let data = legacy.data().to_str().unwrap();
    let arguments =
        [file.to_str().unwrap(), "--data-dir", data, "--user", USER, "--password-file", password.to_str().unwrap()];
    let (output, report) = replay(folder.path(), &arguments, "none");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    let counts = verdicts(&report);
    // What is not there has no handler; the login, and the write of a sequence, may write: listed, and not asked.
    let count = |word: &str| counts.get(word).copied().unwrap_or_default();
    assert_eq!((count("matched") + count("ignored"), count("skipped")), (9, 3), "{counts:?}");

    // Faults, by the kind of their handler: constants, memory, files, the user's database.
    let faults = [
        ("key-order", "tags_list", "order", "/result"),
        ("key-order", "info", "order", "/result"),
        ("space", "assets_types", "format", "/result/*"),
        ("space", "tags_list", "format", "/result/Alpha"),
        ("status", "ping", "status", "status"),
        ("status", "users_list", "status", "status"),
        ("dropped-field", "users_list", "missing", "/result/ada"),
        ("dropped-field", "tags_list", "missing", "/result/*"),
        ("float", "settings_get", "type", "/result/version"),
        ("row-order", "assets_types", "order", "/result"),
        ("panic", "tags_list", "handler failed", ""),
        ("invalid-utf8", "ping", "value", "body"),
    ];
    let mut missed = Vec::new();
    for (fault, route, kind, path) in faults {
        let arguments: Vec<&str> = arguments.iter().copied().chain(["--route", route]).collect();
        let (output, report) = replay(folder.path(), &arguments, &format!("{fault}@{route}"));
        let case = report["cases"].as_array().unwrap().iter().find(|case| case["agrees"] == false);
        let found = case.map(|case| match case["differences"].get(0) {
            Some(first) => format!("{} {}", first["kind"].as_str().unwrap(), first["general"].as_str().unwrap()),
            None => format!("{} ", case["verdict"].as_str().unwrap()),
        });
        if output.status.code() != Some(1) || found != Some(format!("{kind} {path}")) {
            missed.push(format!("{fault} in {route}: exit {:?}, {found:?}", output.status.code()));
        }
    }
    assert!(missed.is_empty(), "{missed:#?}");
}

/// Of the corpus in this repository: answers judged, without those of sequences.
const JUDGED: usize = 55;

#[test]
fn the_corpus_of_this_repository_replays_at_100_percent() {
    let (folder, password) = folder(PASSWORD);
    // Seeded as it was when the recording began.
    let mut legacy = Legacy::start();
    legacy.kill();
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("compat/corpus");
    let [reads, writes] = ["reads.har", "writes.har"].map(|file| corpus.join(file).to_str().unwrap().to_owned());
    let data = legacy.data().to_str().unwrap();
    let options =
        ["--data-dir", data, "--user", USER, "--password-file", password.to_str().unwrap(), "--fail-under", "100"];
    let with = |more: &[&str]| {
        let arguments: Vec<&str> = more.iter().chain(&options).copied().collect();
        let (output, report) = replay(folder.path(), &arguments, "none");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
        verdicts(&report)
    };
    let judged = with(&[&reads, "--least", &JUDGED.to_string()]);
    assert_eq!(judged.get("handler declined"), None, "{judged:?}");
    with(&[&writes, "--facts", &reads, "--sequences"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_shared_corpus_replays_without_a_difference_and_with_a_fault_without_an_agreement() {
    let Some(corpus) = corpus() else { return };
    let (folder, password) = folder("p'w 1");
    let (reads, writes, data) = (corpus.join("reads.har"), corpus.join("writes.har"), corpus.join("snapshot"));
    let [reads, writes, data, password] =
        [&reads, &writes, &data, &password].map(|path| path.to_str().unwrap().to_owned());
    let options = ["--data-dir", &data, "--user", "carol", "--password-file", &password];
    let with = |more: &[&str], fault: &str| {
        let arguments: Vec<&str> = more.iter().chain(&options).copied().collect();
        replay(folder.path(), &arguments, fault)
    };
    let (output, report) = with(&[&reads, "--fail-under", "100", "--least", "560"], "none");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    let judged = verdicts(&report);
    assert_eq!(judged.get("mismatched"), None, "{judged:?}");

    let recorded = cutover::parity::har::read(Path::new(&reads)).unwrap().entries;
    let recorded: Vec<u16> = recorded.iter().map(|entry| entry.response.as_ref().unwrap().status).collect();
    for (fault, kind) in [("status", "status"), ("space", "format")] {
        let (output, report) = with(&[&reads, "--migrated"], fault);
        assert_eq!(output.status.code(), Some(1));
        let cases = report["cases"].as_array().unwrap();
        // To a HEAD there is no body that a blank could be in; what is no JSON is refused before any handler.
        let missed: Vec<&Value> = cases
            .iter()
            .filter(|case| fault == "status" || case["request"]["method"] != "HEAD")
            .filter(|case| recorded[usize::try_from(case["number"].as_u64().unwrap()).unwrap()] != 500)
            .filter(|case| !case["differences"].as_array().is_some_and(|all| all.iter().any(|one| one["kind"] == kind)))
            .collect();
        assert!(missed.is_empty(), "{fault}: {missed:#?}");
    }

    // A write that is not native is listed, and so is what builds on it.
    let (output, report) =
        with(&[&writes, "--sequences", "--least", "80", "--fail-under", "100", "--jobs", "8"], "none");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    assert_eq!(verdicts(&report).get("mismatched"), None, "{:?}", verdicts(&report));
}

#[tokio::test(flavor = "multi_thread")]
async fn two_servers_are_compared_with_each_other_and_one_that_does_not_repeat_itself_is_noise() {
    let (folder, _) = folder("x");
    let legacy = Upstream::start(|mut incoming| async move {
        let mut count = 0;
        while let Some(head) = incoming.request().await {
            count += 1;
            let result = if head.contains("noisy") { count.to_string() } else { "true".to_owned() };
            incoming.send(answer(&format!("{{\"result\": {result}}}"))).await;
        }
    })
    .await;
    let other = Upstream::start(|mut incoming| async move {
        while let Some(head) = incoming.request().await {
            let result = if head.contains("same") { "true" } else { "false" };
            incoming.send(answer(&format!("{{\"result\": {result}}}"))).await;
        }
    })
    .await;
    let file = folder.path().join("asked.har");
    let mut writer = Writer::create_new(&file).unwrap();
    for target in ["/same", "/other", "/noisy"] {
        let headers = vec![("Host".to_owned(), "x".to_owned())];
        let request = Request { method: "GET".into(), target: target.into(), headers, body: "".into() };
        writer.append(&Entry::new(SystemTime::now(), request, Err("not recorded".into()))).unwrap();
    }
    writer.finish().unwrap();
    let (target, against) = (format!("http://{}", other.address), format!("http://{}", legacy.address));
    let arguments = [file.to_str().unwrap(), "--target", &target, "--against", &against];
    let (output, report) = tokio::task::spawn_blocking({
        let (folder, arguments) = (folder.path().to_owned(), arguments.map(ToOwned::to_owned));
        move || replay(&folder, &arguments.each_ref().map(String::as_str), "none")
    })
    .await
    .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let shown: Vec<&str> =
        report["cases"].as_array().unwrap().iter().map(|case| case["verdict"].as_str().unwrap()).collect();
    assert_eq!(shown, ["matched", "mismatched", "noise"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_may_write_is_asked_in_its_sequence_or_not_at_all() {
    let (folder, _) = folder("x");
    let server = Upstream::start(|mut incoming| async move {
        while incoming.request().await.is_some() {
            incoming.send(answer("{}")).await;
        }
    })
    .await;
    let file = folder.path().join("asked.har");
    let mut writer = Writer::create_new(&file).unwrap();
    for (method, sequence) in [("DELETE", None), ("GET", None), ("PUT", Some((7, 0))), ("GET", Some((7, 1)))] {
        let headers = vec![("Host".to_owned(), "x".to_owned())];
        let request = Request { method: method.into(), target: "/thing".into(), headers, body: "".into() };
        let mut entry = Entry::new(SystemTime::now(), request, Err("not recorded".into()));
        entry.sequence = sequence;
        writer.append(&entry).unwrap();
    }
    writer.finish().unwrap();
    let url = format!("http://{}", server.address);
    let arguments = [file.to_str().unwrap(), "--target", &url, "--against", &url].map(ToOwned::to_owned);
    let path = folder.path().to_owned();
    let replaying =
        tokio::task::spawn_blocking(move || replay(&path, &arguments.each_ref().map(String::as_str), "none"));
    let (_, report) = replaying.await.unwrap();
    assert_eq!(verdicts(&report), BTreeMap::from([("matched".to_owned(), 2), ("skipped".to_owned(), 2)]));
    assert!(server.seen().iter().all(|head| head.starts_with("GET ")), "{:?}", server.seen());
}

fn answer(body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}", body.len())
}

#[test]
fn what_keeps_a_replay_from_running_is_one_clear_line_and_exit_2() {
    let (folder, password) = folder("x");
    let har = folder.path().join("a.har");
    std::fs::write(&har, r#"{"log": {"version": "1.2", "creator": {"name": "x", "version": "1"}, "entries": []}}"#)
        .unwrap();
    let (har, password) = (har.to_str().unwrap(), password.to_str().unwrap());
    let other = folder.path().join("b.har");
    let entry = json!({"startedDateTime": "2026-01-01T00:00:00Z", "time": 1, "cache": {}, "timings": {"send": 0, "wait": 0, "receive": 0},
        "request": {"method": "GET", "url": "http://127.0.0.1/api/1/ping", "httpVersion": "HTTP/1.1", "cookies": [], "headers": [], "queryString": [], "headersSize": -1, "bodySize": 0},
        "response": {"status": 200, "statusText": "OK", "httpVersion": "HTTP/1.1", "cookies": [], "headers": [], "redirectURL": "", "headersSize": -1, "bodySize": 0, "content": {"size": 0, "mimeType": "", "text": ""}}});
    let whole = json!({"log": {"version": "1.2", "creator": {"name": "x", "version": "1"}, "entries": [entry]}});
    std::fs::write(&other, whole.to_string()).unwrap();
    let other = other.to_str().unwrap();
    let runs: &[&[&str]] = &[
        &["/not/there.har"],
        &[password],
        &[har],
        &[other],
        &[other, "--data-dir", "/not/there"],
        &[other, "--data-dir", "/not/there", "--user", "ada"],
        &[other, "--data-dir", "/not/there", "--user", "ada", "--password-file", password],
        &[other, "--route", "tagslist"],
        &[other, "--target", "https://example.org"],
        &[other, "--report", "pdf"],
    ];
    let shown: Vec<String> = runs
        .iter()
        .map(|arguments| {
            let output = Command::new(env!("CARGO_BIN_EXE_cutover"))
                .args(["parity", "replay"])
                .args(*arguments)
                .output()
                .unwrap();
            assert_eq!(output.status.code(), Some(2), "{arguments:?}");
            let text = String::from_utf8_lossy(&output.stderr).replace(folder.path().to_str().unwrap(), "…");
            let asked = arguments.join(" ").replace(folder.path().to_str().unwrap(), "…");
            format!("{asked}\n  {}", text.trim_end())
        })
        .collect();
    insta::assert_snapshot!(shown.join("\n"));
}
