//! Request targets: which are whose, and that they are forwarded as they came (LESSONS 2.1 rows 29 and 30).

use std::cell::RefCell;

use crate::support::{
    bridge::{Bridge, Setup},
    legacy::{Legacy, PASSWORD, ROUTES, USER},
    raw,
    upstream::Upstream,
};
use proptest::{
    prelude::*,
    test_runner::{Config, TestCaseError},
};
use serde_json::json;
use tokio::runtime::Runtime;

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

/// Paths that Flask takes for a migrated route, in whatever disguise.
const ROUTED: [&str; 22] = [
    "/api/1/ping",
    "/api/1/ping?",
    "/api/1/ping??",
    "/api/1/ping?a?b",
    "/api/1/ping?%zz",
    "//api/1/ping",
    "///api/1/ping",
    "////////api/1/ping",
    "/%2Fapi/1/ping",
    "/%2F%2fapi/1/ping",
    "/api/1/%70ing",
    "/%61%70%69/1/ping",
    "/api%2F1%2Fping",
    "/api/1%2fping",
    "/api/%31/ping",
    "/api/1/user%73",
    "/api/1/users",
    "/api/1/settings",
    "/api/1/tags",
    "/api/1/assets%2Ftypes",
    "/api/1/locations/all",
    "/api/1/info?check_for_updates=false",
];

/// Paths that look like one to somebody who decodes, merges, resolves, trims or folds more than Flask does.
const NOT_ROUTED: [&str; 60] = [
    "/",
    "//",
    "/api",
    "/api/1",
    "/api/1/",
    "/api/1//",
    "/api//1/ping",
    "/api/1//ping",
    "/api//1//ping",
    "//api//1/ping",
    "/api/%2F1/ping",
    "/api/1%2F%2Fping",
    "/api/1//p%69ng",
    "/api/1/assets//types",
    "/api///1/ping",
    "/api/1/ping/",
    "/api/1/ping//",
    "/api/1/ping%2F",
    "/api/1/ping%2f",
    "/api/1/users/",
    "/api/1/users%2F",
    "/api/1/settings/",
    "/api/1/tags//",
    "/api/1/locations/all/",
    "/api/1/assets/types/",
    "/api/1/ping;x=1",
    "/api/1/ping;",
    "/api/1;x/ping",
    "/api/1/./ping",
    "/api/1/x/../ping",
    "/api/1/%2e%2e/1/ping",
    "/api/1/x/%2e%2e/ping",
    "/api/1/ping/.",
    "/api/1/ping/..",
    "/../api/1/ping",
    "/./api/1/ping",
    "/API/1/ping",
    "/api/1/PING",
    "/api/01/ping",
    "/api/1.0/ping",
    "/api/1/ping%00",
    "/api/1/pi%00ng",
    "/%00/api/1/ping",
    "/api/1/ping%20",
    "/api/1/%20ping",
    "/api/1/ping+",
    "/api/1/ping%",
    "/api/1/ping%2",
    "/api/1/%ping",
    "/api/1/%u0070ing",
    "/api/1/%2570ing",
    "/api/1/ping%23frag",
    "/api/1/ping%3F",
    "/api/1/ping%3Fx=1",
    "/api/1/ping\\",
    "/api\\1\\ping",
    "/api/1/%ff",
    "/api/1/ping%ff",
    "/api/1/%C0%B0ing",
    "//h/api/1/ping",
];

/// Targets that cannot be forwarded as they came, or that have more than one reading.
const REFUSED: [&[u8]; 17] = [
    b"/api/1/ping#frag",
    b"/api/1/ping?x#frag",
    b"/api/1/pi ng",
    b"/api/1/pi\tng",
    b"/api/1/ping\0",
    b"/api/1/ping\x7f",
    b"/api/1/p\xc3\xafng",
    b"/api/1/ping?\xff",
    b"/api/1/<ping>",
    b"/api/1/ping?a=\"b\"",
    b"/api/1/`ping`",
    b"api/1/ping",
    b"h",
    b"h:80",
    b"?x",
    b"\\api\\1\\ping",
    b"ftp://h/api/1/ping",
];

async fn get(client: &mut raw::Connection, target: &str) -> raw::Answer {
    client.send(format!("GET {target} HTTP/1.1\r\nHost: h\r\n\r\n")).await;
    client.answer().await
}

/// A legacy with somebody logged in, and a bridge before it that answers natively whatever it can.
async fn native_before(legacy: &Legacy) -> Bridge {
    let bridge =
        Setup::before(legacy.address).data(legacy.data()).environment("CUTOVER_FLAGS__ALL", "native").start().await;
    let login = json!({"password": PASSWORD, "sync_approval": "unknown"});
    let answer = raw::send_json(bridge.address, "POST", &format!("/api/1/users/{USER}"), &login).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    bridge
}

/// What legacy answers to the migrated routes without arguments: an answer of the same bytes comes from the same endpoint.
async fn endpoints(legacy: &mut raw::Connection) -> Vec<Vec<u8>> {
    let mut bodies = Vec::new();
    for route in ROUTES {
        let answer = get(legacy, route).await;
        assert_eq!(answer.status, 200);
        assert!(!bodies.contains(&answer.body), "two endpoints can not be told apart");
        bodies.push(answer.body);
    }
    bodies
}

/// Whether legacy takes a target for a migrated route; the bridge must agree, and answer the same.
async fn agree(
    bridge: &mut raw::Connection,
    legacy: &mut raw::Connection,
    endpoints: &[Vec<u8>],
    target: &str,
) -> Result<bool, String> {
    let direct = get(legacy, target).await;
    let routed = direct.status == 200 && endpoints.contains(&direct.body);
    let via = get(bridge, target).await;
    let variant = if routed { "native" } else { "legacy" };
    if via.header("x-cutover-variant") != Some(variant) {
        return Err(format!(
            "{target}: legacy says {}, so {variant} should answer, but {:?} did",
            direct.status,
            via.header("x-cutover-variant")
        ));
    }
    if (via.status, &via.body, via.header("location")) != (direct.status, &direct.body, direct.header("location")) {
        return Err(format!("{target}: {} {} instead of {} {}", via.status, via.text(), direct.status, direct.text()));
    }
    Ok(routed)
}

#[tokio::test(flavor = "multi_thread")]
async fn row_29_a_path_is_answered_natively_exactly_if_flask_routes_it_to_that_endpoint() {
    let legacy = Legacy::start();
    let bridge = native_before(&legacy).await;
    let mut direct = raw::Connection::open(legacy.address).await;
    let mut via = raw::Connection::open(bridge.address).await;
    let endpoints = endpoints(&mut direct).await;
    let tables = ROUTED.map(|path| (path, true)).into_iter().chain(NOT_ROUTED.map(|path| (path, false)));
    for (target, expected) in tables {
        let routed = agree(&mut via, &mut direct, &endpoints, target).await.unwrap();
        assert_eq!(routed, expected, "the table is wrong about {target}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn row_29_whatever_is_forwarded_is_forwarded_byte_for_byte() {
    let upstream = Upstream::always(OK).await;
    for (mode, tables) in [("legacy", vec![&ROUTED[..], &NOT_ROUTED]), ("native", vec![&NOT_ROUTED[..]])] {
        let bridge = Setup::before(upstream.address).environment("CUTOVER_FLAGS__ALL", mode).start().await;
        let mut client = raw::Connection::open(bridge.address).await;
        for target in tables.into_iter().flatten() {
            let answer = get(&mut client, target).await;
            assert_eq!((answer.status, answer.text()), (200, "ok".into()), "{mode} {target}");
            let sent = upstream.seen().pop().unwrap();
            assert!(sent.starts_with(&format!("GET {target} HTTP/1.1\r\n")), "{mode} {target}: {sent}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn row_29_an_absolute_target_is_routed_and_forwarded_by_its_path() {
    let upstream = Upstream::always(OK).await;
    let bridge = Setup::before(upstream.address).environment("CUTOVER_FLAGS__ALL", "native").start().await;
    let mut client = raw::Connection::open(bridge.address).await;
    for target in ["http://h/api/1/ping", "HTTP://h/api/1/ping", "http://h//api/1/%70ing?x"] {
        assert_eq!(get(&mut client, target).await.header("x-cutover-variant"), Some("native"), "{target}");
    }
    for (target, forwarded) in [
        ("http://h/api/1/ping/", "/api/1/ping/"),
        ("http://h/api//1/ping?a=%20", "/api//1/ping?a=%20"),
        ("http://h", "/"),
        ("http://h/", "/"),
        ("http://h?x=/api/1/ping", "/?x=/api/1/ping"),
    ] {
        assert_eq!(get(&mut client, target).await.header("x-cutover-variant"), Some("legacy"), "{target}");
        let sent = upstream.seen().pop().unwrap();
        assert!(sent.starts_with(&format!("GET {forwarded} HTTP/1.1\r\n")), "{target}: {sent}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn row_29_a_target_that_cannot_be_forwarded_as_it_came_is_refused_and_never_repaired() {
    let upstream = Upstream::always(OK).await;
    for mode in ["legacy", "native"] {
        let bridge = Setup::before(upstream.address).environment("CUTOVER_FLAGS__ALL", mode).start().await;
        for target in REFUSED {
            let request = [b"GET ", target, b" HTTP/1.1\r\nHost: h\r\n\r\n"].concat();
            let answer = raw::exchange(bridge.address, request).await;
            let shown = target.escape_ascii();
            assert_eq!((answer.status, answer.header("x-cutover-error")), (400, Some("bad-request")), "{shown}");
            assert_eq!(answer.json()["result"], serde_json::Value::Null, "{shown}");
        }
    }
    assert!(upstream.seen().is_empty(), "{:?}", upstream.seen());
}

/// Disguises of a migrated path: characters percent-encoded, slashes doubled, something put before or after.
fn disguised() -> impl Strategy<Value = String> {
    let path = prop::sample::select(vec![
        "/api/1/ping",
        "/api/1/users",
        "/api/1/tags",
        "/api/1/settings",
        "/api/1/assets/types",
    ]);
    let before = prop::sample::select(vec!["", "", "", "/", "//", "/.", "/..", "%2F", "/%2f"]);
    let after = prop::sample::select(vec!["", "", "", "", "/", "?", "?a=/", ";", "%2f", "%00", "/.", "%20", "%3f"]);
    let changes = prop::collection::vec((any::<prop::sample::Index>(), 0u8..6), 0..4);
    (path, before, after, changes).prop_map(|(path, before, after, changes)| {
        let mut pieces: Vec<String> = path.chars().map(String::from).collect();
        for (at, change) in changes {
            // The first character stays a slash, or the target has no form at all.
            let at = 1 + at.index(pieces.len() - 1);
            let Some(byte) = pieces[at].bytes().next().filter(|_| pieces[at].len() == 1) else { continue };
            pieces[at] = match change {
                0 => format!("%{byte:02x}"),
                1 => format!("%{byte:02X}"),
                2 => format!("%25{byte:02x}"),
                3 => format!("/{}", char::from(byte)),
                4 => char::from(byte).to_ascii_uppercase().to_string(),
                _ => format!("./{}", char::from(byte)),
            };
        }
        let before = if before.starts_with('%') { format!("/{before}") } else { before.to_owned() };
        format!("{before}{}{after}", pieces.concat())
    })
}

fn few(cases: u32) -> Config {
    Config { cases, failure_persistence: None, ..Config::default() }
}

#[test]
fn row_29_no_disguise_of_a_path_makes_the_bridge_and_flask_disagree() {
    let runtime = Runtime::new().unwrap();
    let legacy = Legacy::start();
    let bridge = runtime.block_on(native_before(&legacy));
    let endpoints = runtime.block_on(async { endpoints(&mut raw::Connection::open(legacy.address).await).await });
    proptest!(few(300), |(target in disguised())| {
        let agreed = runtime.block_on(async {
            let mut direct = raw::Connection::open(legacy.address).await;
            let mut via = raw::Connection::open(bridge.address).await;
            agree(&mut via, &mut direct, &endpoints, &target).await
        });
        agreed.map_err(TestCaseError::fail)?;
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn row_30_a_query_is_forwarded_as_it_came() {
    let upstream = Upstream::always(OK).await;
    let bridge = Setup::before(upstream.address).start().await;
    let mut client = raw::Connection::open(bridge.address).await;
    for query in [
        "",
        "?",
        "??",
        "?&",
        "?=",
        "?a",
        "?a=",
        "?a=&a=&a",
        "?b=2&a=1&b=1",
        "?a=1;b=2",
        "?a+b=c+d",
        "?a%20b=%2B&c=%C3%BC",
        "?%zz=%",
        "?a=/../?b=//",
        "?a[]=1&a[]=2&b={x}|^\\",
        "?http://h/x",
        "?%00%0d%0aX:%20y",
    ] {
        let target = format!("/api/1/history/events{query}");
        assert_eq!(get(&mut client, &target).await.status, 200, "{target}");
        let sent = upstream.seen().pop().unwrap();
        assert!(sent.starts_with(&format!("GET {target} HTTP/1.1\r\n")), "{target}: {sent}");
    }
}

#[test]
fn row_30_any_path_and_query_that_are_let_in_are_forwarded_byte_for_byte() {
    let runtime = Runtime::new().unwrap();
    let (upstream, bridge) = runtime.block_on(async {
        let upstream = Upstream::always(OK).await;
        let bridge = Setup::before(upstream.address).start().await;
        (upstream, bridge)
    });
    let client = RefCell::new(runtime.block_on(raw::Connection::open(bridge.address)));
    // Every printable character but those that no URI may have; the query from the first question mark on.
    proptest!(few(500), |(path in "[!\"$-;=@-_a-~]{0,60}", query in "(\\?[!$-;=?-_a-~]{0,120})?")| {
        let target = format!("/{path}{query}");
        prop_assert!(target.parse::<http::Uri>().is_ok(), "{}", target);
        let status = runtime.block_on(get(&mut client.borrow_mut(), &target)).status;
        prop_assert_eq!(status, 200, "{}", target);
        let sent = upstream.seen().pop().unwrap();
        let expected = format!("GET {target} HTTP/1.1\r\n");
        prop_assert!(sent.starts_with(&expected), "{}: {}", target, sent);
    });
}
