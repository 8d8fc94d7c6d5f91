//! `cutover init`: what it writes is valid and starts a bridge, and nothing is ever written over.

use std::{
    path::Path,
    process::{Command, Output},
};

use tempfile::TempDir;

use crate::support::{
    bridge::{Setup, run},
    legacy::Legacy,
    raw,
    upstream::Upstream,
};

fn init(directory: &Path, arguments: &[&str]) -> (i32, String, String) {
    let output: Output = Command::new(env!("CARGO_BIN_EXE_cutover"))
        .arg("init")
        .args(arguments)
        .current_dir(directory)
        .output()
        .unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_written_passes_the_check_and_starts_a_bridge_that_forwards_everything() {
    let legacy = Legacy::start();
    let directory = TempDir::new().unwrap();
    let url = format!("http://{}", legacy.address);
    let (code, out, error) = init(directory.path(), &["--url", &url]);
    assert_eq!(code, 0, "{out}{error}");
    assert!(out.starts_with(&format!("routes.toml: written for version 0.0.0 at {url}; ")), "{out}");
    assert!(out.contains("note: handlers were written for 1.40.1") && out.contains("\n  cutover serve\n"), "{out}");
    let file = directory.path().join("routes.toml");
    let checked = run(&["check", file.to_str().unwrap()]);
    assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stdout));
    // As it is, but for ports: those it names may be another's on this machine.
    let bridge = Setup::default().within(directory.path()).start().await;
    let status = bridge.status().await;
    assert_eq!(status["legacy"]["url"], url.as_str());
    let answer = raw::get(bridge.address, "/api/1/users").await;
    assert_eq!((answer.status, answer.header("x-cutover-variant")), (200, Some("legacy")));
    let databases = raw::get(bridge.admin, "/api/databases").await.json();
    assert_eq!(databases["directory"], true, "the backend's own: {databases}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_there_is_never_written_over() {
    let legacy = Legacy::start();
    let directory = TempDir::new().unwrap();
    std::fs::write(directory.path().join("routes.toml"), "mine").unwrap();
    let url = format!("http://{}", legacy.address);
    let (code, out, error) = init(directory.path(), &["--url", &url]);
    assert_eq!((code, out.as_str()), (1, ""), "{error}");
    assert!(error.starts_with("cutover: routes.toml is there already, and is left as it is"), "{error}");
    assert_eq!(std::fs::read(directory.path().join("routes.toml")).unwrap(), b"mine");
    let (code, out, error) = init(directory.path(), &["other.toml", "--url", &url]);
    assert!(code == 0 && out.contains("cutover serve --config other.toml"), "{out}{error}");
    let (code, _, error) = init(directory.path(), &["nowhere/x.toml", "--url", &url]);
    assert!(code == 2 && error.starts_with("cutover: writing nowhere/x.toml: "), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_backend_nothing_is_written_and_it_is_said_where_one_was_looked_for() {
    let directory = TempDir::new().unwrap();
    let mut gone = Legacy::start();
    let url = format!("http://{}", gone.address);
    gone.kill();
    let (code, _, error) = init(directory.path(), &["--url", &url]);
    assert!(code == 2 && error.contains("no backend answers at") && error.contains("start it"), "{error}");
    let other = Upstream::always("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}").await;
    let (code, _, error) = init(directory.path(), &["--url", &format!("http://{}", other.address)]);
    assert!(code == 2 && error.contains("is no rotki"), "{error}");
    let (code, _, error) = init(directory.path(), &["--url", "ftp://x"]);
    assert!(code == 2 && error.contains("write it as http://HOST:PORT"), "{error}");
    assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 0);
}
