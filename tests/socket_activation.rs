//! Listeners that are handed down, as systemd's socket units do it: real sockets, and a real bridge that is started on them.
#![cfg(target_os = "linux")]

use std::{
    net::{TcpListener, UdpSocket},
    os::unix::net::{UnixDatagram, UnixListener},
};

use crate::support::{
    self,
    bridge::{Bridge, Setup},
    eventually,
    package::{Package, Place, all_parts},
    raw::{self, Connection},
    upstream::Upstream,
};
use tempfile::TempDir;

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

fn listener() -> TcpListener {
    TcpListener::bind("127.0.0.1:0").unwrap()
}

async fn logs(bridge: &Bridge, words: &str) {
    eventually(words, || async { bridge.log().contains(words).then_some(()) }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_comes_before_the_bridge_does_and_one_that_comes_between_two_are_answered() {
    let upstream = Upstream::always(OK).await;
    let (public, admin) = (listener(), listener());
    let address = public.local_addr().unwrap();
    let ask = || async move {
        let mut connection = Connection::open(address).await;
        connection.send(format!("GET /x HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n")).await;
        connection
    };
    // Nobody accepts yet; the connection is there all the same.
    let mut early = ask().await;
    let start = || Setup::before(upstream.address).handing_down(&[&public, &admin], None).start_alone();
    let first = start();
    assert_eq!((first.address, first.admin), (address, admin.local_addr().unwrap()), "as it was announced");
    assert_eq!(early.answer().await.text(), "ok");
    assert_eq!(raw::get(first.admin, "/healthz").await.status, 200);
    first.stop();
    let mut between = ask().await;
    let second = start();
    assert_eq!(between.answer().await.text(), "ok");
    second.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn sockets_are_told_by_name_and_what_has_none_by_its_place() {
    let upstream = Upstream::always(OK).await;
    let (one, two) = (listener(), listener());
    let (first, second) = (one.local_addr().unwrap(), two.local_addr().unwrap());
    for (names, public, admin) in [
        (None, first, second),
        (Some("unknown:unknown"), first, second),
        (Some("public:admin"), first, second),
        (Some("admin:public"), second, first),
    ] {
        let bridge = Setup::before(upstream.address).handing_down(&[&one, &two], names).start_alone();
        assert_eq!((bridge.address, bridge.admin), (public, admin), "{names:?}");
        bridge.stop();
    }
    let bridge = Setup::before(upstream.address).handing_down(&[&one], Some("admin")).start_alone();
    assert_eq!(bridge.admin, first);
    assert_ne!(bridge.address, second, "a free one, as configured");
}

#[tokio::test(flavor = "multi_thread")]
async fn where_a_socket_is_not_where_the_configuration_says_the_log_says_which_is_in_force() {
    let upstream = Upstream::always(OK).await;
    let (public, free) = (listener(), listener());
    let configured = free.local_addr().unwrap().to_string();
    drop(free);
    let bridge = Setup::before(upstream.address).listen(&configured).handing_down(&[&public], None).start_alone();
    let address = public.local_addr().unwrap();
    assert_eq!(bridge.address, address);
    let log = bridge.log();
    let line = log.lines().find(|line| line.contains("that one is in force")).unwrap_or_else(|| panic!("{log}"));
    assert!(line.contains("WARN") && line.contains("listen.address"), "{line}");
    assert!(line.contains(&configured) && line.contains(&address.to_string()), "{line}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_socket_that_others_can_reach_needs_a_token_whatever_the_configuration_says_of_addresses() {
    let upstream = Upstream::always(OK).await;
    let open = TcpListener::bind("0.0.0.0:0").unwrap();
    let setup = || Setup::before(upstream.address).admin("127.0.0.1:0").handing_down(&[&open], Some("admin"));
    let said = setup().fails();
    assert!(said.contains("can be reached by others") && said.contains("admin.token_file"), "{said}");
    let directory = TempDir::new().unwrap();
    let token = directory.path().join("token");
    std::fs::write(&token, "0123456789abcdef").unwrap();
    let bridge = setup().environment("CUTOVER_ADMIN__TOKEN_FILE", token.to_str().unwrap()).start_alone();
    let loopback = ([127, 0, 0, 1], bridge.admin.port()).into();
    assert_eq!(raw::get(loopback, "/api/status").await.status, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_unix_socket_can_be_handed_down_and_its_file_stays() {
    let upstream = Upstream::always(OK).await;
    let place = Place::new();
    let socket = UnixListener::bind(&place.path).unwrap();
    for routes in [place.routes(), String::new()] {
        let bridge =
            Setup::before(upstream.address).routes(&routes).handing_down(&[&socket], Some("compat")).start_alone();
        let package = Package::attach(&place.path, &all_parts()).await;
        bridge.until("it is attached", |status| status["compat"]["attached"] == true).await;
        drop(package);
        bridge.stop();
        assert!(place.path.exists(), "it is systemd's");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sockets_of_another_process_are_not_taken_and_the_log_says_so() {
    let upstream = Upstream::always(OK).await;
    for pid in ["1", ""] {
        let setup = Setup::before(upstream.address).environment("LISTEN_FDS", "1").environment("LISTEN_PID", pid);
        let bridge = setup.start_alone();
        logs(&bridge, "LISTEN_PID is not this process").await;
        assert_eq!(raw::get(bridge.address, "/x").await.text(), "ok", "it listens where it was configured");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_can_not_be_listened_on_is_refused_with_its_number_its_name_and_what_to_do() {
    let upstream = Upstream::always(OK).await;
    let directory = TempDir::new().unwrap();
    let tcp = listener();
    let connected = std::net::TcpStream::connect(tcp.local_addr().unwrap()).unwrap();
    let datagrams = UdpSocket::bind("127.0.0.1:0").unwrap();
    let unix = UnixListener::bind(directory.path().join("a")).unwrap();
    let letters = UnixDatagram::bind(directory.path().join("b")).unwrap();
    let file = std::fs::File::open(env!("CARGO_MANIFEST_DIR")).unwrap();
    let cases: [(&dyn std::os::fd::AsFd, &str, &str, &str); 8] = [
        (&datagrams, "public", "a UDP socket", "a TCP listener: ListenStream="),
        (&unix, "public", "a Unix stream listener", "a TCP listener: ListenStream="),
        (&letters, "admin", "a Unix datagram socket", "a TCP listener: ListenStream="),
        (&connected, "public", "a TCP socket that does not listen", "Accept=no"),
        (&file, "admin", "something that is no stream or datagram socket", "a TCP listener"),
        (&tcp, "compat", "a TCP listener", "a Unix stream listener: ListenStream= with a path"),
        (&letters, "compat", "a Unix datagram socket", "a Unix stream listener"),
        (&tcp, "cutover.socket", "\"cutover.socket\"", "FileDescriptorName="),
    ];
    for (socket, name, found, remedy) in cases {
        let said = Setup::before(upstream.address).handing_down(&[socket], Some(name)).fails();
        for words in ["descriptor 3", name, found, remedy] {
            assert!(said.contains(words), "{words:?} is not in {said}");
        }
        assert_eq!(said.trim_end().lines().count(), 1, "{said}");
    }
    let said = Setup::before(upstream.address).handing_down(&[&tcp, &unix], Some("public:admin")).fails();
    assert!(said.contains("descriptor 4 (admin)"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_handed_down_is_not_handed_on() {
    let upstream = Upstream::always(OK).await;
    let (public, admin) = (listener(), listener());
    let setup = Setup::before(upstream.address).inspected().handing_down(&[&public, &admin], None);
    let bridge = setup.start_alone();
    for descriptor in [3, 4] {
        let info = std::fs::read_to_string(format!("/proc/{}/fdinfo/{descriptor}", bridge.pid())).unwrap();
        let flags = info.lines().find_map(|line| line.strip_prefix("flags:")).unwrap().trim();
        let cloexec = 0o2_000_000; // O_CLOEXEC of fcntl(2)
        assert_ne!(u32::from_str_radix(flags, 8).unwrap() & cloexec, 0, "{info}");
    }
    assert_eq!(support::raw::get(bridge.address, "/x").await.text(), "ok");
}
