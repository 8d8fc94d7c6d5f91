//! Servers of others, asked in legacy's place: what is said when they answer, and when they do not.

use std::{
    io::{Read, Write},
    net::TcpListener as Listener,
    sync::Arc,
    time::{Duration, Instant},
};

use crate::support::{
    bridge::{Bridge, Setup},
    eventually,
    legacy::Legacy,
    prometheus, raw,
    recorded::Recorded,
};
use cutover::outbound::{Ask, Client, Failure, Service, proxy::Environment, service::Limits};
use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

const UPDATES: &str = "/api/1/info?check_for_updates=true";

/// A bridge that asks GitHub there.
fn asking(legacy: &Legacy, github: &str) -> Setup {
    Setup::before(legacy.address)
        .data(legacy.data())
        .arguments(&["--all", "native"])
        .environment("CUTOVER_OUTBOUND__GITHUB", github)
        // Whatever the machine has.
        .environment("no_proxy", "*")
        .environment("REQUESTS_CA_BUNDLE", "")
        .environment("CURL_CA_BUNDLE", "")
}

/// A server that gives everybody the same bytes, or nobody an answer.
struct Server {
    base: String,
    seen: Arc<Mutex<Vec<String>>>,
}

impl Server {
    async fn start(answer: Option<&'static str>) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let seen = Arc::new(Mutex::new(Vec::new()));
        let all = Arc::clone(&seen);
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let seen = Arc::clone(&all);
                tokio::spawn(async move {
                    // Heads here are small: each comes in one piece.
                    let mut bytes = [0; 4096];
                    while let Ok(count @ 1..) = stream.read(&mut bytes).await {
                        seen.lock().push(String::from_utf8_lossy(&bytes[..count]).into_owned());
                        if let Some(answer) = answer {
                            stream.write_all(answer.as_bytes()).await.unwrap();
                        }
                    }
                });
            }
        });
        Self { base, seen }
    }

    fn asked(&self) -> usize {
        self.seen.lock().iter().filter(|text| text.contains(" HTTP/1.1\r\n")).count()
    }
}

/// What a look for updates comes to: who answers, and what it says of versions.
async fn look(bridge: &Bridge) -> (String, Value) {
    let answer = raw::get(bridge.address, UPDATES).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    (answer.header("x-cutover-variant").unwrap().to_owned(), answer.json()["result"]["version"].clone())
}

fn version(latest: impl Into<Value>, page: impl Into<Value>) -> Value {
    json!({"our_version": "0.0.0", "latest_version": latest.into(), "download_url": page.into()})
}

fn unknown() -> (String, Value) {
    ("native".into(), version(Value::Null, Value::Null))
}

/// A count of the bridge's.
async fn count(bridge: &Bridge, name: &str, outcome: Option<&str>) -> u64 {
    let samples = prometheus::read(&raw::get(bridge.admin, "/metrics").await.text());
    let wanted = |sample: &&prometheus::Sample| {
        sample.name == name && sample.labels.get("outcome").map(String::as_str) == outcome
    };
    let value = samples.iter().find(wanted).unwrap_or_else(|| panic!("{name} {outcome:?}")).value;
    format!("{value}").parse().unwrap()
}

async fn outcomes(bridge: &Bridge, outcome: &str) -> u64 {
    count(bridge, "cutover_outbound_requests_total", Some(outcome)).await
}

/// One line of a recording, with GitHub's question in it.
fn answered(status: u16, headers: &Value, body: &str) -> String {
    let request = json!({
        "method": "GET", "path": "/repos/rotki/rotki/releases/latest",
        "headers": {"accept": "*/*", "user-agent": "cutover/<version>"},
    });
    json!({"request": request, "answer": {"status": status, "headers": headers, "body": body}}).to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn unless_it_is_asked_for_nothing_goes_out_to_the_network() {
    let legacy = Legacy::start();
    let bridge = Setup::before(legacy.address).data(legacy.data()).arguments(&["--all", "native"]).start().await;
    let answer = raw::get(bridge.address, UPDATES).await;
    assert_eq!(answer.header("x-cutover-reason"), Some("DECLINED"));
    eventually("the log says why", || async { bridge.log().contains("github is legacy's to ask").then_some(()) }).await;
    for outcome in ["answered", "unreachable", "late"] {
        assert_eq!(outcomes(&bridge, outcome).await, 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_release_is_told_of_natively_and_its_page_only_if_it_is_newer() {
    let legacy = Legacy::start();
    for (recording, said) in [
        ("github_newer", version("99.99.99", "https://github.com/rotki/rotki/releases/tag/v99.99.99")),
        ("github_up_to_date", version("0.0.0", Value::Null)),
    ] {
        let github = Recorded::play(recording).await;
        let bridge = asking(&legacy, &github.base()).start().await;
        assert_eq!(look(&bridge).await, ("native".into(), said), "{recording}");
        github.assert_played();
        assert_eq!(outcomes(&bridge, "answered").await, 1);
        // All but the version is as without a look for updates.
        let (with, without) = (
            raw::get(bridge.address, "/api/1/info?check_for_updates=no").await,
            raw::get(legacy.address, "/api/1/info").await,
        );
        assert_eq!(with.text(), without.text());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_github_does_not_say_is_passed_over_as_legacy_does_it() {
    let legacy = Legacy::start();
    let json = json!({"content-type": "application/json; charset=utf-8"});
    let html = json!({"content-type": "text/html"});
    let page = r#""html_url": "https://example.org""#;
    for (status, headers, body) in [
        (500, &json, r#"{"tag_name": "v99.9", "html_url": "x"}"#.to_owned()),
        (404, &json, r#"{"message": "Not Found"}"#.to_owned()),
        (204, &json, String::new()),
        (304, &json, String::new()),
        (302, &json, String::new()),
        (200, &json, String::new()),
        (200, &json, "{tag_name: v99}".to_owned()),
        (200, &json, r#"["tag_name"]"#.to_owned()),
        (200, &json, r#"{"tag_name": "v99.9"}"#.to_owned()),
        (200, &json, format!("{{{page}}}")),
        (200, &json, format!(r#"{{"tag_name": "nightly", {page}}}"#)),
        (200, &json, format!(r#"{{"tag_name": null, {page}}}"#)),
        (200, &json, format!(r#"{{"tag_name": 99, {page}}}"#)),
        (200, &html, "<html>a login page of a hotel</html>".to_owned()),
    ] {
        let github = Recorded::exchanges(&answered(status, headers, &body)).await;
        let bridge = asking(&legacy, &github.base()).start().await;
        assert_eq!(look(&bridge).await, unknown(), "{status} {body}");
        github.assert_played();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_legacy_may_see_differently_is_legacys_to_ask() {
    let legacy = Legacy::start();
    let json = json!({"content-type": "application/json"});
    let page = r#""html_url": "https://example.org""#;
    for (why, headers, status, body) in [
        ("a tag that only Python can judge", &json, 200, format!(r#"{{"tag_name": "v1.\u0664", {page}}}"#)),
        ("a page that is no text", &json, 200, r#"{"tag_name": "v9.9", "html_url": 5}"#.to_owned()),
        ("a byte order mark", &json, 200, "\u{feff}{}".to_owned()),
        ("compressed unasked", &json!({"content-encoding": "gzip"}), 200, "x".to_owned()),
        ("elsewhere", &json!({"location": "http://127.0.0.1:1/other"}), 302, String::new()),
        ("too large", &json, 200, " ".repeat((4 << 20) + 1)),
    ] {
        let github = Recorded::exchanges(&answered(status, headers, &body)).await;
        let bridge = asking(&legacy, &github.base()).start().await;
        assert_eq!(look(&bridge).await.0, "legacy", "{why}");
        github.assert_played();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn github_may_send_us_on_to_another_place_of_its_own() {
    let legacy = Legacy::start();
    let moved = answered(301, &json!({"location": "/repositories/1/releases/latest"}), "");
    let there = answered(200, &json!({}), r#"{"tag_name": "v1.0", "html_url": null}"#);
    let there = there.replace("/repos/rotki/rotki/", "/repositories/1/");
    let github = Recorded::exchanges(&format!("{moved}\n{there}")).await;
    let bridge = asking(&legacy, &github.base()).start().await;
    assert_eq!(look(&bridge).await, ("native".into(), version("1.0", Value::Null)));
    github.assert_played();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_in_trouble_is_asked_again_and_left_alone_for_as_long_as_it_wants() {
    let legacy = Legacy::start();
    let github = Recorded::play("github_in_trouble").await;
    let bridge = asking(&legacy, &github.base()).start().await;
    let began = Instant::now();
    assert_eq!(look(&bridge).await.1["latest_version"], "99.99.99");
    assert!(began.elapsed() >= Duration::from_secs(1), "it wanted a second");
    github.assert_played();
    assert_eq!(count(&bridge, "cutover_outbound_retries_total", None).await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn once_the_rate_is_used_up_github_is_not_asked_until_it_is_there_again() {
    let legacy = Legacy::start();
    let github = Recorded::play("github_limited").await;
    let bridge = asking(&legacy, &github.base()).start().await;
    for _ in 0..3 {
        assert_eq!(look(&bridge).await, unknown());
    }
    github.assert_played();
    assert_eq!((outcomes(&bridge, "error_status").await, outcomes(&bridge, "paused").await), (1, 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_github_that_is_away_silent_or_breaks_off_is_passed_over_in_time() {
    let legacy = Legacy::start();
    let closed = Listener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let bridge = asking(&legacy, &format!("http://{closed}")).start().await;
    assert_eq!(look(&bridge).await, unknown());
    assert_eq!(outcomes(&bridge, "unreachable").await, 1);

    let fault = |fault: &str| {
        let mut line: Value = serde_json::from_str(&answered(200, &json!({}), "")).unwrap();
        line["answer"] = json!({"fault": fault});
        line.to_string()
    };
    let github = Recorded::exchanges(&fault("silence")).await;
    let bridge = asking(&legacy, &github.base()).environment("CUTOVER_OUTBOUND__DEADLINE", "300ms").start().await;
    assert_eq!(look(&bridge).await, unknown());
    assert_eq!(outcomes(&bridge, "late").await, 1);
    github.assert_played();
    eventually("it is given up", || async { (github.given_up() == 1).then_some(()) }).await;

    let github = Recorded::exchanges(&[fault("broken"), fault("broken"), fault("closed")].join("\n")).await;
    let bridge = asking(&legacy, &github.base()).start().await;
    assert_eq!(look(&bridge).await, unknown());
    assert_eq!((github.asked(), outcomes(&bridge, "broken").await), (3, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_goes_away_takes_its_question_with_it() {
    let legacy = Legacy::start();
    let mut line: Value = serde_json::from_str(&answered(200, &json!({}), "")).unwrap();
    line["answer"] = json!({"fault": "silence"});
    let github = Recorded::exchanges(&line.to_string()).await;
    let bridge = asking(&legacy, &github.base()).start().await;
    let mut client = raw::Connection::open(bridge.address).await;
    client.send(format!("GET {UPDATES} HTTP/1.1\r\nHost: {}\r\n\r\n", bridge.address)).await;
    eventually("it is asked", || async { (github.asked() == 1).then_some(()) }).await;
    drop(client);
    eventually("it is given up", || async { (github.given_up() == 1).then_some(()) }).await;
    assert_eq!(outcomes(&bridge, "cancelled").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_of_the_environment_is_asked_in_githubs_place_and_its_password_is_not_logged() {
    let legacy = Legacy::start();
    let proxy = Server::start(Some(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 37\r\n\r\n{\"tag_name\": \"v9.9\",\"html_url\": null}",
    ))
    .await;
    let bridge = asking(&legacy, "http://github.example")
        .environment("no_proxy", "")
        .environment("NO_PROXY", "")
        .environment("http_proxy", &proxy.base.replace("http://", "http://me:s3cret@"))
        .start()
        .await;
    assert_eq!(look(&bridge).await, ("native".into(), version("9.9", Value::Null)));
    let seen = proxy.seen.lock().concat().to_ascii_lowercase();
    assert!(seen.starts_with("get http://github.example/repos/rotki/rotki/releases/latest http/1.1\r\n"), "{seen}");
    assert!(seen.contains("proxy-authorization: basic bwu6cznjcmv0"), "{seen}");
    eventually("the log tells of it", || async { bridge.log().contains("latest release").then_some(()) }).await;
    assert!(!bridge.log().contains("s3cret"), "{}", bridge.log());

    let bridge = asking(&legacy, "http://github.example")
        .environment("no_proxy", "")
        .environment("NO_PROXY", "")
        .environment("http_proxy", "socks5://me:s3cret@127.0.0.1:1")
        .start()
        .await;
    assert_eq!(look(&bridge).await.0, "legacy");
    assert_eq!(outcomes(&bridge, "misconfigured").await, 1);
    eventually("the log tells of it", || async { bridge.log().contains("latest release").then_some(()) }).await;
    assert!(!bridge.log().contains("s3cret"), "{}", bridge.log());
}

/// A server with a certificate that only its own file vouches for; answers all the same. Ends with its listener's process.
fn with_tls(directory: &std::path::Path, body: &'static str) -> (String, std::path::PathBuf) {
    use openssl::{
        asn1::Asn1Time,
        bn::BigNum,
        hash::MessageDigest,
        pkey::PKey,
        rsa::Rsa,
        ssl::{SslAcceptor, SslMethod},
        x509::{
            X509, X509NameBuilder,
            extension::{BasicConstraints, SubjectAlternativeName},
        },
    };
    let key = PKey::from_rsa(Rsa::generate(2048).unwrap()).unwrap();
    let mut name = X509NameBuilder::new().unwrap();
    name.append_entry_by_text("CN", "localhost").unwrap();
    let name = name.build();
    let mut builder = X509::builder().unwrap();
    builder.set_version(2).unwrap();
    builder.set_serial_number(&BigNum::from_u32(1).unwrap().to_asn1_integer().unwrap()).unwrap();
    builder.set_subject_name(&name).unwrap();
    builder.set_issuer_name(&name).unwrap();
    builder.set_pubkey(&key).unwrap();
    builder.set_not_before(&Asn1Time::days_from_now(0).unwrap()).unwrap();
    builder.set_not_after(&Asn1Time::days_from_now(2).unwrap()).unwrap();
    let names = SubjectAlternativeName::new().dns("localhost").build(&builder.x509v3_context(None, None)).unwrap();
    builder.append_extension(names).unwrap();
    builder.append_extension(BasicConstraints::new().critical().ca().build().unwrap()).unwrap();
    builder.sign(&key, MessageDigest::sha256()).unwrap();
    let certificate = builder.build();
    let file = directory.join("ca.pem");
    std::fs::write(&file, certificate.to_pem().unwrap()).unwrap();
    let mut acceptor = SslAcceptor::mozilla_intermediate_v5(SslMethod::tls()).unwrap();
    acceptor.set_private_key(&key).unwrap();
    acceptor.set_certificate(&certificate).unwrap();
    let acceptor = acceptor.build();
    let listener = Listener::bind("127.0.0.1:0").unwrap();
    let base = format!("https://localhost:{}", listener.local_addr().unwrap().port());
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let Ok(mut stream) = acceptor.accept(stream) else { continue };
            let mut head = [0; 4096];
            let _ = stream.read(&mut head);
            let length = body.len();
            let _ = write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}");
            let _ = stream.shutdown();
        }
    });
    (base, file)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_that_nobody_vouches_for_is_refused_and_one_of_the_environments_file_is_not() {
    let legacy = Legacy::start();
    let directory = tempfile::TempDir::new().unwrap();
    let (base, file) = with_tls(directory.path(), r#"{"tag_name": "v9.9", "html_url": null}"#);
    let bridge = asking(&legacy, &base).start().await;
    assert_eq!(look(&bridge).await.0, "legacy");
    assert_eq!(outcomes(&bridge, "untrusted").await, 1, "{}", bridge.log());
    let bridge = asking(&legacy, &base).environment("REQUESTS_CA_BUNDLE", file.to_str().unwrap()).start().await;
    assert_eq!(look(&bridge).await, ("native".into(), version("9.9", Value::Null)), "{}", bridge.log());
    let bridge = asking(&legacy, &base).environment("CURL_CA_BUNDLE", "/nowhere").start().await;
    assert_eq!(look(&bridge).await.0, "legacy");
    assert_eq!(outcomes(&bridge, "misconfigured").await, 1, "{}", bridge.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn whether_github_is_asked_is_changed_without_a_restart() {
    let legacy = Legacy::start();
    let github = Recorded::play("github_newer").await;
    let bridge = Setup::before(legacy.address)
        .data(legacy.data())
        .arguments(&["--all", "native"])
        .environment("no_proxy", "*")
        .start()
        .await;
    assert_eq!(look(&bridge).await.0, "legacy");
    bridge.reconfigure(&format!("[outbound]\ngithub = \"{}/\"\n", github.base())).await;
    assert_eq!(look(&bridge).await.0, "native");
    github.assert_played();
}

/// Limits that nothing runs into.
const WIDE: Limits = Limits {
    places: 100,
    waiting: 100,
    interval: Duration::from_micros(1),
    burst: 1000,
    retries: 2,
    retry_percent: 20,
    pause: Duration::from_millis(1),
    longest_pause: Duration::from_millis(2),
};

fn client(limits: Limits) -> Arc<Client> {
    Arc::new(Client::limited([("no_proxy".into(), "*".into())].into_iter().collect::<Environment>(), move |_| limits))
}

#[tokio::test(flavor = "multi_thread")]
async fn what_may_do_harm_twice_is_asked_once() {
    let server = Server::start(Some("HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n")).await;
    let client = client(WIDE);
    for (ask, times) in
        [(Ask::get("read", "/"), 3), (Ask::post("order", "/", "{}"), 1), (Ask::post("call", "/", "{}").repeatable(), 3)]
    {
        let before = server.asked();
        let reply = client.ask(Service::Github, &server.base, None, &ask).await.unwrap();
        assert_eq!((reply.status.as_u16(), server.asked() - before), (503, times), "{ask:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn retries_are_never_more_than_their_share_of_the_questions() {
    let server = Server::start(Some("HTTP/1.1 502 No\r\nContent-Length: 0\r\n\r\n")).await;
    let client = client(WIDE);
    for _ in 0..200 {
        client.ask(Service::Github, &server.base, None, &Ask::get("read", "/")).await.unwrap();
    }
    let retries = server.asked() - 200;
    assert!((40..=50).contains(&retries), "a fifth, and ten at the start: {retries}");
    let (_, door) = client.doors().next().unwrap();
    assert_eq!(door.counts.retries().0, retries as u64);
    assert!(door.counts.retries().1 > 100);
}

#[tokio::test(flavor = "multi_thread")]
async fn so_many_are_asked_at_once_so_many_wait_and_one_more_is_turned_away() {
    let server = Server::start(None).await;
    let (client, base) = (client(Limits { places: 2, waiting: 1, ..WIDE }), server.base.clone());
    let ask = || {
        let (client, base) = (Arc::clone(&client), base.clone());
        tokio::spawn(async move { client.ask(Service::Github, &base, None, &Ask::get("read", "/")).await })
    };
    let held = [ask(), ask()];
    eventually("two are asked", || async { (server.asked() == 2).then_some(()) }).await;
    let waiting = ask();
    let load = || client.doors().next().unwrap().1.load();
    eventually("one waits", || async { (load() == (2, 1)).then_some(()) }).await;
    assert_eq!(ask().await.unwrap().unwrap_err(), Failure::Crowded);
    held.iter().for_each(tokio::task::JoinHandle::abort);
    eventually("the one that waited is asked", || async { (server.asked() == 3).then_some(()) }).await;
    waiting.abort();
    eventually("all places are free", || async { (load() == (0, 0)).then_some(()) }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_does_not_tell_the_address_it_was_for() {
    let closed = Listener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let ask = Ask::get("price", "/s3cret/price").query("apikey", "s3cret");
    let base = format!("http://me:s3cret@{closed}");
    let failure = client(WIDE).ask(Service::Github, &base, None, &ask).await.unwrap_err();
    assert!(matches!(&failure, Failure::Unreachable(_)), "{failure:?}");
    assert!(!format!("{failure:?} {failure}").contains("s3cret"), "{failure:?}");
}
