//! The recorded corpus against the native routes: every request of `reads.har` that a shipped route matches is sent as
//! it was recorded, and what is answered natively has to be what the real legacy answered, byte for byte.

use std::{collections::BTreeMap, fmt::Write as _, path::Path};

use crate::support::{
    bridge::{self, Bridge, Setup},
    copy, corpus, eventually,
    legacy::Legacy,
    raw,
};
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

const USER: &str = "carol";
const PASSWORD: &str = "p'w 1";
/// What the corpus calls its host.
const RECORDED_HOST: &str = "http://127.0.0.1";
/// About as many recorded answers as the shipped routes have; far fewer means that some are not asked for any more.
const LEAST: usize = 560;

/// An answer that legacy itself gave differently in two processes: what of it is set aside, and why.
struct Volatile {
    path: &'static str,
    reason: &'static str,
    ease: fn(&mut Value),
}

const VOLATILE: &[Volatile] = &[
    Volatile {
        path: "/api/1/info",
        reason: "the data directory is the process's own",
        ease: |result| result["data_directory"] = Value::Null,
    },
    Volatile {
        path: "/api/1/settings",
        reason: "the login writes last_write_ts",
        ease: |result| result["last_write_ts"] = Value::Null,
    },
    Volatile {
        path: "/api/1/database/info",
        reason: "the data directory, and the size of a file that a login writes to, are the process's own",
        ease: |result| {
            let file = &mut result["userdb"]["info"];
            let path = file["filepath"].as_str().unwrap_or_default();
            assert!(path.ends_with("/users/carol/rotkehlchen.db"), "{path}");
            file["filepath"] = Value::Null;
            assert!(file["size"].as_u64().is_some_and(|size| size > 0), "{file}");
            file["size"] = Value::Null;
        },
    },
];

/// How many recorded requests of a route may be declined. None of the routes that are not here.
struct Allowance {
    request: &'static str,
    declined: usize,
    reason: &'static str,
}

const ALLOWED: &[Allowance] = &[
    Allowance {
        request: "GET /api/1/settings/configuration",
        declined: 1,
        reason: "from legacy's command line, learnt from its own answer; the small legacy has none",
    },
    Allowance {
        request: "GET /api/1/history/events/counterparties",
        declined: 1,
        reason: "the decoders that legacy loaded at the login; the small legacy has none",
    },
    Allowance {
        request: "POST /api/1/calendar",
        declined: 2,
        reason: "those two filter by counterparty; which there are is learnt as above",
    },
];

/// One recorded exchange: the bytes that were sent, and what came back.
struct Recorded {
    number: usize,
    method: String,
    target: String,
    request: String,
    volatile: bool,
    answer: raw::Answer,
}

impl Recorded {
    fn of(number: usize, entry: &Value) -> Self {
        let (request, response) = (&entry["request"], &entry["response"]);
        let method = request["method"].as_str().unwrap().to_owned();
        let target = request["url"].as_str().unwrap().strip_prefix(RECORDED_HOST).unwrap().to_owned();
        let mut sent = format!("{method} {target} HTTP/1.1\r\n");
        for (name, value) in headers(request) {
            write!(sent, "{name}: {value}\r\n").unwrap();
        }
        sent.push_str("\r\n");
        sent.push_str(request["postData"]["text"].as_str().unwrap_or_default());
        let answer = raw::Answer {
            status: u16::try_from(response["status"].as_u64().unwrap()).unwrap(),
            reason: response["statusText"].as_str().unwrap().to_owned(),
            headers: headers(response),
            head: Vec::new(),
            body: response["content"]["text"].as_str().unwrap_or_default().as_bytes().to_vec(),
        };
        Self { number, method, target, request: sent, volatile: entry["_volatile"] == true, answer }
    }

    fn all(corpus: &Path) -> Vec<Self> {
        let har: Value = serde_json::from_slice(&std::fs::read(corpus.join("reads.har")).unwrap()).unwrap();
        let entries = har["log"]["entries"].as_array().unwrap();
        entries.iter().enumerate().map(|(number, entry)| Self::of(number, entry)).collect()
    }

    fn path(&self) -> &str {
        self.target.split('?').next().unwrap()
    }

    async fn send(&self, bridge: &Bridge) -> raw::Answer {
        let mut connection = raw::Connection::open(bridge.address).await;
        connection.send(&self.request).await;
        if self.method == "HEAD" { connection.head_answer().await } else { connection.answer().await }
    }

    /// Holds an answer against the recorded one; says what is different, if anything.
    fn judge(&self, route: &Route, answer: &raw::Answer) -> Result<(), String> {
        let (mut ours, mut theirs) = (Contract::of(answer), Contract::of(&self.answer));
        if self.volatile {
            let own = VOLATILE.iter().find(|rule| rule.path == self.path());
            assert!(own.is_some() || !route.unordered.is_empty(), "{} is volatile and has no rule", self.path());
            ours.ease(route, own, answer);
            theirs.ease(route, own, &self.answer);
        }
        if ours == theirs {
            return Ok(());
        }
        Err(format!("#{} {}\n  native   {ours:?}\n  recorded {theirs:?}", self.number, self.request.escape_debug()))
    }
}

fn headers(message: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    message["headers"].as_array().unwrap().iter().map(|h| (text(&h["name"]), text(&h["value"]))).collect()
}

/// What has to be equal. Header names are spelled as they came, in their order; transport and the bridge's own are left
/// out.
#[derive(Debug, PartialEq)]
struct Contract {
    status: u16,
    reason: String,
    headers: Vec<(String, String)>,
    body: String,
}

impl Contract {
    fn of(answer: &raw::Answer) -> Self {
        let own = |name: &str| {
            let name = name.to_ascii_lowercase();
            name == "date" || name == "connection" || name.starts_with("x-cutover-")
        };
        Self {
            status: answer.status,
            reason: answer.reason.clone(),
            headers: answer.headers.iter().filter(|(name, _)| !own(name)).cloned().collect(),
            body: answer.text(),
        }
    }

    /// Sets aside what may differ. What is left keeps its order, its numbers and its separators.
    fn ease(&mut self, route: &Route, own: Option<&Volatile>, answer: &raw::Answer) {
        let text = answer.text();
        let why = own.map_or("a rule of parity", |own| own.reason);
        assert!(text.is_ascii(), "legacy escapes what is not, {why} or not: {text}");
        let separators = [", ", ": ", ",", ":"].map(|separator| text.matches(separator).count());
        let mut body: Value = answer.json();
        for list in &route.unordered {
            body.pointer_mut(list).and_then(Value::as_array_mut).unwrap().sort_by_key(ToString::to_string);
        }
        if let Some(own) = own {
            (own.ease)(&mut body["result"]);
        }
        self.body = format!("{separators:?} {body}");
        self.headers.retain(|(name, _)| name != "Content-Length");
    }
}

/// A shipped route.
struct Route {
    /// Method and path, as in `GET /api/1/tags`.
    request: String,
    method: String,
    pattern: Vec<String>,
    /// Lists whose order means nothing, by the route's rules of parity.
    unordered: Vec<String>,
}

impl Route {
    /// Those of the routes.toml in this checkout.
    fn shipped() -> Vec<Self> {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("routes.toml");
        let listed = bridge::run(&["routes", "--json", "--config", file.to_str().unwrap()]);
        assert!(listed.status.success(), "{}", String::from_utf8_lossy(&listed.stderr));
        let routes: Vec<Value> = serde_json::from_slice(&listed.stdout).unwrap();
        routes
            .iter()
            .map(|route| {
                let (method, path) = (route["method"].as_str().unwrap(), route["path"].as_str().unwrap());
                let pattern = path.split('/').map(ToOwned::to_owned).collect();
                let rules = route["parity"].as_array().unwrap().iter();
                let unordered = rules.map(|rule| rule["unordered"].as_str().unwrap().to_owned()).collect();
                Self { request: format!("{method} {path}"), method: method.to_owned(), pattern, unordered }
            })
            .collect()
    }

    fn matches(&self, entry: &Recorded) -> bool {
        let method = if entry.method == "HEAD" { "GET" } else { &entry.method };
        let path = percent_decode_str(entry.path()).decode_utf8_lossy().into_owned();
        let segments: Vec<&str> = path.split('/').collect();
        method == self.method
            && segments.len() == self.pattern.len()
            && self.pattern.iter().zip(segments).all(|(pattern, segment)| match pattern.strip_prefix('{') {
                None => pattern == segment,
                Some(name) if name.ends_with(":int}") => {
                    !segment.is_empty() && segment.bytes().all(|byte| byte.is_ascii_digit())
                }
                Some(_) => !segment.is_empty(),
            })
    }

    /// Constants win over variables, as in the router.
    fn variables(&self) -> usize {
        self.pattern.iter().filter(|segment| segment.starts_with('{')).count()
    }

    fn of<'r>(routes: &'r [Self], entry: &Recorded) -> Option<&'r Self> {
        routes.iter().filter(|route| route.matches(entry)).min_by_key(|route| route.variables())
    }

    fn allowed(&self) -> (usize, &'static str) {
        let allowance = ALLOWED.iter().find(|allowance| allowance.request == self.request);
        allowance.map_or((0, "all of them are to be native"), |allowance| (allowance.declined, allowance.reason))
    }
}

/// What came of one route's recorded requests.
#[derive(Default)]
struct Tally<'r> {
    native: usize,
    declined: Vec<&'r Recorded>,
}

/// Why each declined request was declined, in the order in which they were sent: the bridge says so in its log.
async fn reasons(bridge: &Bridge, count: usize) -> Vec<String> {
    eventually("the log names every declined request", || async {
        let said: Vec<String> = bridge
            .log()
            .lines()
            .filter_map(|line| Some(line.split_once("unanswered=")?.1.trim_matches('"').to_owned()))
            .collect();
        (said.len() >= count).then_some(said)
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn every_recorded_read_of_a_shipped_route_is_answered_natively_as_it_was_recorded() {
    let Some(corpus) = corpus() else { return };
    let data = tempfile::TempDir::new().unwrap();
    copy(&corpus.join("snapshot"), data.path());
    let legacy = Legacy::on(data.path(), &[]);
    let bridge = Setup::before(legacy.address)
        .data(data.path())
        .arguments(&["--all", "native"])
        .environment("NO_COLOR", "1")
        .start()
        .await;
    let login =
        raw::send_json(bridge.address, "POST", &format!("/api/1/users/{USER}"), &json!({"password": PASSWORD})).await;
    assert_eq!(login.status, 200, "{}", login.text());

    let (routes, recorded) = (Route::shipped(), Recorded::all(&corpus));
    let mut tallies: BTreeMap<&str, Tally<'_>> = BTreeMap::new();
    let (mut declined, mut different) = (Vec::new(), Vec::new());
    for entry in &recorded {
        let Some(route) = Route::of(&routes, entry) else { continue };
        let answer = entry.send(&bridge).await;
        let tally = tallies.entry(&route.request).or_default();
        if answer.header("x-cutover-variant") == Some("native") {
            tally.native += 1;
            different.extend(entry.judge(route, &answer).err());
        } else {
            let reason = answer.header("x-cutover-reason");
            assert!(matches!(reason, Some("DECLINED" | "ERROR")), "#{} {}: {reason:?}", entry.number, entry.target);
            tally.declined.push(entry);
            declined.push(entry);
        }
    }

    for (entry, reason) in declined.iter().zip(reasons(&bridge, declined.len()).await) {
        println!("#{} {} {}: {reason}", entry.number, entry.method, entry.target);
    }
    let mut excess = Vec::new();
    for route in &routes {
        let Some(tally) = tallies.get(route.request.as_str()) else {
            println!("{:<52} not recorded", route.request);
            continue;
        };
        let (count, (allowed, reason)) = (tally.declined.len(), route.allowed());
        println!("{:<52} {:>3} native, {count} declined, allowed {allowed}: {reason}", route.request, tally.native);
        if count > allowed {
            let numbers: Vec<usize> = tally.declined.iter().map(|entry| entry.number).collect();
            excess.push(format!("{}: {count} declined, allowed {allowed}: {numbers:?}", route.request));
        }
    }
    let native: usize = tallies.values().map(|tally| tally.native).sum();
    println!("{native} recorded answers given natively, {} requests declined", declined.len());
    assert!(different.is_empty(), "{} differ from the recording:\n{}", different.len(), different.join("\n"));
    assert!(excess.is_empty(), "declined too often:\n{}", excess.join("\n"));
    assert!(native >= LEAST, "only {native} recorded answers to the native routes");
}
