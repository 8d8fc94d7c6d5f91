//! The webhook's address in a file: who is told, and who learns where that is.

use std::{os::unix::fs::PermissionsExt, path::Path};

use crate::support::{
    bridge::{Setup, run},
    eventually, raw,
    upstream::Upstream,
};
use tempfile::TempDir;

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";
const ROUTES: &str = "[rollout]\nwebhook_file = \"hook.address\"\n";

/// A receiver that reads what it is sent.
async fn receiver() -> Upstream {
    Upstream::start(|mut incoming| async move {
        while let Some(head) = incoming.request().await {
            let length =
                head.to_lowercase().lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
            incoming.body(length.unwrap()).await;
            incoming.send(OK).await;
        }
    })
    .await
}

fn private(file: &Path, text: &str) {
    std::fs::write(file, text).unwrap();
    std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o600)).unwrap();
}

async fn told(hook: &Upstream, path: &str) {
    let line = format!("POST {path} ");
    eventually(path, || async { hook.seen().iter().any(|head| head.starts_with(&line)).then_some(()) }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_are_told_to_the_address_that_is_in_the_file_now_and_nobody_else_learns_it() {
    let (upstream, hook) = (Upstream::always(OK).await, receiver().await);
    let directory = TempDir::new().unwrap();
    let file = directory.path().join("hook.address");
    private(&file, &format!("http://{}/s3cret-one\n", hook.address));
    let bridge = Setup::before(upstream.address)
        .within(directory.path())
        .routes(ROUTES)
        .environment("CUTOVER_LOG__LEVEL", "trace")
        .start()
        .await;
    bridge.signal("USR1");
    told(&hook, "/s3cret-one").await;
    // A mounted secret is replaced; nobody says so.
    private(&file, &format!("http://{}/s3cret-two\n", hook.address));
    bridge.signal("USR2");
    told(&hook, "/s3cret-two").await;
    // Gone: the last one is still told, and the log says what is wrong.
    std::fs::remove_file(&file).unwrap();
    bridge.signal("USR1");
    eventually("a third is told", || async {
        (hook.connections() >= 1 && bridge.log().contains("can not be read")).then_some(())
    })
    .await;
    eventually("a third is told", || async {
        (hook.seen().iter().filter(|head| head.starts_with("POST /s3cret-two ")).count() == 2).then_some(())
    })
    .await;
    let mut shown = vec![("the log".to_owned(), bridge.log())];
    for target in
        ["/api/status", "/api/overview", "/api/journal", "/api/routes", "/readyz", "/metrics", "/openapi.json"]
    {
        shown.push((target.to_owned(), raw::get(bridge.admin, target).await.text()));
    }
    for (place, text) in shown {
        assert!(!text.is_empty() && !text.contains("s3cret"), "{place}: {text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bridge_does_not_start_on_a_file_without_an_address_and_warns_of_one_that_others_can_read() {
    let upstream = Upstream::always(OK).await;
    let directory = TempDir::new().unwrap();
    let file = directory.path().join("hook.address");
    let given = || {
        let path = file.display().to_string();
        Setup::before(upstream.address).environment("CUTOVER_ROLLOUT__WEBHOOK_FILE", &path)
    };
    let said = given().fails();
    assert!(said.contains("rollout.webhook_file /") && said.contains("can not be read"), "{said}");
    private(&file, "s3cret, and no address");
    let said = given().fails();
    assert!(said.contains("is no address such as") && !said.contains("s3cret"), "{said}");
    std::fs::write(&file, "http://127.0.0.1:9/s3cret").unwrap();
    let bridge = given().start().await;
    assert!(!bridge.log().contains("chmod 600"));
    drop(bridge);
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
    let bridge = given().start().await;
    let wanted = format!("chmod 600 {}", file.display());
    eventually("a warning", || async { bridge.log().contains(&wanted).then_some(()) }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_named_while_the_bridge_runs_is_looked_at_then() {
    let (upstream, hook) = (Upstream::always(OK).await, receiver().await);
    let bridge = Setup::before(upstream.address).start().await;
    let file = bridge.file.with_file_name("hook.address");
    bridge.reconfigure(ROUTES).await;
    eventually("a warning", || async { bridge.log().contains("rollout.webhook_file").then_some(()) }).await;
    private(&file, &format!("http://{}/s3cret", hook.address));
    bridge.signal("USR1");
    told(&hook, "/s3cret").await;
}

#[test]
fn an_address_is_given_in_one_of_two_ways() {
    let directory = TempDir::new().unwrap();
    let file = directory.path().join("routes.toml");
    std::fs::write(&file, "[rollout]\nwebhook = \"https://h/s3cret\"\nwebhook_file = \"a\"\n").unwrap();
    let checked = run(&["check", file.to_str().unwrap()]);
    let said = String::from_utf8(checked.stdout).unwrap();
    assert_eq!(checked.status.code(), Some(1), "{said}");
    assert!(said.contains("rollout.webhook and rollout.webhook_file") && !said.contains("s3cret"), "{said}");
}
