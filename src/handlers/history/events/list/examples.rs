//! Recorded exchanges of the real legacy, over a thousand events of every kind: each is answered alike, or left to legacy.

use std::{collections::HashMap, path::PathBuf};

use rusqlite::types::Value as Bound;
use serde_json::Value;
use tempfile::TempDir;

use super::{
    arguments::ARGUMENTS,
    assets::{Asset, Assets},
    found::{Source, both_ways, statement},
    limit::BACKWARDS,
    page::Page,
    stored::EVENTS,
    walk,
    wanted::Wanted,
};
use crate::{
    db::{Database, Options, Transaction},
    handlers::{Stop, asset_arguments::NFT, cells::settled},
    wire::{
        Answer, Location,
        location::{Reading, Sources, read},
        parse::parse,
        validate::{Item, Known},
    },
};

/// Seconds since 1970; some of the events are later.
const NOW: i64 = 1_795_400_000;

const TABLES: &str = "
    CREATE TABLE history_events(identifier INTEGER NOT NULL PRIMARY KEY, entry_type INTEGER NOT NULL,
        event_identifier TEXT NOT NULL, sequence_index INTEGER NOT NULL, timestamp INTEGER NOT NULL,
        location CHAR(1) NOT NULL DEFAULT('A'), location_label TEXT, asset TEXT NOT NULL, amount TEXT NOT NULL, notes TEXT,
        type TEXT NOT NULL, subtype TEXT NOT NULL, extra_data TEXT, ignored INTEGER NOT NULL DEFAULT 0,
        UNIQUE(event_identifier, sequence_index));
    CREATE TABLE evm_events_info(identifier INTEGER PRIMARY KEY, tx_hash BLOB NOT NULL, counterparty TEXT, product TEXT,
        address TEXT);
    CREATE TABLE eth_staking_events_info(identifier INTEGER PRIMARY KEY, validator_index INTEGER NOT NULL,
        is_exit_or_blocknumber INTEGER NOT NULL);
    CREATE TABLE history_events_mappings(parent_identifier INTEGER NOT NULL, name TEXT NOT NULL, value INTEGER NOT NULL,
        PRIMARY KEY(parent_identifier, name, value));
    CREATE TABLE blockchain_accounts(blockchain VARCHAR[24] NOT NULL, account TEXT NOT NULL,
        PRIMARY KEY(blockchain, account));
    CREATE TABLE accounting_rules(type TEXT NOT NULL, subtype TEXT NOT NULL, counterparty TEXT NOT NULL,
        accounting_treatment TEXT, UNIQUE(type, subtype, counterparty));
    CREATE TABLE ignored_actions(identifier TEXT PRIMARY KEY);
    CREATE INDEX idx_history_events_entry_type ON history_events(entry_type);
    CREATE INDEX idx_history_events_timestamp ON history_events(timestamp);
    CREATE INDEX idx_history_events_location ON history_events(location);
    CREATE INDEX idx_history_events_location_label ON history_events(location_label);
    CREATE INDEX idx_history_events_asset ON history_events(asset);
    CREATE INDEX idx_history_events_type ON history_events(type);
    CREATE INDEX idx_history_events_subtype ON history_events(subtype);
    CREATE INDEX idx_history_events_ignored ON history_events(ignored);";

pub(super) fn lines(name: &str) -> Vec<Vec<Value>> {
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/history").join(name);
    let text = std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The events, and the assets that they are of.
pub(super) struct Example {
    database: Database,
    assets: HashMap<String, Asset>,
    _directory: TempDir,
}

impl Example {
    pub(super) fn new() -> Self {
        let directory = TempDir::new().unwrap();
        let file = directory.path().join("x.db");
        let mut connection = rusqlite::Connection::open(&file).unwrap();
        connection.execute_batch(TABLES).unwrap();
        let mut assets = HashMap::new();
        let transaction = connection.transaction().unwrap();
        for line in lines("events.jsonl") {
            let table = line[0].as_str().unwrap();
            if table == "assets" {
                let asset = Asset { identifier: text(&line[2][0]), symbol: symbol(&line[2]) };
                assets.insert(text(&line[1]), asset);
                continue;
            }
            let marks = vec!["?"; line.len() - 1].join(", ");
            let insert = ["INSERT INTO ", table, " VALUES (", &marks, ")"].concat();
            let values =
                line[1..].iter().enumerate().map(|(at, value)| bound(value, (table, at) == ("evm_events_info", 1)));
            transaction.execute(&insert, rusqlite::params_from_iter(values)).unwrap();
        }
        transaction.commit().unwrap();
        let database = Database::open(&file, None, &Options { readers: 1, ..Options::default() }).unwrap();
        Self { database, assets, _directory: directory }
    }

    /// What a body asks for; the answer to one that is refused; or why it is left to legacy.
    fn read(&self, body: Option<&str>) -> Result<Result<Wanted, Answer>, String> {
        let body = body.map(|body| parse(body.as_bytes()).map_err(|error| error.to_string())).transpose()?;
        let sources = Sources { body: body.as_ref(), query: "", path: &[] };
        let mut known = Known::new();
        let arguments = loop {
            match read(&ARGUMENTS, Location::Json, sources, NOW, &known) {
                Reading::Loaded(arguments) => break arguments,
                Reading::Refused(answer) => return Ok(Err(answer)),
                Reading::Legacy(why) => return Err(why),
                Reading::Asked(questions) => {
                    for question in questions {
                        if question.value.starts_with(NFT) {
                            return Err("an NFT".into());
                        }
                        let spelled =
                            self.assets.values().find(|asset| asset.identifier.eq_ignore_ascii_case(&question.value));
                        let unknown = format!("Unknown asset {} provided.", question.value);
                        let answer = spelled.map(|asset| Item::Text(asset.identifier.clone())).ok_or(unknown);
                        known.insert(question, answer);
                    }
                }
            }
        };
        match Wanted::of(&arguments) {
            Ok(wanted) => Ok(Ok(wanted)),
            Err(Stop::Refused(answer)) => Ok(Err(answer)),
            Err(other) => Err(format!("{other:?}")),
        }
    }

    /// The answer, or why it is left to legacy.
    pub(super) async fn ask(&self, body: Option<&str>, limit: usize, premium: bool) -> Result<Answer, String> {
        let wanted = match self.read(body)? {
            Ok(wanted) => wanted,
            Err(refused) => return Ok(refused),
        };
        let page =
            self.database.read(move |transaction| settled(Page::read(transaction, &wanted, limit))).await.unwrap();
        let page = page.map_err(|error| error.to_string())?;
        let mut assets = self.assets.clone();
        for nft in page.events.iter().filter_map(|event| event.asset.strip_prefix(NFT)) {
            let identifier = format!("{NFT}{nft}");
            assets.insert(identifier.clone(), Asset { identifier, symbol: nft.to_owned() });
        }
        page.answer(&Assets::known(assets), limit, premium).map_err(|error| error.to_string())
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// Of an asset of the user's own its name.
fn symbol(asset: &Value) -> String {
    text(&asset[if asset[1] == "[" { 2 } else { 3 }])
}

fn bound(value: &Value, is_hash: bool) -> Bound {
    match value {
        Value::String(hex) if is_hash => {
            let digits = hex.trim_start_matches("0x");
            let byte = |at: usize| u8::from_str_radix(&digits[2 * at..2 * at + 2], 16).unwrap();
            Bound::Blob((0..digits.len() / 2).map(byte).collect())
        }
        Value::String(text) => Bound::Text(text.clone()),
        Value::Number(number) => number.as_i64().map_or(Bound::Null, Bound::Integer),
        _ => Bound::Null,
    }
}

/// How SQLite goes about a statement, a line for each step.
fn plan(transaction: &Transaction<'_>, statement: &str) -> Vec<String> {
    let mut explained = transaction.prepare(&["EXPLAIN QUERY PLAN ", statement].concat()).unwrap();
    let rows = explained.query_map(rusqlite::params_from_iter(vec![1; explained.parameter_count()]), |row| row.get(3));
    rows.unwrap().map(Result::unwrap).collect()
}

#[tokio::test]
async fn a_page_of_the_newest_groups_is_found_by_indexes_however_many_events_there_are() {
    let example = Example::new();
    for body in ["{}", r#"{"group_by_event_ids": true}"#, r#"{"location": "kraken", "counterparties": ["gas"]}"#] {
        let sources = Sources { body: Some(&parse(body.as_bytes()).unwrap()), query: "", path: &[] };
        let Reading::Loaded(arguments) = read(&ARGUMENTS, Location::Json, sources, NOW, &Known::new()) else {
            panic!("{body} is not read")
        };
        let wanted = Wanted::of(&arguments).unwrap();
        let plans = example.database.read(move |transaction| {
            let filter = &wanted.filter;
            let flat = Wanted { grouped: false, page: Some((Some(10), 0)), ..wanted.clone() };
            let statements = [
                BACKWARDS.to_owned(),
                EVENTS.to_owned(),
                statement(&wanted, filter, Source::Groups),
                walk::path(&wanted, filter),
                walk::look(&wanted, filter),
                statement(&flat, filter, Source::Times),
            ];
            Ok(statements.map(|statement| plan(transaction, &statement)))
        });
        let [newest, events, page, path, look, flat] = plans.await.unwrap();
        assert_eq!(newest, ["SCAN history_events USING INDEX idx_history_events_timestamp"], "without sorting");
        let by_time = "SCAN h USING INDEX idx_history_events_timestamp";
        assert_eq!(
            path.iter().find(|step| step.contains(" h ")).map(String::as_str),
            Some(by_time),
            "{body}: {path:#?}"
        );
        assert!(!path.iter().any(|step| step.contains("ORDER BY")), "without sorting: {path:#?}");
        assert!(flat.iter().any(|step| step == by_time), "{body}: {flat:#?}");
        assert!(!flat.iter().any(|step| step.ends_with("TEMP B-TREE FOR ORDER BY")), "one moment at a time: {flat:#?}");
        for steps in [events, page, look] {
            let by_group = "SEARCH h USING INDEX sqlite_autoindex_history_events_1 (event_identifier=?)";
            assert!(steps.iter().any(|step| step == by_group), "{body}: {steps:#?}");
            let through = steps.iter().filter(|step| step.starts_with("SCAN") && !step.contains("VIRTUAL TABLE"));
            assert_eq!(through.count(), 0, "{body}: {steps:#?}");
        }
    }
}

#[tokio::test]
async fn all_groups_are_paged_alike_from_the_end_in_time_and_put_together_whole() {
    let example = Example::new();
    let mut compared = 0;
    for exchange in lines("exchanges.jsonl") {
        let Ok(Ok(wanted)) = example.read(exchange[2].as_str()) else { continue };
        if !wanted.grouped {
            continue;
        }
        for page in [(1, 0), (10, 0), (3, 7), (50, 40), (1000, 0)] {
            let mut wanted = wanted.clone();
            wanted.page = Some((Some(page.0), page.1));
            let both = example.database.read(move |transaction| settled(both_ways(transaction, &wanted)));
            let [near, all] = both.await.unwrap().unwrap();
            assert_eq!(near, all, "{} at {page:?}", exchange[2]);
            compared += usize::from(!near.is_empty());
        }
    }
    assert!(compared > 400, "{compared} pages with something on them");
}

#[tokio::test]
async fn what_the_real_legacy_was_asked_is_answered_alike_or_left_to_it() {
    let example = Example::new();
    let exchanges = lines("exchanges.jsonl");
    let (mut answered, mut left, mut wrong) = (0, HashMap::<String, usize>::new(), Vec::new());
    for exchange in &exchanges {
        let limit = usize::try_from(exchange[0].as_u64().unwrap()).unwrap();
        let premium = exchange[1] == false;
        match example.ask(exchange[2].as_str(), limit, premium).await {
            Err(why) => *left.entry(why).or_default() += 1,
            Ok(answer) => {
                let body = String::from_utf8_lossy(&answer.body).into_owned();
                if exchange[3] == answer.status && exchange[4].as_str() == Some(&body) {
                    answered += 1;
                } else {
                    wrong.push(format!(
                        "{} {}: {} {body}\n  legacy: {} {}",
                        exchange[0], exchange[2], answer.status, exchange[3], exchange[4]
                    ));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {} differ:\n{}", wrong.len(), exchanges.len(), wrong.join("\n"));
    let left_to_legacy: usize = left.values().sum();
    assert!(answered > left_to_legacy * 8, "{answered} answered, left to legacy: {left:#?}");
}
