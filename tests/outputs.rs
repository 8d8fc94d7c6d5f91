//! What the bridge leaves behind and says, whatever it does: files that are their owner's alone, and no secret.
//!
//! One run through everything that has secrets in it: logins right and wrong, at once and as tasks, passwords changed, keys
//! of services and exchanges, in bodies, queries and headers, well-formed and not; in every mode, with mismatches kept, a
//! recording, the socket of the package, all log lines, and a legacy that goes away. Then every byte is looked at.

use std::{
    net::SocketAddr,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Command,
    sync::Arc,
};

use crate::support::{
    bridge::{Bridge, Setup},
    eventually,
    legacy::Legacy,
    package::{Package, all_parts},
    raw::{self, Connection},
    recorder::Recorder,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use parking_lot::Mutex;
use regex::bytes::Regex;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::AsyncReadExt;

/// In every secret.
const MARK: &str = "zq7secret";
const USER: &str = "zed";
const PASSWORD: &str = "zq7secret'1 \u{f6}";
const ANOTHER: &str = "zq7secret 2";

/// What a running bridge and its commands said and wrote.
struct Outputs {
    /// By what they are called.
    said: Vec<(String, Vec<u8>)>,
    /// Where its files are; the test itself made routes.toml alone.
    directory: TempDir,
    /// Keys of databases.
    keys: Vec<[u8; 32]>,
}

async fn send(address: SocketAddr, method: &str, target: &str, headers: &str, body: &str) -> raw::Answer {
    let length = body.len();
    let head = format!("{method} {target} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n{headers}");
    raw::exchange(address, format!("{head}Content-Length: {length}\r\n\r\n{body}")).await
}

async fn json_to(address: SocketAddr, method: &str, path: &str, body: Value) -> u16 {
    raw::send_json(address, method, &format!("/api/1/{path}"), &body).await.status
}

/// Everything of a user's that is secret, sent once.
async fn traffic(address: SocketAddr) {
    let login = format!("users/{USER}");
    json_to(address, "POST", &login, json!({"password": format!("{MARK}-wrong")})).await;
    assert_eq!(json_to(address, "POST", &login, json!({"password": PASSWORD})).await, 200);
    let services = json!({"services": [{"name": "etherscan", "api_key": format!("{MARK}KEY")},
        {"name": "monerium", "username": "u", "password": format!("{MARK}M")}]});
    json_to(address, "PUT", "external_services", services).await;
    json_to(address, "DELETE", "external_services", json!({"services": ["etherscan"], "password": MARK})).await;
    let exchange = json!({"name": "k", "location": "kraken", "api_key": MARK, "api_secret": MARK, "passphrase": MARK});
    json_to(address, "PUT", "exchanges", exchange).await;
    let premium = json!({"premium_api_key": format!("{MARK}P"), "premium_api_secret": format!("{MARK}S")});
    json_to(address, "PATCH", &login, premium).await;
    json_to(address, "PUT", "blockchains/btc/xpub", json!({"xpub": format!("xpub{MARK}")})).await;
    let change = |from: &str, to: &str| json!({"name": USER, "current_password": from, "new_password": to});
    assert_eq!(json_to(address, "PATCH", &format!("{login}/password"), change(PASSWORD, ANOTHER)).await, 200);
    assert_eq!(json_to(address, "PATCH", &format!("{login}/password"), change(ANOTHER, PASSWORD)).await, 200);
    let basic = STANDARD.encode(format!("u:{MARK}"));
    for target in ["settings", "tags", "external_services", "info", "ping", "users", "nowhere", "tasks"] {
        for headers in [
            format!("Authorization: Bearer {MARK}\r\nCookie: sid={MARK}\r\nX-Api-Key: {MARK}\r\n"),
            format!("Authorization: Basic {basic}\r\nProxy-Authorization: Basic {basic}\r\n"),
            format!("Referer: http://x/?token={MARK}#access_token={MARK}\r\n"),
        ] {
            let query = format!("?api_key={MARK}&token=a%20{MARK}&password={MARK}");
            send(address, "GET", &format!("/api/1/{target}"), &headers, "").await;
            send(address, "GET", &format!("/api/1/{target}{query}"), &headers, "").await;
        }
    }
    // What legacy does not read, and the bridge neither.
    for (kind, body) in [
        ("application/json", format!("{{\"password\": \"{MARK}\"")),
        ("application/json", format!("[{{\"password\": \"{MARK}\"}}]")),
        ("application/json", format!("{{\"passw\\u006frd\": \"{MARK}\"}}")),
        ("application/x-www-form-urlencoded", format!("password={MARK}&api_key={MARK}")),
        ("text/plain", format!("password={MARK}")),
        ("multipart/form-data; boundary=x", format!("--x\r\nname=\"password\"\r\n\r\n{MARK}\r\n--x--")),
    ] {
        for target in ["/api/1/users/zed", "/api/1/tags", "/api/1/ping", "/api/1/nowhere"] {
            send(address, "POST", target, &format!("Content-Type: {kind}\r\n"), &body).await;
        }
    }
    let as_a_task = json!({"password": PASSWORD, "async_query": true});
    raw::send_json(address, "POST", &format!("/api/1/{login}"), &as_a_task).await;
    assert_eq!(json_to(address, "PATCH", &login, json!({"action": "logout"})).await, 200);
    let task = raw::send_json(address, "POST", &format!("/api/1/{login}"), &as_a_task).await;
    let task = task.json()["result"]["task_id"].as_u64().unwrap();
    eventually("the task is done", || async {
        let answer = raw::get(address, &format!("/api/1/tasks/{task}")).await.json();
        (answer["result"]["status"] != "pending").then_some(())
    })
    .await;
    assert_eq!(json_to(address, "PATCH", &login, json!({"action": "logout"})).await, 200);
}

/// What a stream of the admin API says, as long as it lasts.
async fn listen(admin: SocketAddr, target: &str) -> Arc<Mutex<Vec<u8>>> {
    let mut connection = Connection::open(admin).await;
    connection.send(format!("GET {target} HTTP/1.1\r\nHost: {admin}\r\n\r\n")).await;
    connection.until(b"\r\n\r\n").await.unwrap();
    let heard = Arc::new(Mutex::new(Vec::new()));
    let into = Arc::clone(&heard);
    tokio::spawn(async move {
        let mut piece = vec![0; 64 * 1024];
        while let Ok(count @ 1..) = connection.stream.read(&mut piece).await {
            into.lock().extend_from_slice(&piece[..count]);
        }
    });
    heard
}

/// Every answer of the admin API that ends.
async fn asked(bridge: &Bridge, said: &mut Vec<(String, Vec<u8>)>) {
    let document = raw::get(bridge.admin, "/openapi.json").await.json();
    let samples = raw::get(bridge.admin, "/api/samples").await.json();
    let ids: Vec<String> = samples.as_array().unwrap().iter().map(|sample| sample["id"].to_string()).collect();
    assert!(!ids.is_empty(), "mismatches are kept");
    let names = ["settings_get", "external_services_list", "tags_list"].map(str::to_owned);
    for (path, operations) in document["paths"].as_object().unwrap() {
        if operations["get"].is_null() || ["/api/events", "/api/parity/record"].contains(&path.as_str()) {
            continue;
        }
        let targets: Vec<String> = match path.as_str() {
            of_a_sample if of_a_sample.contains("{id}") => ids.iter().map(|id| path.replace("{id}", id)).collect(),
            of_a_route if of_a_route.contains("{name}") => {
                names.iter().map(|name| path.replace("{name}", name)).collect()
            }
            path => vec![path.to_owned()],
        };
        for target in targets {
            let answer = raw::get(bridge.admin, &target).await;
            said.push((format!("GET {target}"), [answer.head, answer.body].concat()));
        }
    }
}

fn command(directory: &Path, arguments: &[&str]) -> (String, Vec<u8>) {
    let run = "umask 000; exec \"$0\" \"$@\"";
    let mut command = Command::new("sh");
    command.args(["-c", run, env!("CARGO_BIN_EXE_cutover")]).args(arguments).current_dir(directory);
    let output = command.output().unwrap();
    (format!("cutover {}", arguments.join(" ")), [output.stdout, output.stderr].concat())
}

/// The key of a database file, as SQLCipher derives it.
fn key(file: &Path, password: &str) -> [u8; 32] {
    let mut key = [0; 32];
    let salt = &std::fs::read(file).unwrap()[..16];
    openssl::pkcs5::pbkdf2_hmac(password.as_bytes(), salt, 256_000, openssl::hash::MessageDigest::sha512(), &mut key)
        .unwrap();
    key
}

async fn everything() -> Outputs {
    let mut legacy = Legacy::start();
    let directory = TempDir::new().unwrap();
    let place = directory.path().to_owned();
    let socket = place.join("bridge.sock").display().to_string();
    let with = |more: &str| {
        format!(
            "[flags]\nnative_writes = \"always\"\n{more}\n[compat]\nsocket = {socket:?}\n[ws]\nmode = \"bridge\"\n\
             [parity]\nresample = 100\n[rollout]\nwebhook = \"http://127.0.0.1:9/\"\n"
        )
    };
    let bridge = Setup::before(legacy.address)
        .data(legacy.data())
        .within(&place)
        .routes(&with("all = \"legacy\""))
        .under(&["sh", "-c", "umask 000; exec \"$@\"", "sh"])
        .environment("CUTOVER_LOG__LEVEL", "trace")
        .environment("RUST_LOG", "trace")
        .start()
        .await;
    let recorder = Recorder::of(&bridge, &place.join("recorded.har"), &[]);
    let streams = [listen(bridge.admin, "/api/events").await, listen(bridge.admin, "/api/parity/record").await];
    let created = json!({"name": USER, "password": PASSWORD});
    assert_eq!(json_to(bridge.address, "PUT", "users", created).await, 200);
    assert_eq!(json_to(bridge.address, "PATCH", &format!("users/{USER}"), json!({"action": "logout"})).await, 200);
    let package = Package::attach(Path::new(&socket), &all_parts()).await;
    for (event, password) in [("login", PASSWORD), ("password", ANOTHER), ("login", MARK)] {
        package.post("/session", &json!({"event": event, "user": USER, "password": password})).await;
    }
    package.post("/session", &json!({"event": MARK, "user": USER, "password": {"x": MARK}})).await;
    package.post("/session", &json!({"event": "logout"})).await;
    drop(package);
    for mode in
        ["all = \"shadow\"", "all = \"native\"", "all = \"verify\"", "override_header = true\nanswer_headers = true"]
    {
        bridge.reconfigure(&with(mode)).await;
        traffic(bridge.address).await;
    }
    eventually("a mismatch is kept", || async {
        let samples = raw::get(bridge.admin, "/api/samples").await.json();
        (!samples.as_array()?.is_empty()).then_some(())
    })
    .await;
    let mut said = Vec::new();
    asked(&bridge, &mut said).await;
    let admin = format!("http://{}", bridge.admin);
    let file = bridge.file.to_str().unwrap().to_owned();
    let export = place.join("exported.har");
    for arguments in [
        &["status", "--admin", &admin][..],
        &["status", "--json", "--admin", &admin],
        &["flag", "tags_list", "shadow", "--why", "to see", "--admin", &admin],
        &["flag", "--admin", &admin],
        &["journal", "--json", "--admin", &admin],
        &["parity", "report", "--config", &file],
        &["parity", "report", "--json", "--config", &file],
        &["parity", "report", "--config", &file, "--export", export.to_str().unwrap()],
        &["parity", "replay", export.to_str().unwrap(), "--target", &admin, "--report", "html"],
        &["routes", "--json", "--config", &file],
    ] {
        said.push(command(&place, arguments));
    }
    let keys =
        [PASSWORD, ANOTHER].map(|password| key(&legacy.data().join(format!("users/{USER}/rotkehlchen.db")), password));
    legacy.kill();
    bridge.until("legacy is gone", |status| !status["legacy"]["away_seconds"].is_null()).await;
    for password in [PASSWORD, MARK] {
        json_to(bridge.address, "POST", &format!("users/{USER}"), json!({"password": password})).await;
    }
    let answer = send(bridge.address, "GET", &format!("/api/1/nowhere?token={MARK}"), "", "").await;
    assert_eq!(answer.status, 503);
    check_files(&place, &[&LEFT[..], &["bridge.sock"]].concat());
    recorder.signal("INT");
    said.push(("the recorder".into(), recorder.ended().stdout.into_bytes()));
    bridge.signal("TERM");
    eventually("it stops", || async { bridge.log().contains("stopping: ").then_some(()) }).await;
    let log = bridge.log();
    assert!(log.contains("TRACE") || log.contains("DEBUG"), "all of it is logged");
    said.push(("the log".into(), log.into_bytes()));
    assert!(bridge.wait(), "an orderly end");
    for (name, stream) in ["/api/events", "/api/parity/record"].iter().zip(streams) {
        said.push(((*name).into(), stream.lock().clone()));
    }
    Outputs { said, directory, keys: keys.to_vec() }
}

/// All files and directories below one.
fn below(directory: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { [below(&path), vec![path]].concat() } else { vec![path] }).collect()
}

/// Some of the files that are there in the end.
const LEFT: [&str; 4] = ["evidence.db", "routes.journal.jsonl", "recorded.har", "exported.har"];

/// Nobody but the owner may do anything with them.
fn check_files(directory: &Path, expected: &[&str]) {
    let mut found = Vec::new();
    for path in below(directory).into_iter().filter(|path| path.file_name().is_none_or(|name| name != "routes.toml")) {
        let mode = std::fs::symlink_metadata(&path).unwrap().permissions().mode();
        let expected = if path.is_dir() { 0o700 } else { 0o600 };
        let name = path.strip_prefix(directory).unwrap().display().to_string();
        assert_eq!(mode & 0o777, expected, "{name} has mode {:o}", mode & 0o777);
        found.push(name);
    }
    for expected in expected {
        assert!(found.iter().any(|name| name == expected), "{expected} is not among {found:?}");
    }
}

/// Any way to write any of the secrets.
fn secrets(outputs: &Outputs) -> Regex {
    let each =
        |before: &str, bytes: &[u8]| bytes.iter().fold(String::new(), |text, byte| format!("{text}{before}{byte:02x}"));
    let hex = |bytes: &[u8]| each("", bytes);
    let mut spellings = vec![MARK.to_owned(), format!("(?i:{})", hex(MARK.as_bytes()))];
    for shift in 0..3 {
        // What of it is the same whatever comes before and behind.
        let coded = STANDARD.encode([&vec![b'x'; shift], MARK.as_bytes()].concat());
        spellings.push(regex::escape(&coded[4..coded.len() - 4]));
    }
    for key in &outputs.keys {
        spellings.push(each("\\x", key));
        spellings.push(format!("(?i:{})", hex(key)));
        spellings.push(regex::escape(&STANDARD.encode(key)[..40]));
    }
    Regex::new(&format!("(?s-u).{{0,200}}(?:{}).{{0,60}}", spellings.join("|"))).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_it_does_the_bridge_leaves_no_secret_anywhere_and_its_files_to_their_owner_alone() {
    let outputs = everything().await;
    check_files(outputs.directory.path(), &LEFT);
    let secrets = secrets(&outputs);
    assert!(secrets.is_match(&outputs.keys[0]) && secrets.is_match(STANDARD.encode(format!("u:{MARK}")).as_bytes()));
    let files = below(outputs.directory.path()).into_iter().filter(|path| path.is_file());
    let files = files.map(|path| (path.display().to_string(), std::fs::read(&path).unwrap()));
    let mut wrong = Vec::new();
    for (name, bytes) in outputs.said.iter().cloned().chain(files) {
        assert!(!bytes.is_empty() || name.contains("lock") || name.contains("-wal"), "{name} says nothing");
        let found = secrets.find_iter(&bytes).take(3);
        wrong.extend(found.map(|found| format!("{name}: {}", String::from_utf8_lossy(found.as_bytes()))));
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
