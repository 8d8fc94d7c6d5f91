//! Hot reload: every way a file can change, and what a bad one does.

use std::{os::unix::fs::symlink, path::Path};

use crate::support::{
    self,
    bridge::{Bridge, Setup},
    raw,
    upstream::Upstream,
};

const LEGACY_ANSWER: &str = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\nAccess-Control-Allow-Origin: *\r\n\r\n{}";
const NATIVE: &str = "[[route]]\nname = \"ping\"\nmode = \"native\"\n";
const LEGACY: &str = "[[route]]\nname = \"ping\"\nmode = \"legacy\"\n";

async fn bridge() -> (Upstream, Bridge) {
    let upstream = Upstream::always(LEGACY_ANSWER).await;
    let bridge = Setup::before(upstream.address).routes(LEGACY).start().await;
    (upstream, bridge)
}

async fn mode_becomes(bridge: &Bridge, mode: &'static str) {
    bridge
        .until(mode, |status| {
            let routes = status["routes"].as_array().unwrap();
            routes.iter().any(|route| route["name"] == "ping" && route["mode"] == mode)
        })
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_written_in_place_renamed_over_or_swapped_as_a_symlink_is_taken() {
    let (_upstream, bridge) = bridge().await;
    std::fs::write(&bridge.file, NATIVE).unwrap();
    mode_becomes(&bridge, "native").await;
    let aside = bridge.file.with_extension("aside");
    std::fs::write(&aside, LEGACY).unwrap();
    std::fs::rename(&aside, &bridge.file).unwrap();
    mode_becomes(&bridge, "legacy").await;
    // Kubernetes: routes.toml -> ..data/routes.toml, and ..data is replaced.
    let directory = bridge.file.parent().unwrap();
    for (name, text) in [("one", NATIVE), ("two", LEGACY)] {
        std::fs::create_dir(directory.join(name)).unwrap();
        std::fs::write(directory.join(name).join("routes.toml"), text).unwrap();
    }
    let swap = |to: &str| {
        symlink(to, directory.join("..tmp")).unwrap();
        std::fs::rename(directory.join("..tmp"), directory.join("..data")).unwrap();
    };
    swap("one");
    std::fs::remove_file(&bridge.file).unwrap();
    symlink(Path::new("..data/routes.toml"), &bridge.file).unwrap();
    mode_becomes(&bridge, "native").await;
    swap("two");
    mode_becomes(&bridge, "legacy").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_file_keeps_the_last_good_one_and_says_so() {
    let (_upstream, bridge) = bridge().await;
    bridge.reconfigure(NATIVE).await;
    std::fs::write(&bridge.file, "[[route]]\nname = \"ping\"\nmode = \"nativ\"\n").unwrap();
    bridge.until("the refusal is told", |status| !status["configuration"]["refused"].is_null()).await;
    let status = bridge.status().await;
    let fault = status["configuration"]["refused"]["faults"][0].as_str().unwrap().to_owned();
    assert!(fault.contains(":3:8: ") && fault.contains("did you mean \"native\""), "{fault}");
    assert!(bridge.log().contains("the last good one stays in force"));
    assert_eq!(raw::get(bridge.address, "/api/1/ping").await.header("x-cutover-variant"), Some("native"));
    std::fs::remove_file(&bridge.file).unwrap();
    bridge
        .until("a missing file is told as well", |status| {
            status["configuration"]["refused"]["faults"][0].as_str().is_some_and(|fault| fault.contains("No such file"))
        })
        .await;
    assert_eq!(raw::get(bridge.address, "/api/1/ping").await.header("x-cutover-variant"), Some("native"));
    std::fs::write(&bridge.file, LEGACY).unwrap();
    mode_becomes(&bridge, "legacy").await;
    assert!(bridge.status().await["configuration"]["refused"].is_null(), "a good file clears the refusal");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hangup_signal_reads_the_file_again() {
    let (_upstream, bridge) = bridge().await;
    bridge.signal("HUP");
    support::eventually("the bridge has looked", || async {
        bridge.log().contains("configuration unchanged").then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_environment_and_the_command_line_stay_above_the_file_across_reloads() {
    let upstream = Upstream::always(LEGACY_ANSWER).await;
    let bridge =
        Setup::before(upstream.address).environment("CUTOVER_ROUTE__PING__MODE", "native").routes(LEGACY).start().await;
    let variant =
        || async { raw::get(bridge.address, "/api/1/ping").await.header("x-cutover-variant").unwrap().to_owned() };
    assert_eq!(variant().await, "native");
    bridge.reconfigure("[[route]]\nname = \"ping\"\nmode = \"shadow\"\n").await;
    assert_eq!(variant().await, "native");
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_that_need_a_restart_say_so() {
    let (_upstream, bridge) = bridge().await;
    bridge.reconfigure("[legacy]\nmax_connections = 5\n").await;
    assert!(bridge.log().contains("legacy.max_connections"), "{}", bridge.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_under_way_are_not_disturbed_by_reloads() {
    let (_upstream, bridge) = bridge().await;
    let address = bridge.address;
    let asking = tokio::spawn(async move {
        let mut connection = raw::Connection::open(address).await;
        for _ in 0..300 {
            connection.send("GET /api/1/ping HTTP/1.1\r\nHost: h\r\n\r\n").await;
            assert_eq!(connection.answer().await.status, 200);
        }
    });
    for mode in [NATIVE, LEGACY, NATIVE, LEGACY] {
        bridge.reconfigure(mode).await;
    }
    asking.await.unwrap();
}
