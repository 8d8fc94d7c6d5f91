//! The handlers alone, without a legacy, on a copy of its data: they answer as was recorded, say why they do not, and
//! leave nothing behind.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    time::SystemTime,
};

use crate::support::{
    self, corpus,
    files::descriptors,
    legacy::{Legacy, PASSWORD, ROUTES, USER},
};
use bytes::Bytes;
use cutover::{
    config::Layers,
    db::Passphrase,
    parity::{Request, Response, client::Client},
    server::offline::{DataCopy, NativeAnswer, Offline},
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tempfile::TempDir;

fn request(method: &str, target: &str, body: Option<&Value>) -> Request {
    let mut headers = vec![("Host".to_owned(), "127.0.0.1".to_owned())];
    if body.is_some() {
        headers.push(("Content-Type".to_owned(), "application/json".to_owned()));
    }
    let body = body.map(|body| Bytes::from(body.to_string())).unwrap_or_default();
    Request { method: method.to_owned(), target: target.to_owned(), headers, body }
}

async fn offline(data: &Path, user: &str, password: &str) -> Result<Offline, String> {
    let copy = DataCopy::of(data, user).map_err(|error| error.to_string())?;
    let started = Offline::start(Layers::default(), copy, Passphrase::new(password.to_owned())).await;
    started.map_err(|error| error.to_string())
}

async fn answered(offline: &Offline, request: &Request) -> Response {
    match offline.ask(request).await.0 {
        NativeAnswer::Answered(response) => response,
        other => panic!("{request:?}: {other:?}"),
    }
}

/// Every file below, with a hash of what is in it and when that was written; the directories by name.
fn listing(directory: &Path) -> BTreeMap<PathBuf, Option<(Vec<u8>, SystemTime)>> {
    let mut found = BTreeMap::new();
    let mut left = vec![directory.to_owned()];
    while let Some(next) = left.pop() {
        for entry in std::fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            let hash = path.is_file().then(|| {
                let modified = path.metadata().unwrap().modified().unwrap();
                (Sha256::digest(std::fs::read(&path).unwrap()).to_vec(), modified)
            });
            if hash.is_none() {
                left.push(path.clone());
            }
            found.insert(path, hash);
        }
    }
    found
}

/// What of a response is legacy's: without transport.
fn contract(response: &Response) -> (u16, String, Vec<(String, String)>, String) {
    let transport = |name: &str| ["date", "connection"].iter().any(|of| name.eq_ignore_ascii_case(of));
    let headers = response.headers.iter().filter(|(name, _)| !transport(name)).cloned().collect();
    (response.status, response.reason.clone(), headers, String::from_utf8_lossy(&response.body).into_owned())
}

/// A recorded exchange, and whether legacy repeats it.
struct Recorded(Request, Response, bool);

fn recorded(har: &Path) -> Vec<Recorded> {
    let har: Value = serde_json::from_slice(&std::fs::read(har).unwrap()).unwrap();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let headers = |message: &Value| {
        message["headers"].as_array().unwrap().iter().map(|line| (text(&line["name"]), text(&line["value"]))).collect()
    };
    let entries = har["log"]["entries"].as_array().unwrap().iter().map(|entry| {
        let (asked, answered) = (&entry["request"], &entry["response"]);
        let request = Request {
            method: text(&asked["method"]),
            target: text(&asked["url"]).replace("http://127.0.0.1", ""),
            headers: headers(asked),
            body: text(&asked["postData"]["text"]).into(),
        };
        let response = Response {
            status: u16::try_from(answered["status"].as_u64().unwrap()).unwrap(),
            reason: text(&answered["statusText"]),
            headers: headers(answered),
            spelled: true,
            body: text(&answered["content"]["text"]).into(),
        };
        Recorded(request, response, entry["_volatile"] == true)
    });
    entries.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn recorded_reads_are_answered_as_recorded_without_a_legacy() {
    let Some(corpus) = corpus() else { return };
    let (snapshot, entries) = (corpus.join("snapshot"), recorded(&corpus.join("reads.har")));
    let before = listing(&snapshot);
    let offline = offline(&snapshot, "carol", "p'w 1").await.unwrap();
    let copy = offline.data().path().to_owned();
    for Recorded(request, response, _) in &entries {
        offline.learn(request, response);
    }
    let (mut same, mut repeated, mut declined, mut not_native) = (0, 0, Vec::new(), 0);
    let mut seen = Vec::new();
    for Recorded(request, response, volatile) in &entries {
        let shown = format!("{} {}", request.method, request.target);
        match offline.ask(request).await.0 {
            NativeAnswer::Answered(actual) if *volatile => {
                assert_eq!(actual.status, response.status, "{shown}");
                repeated += 1;
            }
            NativeAnswer::Answered(actual) => {
                assert_eq!(contract(&actual), contract(response), "{shown}");
                same += 1;
                seen.push((shown, actual.status));
            }
            NativeAnswer::Declined(why) => declined.push(format!("{shown}: {why}")),
            NativeAnswer::Failed(why) => panic!("{shown}: {why}"),
            NativeAnswer::NotNative => not_native += 1,
        }
    }
    println!("{same} the same, {repeated} volatile, {} declined, {not_native} not native", declined.len());
    println!("{}", declined.join("\n"));
    for wanted in ["GET /api/1/tags", "GET /api/1/assets/types", "GET /api/1/ping"] {
        assert!(seen.contains(&(wanted.to_owned(), 200)), "{wanted}");
    }
    assert!(seen.iter().any(|(_, status)| *status == 400), "a refusal");
    assert!(same >= 300, "only {same}");
    assert!(repeated > 0 && not_native > 0, "settings are answered, and odd paths are nobody's");

    offline.close().await;
    assert!(!copy.exists());
    assert_eq!(descriptors(&copy), Vec::<String>::new(), "still open");
    assert_eq!(descriptors(&snapshot), Vec::<String>::new(), "still open");
    assert_eq!(listing(&snapshot), before);
}

/// Legacy's own answers, as a recording would have them, and its data after it was stopped.
async fn lived() -> (TempDir, Vec<(Request, Response)>) {
    let directory = TempDir::new().unwrap();
    let mut legacy = Legacy::on(directory.path(), &["--seed-data", "small"]);
    let client = Client::new(&format!("http://{}", legacy.address)).unwrap();
    let mut exchanges = Vec::new();
    let login = request("POST", &format!("/api/1/users/{USER}"), Some(&json!({"password": PASSWORD})));
    let tag = json!({
        "name": "written last", "description": null, "background_color": "000000", "foreground_color": "ffffff",
    });
    let mut asking = vec![login, request("PUT", "/api/1/tags", Some(&tag))];
    asking.extend(ROUTES.iter().map(|route| request("GET", route, None)));
    asking.push(request("POST", "/api/1/notes", Some(&json!({"limit": "x"}))));
    asking.push(request("HEAD", "/api/1/tags", None));
    for request in asking {
        let (response, _) = client.send(&request).await.unwrap();
        exchanges.push((request, response));
    }
    let tags = |(request, _): &&(Request, Response)| request.method == "GET" && request.target == "/api/1/tags";
    let tags = &exchanges.iter().find(tags).unwrap().1;
    assert!(String::from_utf8_lossy(&tags.body).contains("written last"), "logged in, and written");
    // As in a crash: what was written last is in the log alone.
    legacy.kill();
    assert!(directory.path().join("users").join(USER).join("rotkehlchen.db-wal").exists());
    (directory, exchanges)
}

#[tokio::test(flavor = "multi_thread")]
async fn handlers_answer_what_a_legacy_that_is_gone_had_answered() {
    let (data, exchanges) = lived().await;
    let before = listing(data.path());
    let offline = offline(data.path(), USER, PASSWORD).await.unwrap();
    let copy = offline.data().path().to_owned();
    // Nothing was shown yet.
    let why = match offline.ask(&exchanges[2].0).await.0 {
        NativeAnswer::Declined(why) => why,
        other => panic!("{other:?}"),
    };
    assert_eq!(why, "legacy has not shown yet what it answers to this Origin");
    for (request, response) in &exchanges {
        offline.learn(request, response);
    }
    for (request, response) in &exchanges[2..] {
        assert_eq!(contract(&answered(&offline, request).await), contract(response), "{request:?}");
    }
    offline.close().await;
    assert!(!copy.exists());
    assert_eq!(descriptors(&copy), Vec::<String>::new(), "still open");
    assert_eq!(listing(data.path()), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_no_handler_answers_is_told_apart() {
    let (data, exchanges) = lived().await;
    let offline = offline(data.path(), USER, PASSWORD).await.unwrap();
    for (request, response) in &exchanges {
        offline.learn(request, response);
    }
    let login = request("POST", &format!("/api/1/users/{USER}"), Some(&json!({"password": PASSWORD})));
    let mut upgrade = request("GET", "/ws", None);
    for (name, value) in [
        ("Connection", "Upgrade"),
        ("Upgrade", "websocket"),
        ("Sec-WebSocket-Version", "13"),
        ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
    ] {
        upgrade.headers.push((name.into(), value.into()));
    }
    for asked in [
        request("GET", "/api/1/nowhere", None),
        request("PUT", "/api/1/users", Some(&json!({"name": "x"}))),
        request("PATCH", &format!("/api/1/users/{USER}"), Some(&json!({"action": "logout"}))),
        login,
        upgrade,
    ] {
        assert_eq!(offline.ask(&asked).await.0, NativeAnswer::NotNative, "{asked:?}");
    }
    let mut elsewhere = request("GET", "/api/1/tags", None);
    elsewhere.headers.push(("Origin".into(), "http://never.seen".into()));
    let declined = |why: &str| NativeAnswer::Declined(why.to_owned());
    let unknown = declined("legacy has not shown yet what it answers to this Origin");
    assert_eq!(offline.ask(&elsewhere).await.0, unknown);
    let updates = request("GET", "/api/1/info?check_for_updates=1", None);
    assert_eq!(offline.ask(&updates).await.0, declined("github is legacy's to ask"));
    let odd = request("GET", "/a b", None);
    assert!(matches!(offline.ask(&odd).await.0, NativeAnswer::Declined(why) if why.starts_with("the bridge lets no")));
    let unsendable = request("GET", "/\u{20ac}", None);
    assert!(matches!(offline.ask(&unsendable).await.0, NativeAnswer::Failed(why) if why.contains("no byte")));
    // None of that had an effect.
    let tags = request("GET", "/api/1/tags", None);
    assert_eq!(answered(&offline, &tags).await.status, 200);
    // One that is only dropped ends too.
    let copy = offline.data().path().to_owned();
    assert!(!descriptors(&copy).is_empty());
    drop(offline);
    support::eventually("its files are closed", || async { descriptors(&copy).is_empty().then_some(()) }).await;
    assert!(!copy.exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_can_not_be_opened_is_said_before_the_first_request() {
    let legacy = Legacy::start();
    let data = legacy.data().to_owned();
    let said = async |data: &Path, user: &str, password: &str| {
        let error = offline(data, user, password).await.expect_err("it is refused");
        error.replace(&data.display().to_string(), "DATA")
    };
    for password in ["wrong", "", "\0"] {
        assert_eq!(
            said(&data, USER, password).await,
            format!("the password does not open the databases of {USER:?}"),
            "{password:?}"
        );
    }
    assert_eq!(said(&data, "nobody", "x").await, "there is no user \"nobody\" in DATA/users");

    let other = TempDir::new().unwrap();
    support::copy(&data, other.path());
    let global = other.path().join("global/global.db");
    let connection = rusqlite::Connection::open(&global).unwrap();
    connection.execute("UPDATE settings SET value = '14' WHERE name = 'version'", []).unwrap();
    drop(connection);
    assert_eq!(said(other.path(), USER, PASSWORD).await, "global.db has version 14, handlers know 13");
    let theirs = other.path().join("users").join(USER).join("rotkehlchen.db");
    std::fs::write(&theirs, "").unwrap();
    let error = said(other.path(), USER, PASSWORD).await;
    assert_eq!(error, format!("a database can not be read: DATA/users/{USER}/rotkehlchen.db: the file is empty"));
    std::fs::remove_file(&theirs).unwrap();
    assert_eq!(said(other.path(), USER, PASSWORD).await, format!("DATA/users/{USER}/rotkehlchen.db is missing"));
}
