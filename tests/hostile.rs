//! Hostile values in every field of every handler: nothing of them becomes a statement, and none of them is much work.
//!
//! The requests are generated: the recorded ones and those of `support::asked`, each field that they have and each that
//! the handler knows besides (it is not refused as unknown), filled with each value. SQLite itself tells which tables,
//! columns and functions the statements would touch.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    time::Duration,
};

use crate::support::{
    asked::{PASSWORD, Request, USER, add_conflict, add_rows, declared, form, knows_a_transaction},
    copy, corpus,
    files::stranger,
    watch::Watch,
};
use cutover::{
    config::{Access, Layers},
    handlers::{self, Handler, Stop, Unanswered, handler::Outcome},
    routes::{RouteTable, Snapshot},
    schema::needs::Database,
};
use http::Method;
use serde_json::{Value, json};
use tempfile::TempDir;

/// Stands in a request for the value to come.
const HERE: &str = "zq7here";

/// What would become part of a statement if any text did. In JSON.
const STATEMENTS: [&str; 26] = [
    r#""zq7'""#,
    r#""zq7\"""#,
    r#""zq7' OR '1'='1""#,
    r#""zq7\" OR \"1\"=\"1""#,
    r#""zq7'; DROP TABLE tags; --""#,
    r#""zq7'); DELETE FROM settings; --""#,
    r#""' UNION SELECT name, value, 3, 4, 5, 6 FROM settings --""#,
    r#""') UNION SELECT 1, 2, 3 FROM sqlite_master --""#,
    r#""zq7 /* ""#,
    r#""zq7 -- ""#,
    r#""name, (SELECT value FROM user_credentials LIMIT 1)""#,
    r#""(CASE WHEN (SELECT 1 FROM settings) THEN name ELSE 1 END)""#,
    r#""name COLLATE NOCASE""#,
    r#""load_extension('zq7')""#,
    r#""sqlite_master""#,
    r#""rowid""#,
    r#""1; ATTACH 'zq7' AS zq7""#,
    r#""1 OR 1=1""#,
    r#""?1""#,
    r#"":zq7""#,
    r#""[zq7]""#,
    r#""`zq7`""#,
    r#""%_\\%'""#,
    r#""zq7\u0000'""#,
    r#""zq7\u2019 \uff07 \u02bc""#,
    r#"["zq7'", "zq7\"; --"]"#,
];

/// Words of SQLite's when a statement is not as it was written here.
const BROKEN: [&str; 10] = [
    "syntax error",
    "unrecognized token",
    "incomplete input",
    "no such table",
    "no such function",
    "not authorized",
    "SELECTs to the left",
    "ORDER BY term",
    "multiple statements",
    "number of arguments",
];

/// What statements may call and do besides reading and writing tables.
const USUAL: [&str; 26] = [
    "Transaction",
    "Savepoint",
    "Recursive",
    "\"abs\"",
    "\"coalesce\"",
    "\"count\"",
    "\"group_concat\"",
    "\"ifnull\"",
    "\"instr\"",
    "\"json_each\"",
    "\"json_extract\"",
    "\"length\"",
    "\"like\"",
    "\"lower\"",
    "\"max\"",
    "\"min\"",
    "\"replace\"",
    "\"row_number\"",
    "\"substr\"",
    "\"sum\"",
    "\"trim\"",
    "\"typeof\"",
    "\"unlikely\"",
    "\"unixepoch\"",
    "\"upper\"",
    // Whether anybody has committed; it changes nothing.
    "pragma_name: \"data_version\", pragma_value: None",
];

/// The recorded databases, with rows in tables that would be empty.
fn data(corpus: &Path) -> TempDir {
    let data = TempDir::new().unwrap();
    copy(&corpus.join("snapshot"), data.path());
    add_rows(data.path());
    add_conflict(data.path());
    knows_a_transaction(data.path());
    data
}

/// Names of fields in all schemas.
fn names() -> BTreeSet<String> {
    fn look(directory: &Path, names: &mut BTreeSet<String>, field: &regex::Regex) {
        for entry in std::fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                look(&path, names, field);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                let text = std::fs::read_to_string(path).unwrap();
                names.extend(field.captures_iter(&text).map(|found| found[1].to_owned()));
            }
        }
    }
    let mut names = BTreeSet::new();
    let field = regex::Regex::new(r#"\bfield\(\s*"([a-z][a-z0-9_]*)""#).unwrap();
    look(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/handlers"), &mut names, &field);
    assert!(names.len() > 100, "{names:?}");
    names
}

/// Where a value can be put.
#[derive(Debug, Clone)]
enum Place {
    /// In the body, by its pointer.
    Body(String),
    /// A new field of the body.
    Added(String),
    /// In the query, by its number, or a new one.
    Query(usize),
    Queried(String),
    /// A segment of the path.
    Path(usize),
}

fn leaves(value: &Value, at: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            for (key, value) in members {
                leaves(value, &format!("{at}/{}", key.replace('~', "~0").replace('/', "~1")), found);
            }
        }
        Value::Array(items) => {
            // The others are as the first.
            if let Some(first) = items.first() {
                leaves(first, &format!("{at}/0"), found);
            }
        }
        _ => {}
    }
    if !at.is_empty() {
        found.push(at.to_owned());
    }
}

/// Where a value can be put in a request that is there.
fn places(request: &Request, handler: &Handler) -> Vec<Place> {
    let mut places = Vec::new();
    if let Some(body) = request.2.as_ref().and_then(|body| serde_json::from_str::<Value>(body).ok()) {
        let mut found = Vec::new();
        leaves(&body, "", &mut found);
        places.extend(found.into_iter().map(Place::Body));
    }
    let (path, query) = request.1.split_once('?').unwrap_or((&request.1, ""));
    places.extend((0..query.split('&').filter(|pair| !pair.is_empty()).count()).map(Place::Query));
    let pattern = handler.declared.route.split(' ').next_back().unwrap();
    let named =
        pattern.split('/').enumerate().filter(|(_, segment)| segment.starts_with('{') && !segment.ends_with(":int}"));
    assert_eq!(pattern.split('/').count(), path.split('/').count(), "{path}");
    places.extend(named.map(|(at, _)| Place::Path(at)));
    places
}

/// The request with a value in a place: JSON in a body, and its text anywhere else.
fn filled(request: &Request, place: &Place, value: &str) -> Option<Request> {
    let Request(method, target, body) = request.clone();
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    let text = || match serde_json::from_str::<Value>(value) {
        Ok(Value::String(text)) => text,
        _ => value.to_owned(),
    };
    let coded = || percent_encoding::utf8_percent_encode(&text(), percent_encoding::NON_ALPHANUMERIC).to_string();
    let mut pairs: Vec<String> = query.split('&').filter(|pair| !pair.is_empty()).map(str::to_owned).collect();
    let mut segments: Vec<String> = path.split('/').map(str::to_owned).collect();
    let mut json: Value = body.as_ref().map_or_else(|| Ok(json!({})), |body| serde_json::from_str(body)).ok()?;
    match place {
        Place::Body(pointer) => *json.pointer_mut(pointer)? = json!(HERE),
        Place::Added(name) => {
            json.as_object_mut()?.insert(name.clone(), json!(HERE));
        }
        Place::Query(at) => {
            let name = pairs[*at].split('=').next().unwrap().to_owned();
            pairs[*at] = format!("{name}={}", coded());
        }
        Place::Queried(name) => pairs.push(format!("{name}={}", coded())),
        Place::Path(at) => segments[*at] = coded(),
    }
    let query = if pairs.is_empty() { String::new() } else { format!("?{}", pairs.join("&")) };
    let in_body = matches!(place, Place::Body(_) | Place::Added(_));
    let body = if in_body { Some(json.to_string().replace(&format!("\"{HERE}\""), value)) } else { body };
    Some(Request(method, format!("{}{query}", segments.join("/")), body))
}

/// A list of what to order by needs another one of the same length.
fn with_companions(mut request: Request) -> Request {
    if let Some(body) = &mut request.2
        && body.contains("\"order_by_attributes\"")
        && let Ok(mut json) = serde_json::from_str::<Value>(body)
    {
        let many = json["order_by_attributes"].as_array().map_or(1, Vec::len);
        if json["order_by_attributes"].is_string() {
            json["order_by_attributes"] = json!([json["order_by_attributes"]]);
        }
        json["ascending"] = json!(vec![true; many]);
        *body = json.to_string();
    }
    request
}

/// A request of which nothing is known but its route.
fn bare(handler: &Handler) -> Request {
    let (method, pattern) = handler.declared.route.split_once(' ').unwrap();
    let segment = |segment: &str| match segment {
        int if int.ends_with(":int}") => "1".to_owned(),
        text if text.starts_with('{') => "x".to_owned(),
        word => word.to_owned(),
    };
    let path = pattern.split('/').map(segment).collect::<Vec<_>>().join("/");
    Request(method.parse().unwrap(), path, None)
}

/// All of it that a test needs.
struct Bench {
    data: TempDir,
    watch: Watch,
    routes: RouteTable,
    /// Of each handler, requests that differ in the fields they have.
    requests: BTreeMap<&'static str, Vec<Request>>,
    names: BTreeSet<String>,
}

impl Bench {
    async fn new() -> Option<Self> {
        let corpus = corpus()?;
        let entries = |file: &str| {
            let mut har: Value = serde_json::from_slice(&std::fs::read(corpus.join(file)).unwrap()).unwrap();
            std::mem::take(har["log"]["entries"].as_array_mut().unwrap())
        };
        let (reads, writes) = (entries("reads.har"), entries("writes.har"));
        let data = data(&corpus);
        let watch = Watch::new(data.path(), USER, PASSWORD, &reads);
        watch.session.files.allow_writes();
        let routes = Snapshot::load(&Layers::default(), &handlers::catalog(), 1).unwrap().table;
        let mut requests: BTreeMap<&str, Vec<Request>> = BTreeMap::new();
        let mut shapes = BTreeSet::new();
        let recorded = reads.iter().chain(&writes).map(Request::recorded);
        for request in recorded.chain(Request::further()).chain(Request::further_writes()) {
            let Some(handler) = request.handler(&routes) else { continue };
            let shape: Vec<String> = places(&request, handler).iter().map(|place| format!("{place:?}")).collect();
            if shapes.insert((handler.declared.name, shape)) {
                requests.entry(handler.declared.name).or_default().push(request);
            }
        }
        for handler in handlers::ALL {
            let those = requests.entry(handler.declared.name).or_insert_with(|| vec![bare(handler)]);
            // Those with the most fields say the most.
            those.sort_by_key(|request| std::cmp::Reverse(places(request, handler).len()));
            those.truncate(2);
        }
        Some(Self { data, watch, routes, requests, names: names() })
    }

    /// What a handler makes of a request; none if it does not come as far as a handler.
    async fn ask(&self, request: &Request) -> Option<Outcome> {
        let (handler, context) = request.asks(&self.routes, &self.watch.session)?;
        let running = async {
            match handler.answer(context).await {
                Err(Stop::Later(later)) => later.0.await,
                outcome => outcome,
            }
        };
        Some(tokio::time::timeout(Duration::from_secs(300), running).await.expect("it ends"))
    }

    /// Every place of a request, those of fields that the handler knows and the request does not have among them.
    async fn all_places(&self, request: &Request, handler: &Handler) -> Vec<Place> {
        let mut all = places(request, handler);
        // Some endpoints look at no field: nothing is unknown to them.
        let nonsense = "zq7field".to_owned();
        let mut ignores = false;
        for name in std::iter::once(&nonsense).chain(&self.names) {
            if ignores {
                break;
            }
            // Where this endpoint reads them: most take a body, those without one a query.
            let bodiless = request.2.is_none() && [Method::GET, Method::DELETE].contains(&request.0);
            let place = if bodiless { Place::Queried(name.clone()) } else { Place::Added(name.clone()) };
            let has_it = request.1.contains(&format!("{name}="))
                || request.2.as_ref().is_some_and(|body| body.contains(&format!("\"{name}\"")));
            if has_it {
                continue;
            }
            let Some(tried) = filled(request, &place, "\"zq7\"") else { continue };
            let known = match self.ask(&tried).await {
                Some(Err(Stop::Refused(answer))) => !text(&answer.body).contains("Unknown field."),
                Some(Err(Stop::Unanswered(Unanswered::Declined(why)))) => !why.contains("unknown fields"),
                Some(_) => true,
                None => false,
            };
            ignores = known && *name == nonsense;
            if known && !ignores {
                all.push(place);
            }
        }
        all
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// What is wrong with an outcome.
fn fault(outcome: &Outcome) -> Option<String> {
    let (shown, failed) = match outcome {
        Ok(answer) if answer.status < 400 => return None,
        Ok(answer) | Err(Stop::Refused(answer)) => (text(&answer.body), false),
        Err(Stop::Unanswered(why)) => (why.to_string(), matches!(why, Unanswered::Failed(_))),
        Err(Stop::Later(_)) => ("a task within a task".to_owned(), true),
    };
    let broken = BROKEN.iter().any(|words| shown.contains(words));
    (failed || broken).then_some(shown)
}

/// All that describes a database's tables.
fn schema(data: &Path, database: Database) -> Vec<String> {
    let of_user = data.join("users").join(USER);
    let connection = match database {
        Database::User => stranger(&of_user.join("rotkehlchen.db"), Some(PASSWORD)),
        Database::Transient => stranger(&of_user.join("rotkehlchen_transient.db"), Some(PASSWORD)),
        Database::Global => stranger(&data.join("global/global.db"), None),
    };
    let sound: String = connection.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(sound, "ok", "{}", database.as_str());
    let mut select =
        connection.prepare("SELECT type || name || coalesce(sql, '') FROM sqlite_master ORDER BY 1").unwrap();
    let rows = select.query_map([], |row| row.get(0)).unwrap();
    rows.map(Result::unwrap).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn no_text_of_a_client_becomes_part_of_a_statement_in_any_field_of_any_handler() {
    let Some(bench) = Bench::new().await else { return };
    let before = Database::ALL.map(|database| schema(bench.data.path(), database));
    let mut wrong = Vec::new();
    let mut asked = 0;
    for handler in handlers::ALL {
        let name = handler.declared.name;
        let mut tried = Vec::new();
        for request in &bench.requests[name] {
            let places =
                if tried.is_empty() { bench.all_places(request, handler).await } else { places(request, handler) };
            for place in places {
                for value in STATEMENTS {
                    let Some(request) = filled(request, &place, value) else { continue };
                    tried.push((format!("{place:?} {value}"), with_companions(request)));
                }
            }
        }
        bench.watch.begin_to_write().await;
        for (what, request) in &tried {
            let Some(outcome) = bench.ask(request).await else { continue };
            asked += 1;
            if let Some(fault) = fault(&outcome) {
                wrong.push(format!("{name}: {what}: {fault}"));
            }
        }
        let needs = declared(handler);
        let changes: BTreeSet<_> = handler.changes.iter().map(|(of, table)| (*of, (*table).to_owned())).collect();
        for (of, table) in bench.watch.written() {
            let stamped =
                handler.declared.access == Access::Writes && (of, table.as_str()) == (Database::User, "settings");
            if !stamped && !changes.contains(&(of, table.clone())) {
                wrong.push(format!("{name} writes {} {table}", of.as_str()));
            }
        }
        for other in bench.watch.other() {
            if !USUAL.iter().any(|usual| other.contains(usual)) {
                wrong.push(format!("{name} does {other}"));
            }
        }
        for (of, table, column) in bench.watch.end() {
            let known = |declared: &&(Database, String, String)| (declared.0, &declared.1) == (of, &table);
            let declared = needs.iter().filter(known).any(|declared| column.is_empty() || declared.2 == column);
            let stamp = handler.declared.access == Access::Writes
                && (["settings", "linked_rules_properties"].contains(&table.as_str()) || table.starts_with("sqlite_"));
            if !declared && !stamp {
                wrong.push(format!("{name} reads {} {table}.{column}", of.as_str()));
            }
        }
    }
    let shown: Vec<_> = wrong.iter().take(60).collect();
    assert!(wrong.is_empty(), "{} of {asked}: {shown:#?}", wrong.len());
    assert!(asked > 5_000, "{asked}");
    let after = Database::ALL.map(|database| schema(bench.data.path(), database));
    assert_eq!(before, after, "the databases' own tables");
}

/// Time of the processors that this process has used.
fn used() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
    let ticks: u64 = fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap();
    Duration::from_millis(ticks * 10)
}

/// Values that are much work for whoever reads them carelessly, in JSON; most of a length that a handler's body may have.
fn bombs() -> Vec<(&'static str, String)> {
    const MUCH: usize = 60_000;
    let text = |piece: &str| format!("\"{}\"", piece.repeat(MUCH / piece.len()));
    let list = |piece: &str| format!("[{}]", vec![piece; MUCH / (piece.len() + 1)].join(","));
    let numbered = |shape: &dyn Fn(usize) -> String| (0..5_000).map(shape).collect::<Vec<_>>().join(",");
    vec![
        ("a long text", text("a")),
        ("wildcards", text("%_")),
        ("quotes", text("'")),
        ("letters of many bytes", text("\u{1f600}")),
        ("digits in a text", text("9")),
        ("hexadecimal digits", format!("\"0x{}\"", "f".repeat(MUCH))),
        ("a small number, written out", format!("\"0.{}1\"", "0".repeat(MUCH))),
        ("base58", text("z")),
        ("commas", text(",")),
        ("slashes", format!("\"m{}\"", "/1".repeat(MUCH / 2))),
        ("bech32", format!("\"bc1{}\"", "q".repeat(MUCH))),
        ("the longest int", "9".repeat(4300)),
        ("a longer int", "9".repeat(MUCH)),
        ("a power of ten", "1e999999999".to_owned()),
        ("a power of ten in a text", "\"1E+999999999\"".to_owned()),
        ("the least power of ten in a text", "\"1E-999999999\"".to_owned()),
        ("deep lists", "[".repeat(190) + &"]".repeat(190)),
        ("deeper lists", "[".repeat(100_000) + &"]".repeat(100_000)),
        ("deep objects", "{\"a\":".repeat(180) + "1" + &"}".repeat(180)),
        ("many ones", list("1")),
        ("many nulls", list("null")),
        ("many equal texts", list("\"ETH\"")),
        ("many empty objects", list("{}")),
        ("many texts", format!("[{}]", numbered(&|at| format!("\"a{at}\"")))),
        ("many members", format!("{{{}}}", numbered(&|at| format!("\"a{at}\":{at}")))),
        ("many addresses", format!("[{}]", numbered(&|at| format!("\"0x{at:040x}\"")))),
    ]
}

/// Longest time of one processor for one request, in a build without optimisation. What grows with the square of these
/// values takes many times that.
const LONGEST: Duration = Duration::from_secs(5);

#[tokio::test(flavor = "multi_thread")]
async fn no_value_in_any_field_is_much_work_for_a_handler() {
    let Some(bench) = Bench::new().await else { return };
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let mut wrong = Vec::new();
    let mut slowest = (Duration::ZERO, String::new());
    let bombs = bombs();
    for handler in handlers::ALL {
        let name = handler.declared.name;
        let request = &bench.requests[name][0];
        for place in bench.all_places(request, handler).await {
            // A field of the same name is read by the same code, mostly.
            let last = format!("{place:?}").rsplit('/').next().unwrap().to_owned();
            let times = seen.entry(last.clone()).or_default();
            *times += 1;
            // Lists of them are put into conditions, each handler in its own way.
            let listed =
                ["addresses", "counterparties", "identifiers", "event_types"].iter().any(|name| last.contains(name));
            if *times > 1 && !listed {
                continue;
            }
            for (what, value) in &bombs {
                let Some(request) = filled(request, &place, value) else { continue };
                let began = used();
                let Some(outcome) = bench.ask(&with_companions(request)).await else { continue };
                let took = used().saturating_sub(began);
                if took > slowest.0 {
                    slowest = (took, format!("{name}: {what} in {place:?}"));
                }
                if took > LONGEST {
                    wrong.push(format!("{name}: {what} in {place:?} took {took:?}"));
                }
                let size = match &outcome {
                    Ok(answer) | Err(Stop::Refused(answer)) => answer.body.len(),
                    Err(_) => 0,
                };
                if let Some(fault) = fault(&outcome) {
                    wrong
                        .push(format!("{name}: {what} in {place:?}: {}", &fault.chars().take(300).collect::<String>()));
                }
                // Some answers name what was wrong, once for each member.
                if size > 64 << 20 {
                    wrong.push(format!("{name}: {what} in {place:?} is answered with {size} bytes"));
                }
            }
        }
    }
    println!("the slowest: {slowest:?}");
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Files that are much work for whoever reads them carelessly, as large as a request may be.
fn heavy_files() -> Vec<(&'static str, String)> {
    const MUCH: usize = 1_000_000;
    let much = |piece: &str| piece.repeat(MUCH / piece.len());
    let numbered = |shape: &dyn Fn(usize) -> String, sep: &str| (0..12_000).map(shape).collect::<Vec<_>>().join(sep);
    let balances = "timestamp,category,asset_identifier,amount,usd_value\n";
    let rule = r#"{"event_type":"loss","event_subtype":"fee","counterparty":null,"rule":{}}"#;
    vec![
        ("nothing but lines", much("\r\n")),
        ("nothing but delimiters", much("\r\n--x")),
        ("almost delimiters", much("\r\n--y")),
        ("nothing but commas", much(",")),
        ("a cell", balances.to_owned() + &much("9")),
        ("long amounts", balances.to_owned() + &numbered(&|at| format!("5,asset,_nft_{at},1e5000,1e-5000"), "\n")),
        ("long moments", balances.to_owned() + &much("1e5000,asset,ETH,1,1\n")),
        ("unknown assets", balances.to_owned() + &numbered(&|at| format!("5,asset,zq7{at},1,1"), "\n")),
        ("many rows", balances.to_owned() + &numbered(&|at| format!("5,asset,_nft_{at},1,1"), "\n")),
        ("nested", much("[")),
        (
            "rules",
            format!(
                "{{\"linked_properties\":{{}},\"accounting_rules\":{{{}}}}}",
                numbered(&|at| format!("\"{at}\":{rule}"), ",")
            ),
        ),
        (
            "links",
            format!(
                "{{\"accounting_rules\":{{}},\"linked_properties\":{{{}}}}}",
                numbered(
                    &|at| format!(
                        r#""{at}":{{"accounting_rule":1,"property_name":"x","setting_name":"main_currency"}}"#
                    ),
                    ","
                )
            ),
        ),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn no_file_in_a_form_is_much_work_for_a_handler() {
    let Some(bench) = Bench::new().await else { return };
    let places = "timestamp,location,usd_value\n5,kraken,1";
    let mut wrong = Vec::new();
    for (what, file) in heavy_files() {
        let [rules, tables] = [
            form(&[("filepath", "a.json", &file)]),
            form(&[("balances_snapshot_file", "a.csv", &file), ("location_data_snapshot_file", "b.csv", places)]),
        ];
        for (method, path, body) in
            [(Method::PATCH, "accounting/rules/import", rules), (Method::POST, "snapshots", tables)]
        {
            let began = used();
            let outcome = bench.ask(&Request(method, format!("/api/1/{path}"), Some(body))).await.unwrap();
            let took = used().saturating_sub(began);
            if let Some(fault) = fault(&outcome) {
                wrong.push(format!("{path}, {what}: {}", fault.chars().take(300).collect::<String>()));
            }
            if took > LONGEST {
                wrong.push(format!("{path}, {what}: {took:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
