//! The access log: a line for each request, in a file that may be moved away meanwhile.

use std::path::Path;

use crate::support::{
    bridge::{Setup, run},
    eventually,
    legacy::{Legacy, PASSWORD},
    raw,
    upstream::Upstream,
};
use serde_json::{Value, json};

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

async fn lines(file: &Path, count: usize) -> Vec<String> {
    eventually("the lines are written", || async {
        let text = std::fs::read_to_string(file).ok()?;
        let lines: Vec<String> = text.lines().map(str::to_owned).collect();
        (text.ends_with('\n') && lines.len() >= count).then_some(lines)
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn each_request_is_a_line_in_the_combined_format_without_its_secrets() {
    let upstream = Upstream::always(OK).await;
    let bridge = Setup::before(upstream.address).routes("[log]\naccess = \"access.log\"\n").start().await;
    let file = bridge.file.with_file_name("access.log");
    let get = "GET /api/1/users/ada?a=1&password=s3cret HTTP/1.1\r\nHost: h\r\nUser-Agent: x \"y\"\r\n\
               Referer: http://h/?token=s3cret\r\nCookie: s3cret\r\n\r\n";
    raw::exchange(bridge.address, get).await;
    let post = get.replacen("GET", "POST", 1).replace("\r\n\r\n", "\r\nContent-Length: 2\r\n\r\n{}");
    raw::exchange(bridge.address, post).await;
    let lines = lines(&file, 2).await;
    for (line, method) in lines.iter().zip(["GET", "POST"]) {
        assert!(line.starts_with("127.0.0.1 - - ["), "{line}");
        assert!(line.contains(&format!("\"{method} /api/1/users/redacted")), "{line}");
        assert!(
            line.contains("?a=1&password=redacted") && line.contains(" HTTP/1.1\" 200 2 \"http://h/?token="),
            "{line}"
        );
        assert!(line.ends_with(r#""x \"y\"""#) && !line.contains("s3cret") && !line.contains("ada"), "{line}");
    }
    assert_eq!(lines.len(), 2);
    let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&file).unwrap().permissions());
    assert_eq!(mode & 0o077, 0, "it is its owner's alone");
}

#[tokio::test(flavor = "multi_thread")]
async fn as_json_a_line_has_all_that_is_known_of_a_native_answer_too() {
    let legacy = Legacy::start();
    let routes = "[log]\naccess = \"access.log\"\naccess_format = \"json\"\n";
    let bridge = Setup::before(legacy.address).data(legacy.data()).routes(routes).arguments(&["--all", "native"]);
    let bridge = bridge.start().await;
    raw::send_json(bridge.address, "POST", "/api/1/users/ada", &json!({"password": PASSWORD})).await;
    let answer = raw::get(bridge.address, "/api/1/ping").await;
    let file = bridge.file.with_file_name("access.log");
    let lines = lines(&file, 2).await;
    let line: Value = serde_json::from_str(lines.iter().find(|line| line.contains("/api/1/ping")).unwrap()).unwrap();
    let words = ["route", "mode", "variant", "reason", "target"].map(|word| line[word].as_str().unwrap());
    assert_eq!(words, ["ping", "native", "native", "STATIC", "/api/1/ping"]);
    assert_eq!((&line["status"], &line["sent"]), (&json!(200), &json!(answer.body.len())), "{line}");
    assert!(line["duration_ms"].is_f64() && line["request"].as_str().unwrap().len() == 16, "{line}");
    assert!(!lines.concat().contains(PASSWORD) && !lines.concat().contains("ada"), "{lines:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_was_moved_away_is_opened_anew_on_sighup_and_no_line_is_lost() {
    let upstream = Upstream::always(OK).await;
    let bridge = Setup::before(upstream.address).routes("[log]\naccess = \"access.log\"\n").start().await;
    let (file, old) = (bridge.file.with_file_name("access.log"), bridge.file.with_file_name("access.log.1"));
    raw::get(bridge.address, "/first").await;
    lines(&file, 1).await;
    std::fs::rename(&file, &old).unwrap();
    raw::get(bridge.address, "/second").await;
    lines(&old, 2).await;
    bridge.signal("HUP");
    eventually("there is a new file", || async { file.exists().then_some(()) }).await;
    raw::get(bridge.address, "/third").await;
    assert!(lines(&file, 1).await[0].contains("/third"));
    assert_eq!(lines(&old, 2).await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_is_written_before_the_bridge_ends() {
    let upstream = Upstream::always(OK).await;
    let directory = tempfile::TempDir::new().unwrap();
    let bridge = Setup::before(upstream.address).routes("[log]\naccess = \"access.log\"\n").within(directory.path());
    let bridge = bridge.start().await;
    for _ in 0..50 {
        raw::get(bridge.address, "/x").await;
    }
    bridge.stop();
    let text = std::fs::read_to_string(directory.path().join("access.log")).unwrap();
    assert_eq!(text.lines().count(), 50);
}

#[test]
fn a_file_that_can_not_be_written_is_one_clear_line_and_exit_2() {
    let directory = tempfile::TempDir::new().unwrap();
    let file = directory.path().join("routes.toml");
    std::fs::write(&file, "[log]\naccess = \"nowhere/access.log\"\n").unwrap();
    let ended =
        run(&["serve", "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0", "--config", file.to_str().unwrap()]);
    let said = String::from_utf8(ended.stderr).unwrap();
    assert_eq!(ended.status.code(), Some(2), "{said}");
    assert!(said.contains("log.access nowhere/access.log can not be opened: "), "{said}");
}
