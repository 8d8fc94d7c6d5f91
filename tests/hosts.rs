//! Pages in the user's browser that make a name of theirs lead to the bridge, or open a websocket to it: over real
//! sockets.

use std::net::SocketAddr;

use crate::support::{
    bridge::{Bridge, Setup},
    eventually,
    legacy::Legacy,
    raw::{self, Answer, Connection},
    upstream::Upstream,
    websocket::handshake,
};

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

fn request(line: &str, host: &str) -> String {
    format!("{line} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n")
}

fn upgrade(host: &str, more: &str) -> String {
    handshake("/ws/").replace("Host: h\r\n", &format!("Host: {host}\r\n{more}"))
}

async fn status(address: SocketAddr, request: &str) -> u16 {
    raw::exchange(address, request).await.status
}

fn assert_misdirected(answer: &Answer, said: &str) {
    assert_eq!((answer.status, answer.reason.as_str()), (421, "MISDIRECTED REQUEST"), "{answer:?}");
    assert_eq!(answer.header("x-cutover-error"), Some("host-refused"), "{answer:?}");
    assert!(answer.text().contains(said), "{}", answer.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_list_every_host_is_answered_as_legacy_answers_it() {
    let legacy = Legacy::start();
    let bridge = Setup::before(legacy.address).data(legacy.data()).arguments(&["--all", "native"]).start().await;
    for host in ["evil.example", "evil.example:1", "127.0.0.1", "xn--e1afmkfd.example:99999", "_"] {
        let asked = request("GET /api/1/ping", host);
        let (direct, through) =
            (raw::exchange(legacy.address, &asked).await, raw::exchange(bridge.address, &asked).await);
        assert_eq!((direct.status, direct.text()), (through.status, through.text()), "{host}");
        assert_eq!(status(legacy.address, &upgrade(host, "")).await, 101, "{host}");
        assert_eq!(status(bridge.address, &upgrade(host, "")).await, 101, "{host}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn with_a_list_a_request_for_another_host_is_refused_and_never_reaches_legacy() {
    let upstream = Upstream::always(OK).await;
    let routes = "[listen]\nhosts = [\"cutover.example\", \"localhost:9000\"]\n";
    let bridge = Setup::before(upstream.address).routes(routes).start_alone();
    let port = bridge.address.port();
    let own = [format!("127.0.0.1:{port}"), format!("LocalHost:{port}"), format!("[::1]:{port}")];
    let listed = ["cutover.example", "cutover.example:8443", "localhost:9000"].map(str::to_owned);
    for host in own.iter().chain(&listed) {
        assert_eq!(status(bridge.address, &request("GET /x", host)).await, 200, "{host}");
    }
    let passed = upstream.seen().len();
    for host in
        [format!("evil.example:{port}"), "127.0.0.1".into(), "localhost:9001".into(), "a.cutover.example".into()]
    {
        for line in ["GET /x", "POST /api/1/tags", "OPTIONS /x", "DELETE /x", "GET /api/1/ping"] {
            let refused = raw::refusal(bridge.address, request(line, &host)).await;
            assert_misdirected(&refused, &format!("add \\\"{host}\\\" to listen.hosts"));
        }
        assert_misdirected(&raw::refusal(bridge.address, upgrade(&host, "")).await, "nothing here is called");
        let mut connection = Connection::open(bridge.address).await;
        connection.send(request("HEAD /x", &host)).await;
        assert_eq!(connection.head_answer().await.status, 421);
    }
    // Its body is not waited for.
    let unsent = format!("POST /x HTTP/1.1\r\nHost: evil.example:{port}\r\nContent-Length: 100\r\n\r\n");
    assert_misdirected(&raw::refusal(bridge.address, unsent).await, "nothing here is called");
    assert_misdirected(&raw::refusal(bridge.address, "GET /x HTTP/1.0\r\n\r\n").await, "has no Host");
    let through = format!("GET http://evil.example:{port}/x HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n");
    assert_misdirected(&raw::refusal(bridge.address, through).await, "none that can be told");
    assert_eq!(upstream.seen().len(), passed, "{:?}", upstream.seen());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_of_hosts_is_in_force_at_once_on_connections_that_are_open_too() {
    let upstream = Upstream::always(OK).await;
    let bridge = Setup::before(upstream.address).start_alone();
    let asked = "GET /x HTTP/1.1\r\nHost: evil.example\r\n\r\n";
    let mut connection = Connection::open(bridge.address).await;
    connection.send(asked).await;
    assert_eq!(connection.answer().await.status, 200);
    bridge.reconfigure("[listen]\nhosts = [\"cutover.example\"]\n").await;
    connection.send(asked).await;
    assert_misdirected(&connection.answer().await, "evil.example");
    assert!(connection.is_closed().await);
    bridge.reconfigure("").await;
    assert_eq!(status(bridge.address, asked).await, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bridge_that_others_can_reach_warns_at_its_start_unless_it_has_a_list_of_hosts() {
    let upstream = Upstream::always(OK).await;
    let warns = async |address: &str, routes: &str| {
        let bridge = Setup::before(upstream.address).listen(address).routes(routes).start_alone();
        // What it says at its start it says before its first answer.
        raw::get(SocketAddr::from(([127, 0, 0, 1], bridge.address.port())), "/").await;
        bridge.signal("TERM");
        eventually("the bridge ends", || async { bridge.log().contains("stopping: ").then_some(()) }).await;
        let said = bridge.log();
        let warning = said.lines().find(|line| line.contains("listen.hosts"));
        warning.inspect(|line| assert!(line.contains("WARN") && line.contains("DNS rebinding"), "{line}")).is_some()
    };
    assert!(warns("0.0.0.0:0", "").await);
    assert!(!warns("0.0.0.0:0", "[listen]\nhosts = [\"cutover.example\"]\n").await);
    assert!(!warns("127.0.0.1:0", "").await);
}

/// Whether a page of this origin gets a websocket.
async fn connects(bridge: &Bridge, origin: &str) -> u16 {
    status(bridge.address, &upgrade("h", &format!("Origin: {origin}\r\n"))).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_another_origin_gets_no_websocket_whoever_serves_it() {
    let legacy = Legacy::start();
    for (mode, percent) in [("tunnel", 100), ("bridge", 100), ("bridge", 50), ("bridge", 0)] {
        let routes = format!("[ws]\nmode = \"{mode}\"\npercent = {percent}\norigins = [\"https://app.example\"]\n");
        let bridge = Setup::before(legacy.address).routes(&routes).start().await;
        for killed in [false, true] {
            if killed {
                bridge.signal("USR1");
                bridge.until("the switch is engaged", |status| status["kill_switch"] == true).await;
            }
            for _ in 0..4 {
                assert_eq!(connects(&bridge, "https://evil.example").await, 403, "{mode} {percent} {killed}");
                assert_eq!(connects(&bridge, "null").await, 403, "{mode} {percent} {killed}");
            }
            assert_eq!(status(bridge.address, &upgrade("h", "")).await, 403, "{mode} {percent} {killed}");
            let twice = upgrade("h", "Origin: https://app.example\r\nOrigin: https://evil.example\r\n");
            assert_eq!(status(bridge.address, &twice).await, 403, "{mode} {percent} {killed}");
            assert_eq!(connects(&bridge, "https://app.example").await, 101, "{mode} {percent} {killed}");
        }
    }
}
