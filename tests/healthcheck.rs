//! `cutover healthcheck`: an exit status and a line, whatever is wrong.

use std::{path::Path, process::Command};

use crate::support::{bridge::Setup, raw, upstream::Upstream};
use tempfile::TempDir;

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";

/// Exit status and the line; that of a success is on standard output, others are on standard error.
async fn health(directory: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> (i32, String) {
    let mut command = tokio::process::Command::from(Command::new(env!("CARGO_BIN_EXE_cutover")));
    command.arg("healthcheck").args(arguments).current_dir(directory).envs(variables.iter().copied());
    let output = command.output().await.unwrap();
    let (code, text) = (output.status.code().unwrap(), |bytes| String::from_utf8(bytes).unwrap());
    let (out, error) = (text(output.stdout), text(output.stderr));
    assert_eq!((out.is_empty(), error.is_empty()), (code != 0, code == 0), "{out}{error}");
    let line = out + &error;
    assert!(line.ends_with('\n') && line.lines().count() == 1, "{line}");
    (code, line)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bridge_is_alive_and_then_ready_and_a_command_says_which() {
    let nobody = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let alone = Setup::before(nobody).start_alone();
    let directory = TempDir::new().unwrap();
    let admin = format!("http://{}", alone.admin);
    let ask =
        async |admin: &str, more: &[&str]| health(directory.path(), &[&["--admin", admin], more].concat(), &[]).await;
    assert_eq!(ask(&admin, &[]).await, (0, format!("the bridge at {admin} is alive\n")));
    let (code, line) = ask(&admin, &["--ready"]).await;
    assert_eq!(
        (code, line),
        (1, format!("cutover: the bridge at {admin} is not ready: legacy has not answered yet\n"))
    );
    let upstream = Upstream::always(OK).await;
    let bridge = Setup::before(upstream.address).start().await;
    let admin = format!("http://{}/", bridge.admin);
    assert_eq!(ask(&admin, &["--ready"]).await, (0, format!("the bridge at http://{} is ready\n", bridge.admin)));
    let (code, line) = ask(&format!("http://{nobody}"), &[]).await;
    assert!(code == 1 && line.contains(&format!("no bridge at http://{nobody}: ")), "{line}");
    let (code, line) = ask("127.0.0.1:1", &[]).await;
    assert!(code == 1 && line.contains("write it as http://HOST:PORT"), "{line}");
}

#[tokio::test(flavor = "multi_thread")]
async fn it_finds_the_bridge_by_the_configuration_whatever_else_is_wrong_with_that_and_needs_no_token() {
    let upstream = Upstream::always(OK).await;
    let directory = TempDir::new().unwrap();
    std::fs::write(directory.path().join("token"), "0123456789abcdef").unwrap();
    let bridge = Setup::before(upstream.address)
        .routes("[admin]\ntoken_file = \"token\"\n")
        .within(directory.path())
        .start_alone();
    assert_eq!(raw::get(bridge.admin, "/api/status").await.status, 401);
    let elsewhere = TempDir::new().unwrap();
    let file = elsewhere.path().join("routes.toml");
    let address = bridge.admin.to_string();
    let alive = (0, format!("the bridge at http://{address} is alive\n"));
    for text in [
        format!("[admin]\naddress = {address:?}\ntoken_file = \"none\"\n"),
        // What a bridge that runs would not take.
        format!("[admin]\naddress = {address:?}\n[[route]]\nname = \"nothing\"\nmode = \"x\"\n"),
        format!("[flags]\nall = 5\n[admin]\naddress = {address:?}\n"),
    ] {
        std::fs::write(&file, text).unwrap();
        assert_eq!(health(elsewhere.path(), &[], &[]).await, alive);
        assert_eq!(health(Path::new("/"), &["--config", file.to_str().unwrap()], &[]).await, alive);
    }
    let variables = [("CUTOVER_ADMIN__ADDRESS", address.as_str()), ("CUTOVER_NOTHING__AT_ALL", "1")];
    let missing = elsewhere.path().join("missing.toml");
    assert_eq!(health(elsewhere.path(), &["--config", missing.to_str().unwrap()], &variables).await, alive);
    std::fs::write(&file, "[admin]\naddress = \"127.0.0.1:0\"\n").unwrap();
    let (code, line) = health(elsewhere.path(), &[], &[]).await;
    assert!(code == 1 && line.contains("no fixed port"), "{line}");
}
