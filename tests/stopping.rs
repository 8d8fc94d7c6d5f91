//! A bridge that was told to stop: it says so before it closes, so that whoever sends it clients sends them elsewhere.

use crate::support::{
    bridge::{Bridge, Setup},
    eventually,
    raw::{self, Connection},
    upstream::Upstream,
};
use serde_json::json;
use tokio::sync::broadcast;

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";

async fn says_so(bridge: &Bridge) {
    let ready = eventually("it is not ready any more", || async {
        let ready = raw::get(bridge.admin, "/readyz").await;
        (ready.status == 503).then_some(ready)
    })
    .await;
    assert_eq!((&ready.json()["ready"], &ready.json()["why"]), (&json!(false), &json!("stopping")));
    assert_eq!(raw::get(bridge.admin, "/healthz").await.status, 200, "it is alive");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bridge_that_was_told_to_stop_says_so_and_serves_until_its_delay_is_over_or_it_is_told_again() {
    let upstream = Upstream::always(OK).await;
    for signal in ["TERM", "INT"] {
        let bridge = Setup::before(upstream.address)
            .routes("[listen]\nstop_delay = \"1h\"\n")
            .arguments(&["--all", "native"])
            .start()
            .await;
        let mut before = Connection::open(bridge.address).await;
        bridge.signal("TERM");
        says_so(&bridge).await;
        assert_eq!(raw::get(bridge.address, "/x").await.status, 200, "who comes is let in");
        before.send("GET /x HTTP/1.1\r\nHost: h\r\n\r\n").await;
        let answer = before.answer().await;
        assert_eq!((answer.status, answer.header("connection")), (200, None), "who was there stays");
        // What else it is told is done meanwhile.
        bridge.signal("USR1");
        bridge.until("the kill switch is engaged", |status| status["kill_switch"] == true).await;
        bridge.signal(signal);
        assert!(before.is_closed().await, "no hour has passed");
        assert!(bridge.wait());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_delay_ends_by_itself_and_can_be_set_while_the_bridge_runs() {
    let upstream = Upstream::always(OK).await;
    let bridge = Setup::before(upstream.address).routes("[listen]\nstop_delay = \"1h\"\n").start().await;
    bridge.reconfigure("[listen]\nstop_delay = \"50ms\"\n").await;
    bridge.signal("TERM");
    assert!(bridge.wait());
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_delay_the_listener_closes_at_once_and_the_bridge_says_for_as_long_as_something_runs_that_it_stops() {
    let (go, _) = broadcast::channel::<()>(1);
    let waits = go.clone();
    let upstream = Upstream::start(move |mut incoming| {
        let mut wait = waits.subscribe();
        async move {
            incoming.request().await;
            wait.recv().await.unwrap();
            incoming.send(OK).await;
        }
    })
    .await;
    let bridge = Setup::before(upstream.address).start().await;
    let mut slow = Connection::open(bridge.address).await;
    slow.send("GET /slow HTTP/1.1\r\nHost: h\r\n\r\n").await;
    bridge.until("legacy is asked", |status| status["legacy"]["free_connections"] == 127).await;
    bridge.signal("TERM");
    says_so(&bridge).await;
    eventually("the listener is closed", || async {
        tokio::net::TcpStream::connect(bridge.address).await.is_err().then_some(())
    })
    .await;
    says_so(&bridge).await;
    go.send(()).unwrap();
    assert_eq!(slow.answer().await.status, 200);
    assert!(bridge.wait());
}
