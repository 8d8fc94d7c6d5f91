//! Who may use the admin listener, and what it refuses: over real sockets.

use std::{net::SocketAddr, os::unix::fs::PermissionsExt, path::Path};

use crate::support::{
    self,
    bridge::{Bridge, Setup},
    raw::{self, Answer},
    upstream::Upstream,
};
use serde_json::{Value, json};
use tempfile::TempDir;

const LEGACY_ANSWER: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";
const TOKEN: &str = "0123456789abcdef0123";

async fn bridge(routes: &str) -> (Upstream, Bridge) {
    let upstream = Upstream::always(LEGACY_ANSWER).await;
    let bridge = Setup::before(upstream.address).routes(routes).start_alone();
    (upstream, bridge)
}

/// One that asks for [`TOKEN`].
async fn guarded() -> (Upstream, TempDir, Bridge) {
    let directory = TempDir::new().unwrap();
    let file = token_file(&directory, "admin.token", TOKEN, 0o600);
    let (upstream, bridge) = bridge(&format!("[admin]\ntoken_file = {file:?}\n")).await;
    (upstream, directory, bridge)
}

fn token_file(directory: &TempDir, name: &str, token: &str, mode: u32) -> String {
    let file = directory.path().join(name);
    std::fs::write(&file, format!("{token}\n")).unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).unwrap();
    file.to_str().unwrap().to_owned()
}

/// A request with these header lines, and no other but the end of the connection.
async fn ask(address: SocketAddr, request: &str, lines: &[&str]) -> Answer {
    with_body(address, request, lines, "").await
}

async fn with_body(address: SocketAddr, request: &str, lines: &[&str], body: &str) -> Answer {
    let lines = lines.iter().fold(String::new(), |lines, line| lines + line + "\r\n");
    let length = if body.is_empty() { String::new() } else { format!("Content-Length: {}\r\n", body.len()) };
    raw::exchange(address, format!("{request} HTTP/1.1\r\n{lines}{length}Connection: close\r\n\r\n{body}")).await
}

/// Checks that this is a refusal: one sentence, as JSON, that has this in it.
fn assert_refused(answer: &Answer, status: u16, said: &str) {
    assert_eq!(answer.status, status, "{answer:?} {}", answer.text());
    assert_eq!(answer.header("content-type"), Some("application/json"), "{answer:?}");
    let body = answer.json();
    let error = body["error"].as_str().unwrap_or_default();
    assert!(error.contains(said) && body.as_object().unwrap().len() == 1, "{body}");
}

async fn is_killed(bridge: &Bridge) -> Value {
    bridge.status().await["kill_switch"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_names_another_host_is_misdirected_whatever_it_asks_for() {
    let (_upstream, bridge) = bridge("").await;
    let port = bridge.admin.port();
    for host in [format!("127.0.0.1:{port}"), format!("localhost:{port}"), format!("[::1]:{port}")] {
        assert_eq!(ask(bridge.admin, "GET /api/status", &[&format!("Host: {host}")]).await.status, 200, "{host}");
    }
    let rebound = format!("Host: evil.example:{port}");
    for target in ["/api/status", "/healthz", "/", "/assets/icon.svg", "/nothing", "/metrics"] {
        let refused = ask(bridge.admin, &format!("GET {target}"), &[&rebound]).await;
        assert_refused(&refused, 421, &format!("add \"evil.example:{port}\" to admin.hosts"));
    }
    let own = format!("Host: {}", bridge.admin);
    for lines in [&[][..], &[own.as_str(), &own], &["Host:"], &["Host: evil@localhost"]] {
        assert_refused(
            &ask(bridge.admin, "GET /api/status", lines).await,
            421,
            "has no Host, or none that can be told",
        );
    }
    let through = format!("GET http://evil.example:{port}/api/status");
    assert_refused(&ask(bridge.admin, &through, &[&own]).await, 421, "none that can be told");
    assert_refused(&ask(bridge.admin, "GET /api/status", &["Host: localhost"]).await, 421, "nothing here is called");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_further_name_is_allowed_as_soon_as_the_configuration_has_it() {
    let (_upstream, bridge) = bridge("").await;
    let named = async |host: &str| ask(bridge.admin, "GET /api/status", &[&format!("Host: {host}")]).await.status;
    assert_eq!(named("cutover.example").await, 421);
    bridge.reconfigure("[admin]\nhosts = [\"cutover.example\", \"localhost:9000\"]\n").await;
    for (host, status) in [
        ("cutover.example", 200),
        ("Cutover.Example:8443", 200),
        ("localhost:9000", 200),
        ("localhost:9001", 421),
        ("other.example", 421),
    ] {
        assert_eq!(named(host).await, status, "{host}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_another_origin_can_neither_read_nor_change_anything() {
    let (_upstream, bridge) = bridge("").await;
    let own = format!("Host: {}", bridge.admin);
    let page = format!("Origin: http://{}", bridge.admin);
    let json = "Content-Type: application/json";
    for origin in ["http://evil.example", "null", "", "http://127.0.0.1", "https://evil.example:443"] {
        let origin = format!("Origin: {origin}");
        for target in ["/api/status", "/", "/healthz", "/api/events"] {
            assert_refused(
                &ask(bridge.admin, &format!("GET {target}"), &[&own, &origin]).await,
                403,
                "may not ask here",
            );
        }
        let kill = with_body(bridge.admin, "PUT /api/kill-switch", &[&own, &origin, json], "true").await;
        assert_refused(&kill, 403, "may not ask here");
        let asked_before = ask(
            bridge.admin,
            "OPTIONS /api/kill-switch",
            &[&own, &origin, "Access-Control-Request-Method: PUT", "Access-Control-Request-Headers: content-type"],
        )
        .await;
        assert_refused(&asked_before, 403, "may not ask here");
        assert!(asked_before.header("access-control-allow-origin").is_none(), "{asked_before:?}");
    }
    for site in ["cross-site", "same-site"] {
        let site = format!("Sec-Fetch-Site: {site}");
        for target in ["/api/status", "/openapi.json", "/metrics"] {
            assert_refused(&ask(bridge.admin, &format!("GET {target}"), &[&own, &site]).await, 403, "Sec-Fetch-Site");
        }
        assert_eq!(ask(bridge.admin, "GET /routes/tags_list", &[&own, &site]).await.status, 200, "a link was followed");
    }
    assert_eq!(is_killed(&bridge).await, false);
    let site = "Sec-Fetch-Site: same-origin";
    let kill = with_body(bridge.admin, "PUT /api/kill-switch", &[&own, &page, site, json], "true").await;
    assert_eq!(kill.status, 200, "{kill:?}");
    assert_eq!(is_killed(&bridge).await, true, "the dashboard's own page may");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_a_form_could_have_sent_is_refused() {
    let (_upstream, bridge) = bridge("").await;
    let own = format!("Host: {}", bridge.admin);
    for kind in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/json"] {
        for request in ["PUT /api/kill-switch", "POST /notify", "POST /api/compat/invalidate", "DELETE /api/routes"] {
            let kind = format!("Content-Type: {kind}");
            assert_refused(&with_body(bridge.admin, request, &[&own, &kind], "true").await, 415, "application/json");
        }
    }
    assert_refused(&with_body(bridge.admin, "PUT /api/kill-switch", &[&own], "true").await, 415, "application/json");
    assert_eq!(is_killed(&bridge).await, false);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_token_nothing_is_told_but_whether_the_bridge_is_alive_and_ready() {
    let (_upstream, _directory, bridge) = guarded().await;
    let own = format!("Host: {}", bridge.admin);
    let right = format!("Authorization: Bearer {TOKEN}");
    let shorter = format!("Authorization: Bearer {}", &TOKEN[1..]);
    let longer = format!("Authorization: Bearer {TOKEN}0");
    let wrong = ["Authorization: Bearer", "Authorization: Basic eDp5", &shorter, &longer];
    for target in ["/api/status", "/api/routes", "/api/samples", "/metrics", "/openapi.json", "/nothing", "/api"] {
        let request = format!("GET {target}");
        let refused = ask(bridge.admin, &request, &[&own]).await;
        assert_refused(&refused, 401, "admin.token_file");
        assert_eq!(refused.header("www-authenticate"), Some("Bearer realm=\"cutover\""), "{refused:?}");
        for line in wrong {
            let refused = ask(bridge.admin, &request, &[&own, line]).await;
            assert_refused(&refused, 401, "admin.token_file");
            assert!(refused.header("www-authenticate").unwrap().starts_with("Bearer"), "{refused:?}");
        }
        assert_ne!(ask(bridge.admin, &request, &[&own, &right]).await.status, 401, "{target}");
    }
    let json = "Content-Type: application/json";
    for request in ["PUT /api/kill-switch", "POST /notify", "PUT /api/compat/parts/caches"] {
        assert_refused(&with_body(bridge.admin, request, &[&own, json], "true").await, 401, "admin.token_file");
    }
    for target in ["/healthz", "/readyz", "/", "/routes/tags_list", "/assets/icon.svg"] {
        let open = ask(bridge.admin, &format!("GET {target}"), &[&own]).await;
        assert!([200, 503].contains(&open.status), "{target}: {open:?}");
    }
    let status = ask(bridge.admin, "GET /api/status", &[&own, &right]).await.json();
    assert_eq!(status["kill_switch"], false);
    assert!(!bridge.log().contains(TOKEN), "{}", bridge.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_others_could_read_is_used_and_warned_of() {
    let directory = TempDir::new().unwrap();
    let file = token_file(&directory, "open.token", TOKEN, 0o644);
    let (_upstream, bridge) = bridge(&format!("[admin]\ntoken_file = {file:?}\n")).await;
    let lines = [format!("Host: {}", bridge.admin), format!("Authorization: Bearer {TOKEN}")];
    assert_eq!(ask(bridge.admin, "GET /api/status", &[&lines[0], &lines[1]]).await.status, 200);
    assert!(bridge.log().contains(&format!("chmod 600 {file}")), "{}", bridge.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_others_can_reach_needs_a_token_and_a_token_has_to_be_one() {
    let directory = TempDir::new().unwrap();
    let short = token_file(&directory, "short.token", "too-short", 0o600);
    let absent = directory.path().join("absent.token");
    let serve = async |address: &str, token_file: &Path| {
        let ended = tokio::process::Command::new(env!("CARGO_BIN_EXE_cutover"))
            .args(["serve", "--listen", "127.0.0.1:0", "--admin", address])
            .current_dir(directory.path())
            .env("CUTOVER_ADMIN__TOKEN_FILE", token_file)
            .env("CUTOVER_LOG__LEVEL", "off")
            .kill_on_drop(true)
            .output();
        let output = tokio::time::timeout(support::PATIENCE, ended).await.expect("it does not start").unwrap();
        assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0), "{output:?}");
        String::from_utf8(output.stderr).unwrap()
    };
    for address in ["0.0.0.0:0", "[::]:0", "192.0.2.1:0"] {
        let said = serve(address, Path::new("")).await;
        assert!(said.contains(&format!("admin.address {address}")) && said.contains("admin.token_file"), "{said}");
        assert!(said.contains("openssl rand -hex 32 > admin.token") && said.lines().count() == 1, "{said}");
    }
    let said = serve("127.0.0.1:0", &absent).await;
    assert!(said.contains("admin.token_file") && said.contains("can not be read: No such file"), "{said}");
    let said = serve("127.0.0.1:0", Path::new(&short)).await;
    assert!(said.contains("the token has 9 bytes, and needs 16") && !said.contains("too-short"), "{said}");
    // A path that is not absolute is beside routes.toml, from wherever the bridge is started.
    let file = directory.path().join("routes.toml");
    std::fs::write(&file, "[admin]\ntoken_file = \"short.token\"\n").unwrap();
    let said = support::bridge::run(&["serve", "--config", file.to_str().unwrap()]);
    assert!(String::from_utf8_lossy(&said.stderr).contains("the token has 9 bytes"), "{said:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bridge_with_a_token_may_listen_everywhere_and_is_asked_under_the_address_it_was_reached_at() {
    let directory = TempDir::new().unwrap();
    let file = token_file(&directory, "admin.token", TOKEN, 0o600);
    let upstream = Upstream::always(LEGACY_ANSWER).await;
    let routes = format!("[admin]\ntoken_file = {file:?}\n");
    let bridge = Setup::before(upstream.address).admin("0.0.0.0:0").routes(&routes).start_alone();
    let port = bridge.admin.port();
    let reached = SocketAddr::from(([127, 0, 0, 2], port));
    let token = format!("Authorization: Bearer {TOKEN}");
    for (host, status) in [(reached.to_string(), 200), (format!("127.0.0.3:{port}"), 421)] {
        let answer = ask(reached, "GET /api/status", &[&format!("Host: {host}"), &token]).await;
        assert_eq!(answer.status, status, "{host}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_above_64_kib_is_refused_except_by_notify() {
    let (_upstream, bridge) = bridge("").await;
    let large = json!({"type": "x", "data": "a".repeat(70_000)});
    for (method, target) in [("PUT", "/api/kill-switch"), ("POST", "/api/compat/invalidate")] {
        assert_refused(&raw::send_json(bridge.admin, method, target, &large).await, 413, "larger than what is taken");
    }
    assert_eq!(raw::send_json(bridge.admin, "POST", "/notify", &large).await.json(), json!({"delivered": 0}));
    let chunked = format!(
        "PUT /api/kill-switch HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\
         Connection: close\r\n\r\n11170\r\n{}\r\n0\r\n\r\n",
        bridge.admin,
        " ".repeat(70_000)
    );
    assert_refused(&raw::exchange(bridge.admin, chunked).await, 413, "larger than what is taken");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_understood_is_named_with_what_was_meant() {
    let (_upstream, bridge) = bridge("").await;
    let send =
        async |method: &str, target: &str, body: &Value| raw::send_json(bridge.admin, method, target, body).await;
    let own = format!("Host: {}", bridge.admin);
    let no_json = [&own[..], "Content-Type: application/json"];
    assert_refused(&with_body(bridge.admin, "PUT /api/kill-switch", &no_json, "{").await, 400, "the body is no JSON");
    assert_refused(&send("PUT", "/api/kill-switch", &json!("yes")).await, 422, "");
    let misspelled = json!([{"nmae": "assets"}]);
    assert_refused(
        &send("POST", "/api/compat/invalidate", &misspelled).await,
        422,
        "unknown field \"nmae\"; did you mean \"name\"?",
    );
    let part = send("PUT", "/api/compat/parts/cahces", &json!(true)).await;
    assert_refused(&part, 400, "the package has no part \"cahces\"; did you mean \"caches\"?");
    let get = async |target: &str| raw::get(bridge.admin, target).await;
    assert_refused(&get("/api/staus").await, 404, "there is nothing at /api/staus; did you mean /api/status?");
    assert_refused(&get("/zzzzzzzzzzzzzzzzzzzzzzzzzz").await, 404, "/openapi.json lists what there is");
    assert_refused(&get("/assets/none.js").await, 404, "no file \"none.js\"");
    assert_refused(&get("/api/samples?rout=ping").await, 400, "no parameter \"rout\"; did you mean \"route\"?");
    assert_refused(&get("/api/samples?route=tags_lst").await, 404, "did you mean \"tags_list\"?");
    assert_refused(&get("/api/samples?route=ping&route=info").await, 400, "more than once");
    for id in ["7", "7.har", "x", "99999999999999999999"] {
        assert_refused(&get(&format!("/api/samples/{id}")).await, 404, "there is no sample");
    }
    assert_refused(&get("/api/parity/record?redcat=x").await, 400, "did you mean \"redact\"?");
    let other = send("POST", "/api/kill-switch", &json!(true)).await;
    assert_refused(&other, 405, "POST is not for /api/kill-switch; it takes PUT");
    assert_eq!(other.header("allow"), Some("PUT"), "{other:?}");
    assert_eq!(send("POST", "/api/status", &json!(true)).await.header("allow"), Some("GET, HEAD"));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_tells_browsers_to_keep_it_to_themselves() {
    let (_upstream, bridge) = bridge("").await;
    for target in ["/healthz", "/readyz", "/api/status", "/", "/assets/style.css", "/nothing", "/openapi.json"] {
        let answer = raw::get(bridge.admin, target).await;
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            ("cross-origin-resource-policy", "same-origin"),
            ("x-frame-options", "DENY"),
        ] {
            assert_eq!(answer.all(name), [value], "{target}");
        }
        let policy = answer.header("content-security-policy").unwrap();
        assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{policy}");
        let is_file = ["/", "/assets/style.css"].contains(&target);
        assert_eq!(answer.all("cache-control"), [if is_file { "no-cache" } else { "no-store" }], "{target}");
        assert!(answer.header("set-cookie").is_none() && answer.header("access-control-allow-origin").is_none());
    }
    let refused = ask(bridge.admin, "GET /", &["Host: evil.example"]).await;
    assert_eq!((refused.header("x-frame-options"), refused.header("cache-control")), (Some("DENY"), Some("no-store")));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_dashboard_is_one_page_at_each_of_its_paths_and_browsers_keep_its_files() {
    let (_upstream, bridge) = bridge("").await;
    let page = raw::get(bridge.admin, "/").await;
    assert_eq!((page.status, page.header("content-type")), (200, Some("text/html; charset=utf-8")));
    let policy = page.header("content-security-policy").unwrap();
    assert_eq!(
        policy,
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
         base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    );
    for path in ["/routes", "/routes/tags_list", "/live", "/journal", "/notifier", "/databases", "/openapi"] {
        assert_eq!(raw::get(bridge.admin, path).await.body, page.body, "{path}");
    }
    let own = format!("Host: {}", bridge.admin);
    let script = raw::get(bridge.admin, "/assets/js/main.js").await;
    assert_eq!(script.header("content-type"), Some("text/javascript; charset=utf-8"));
    let known = format!("If-None-Match: {}", script.header("etag").unwrap());
    let again = ask(bridge.admin, "GET /assets/js/main.js", &[&own, &known]).await;
    assert_eq!((again.status, again.body.len()), (304, 0));
    assert_eq!(ask(bridge.admin, "GET /assets/icon.svg", &[&own, &known]).await.status, 200, "another file");
    let mut head = raw::Connection::open(bridge.admin).await;
    head.send(format!("HEAD /assets/js/main.js HTTP/1.1\r\n{own}\r\nConnection: close\r\n\r\n")).await;
    let head = head.head_answer().await;
    assert_eq!((head.status, head.header("etag")), (200, script.header("etag")));
    assert_eq!(head.header("content-length"), Some(&*script.body.len().to_string()));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_public_listener_leads_nowhere_near_the_admin_api() {
    let (_upstream, bridge) = bridge("").await;
    let hosts = [format!("Host: {}", bridge.address), format!("Host: {}", bridge.admin)];
    for target in ["/api/status", "/healthz", "/readyz", "/api/routes", "/openapi.json", "/", "/metrics"] {
        for host in &hosts {
            let answer = ask(bridge.address, &format!("GET {target}"), &[host]).await;
            assert_eq!((answer.status, answer.text().as_str()), (200, "{}"), "legacy answers {target}: {answer:?}");
        }
    }
    let kill = raw::send_json(bridge.address, "PUT", "/api/kill-switch", &json!(true)).await;
    assert_eq!((kill.text().as_str(), is_killed(&bridge).await), ("{}", json!(false)));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_openapi_document_describes_what_is_served() {
    let (_upstream, bridge) = bridge("").await;
    let document = raw::get(bridge.admin, "/openapi.json").await.json();
    assert_eq!(
        (&document["openapi"], &document["info"]["version"]),
        (&json!("3.1.0"), &json!(env!("CARGO_PKG_VERSION")))
    );
    let status = &document["paths"]["/api/kill-switch"]["put"];
    for code in ["200", "401", "403", "413", "415", "421", "422"] {
        assert!(status["responses"].get(code).is_some(), "{code}: {status}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sample_is_shown_side_by_side_and_given_as_a_har_file() {
    let answer = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 30\r\n\r\n{\"result\": 1, \"message\": \"no\"}";
    let upstream = Upstream::always(answer).await;
    let routes = "[[route]]\nname = \"ping\"\nmode = \"shadow\"\n";
    let bridge = Setup::before(upstream.address).routes(routes).start_alone();
    raw::get(bridge.address, "/api/1/ping?a=1").await;
    let listed = support::eventually("a sample is kept", || async {
        let listed = raw::get(bridge.admin, "/api/samples?route=ping").await.json();
        listed.as_array().unwrap().first().cloned()
    })
    .await;
    assert_eq!((&listed["route"], &listed["target"]), (&json!("ping"), &json!("/api/1/ping?a=1")), "{listed}");
    let sample = raw::get(bridge.admin, &format!("/api/samples/{}", listed["id"])).await.json();
    assert_eq!(sample["expected"]["body"], "{\"result\": 1, \"message\": \"no\"}");
    let rows = sample["diff"]["body"].as_array().unwrap();
    assert!(rows.iter().any(|row| row["kind"] == "differs" && row["left"]["pieces"].is_array()), "{sample:#}");
    assert!(sample["curl"].as_str().unwrap().starts_with("curl "), "{sample:#}");
    let har = raw::get(bridge.admin, &format!("/api/samples/{}.har", listed["id"])).await;
    let recording = cutover::parity::har::from_slice(&har.body).unwrap();
    assert_eq!(recording.entries[0].request.target, "/api/1/ping?a=1");
}
