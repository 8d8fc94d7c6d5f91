//! What systemd is told by the bridge: over a real socket, as in `sd_notify(3)`.
#![cfg(target_os = "linux")]

use std::time::Duration;

use crate::support::{
    bridge::{Bridge, Setup},
    legacy::Legacy,
    raw::{self, Connection},
    supervisor::Supervisor,
    upstream::Upstream,
};
use tempfile::TempDir;
use tokio::{net::UnixDatagram, sync::broadcast};

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";

async fn is_served(bridge: &Bridge) -> bool {
    raw::get(bridge.address, "/x").await.status == 200
}

#[tokio::test(flavor = "multi_thread")]
async fn the_bridge_says_that_it_is_ready_when_it_listens_and_that_it_stops_when_it_is_told_to() {
    let (go, _) = broadcast::channel::<()>(1);
    let waits = go.clone();
    let upstream = Upstream::start(move |mut incoming| {
        let mut wait = waits.subscribe();
        async move {
            while let Some(head) = incoming.request().await {
                if head.starts_with("GET /slow") {
                    wait.recv().await.unwrap();
                }
                incoming.send(OK).await;
            }
        }
    })
    .await;
    let supervisor = Supervisor::new();
    let bridge = supervisor.over(Setup::before(upstream.address)).start_alone();
    let ready = supervisor.next().await;
    assert_eq!(ready[0], "READY=1");
    assert!(ready[1].starts_with("STATUS=0 of ") && ready[1].contains(" routes native; legacy "), "{ready:?}");
    assert!(is_served(&bridge).await);
    let mut slow = Connection::open(bridge.address).await;
    slow.send("GET /slow HTTP/1.1\r\nHost: h\r\n\r\n").await;
    bridge.until("legacy is asked", |status| status["legacy"]["free_connections"] == 127).await;
    bridge.signal("TERM");
    let stopping = supervisor.hears("STOPPING=1").await;
    assert_eq!(stopping, ["STOPPING=1", "STATUS=stopping: running requests are finished"]);
    go.send(()).unwrap();
    assert_eq!(slow.answer().await.status, 200, "what ran is finished after it was told");
    assert!(bridge.wait());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_is_in_no_file_system_is_a_supervisors_as_well() {
    use std::os::{linux::net::SocketAddrExt, unix::net};
    let upstream = Upstream::always(OK).await;
    let name = format!("cutover-test-{}", std::process::id());
    let address = net::SocketAddr::from_abstract_name(&name).unwrap();
    let socket = net::UnixDatagram::bind_addr(&address).unwrap();
    socket.set_nonblocking(true).unwrap();
    let bridge = Setup::before(upstream.address).environment("NOTIFY_SOCKET", &format!("@{name}")).start_alone();
    let supervisor = Supervisor { socket: UnixDatagram::from_std(socket).unwrap(), directory: TempDir::new().unwrap() };
    assert_eq!(supervisor.next().await[0], "READY=1");
    bridge.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reload_that_was_asked_for_begins_and_ends() {
    let upstream = Upstream::always(OK).await;
    let supervisor = Supervisor::new();
    let bridge = supervisor.over(Setup::before(upstream.address)).start_alone();
    supervisor.hears("READY=1").await;
    let clock = || rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
    let micros = |at: rustix::time::Timespec| at.tv_sec * 1_000_000 + at.tv_nsec / 1_000;
    for routes in ["# nothing\n", "[[route]]\nname = \"ping\"\nmode = \"native\"\n", "[[route]\n"] {
        let before = micros(clock());
        std::fs::write(&bridge.file, routes).unwrap();
        bridge.signal("HUP");
        let begins = supervisor.hears("RELOADING=1").await;
        let at: i64 = begins[1].strip_prefix("MONOTONIC_USEC=").unwrap().parse().unwrap();
        assert!((before..=micros(clock())).contains(&at), "{before} {begins:?}");
        supervisor.hears("READY=1").await;
    }
    let ready = raw::get(bridge.admin, "/readyz").await.json();
    assert!(ready["configuration"]["refused"].is_array(), "it had been read when that was told: {ready}");
    supervisor.hears("; routes.toml has faults, the last good one is in force").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_status_says_when_legacy_goes_and_comes_and_what_was_moved() {
    let mut legacy = Legacy::start();
    let supervisor = Supervisor::new();
    let routes = "[[route]]\nname = \"ping\"\nmode = \"native\"\n[[route]]\nname = \"tags_list\"\nmode = \"canary\"\npercent = 5\n";
    let bridge = supervisor.over(Setup::before(legacy.address).routes(routes)).start_alone();
    let count = cutover::handlers::ALL.len();
    supervisor.hears(&format!("STATUS=1 of {count} routes native, 1 canary; legacy there")).await;
    bridge.signal("USR1");
    supervisor.hears("STATUS=kill switch engaged, every request goes to legacy; legacy there").await;
    bridge.signal("USR2");
    supervisor.hears("STATUS=1 of ").await;
    legacy.kill();
    let away = supervisor.hears("legacy away since ").await;
    let since = away[0].rsplit(' ').next().unwrap();
    let age = humantime::parse_rfc3339(since).unwrap().elapsed().unwrap();
    assert!(age < Duration::from_secs(60), "{away:?}");
    legacy.restart();
    supervisor.hears("; legacy there").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watchdog_is_fed_and_that_of_another_process_is_not() {
    let upstream = Upstream::always(OK).await;
    let supervisor = Supervisor::new();
    let setup = || supervisor.over(Setup::before(upstream.address)).environment("WATCHDOG_USEC", "200000");
    let bridge = setup().start_alone();
    for _ in 0..5 {
        assert_eq!(supervisor.hears("WATCHDOG").await, ["WATCHDOG=1"]);
    }
    bridge.stop();
    let bridge = setup().environment("WATCHDOG_PID", "1").start_alone();
    // What the first one said last comes before this; the status is looked at once in five of its periods.
    supervisor.hears("READY=1").await;
    for (signal, status) in [("USR1", "kill switch engaged"), ("USR2", " routes native; ")] {
        bridge.signal(signal);
        let told = supervisor.until(status).await;
        assert!(told.iter().all(|told| told.starts_with("STATUS=")), "{told:?}");
    }
    bridge.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_supervisor_that_is_not_there_keeps_no_bridge_from_running() {
    let upstream = Upstream::always(OK).await;
    for name in ["/nowhere/at/all", "vsock:2:1", ""] {
        let bridge = Setup::before(upstream.address).environment("NOTIFY_SOCKET", name).start_alone();
        assert!(is_served(&bridge).await);
        assert_eq!(bridge.log().contains("NOTIFY_SOCKET"), !name.is_empty(), "{name}: {}", bridge.log());
        bridge.stop();
    }
}
