//! Path confusion (LESSONS 2.1 row 29): generated paths against Flask's own router. A native route answers exactly if
//! Flask would have routed the same raw path to the same endpoint, with the same variables.
//!
//! `CONFUSION_CASES` says how many paths (4 000 by default), `CONFUSION_SEED` which ones, `CONFUSION_RULES` names a file
//! with the rules of another backend, as `tests/path_confusion/router.py` reads them.

mod flask;
#[rustfmt::skip] // lists
mod generator;

use std::{
    collections::{BTreeMap, BTreeSet},
    io::Write as _,
    path::Path,
    time::Instant,
};

use crate::support::{
    bridge::{Bridge, Setup},
    raw::Connection,
};
use cutover::{
    config::Layers,
    handlers,
    routes::{RouteTable, Snapshot, target::Target},
    schema::endpoints::ROTKI,
};
use flask::{Flask, Routed, ask, routed};
use futures_util::future::join_all;
use generator::Line;
use http::{Method, Uri};
use tempfile::NamedTempFile;

/// Paths asked about at once.
const CLIENTS: u64 = 8;

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().unwrap())
}

/// How often what was said.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
struct Tally {
    native: u64,
    elsewhere: u64,
    nowhere: u64,
    left_to_legacy: u64,
}

impl Tally {
    fn add(&mut self, other: Self) {
        self.native += other.native;
        self.elsewhere += other.elsewhere;
        self.nowhere += other.nowhere;
        self.left_to_legacy += other.left_to_legacy;
    }
}

/// The bridge's table, and Flask, and perhaps a whole bridge before that Flask.
struct Sides<'a> {
    table: &'a RouteTable,
    flask: &'a Flask,
    bridge: Option<&'a Bridge>,
}

struct Asking<'a> {
    sides: &'a Sides<'a>,
    direct: Connection,
    via: Option<Connection>,
}

impl<'a> Asking<'a> {
    async fn of(sides: &'a Sides<'a>) -> Self {
        let via = match sides.bridge {
            Some(bridge) => Some(Connection::open(bridge.address).await),
            None => None,
        };
        Self { sides, direct: Connection::open(sides.flask.address).await, via }
    }

    /// Compares the two sides about one line.
    async fn agree(&mut self, line: &Line) -> Result<Tally, String> {
        let target = line.target();
        let Ok(uri) = target.parse::<Uri>() else { return Ok(Tally::default()) };
        let method = Method::from_bytes(line.method.as_bytes()).unwrap();
        let path = Target::of(uri.path());
        let found =
            self.sides.table.matcher.find(&method, &path).map(|found| Routed {
                path: found.route.pattern.path(),
                variables: found.variables.into_iter().collect(),
            });
        // A backend may have fewer endpoints than the bridge.
        if found.as_ref().is_some_and(|found| !self.sides.is_known(&line.method, &found.path)) {
            return Ok(Tally::default());
        }
        let flask = routed(&ask(&mut self.direct, &line.method, &target).await);
        let native = flask.as_ref().filter(|flask| self.sides.is_native(&line.method, &flask.path));
        let tally = match (&found, native) {
            (Some(found), Some(flask)) if same(found, flask) => Tally { native: 1, ..Tally::default() },
            (None, None) if flask.is_some() => Tally { elsewhere: 1, ..Tally::default() },
            (None, None) => Tally { nowhere: 1, ..Tally::default() },
            (None, Some(_)) if left_to_legacy(&line.method, &path) => Tally { left_to_legacy: 1, ..Tally::default() },
            _ => return Err(format!("the bridge finds {found:?}, Flask {flask:?}")),
        };
        if let Some(via) = &mut self.via {
            let answer = ask(via, &line.method, &target).await;
            let reason = answer.header("x-cutover-reason");
            if reason.is_none_or(|reason| reason == "DEFAULT") == found.is_some() {
                return Err(format!("the bridge finds {found:?} by its table, and says {reason:?} when it is asked"));
            }
            let forwarded = answer.header("x-cutover-variant") == Some("legacy");
            if forwarded && routed(&answer) != flask && !path.path().starts_with("api/1/tasks") {
                return Err(format!("Flask routes to {flask:?}, and behind the bridge to {:?}", routed(&answer)));
            }
        }
        Ok(tally)
    }
}

impl Sides<'_> {
    fn is_native(&self, method: &str, path: &str) -> bool {
        let method = method.to_ascii_uppercase().replace("HEAD", "GET");
        let is =
            |pattern: &cutover::routes::pattern::Pattern| pattern.method == method.as_str() && pattern.path() == path;
        self.table.routes.iter().any(|route| is(&route.pattern))
    }

    fn is_known(&self, method: &str, path: &str) -> bool {
        self.flask.rules.contains(&(method.to_owned(), path.to_owned()))
    }

    /// Every native route that Flask knows, as plain as can be.
    async fn each_is_found(&self) {
        let mut asking = Asking::of(self).await;
        for route in &self.table.routes {
            let (method, path) = (route.pattern.method.to_string(), route.pattern.path());
            if self.is_known(&method, &path) {
                let line = Line::plain(&method, &path);
                let tally = asking.agree(&line).await.unwrap();
                assert_eq!(tally, Tally { native: 1, ..Tally::default() }, "{method} {}", line.target());
            }
        }
    }

    /// Asks about many lines; gives what is not as it should be, made small.
    async fn compare(&self, seed: u64, cases: u64, lines: &[(String, String)]) -> Tally {
        let asking = (0..CLIENTS).map(|client| async move {
            let mut asking = Asking::of(self).await;
            let (mut tally, mut failures) = (Tally::default(), Vec::new());
            for index in (client..cases).step_by(usize::try_from(CLIENTS).unwrap()) {
                match asking.agree(&Line::of(seed, index, lines)).await {
                    Ok(more) => tally.add(more),
                    Err(why) => failures.push((index, why)),
                }
            }
            (tally, failures)
        });
        let (mut tally, mut failures) = (Tally::default(), Vec::new());
        for (more, failed) in join_all(asking).await {
            tally.add(more);
            failures.extend(failed);
        }
        let mut shown = BTreeSet::new();
        for (index, why) in failures.iter().take(20) {
            let (small, because) = self.smallest(Line::of(seed, *index, lines), why).await;
            shown.insert(format!("{} {}: {because}", small.method, small.target()));
        }
        let shown: Vec<String> = shown.into_iter().collect();
        assert!(failures.is_empty(), "seed {seed}: {} of {cases} paths differ\n{}", failures.len(), shown.join("\n"));
        tally
    }

    /// Leaves out what is not needed.
    async fn smallest(&self, mut line: Line, why: &str) -> (Line, String) {
        let mut because = why.to_owned();
        let mut asking = Asking::of(self).await;
        let mut at = 1;
        while at < line.pieces.len() {
            let mut smaller = line.clone();
            smaller.pieces.remove(at);
            match asking.agree(&smaller).await {
                Err(still) => (line, because) = (smaller, still),
                Ok(_) => at += 1,
            }
        }
        (line, because)
    }
}

/// What Flask routes and the bridge leaves to it on purpose: bytes that are no UTF-8, NUL, digits other than 0 to 9, and
/// methods that are not in capitals. Legacy then answers as it would have.
fn left_to_legacy(method: &str, path: &Target) -> bool {
    let other_digits = path.path().chars().any(|c| !c.is_ascii() && c.is_numeric());
    !path.may_match() || other_digits || method.bytes().any(|byte| byte.is_ascii_lowercase())
}

fn same(found: &Routed, flask: &Routed) -> bool {
    let numeric = |name: &String| found.path.contains(&format!("{{{name}:int}}"));
    let plain = |variables: &BTreeMap<String, String>| -> BTreeMap<String, String> {
        let of = |(name, value): (&String, &String)| {
            let digits = value.trim_start_matches('0');
            let value = if !numeric(name) {
                value
            } else if digits.is_empty() {
                "0"
            } else {
                digits
            };
            (name.clone(), value.to_owned())
        };
        variables.iter().map(of).collect()
    };
    found.path == flask.path && plain(&found.variables) == plain(&flask.variables)
}

fn table() -> RouteTable {
    Snapshot::load(&Layers::default(), &handlers::catalog(), 1).unwrap().table
}

/// Every endpoint of rotki as rules of Werkzeug's.
fn rules_of_rotki() -> NamedTempFile {
    let mut methods: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for line in ROTKI.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let (method, path) = line.split_once(' ').unwrap();
        methods.entry(path).or_default().push(method);
    }
    let mut file = NamedTempFile::new().unwrap();
    for (path, methods) in methods {
        let segment = |segment: &str| match segment.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
            Some(variable) => match variable.split_once(':') {
                Some((name, converter)) => format!("<{converter}:{name}>"),
                None => format!("<string:{variable}>"),
            },
            None => segment.to_owned(),
        };
        let rule: Vec<String> = path.split('/').map(segment).collect();
        writeln!(file, "{} {}", methods.join(","), rule.join("/")).unwrap();
    }
    file
}

async fn run(flask: &Flask, cases: u64, what: &str) -> Tally {
    let (seed, table) = (number("CONFUSION_SEED", 1), table());
    let started = Instant::now();
    let bridge = Setup::before(flask.address).environment("CUTOVER_FLAGS__ALL", "native");
    let bridge = bridge.environment("CUTOVER_LOG__LEVEL", "error").start_alone();
    bridge.until("the bridge listens", |_| true).await;
    let known = |(method, path): &&(String, String)| {
        table.routes.iter().any(|route| route.pattern.method == method.as_str() && route.pattern.path() == *path)
    };
    let native: Vec<(String, String)> = flask.rules.iter().filter(known).cloned().collect();
    let lines = [&native[..], &native, &flask.rules].concat();
    // All of them by the table, and a quarter through a whole bridge as well.
    let alone = Sides { table: &table, flask, bridge: None };
    let mut tally = alone.compare(seed, cases - cases / 4, &lines).await;
    let whole = Sides { bridge: Some(&bridge), ..alone };
    whole.each_is_found().await;
    tally.add(whole.compare(seed ^ 0x5eed, cases / 4, &lines).await);
    println!("{what}, seed {seed}: {cases} paths in {:.1} s: {tally:?}", started.elapsed().as_secs_f64());
    tally
}

/// Every native route is in the list, with the rules around it that Flask would prefer.
#[tokio::test(flavor = "multi_thread")]
async fn row_29_no_path_is_answered_natively_that_flask_routes_elsewhere_and_none_is_missed() {
    let cases = number("CONFUSION_CASES", 4000);
    let file = rules_of_rotki();
    let named = std::env::var_os("CONFUSION_RULES");
    let flask = Flask::of_rules(named.as_ref().map_or(file.path(), Path::new));
    for route in &table().routes {
        let (method, path) = (route.pattern.method.to_string(), route.pattern.path());
        assert!(flask.rules.contains(&(method, path)), "{} is unknown to this Flask", route.pattern);
    }
    let tally = run(&flask, cases, "endpoints of rotki").await;
    assert!(cases < 500 || (tally.native > cases / 10 && tally.nowhere > cases / 10), "{tally:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn row_29_no_path_makes_the_bridge_and_the_rules_of_the_real_legacy_disagree() {
    let cases = number("CONFUSION_CASES", 4000) / 3;
    let tally = run(&Flask::of_legacy(), cases, "compat/legacy").await;
    assert!(cases < 500 || (tally.native > cases / 10 && tally.nowhere > cases / 10), "{tally:?}");
}
