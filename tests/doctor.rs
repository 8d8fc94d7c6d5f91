//! `cutover doctor`: what it finds in set-ups that are in order, and in such as are not; and that it leaves no trace.

use std::{
    collections::BTreeMap,
    net::TcpListener,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Command,
};

use rusqlite::Connection;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{
    bridge::{Bridge, Setup},
    legacy::Legacy,
    package::{self, Place},
    upstream::Upstream,
};

const AS_NOBODY: [&str; 4] = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];

/// A folder with a routes.toml in which every port is a free one.
struct Setting {
    directory: TempDir,
}

impl Setting {
    fn new(legacy: &str, data: &Path, more: &str) -> Self {
        let (directory, data) = (TempDir::new().unwrap(), data.display().to_string());
        let text = format!(
            "listen = \"127.0.0.1:0\"\nadmin = \"127.0.0.1:0\"\nlegacy = {legacy:?}\ndata = {data:?}\n{more}\n"
        );
        std::fs::write(directory.path().join("routes.toml"), text).unwrap();
        Self { directory }
    }

    fn before(legacy: &Legacy, more: &str) -> Self {
        Self::new(&format!("http://{}", legacy.address), legacy.data(), more)
    }

    fn file(&self) -> PathBuf {
        self.directory.path().join("routes.toml")
    }

    fn doctor(&self, arguments: &[&str]) -> Findings {
        self.doctor_under(&[], arguments)
    }

    fn doctor_under(&self, under: &[&str], arguments: &[&str]) -> Findings {
        let mut words = under.iter().copied().chain([env!("CARGO_BIN_EXE_cutover")]);
        let output = Command::new(words.next().unwrap())
            .args(words)
            .args(["doctor", "--json", "--config"])
            .arg(self.file())
            .args(arguments)
            .output()
            .unwrap();
        let told: Value = serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)));
        let code = output.status.code().unwrap();
        assert_eq!(told["ok"], code == 0, "{told:#}");
        Findings { code, told }
    }

    /// With a bridge on this routes.toml.
    async fn bridge(&self) -> Bridge {
        Setup::default().within(self.directory.path()).start().await
    }
}

struct Findings {
    code: i32,
    told: Value,
}

impl Findings {
    fn all(&self) -> impl Iterator<Item = (&str, &str, &str)> {
        self.told["findings"].as_array().unwrap().iter().map(|finding| {
            let word = |name: &str| finding[name].as_str().unwrap();
            assert_eq!(finding["remedy"].is_string(), word("level") == "wrong", "{finding}");
            (word("check"), word("level"), word("text"))
        })
    }

    /// That this check says this, with this level.
    fn has(&self, check: &str, level: &str, part: &str) {
        let found = self.all().any(|(c, l, text)| c == check && l == level && text.contains(part));
        assert!(found, "{check} {level} {part:?}: {:#}", self.told);
    }

    /// That this is all that is wrong.
    fn only_wrong(&self, check: &str, part: &str) {
        self.has(check, "wrong", part);
        let wrong = self.all().filter(|(_, level, _)| *level == "wrong").count();
        assert_eq!((self.code, wrong), (1, 1), "{:#}", self.told);
    }

    fn in_order(&self) {
        assert_eq!(self.code, 0, "{:#}", self.told);
    }
}

/// Names of all files below, with their lengths and the moments of their last change; but of an index in shared memory, in
/// which every reader notes where it is.
fn files(directory: &Path) -> BTreeMap<PathBuf, (u64, Option<std::time::SystemTime>)> {
    let mut all = BTreeMap::new();
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all.extend(files(&path));
        } else {
            let found = path.metadata().unwrap();
            let changed = (!path.ends_with("global.db-shm")).then(|| found.modified().unwrap());
            all.insert(path, (found.len(), changed));
        }
    }
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn before_the_first_start_everything_is_looked_at_and_no_trace_is_left() {
    let legacy = Legacy::start();
    let setting = Setting::before(&legacy, "");
    let seen = || (files(setting.directory.path()), files(legacy.data()));
    let before = seen();
    let findings = setting.doctor(&[]);
    findings.in_order();
    assert_eq!(seen(), before);
    findings.has("configuration", "ok", "valid");
    findings.has("bridge", "note", "none runs");
    findings.has("backend", "note", "version 0.0.0 (one that runs from its source) answers at");
    findings.has("backend", "ok", "it works in data.directory");
    findings.has("backend", "ok", "its websocket opens");
    findings.has("clock", "ok", "the backend has the same time");
    findings.has("ports", "ok", "listen.address: a free one is picked");
    findings.has("permissions", "ok", "can be read, and written beside");
    findings.has("databases", "ok", "global.db has version 13, which handlers know");
    findings.has("databases", "ok", "encrypted; handlers know version 49");
    findings.has("sqlite", "ok", "the bridge has SQLite 3.");
    findings.has("package", "note", "does without the package");
}

#[tokio::test(flavor = "multi_thread")]
async fn beside_a_running_bridge_with_the_package_all_is_in_order() {
    let place = Place::new();
    let legacy = Legacy::with_package(&place.path);
    let setting = Setting::before(&legacy, &place.routes());
    let bridge = setting.bridge().await;
    bridge.until("the package is attached", |status| status["compat"]["attached"] == true).await;
    let findings = setting.doctor(&["--admin", &format!("http://{}", bridge.admin)]);
    findings.in_order();
    findings.has("bridge", "ok", "runs at http://");
    findings.has("clock", "ok", "the bridge has the same time");
    findings.has("ports", "ok", "(compat.socket) is the bridge's");
    findings.has("package", "ok", "attached: ");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backend_that_is_gone_or_another_one_is_told() {
    let mut legacy = Legacy::start();
    let elsewhere = TempDir::new().unwrap();
    std::fs::create_dir(elsewhere.path().join("users")).unwrap();
    let setting = Setting::before(&legacy, "");
    let other = setting.doctor(&["--data-dir", elsewhere.path().to_str().unwrap()]);
    other.has("backend", "wrong", "but data.directory is");
    other.has("databases", "wrong", "global.db is not there");
    legacy.kill();
    setting.doctor(&[]).only_wrong("backend", "nothing answers at");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_running_bridge_complains_of_is_said_with_it() {
    let legacy = Legacy::start();
    let setting = Setting::before(&legacy, "[flags]\nkill_switch = true\n[compat]\nsocket = \"SOCKET\"\n");
    let socket = setting.directory.path().join("s");
    let text = std::fs::read_to_string(setting.file()).unwrap().replace("SOCKET", socket.to_str().unwrap());
    std::fs::write(setting.file(), text).unwrap();
    let bridge = setting.bridge().await;
    let admin = format!("http://{}", bridge.admin);
    let findings = setting.doctor(&["--admin", &admin]);
    findings.has("bridge", "wrong", "The kill switch is engaged");
    findings.has("package", "wrong", "the package inside legacy is not attached");
    let circle = setting.doctor(&["--legacy", &format!("http://{}", bridge.address)]);
    circle.has("backend", "wrong", "is a bridge: requests would go round in a circle");
    circle.has("ports", "wrong", "is taken: another process listens on it");
    let package = package::Package::attach(&socket, &json!({"notifier": true, "session": true})).await;
    let findings = setting.doctor(&["--admin", &admin]);
    findings.has("package", "ok", "attached: a script");
    findings.has("package", "note", "parts of it that are off: ");
    drop(package);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_taken_port_is_told_with_its_holder() {
    let legacy = Legacy::start();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let setting = Setting::before(&legacy, "");
    let text = std::fs::read_to_string(setting.file()).unwrap();
    let text = text.replace("listen = \"127.0.0.1:0\"", &format!("listen = \"{}\"", taken.local_addr().unwrap()));
    std::fs::write(setting.file(), text).unwrap();
    setting.doctor(&[]).only_wrong("ports", &format!("(listen.address) is taken: process {}", std::process::id()));
}

#[tokio::test(flavor = "multi_thread")]
async fn another_version_of_the_global_database_and_a_lock_that_is_held_are_told() {
    let legacy = Legacy::start();
    let setting = Setting::before(&legacy, "");
    let global = Connection::open(legacy.data().join("global/global.db")).unwrap();
    global.execute("UPDATE settings SET value = '14' WHERE name = 'version'", []).unwrap();
    setting.doctor(&[]).only_wrong("databases", "global.db has version 14, handlers know 13");
    global.execute_batch("UPDATE settings SET value = '13' WHERE name = 'version'; BEGIN IMMEDIATE").unwrap();
    setting.doctor(&[]).only_wrong("logs", &format!("process {} (", std::process::id()));
    global.execute_batch("ROLLBACK").unwrap();
    setting.doctor(&[]).in_order();
}

#[test]
fn who_reads_for_so_long_that_a_log_grows_is_told() {
    let data = TempDir::new().unwrap();
    std::fs::create_dir(data.path().join("global")).unwrap();
    let open = || Connection::open(data.path().join("global/global.db")).unwrap();
    let (writer, reader) = (open(), open());
    writer
        .execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; CREATE TABLE settings(name TEXT, value TEXT);
             INSERT INTO settings VALUES ('version', '13'); CREATE TABLE large(x)",
        )
        .unwrap();
    reader.execute_batch("BEGIN; SELECT * FROM settings").unwrap();
    writer.execute_batch("INSERT INTO large VALUES (zeroblob(66 << 20))").unwrap();
    // Nobody is at the port of discard.
    let setting = Setting::new("http://127.0.0.1:9", data.path(), "");
    let us = format!("because process {} (", std::process::id());
    setting.doctor(&[]).has("logs", "wrong", &us);
    reader.execute_batch("COMMIT").unwrap();
    let findings = setting.doctor(&[]);
    findings.has("logs", "wrong", "pages are not copied back");
    assert!(!findings.told.to_string().contains(&us), "{:#}", findings.told);
    writer.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(())).unwrap();
    setting.doctor(&[]).has("logs", "note", "all of it copied back");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_for_everybody_and_files_that_are_somebody_elses_are_told() {
    let legacy = Legacy::start();
    let setting = Setting::before(&legacy, "[admin]\ntoken_file = \"admin.token\"\n");
    let text = std::fs::read_to_string(setting.file()).unwrap();
    std::fs::write(
        setting.file(),
        text.replace("admin = \"127.0.0.1:0\"\n", "").replace("[admin]", "[admin]\naddress = \"127.0.0.1:0\""),
    )
    .unwrap();
    let token = setting.directory.path().join("admin.token");
    std::fs::write(&token, "0123456789abcdef").unwrap();
    let mode = |path: &Path, mode| std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    mode(&token, 0o644);
    setting.doctor(&[]).only_wrong("permissions", "can be read by others (mode 644)");
    mode(&token, 0o600);
    setting.doctor(&[]).in_order();
    if Command::new(AS_NOBODY[0]).args(&AS_NOBODY[1..]).arg("true").output().is_ok_and(|ran| ran.status.success()) {
        mode(&token, 0o644);
        mode(setting.directory.path(), 0o755);
        let findings = setting.doctor_under(&AS_NOBODY, &[]);
        findings.has("permissions", "wrong", "rollout.state");
        findings.has("permissions", "wrong", "parity.evidence");
        assert!(findings.told.to_string().contains("the bridge does not start"), "{:#}", findings.told);
    } else {
        println!("skipped: this user can not become another");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_is_wrong_and_a_backend_that_says_nothing_are_told() {
    let upstream =
        Upstream::always("HTTP/1.1 200 OK\r\nDate: Thu, 01 Jan 2015 00:00:00 GMT\r\nContent-Length: 2\r\n\r\n{}").await;
    let data = TempDir::new().unwrap();
    std::fs::create_dir(data.path().join("users")).unwrap();
    let setting = Setting::new(&format!("http://{}", upstream.address), data.path(), "");
    let findings = setting.doctor(&[]);
    findings.has("clock", "wrong", "the clock of the backend is");
    findings.has("backend", "wrong", "does not say what it is");
}

#[test]
fn a_configuration_with_faults_is_all_that_is_said() {
    let setting = Setting::new("ftp://x", Path::new("/"), "[flags]\nkil_switch = true\n");
    let findings = setting.doctor(&[]);
    assert!(
        findings.all().all(|(check, level, _)| (check, level) == ("configuration", "wrong")),
        "{:#}",
        findings.told
    );
    findings.has("configuration", "wrong", "kill_switch");
    assert_eq!(findings.all().count(), 2);
}
