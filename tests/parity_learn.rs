//! `cutover parity learn`: a server that is noisy in known ways, and the diff that comes of it.

use std::{
    collections::HashMap, net::SocketAddr, os::unix::fs::PermissionsExt, path::Path, process::Output, sync::Arc,
    time::SystemTime,
};

use crate::support::{
    bridge::run,
    upstream::{Incoming, Upstream},
};
use cutover::{
    config::Mode,
    parity::{
        Difference, Kind, Request, Response, Verdict,
        evidence::{Evidence, Exchange, Limits, Noted},
        har::{self, Entry},
    },
};
use parking_lot::Mutex;
use tempfile::TempDir;

/// A file with comments in odd places, two sections and a few rules.
const ROUTES: &str = r#"# The routes of a test.

[[route]]
name = "settings_get"       # GET /api/1/settings
mode = "legacy"
parity = [{ unordered = "/result/active_modules", reason = "a Python set" }] # one so far

[[route]]
name = "tags_list"          # has none
mode = "legacy"
# said about the next one
[[route]]
name = "assets_ignored"
parity = [
    { unordered = "/result", reason = "a Python set" }, # excuses it all
]

[log]
level = "info"   # at the end
"#;

/// What the server says of a target when it is asked for the nth time.
fn answer(target: &str, nth: usize) -> (u16, String) {
    let body = match target {
        "/api/1/settings" => format!(
            r#"{{"result": {{"active_modules": {}, "last_write_ts": {}, "version": 5, "main_currency": "EUR"}}, "message": ""}}"#,
            if nth == 0 { r#"["a", "b"]"# } else { r#"["b", "a"]"# },
            1_732_190_000 + nth
        ),
        "/api/1/tags" => {
            let item = |name: &str, price: usize| format!(r#"{{"name": "{name}", "price": "{price}.5{nth}"}}"#);
            let (a, b) = (item("a", 100), item("b", 200));
            let items = if nth == 0 { [a, b] } else { [b, a] };
            format!(r#"{{"result": [{}], "message": ""}}"#, items.join(", "))
        }
        "/api/1/assets/ignored" => {
            format!(r#"{{"result": {}, "message": ""}}"#, if nth == 0 { r#"["x", "y"]"# } else { r#"["y", "x"]"# })
        }
        "/api/1/locations/all" => {
            format!(r#"{{"result": {{"locations": {{"kraken": {{}}}}, "took": "{nth} ms"}}, "message": "fine"}}"#)
        }
        "/api/1/info" if nth == 1 => return (503, r#"{"result": null, "message": "busy"}"#.to_owned()),
        _ => r#"{"result": true, "message": ""}"#.to_owned(),
    };
    (200, body)
}

async fn server() -> Upstream {
    let asked: Arc<Mutex<HashMap<String, usize>>> = Arc::default();
    Upstream::start(move |mut incoming: Incoming| {
        let asked = Arc::clone(&asked);
        async move {
            while let Some(head) = incoming.request().await {
                let target = head.split(' ').nth(1).unwrap().to_owned();
                let nth = {
                    let mut asked = asked.lock();
                    let count = asked.entry(target.clone()).or_default();
                    *count += 1;
                    *count - 1
                };
                let (status, body) = answer(&target, nth);
                let reason = if status == 200 { "OK" } else { "Service Unavailable" };
                let length = body.len();
                incoming.send(format!("HTTP/1.1 {status} {reason}\r\nContent-Length: {length}\r\n\r\n{body}")).await;
            }
        }
    })
    .await
}

fn request(method: &str, target: &str) -> Request {
    let headers = vec![("Host".to_owned(), "127.0.0.1".to_owned())];
    Request { method: method.into(), target: target.into(), headers, body: "".into() }
}

fn recording(directory: &Path, requests: &[(&str, &str)]) -> String {
    let entry = |(method, target): &(&str, &str)| {
        Entry::new(SystemTime::UNIX_EPOCH, request(method, target), Err("not kept".into()))
    };
    let entries: Vec<Entry> = requests.iter().map(entry).collect();
    let file = directory.join("reads.har");
    std::fs::write(&file, har::to_string(&entries)).unwrap();
    file.to_str().unwrap().to_owned()
}

const ALL: [(&str, &str); 8] = [
    ("GET", "/api/1/settings"),
    ("GET", "/api/1/tags"),
    ("GET", "/api/1/ping"),
    ("GET", "/api/1/assets/ignored"),
    ("GET", "/api/1/locations/all"),
    ("GET", "/api/1/info"),
    ("PUT", "/api/1/users"),
    ("POST", "/api/1/nothing"),
];

struct Place {
    directory: TempDir,
    config: String,
}

impl Place {
    fn new() -> Self {
        let directory = TempDir::new().unwrap();
        let config = directory.path().join("routes.toml").to_str().unwrap().to_owned();
        std::fs::write(&config, ROUTES).unwrap();
        Self { directory, config }
    }

    fn text(&self) -> String {
        std::fs::read_to_string(&self.config).unwrap()
    }

    async fn learn(&self, arguments: &[&str]) -> Output {
        let arguments: Vec<String> = ["parity", "learn", "--config", &self.config]
            .iter()
            .chain(arguments)
            .map(|argument| (*argument).to_owned())
            .collect();
        let ran = tokio::task::spawn_blocking(move || run(&arguments.iter().map(String::as_str).collect::<Vec<_>>()));
        ran.await.unwrap()
    }

    /// What a command printed, without what differs from run to run.
    fn shown(&self, output: &Output, server: Option<SocketAddr>) -> String {
        let text = format!(
            "exit {}\n{}----\n{}",
            output.status.code().unwrap(),
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
        let text = text.replace(&format!("{}/", self.directory.path().display()), "");
        match server {
            Some(address) => text.replace(&address.to_string(), "SERVER"),
            None => text,
        }
    }
}

#[tokio::test]
async fn what_a_server_does_not_repeat_is_proposed_as_a_diff_and_nothing_is_changed() {
    let (place, server) = (Place::new(), server().await);
    let file = recording(place.directory.path(), &ALL);
    let patch = place.directory.path().join("noise.diff");
    let target = format!("http://{}", server.address);
    let output = place.learn(&[&file, "--target", &target, "--patch", patch.to_str().unwrap()]).await;
    insta::assert_snapshot!(place.shown(&output, Some(server.address)));
    assert_eq!(place.text(), ROUTES);
    assert_eq!(std::fs::read(&patch).unwrap(), output.stdout);
    // Six reads three times, and nothing that may write.
    let seen = server.seen();
    assert_eq!(seen.len(), 18);
    assert!(seen.iter().all(|head| head.starts_with("GET ")));
    let rounds: Vec<Vec<String>> = seen
        .chunks(6)
        .map(|round| {
            let mut targets: Vec<String> =
                round.iter().map(|head| head.split(' ').nth(1).unwrap().to_owned()).collect();
            targets.sort();
            targets
        })
        .collect();
    assert!(rounds[0] == rounds[1] && rounds[1] == rounds[2], "each is asked once before any is asked again");
}

#[tokio::test]
async fn what_is_written_is_not_proposed_again() {
    let (place, server) = (Place::new(), server().await);
    std::fs::set_permissions(&place.config, std::fs::Permissions::from_mode(0o640)).unwrap();
    let file = recording(place.directory.path(), &ALL[..5]);
    let target = format!("http://{}", server.address);
    let arguments = [file.as_str(), "--target", &target, "--write", "--times", "2"];
    let output = place.learn(&arguments).await;
    assert_eq!(output.status.code(), Some(0), "{}", place.shown(&output, None));
    assert!(String::from_utf8_lossy(&output.stderr).contains("written: "));
    let written = place.text();
    assert!(written.contains("{ mask = \"/result/last_write_ts\", pattern = \"timestamp\""), "{written}");
    assert_eq!(std::fs::metadata(&place.config).unwrap().permissions().mode() & 0o777, 0o640);
    let checked = run(&["check", &place.config]);
    assert!(checked.status.success(), "{}", place.shown(&checked, None));
    let second = place.learn(&[&file, "--target", &target, "--times", "2"]).await;
    assert_eq!(second.status.code(), Some(0), "{}", place.shown(&second, None));
    assert!(second.stdout.is_empty() && String::from_utf8_lossy(&second.stderr).contains("nothing is proposed"));
    assert_eq!(place.text(), written);
}

#[tokio::test]
async fn only_wanted_routes_are_asked() {
    let (place, server) = (Place::new(), server().await);
    let file = recording(place.directory.path(), &ALL);
    let target = format!("http://{}", server.address);
    let output = place.learn(&[&file, "--target", &target, "--route", "tags_*", "--times", "2"]).await;
    assert_eq!(output.status.code(), Some(1));
    assert!(server.seen().iter().all(|head| head.starts_with("GET /api/1/tags ")));
    assert_eq!(server.seen().len(), 2);
}

#[tokio::test]
async fn what_can_not_be_learned_is_one_clear_line_and_exit_2() {
    let place = Place::new();
    let file = recording(place.directory.path(), &ALL[..1]);
    let writes = place.directory.path().join("writes.har");
    let none = Entry::new(SystemTime::UNIX_EPOCH, request("PUT", "/api/1/users"), Err(String::new()));
    std::fs::write(&writes, har::to_string(&[none])).unwrap();
    let missing = place.directory.path().join("missing.db");
    let writes = writes.to_str().unwrap();
    // A port that is taken, and answers nobody.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let nobody = format!("http://{address}");
    let cases: [Vec<&str>; 6] = [
        vec![&file, "--target", "ftp://x"],
        vec![&file, "--target", &nobody],
        vec![&file, "--target", &nobody, "--route", "tags_lst"],
        vec![writes, "--target", &nobody],
        vec!["nowhere.har", "--target", &nobody],
        vec!["--evidence", missing.to_str().unwrap()],
    ];
    let mut all = String::new();
    for arguments in cases {
        let output = place.learn(&arguments).await;
        let text = place.shown(&output, Some(address));
        assert!(text.starts_with("exit 2\n") && text.lines().count() == 3, "{text}");
        all += &text;
    }
    insta::assert_snapshot!(all);
    assert_eq!(place.text(), ROUTES);
}

fn response(body: &str) -> Response {
    Response { status: 200, reason: "OK".into(), headers: Vec::new(), spelled: true, body: body.to_owned().into() }
}

#[tokio::test]
async fn the_noise_that_a_bridge_has_seen_is_learned_from_without_asking_anyone() {
    let place = Place::new();
    let file = place.directory.path().join("evidence.db");
    let evidence = Evidence::open(Some(&file), Limits::default()).unwrap();
    for (route, noise, a, b) in [
        ("ping", true, r#"{"id": 1, "t": 1732190000}"#, r#"{"id": 1, "t": 1732190001}"#),
        ("ping", true, r#"{"id": 1, "t": 1732190005}"#, r#"{"id": 1, "t": 1732190006}"#),
        ("ping", false, r#"{"id": 1, "t": 1}"#, r#"{"id": 2, "t": 1}"#),
        ("of_yesterday", true, r#"{"t": 1732190000}"#, r#"{"t": 1732190001}"#),
    ] {
        let path = if noise { "/t" } else { "/id" }.to_owned();
        let difference =
            Difference { kind: Kind::Value, general: path.clone(), path, expected: "a".into(), actual: "b".into() };
        let exchange = Exchange {
            mode: Mode::Shadow,
            at: SystemTime::now(),
            request: request("GET", "/api/1/ping"),
            expected: Some(response(a)),
            actual: Some(response(b)),
            version: "1".into(),
        };
        evidence.note(Noted {
            route: route.into(),
            verdict: if noise { Verdict::Noise(vec![difference]) } else { Verdict::Mismatched(vec![difference]) },
            rules: Arc::new([]),
            sample: Some(Box::new(exchange)),
        });
    }
    evidence.close().await;
    let output = place.learn(&["--evidence", file.to_str().unwrap()]).await;
    insta::assert_snapshot!(place.shown(&output, None));
    assert_eq!(place.text(), ROUTES);
}
