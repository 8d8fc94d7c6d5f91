//! The ledgers of all writers against what is stored, and what each side shows.

use std::{collections::BTreeSet, fmt::Write as _, time::Duration};

use rusqlite::Connection;
use serde_json::{Value, json};

use super::{
    client::{Scene, Way},
    kind::{Kind, Row},
    sides::{HANGING, Sides},
    writer::Writer,
};
use crate::support::raw::{self, send_json};

/// Rows of writers, as they are stored.
const STORED: [(Kind, &str); 4] = [
    (Kind::Tag, "SELECT name, description, 0 FROM tags WHERE name GLOB 'w[0-9]*' OR name GLOB 'stock *'"),
    (Kind::Note, "SELECT title, content, identifier FROM user_notes WHERE title GLOB 'w[0-9]*'"),
    (Kind::Entry, "SELECT name, description, identifier FROM calendar"),
    (
        Kind::Event,
        "SELECT event_identifier, notes, identifier FROM history_events WHERE event_identifier GLOB 'w[0-9]*'",
    ),
];

fn all(connection: &Connection, kind: Kind, select: &str) -> Vec<Row> {
    let mut select = connection.prepare(select).unwrap();
    let row = |row: &rusqlite::Row<'_>| Ok(Row { kind, name: row.get(0)?, text: row.get(1)?, id: row.get(2)? });
    select.query_map([], row).unwrap().map(Result::unwrap).collect()
}

/// No write is lost, none is done twice, none by halves, and what is stored is sound.
pub fn check_stored(connection: &Connection, writers: &[Writer]) {
    let order = |rows: &mut Vec<Row>| rows.sort_by(|a, b| (a.kind, &a.name, a.id).cmp(&(b.kind, &b.name, b.id)));
    let mut stored: Vec<Row> = STORED.iter().flat_map(|(kind, select)| all(connection, *kind, select)).collect();
    let mut expected: Vec<Row> = writers.iter().flat_map(|w| w.rows.iter().chain(&w.stock)).cloned().collect();
    order(&mut stored);
    order(&mut expected);
    let without =
        |all: &[Row], others: &[Row]| -> Vec<Row> { all.iter().filter(|row| !others.contains(row)).cloned().collect() };
    let (lost, strange) = (without(&expected, &stored), without(&stored, &expected));
    assert!(lost.is_empty() && strange.is_empty(), "lost: {lost:?}; in no ledger: {strange:?}");
    assert_eq!(stored.len(), expected.len(), "none of them is there twice");
    let count = |select: &str| -> i64 { connection.query_row(select, [], |row| row.get(0)).unwrap() };
    assert!(count("SELECT count(*) FROM user_notes") <= 10, "the limit of notes");
    let bare = "SELECT count(*) FROM history_events e LEFT JOIN history_events_mappings m ON m.parent_identifier = \
                  e.identifier WHERE e.event_identifier GLOB 'w[0-9]*' AND m.value IS NOT 1";
    assert_eq!(count(bare), 0, "events without their mapping");
    let kept: usize = writers.iter().map(|writer| writer.stock.len()).sum();
    let mappings = count("SELECT count(*) FROM tag_mappings WHERE tag_name GLOB 'stock *'");
    assert_eq!(mappings, i64::try_from(kept).unwrap() * HANGING, "mappings of the tags that are left");
    for (check, expected) in
        [("integrity_check", vec!["ok"]), ("foreign_key_check", vec![]), ("cipher_integrity_check", vec![])]
    {
        let mut check = connection.prepare(&format!("PRAGMA {check}")).unwrap();
        let said: Vec<String> = check.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
        assert_eq!(said, expected);
    }
}

/// Both sides show the same, which is what is stored.
pub async fn check_shown(sides: &Sides, writers: &[Writer]) {
    let expected: BTreeSet<&str> =
        writers.iter().flat_map(|w| w.rows.iter().chain(&w.stock)).map(|row| row.name.as_str()).collect();
    let mut seen = BTreeSet::new();
    for kind in Kind::ALL {
        let request = kind.shows(None);
        let target = format!("/api/1/{}", request.path);
        let ask = |address| send_json(address, request.method, &target, &request.body);
        let (straight, through) = (ask(sides.legacy.address).await, ask(sides.bridge.address).await);
        let shown = [straight, through].map(|answer| kind.shown(&answer.json()["result"]));
        assert_eq!(shown[0], shown[1], "{kind:?}");
        seen.extend(shown[0].iter().map(|row| row.name.clone()).filter(|name| expected.contains(name.as_str())));
    }
    assert_eq!(seen.len(), expected.len(), "all of them are shown");
}

/// How often the last write was noted: each time its row gets the next number.
pub fn stamp(connection: &Connection) -> i64 {
    connection.query_row("SELECT rowid FROM settings WHERE name = 'last_write_ts'", [], |row| row.get(0)).unwrap()
}

/// Who answered which requests natively, and how long all of them took.
pub fn report(scene: &Scene, title: &str) -> String {
    let mut said = format!("{title}\n");
    for ((way, label, who), times) in &mut *scene.times.lock() {
        times.sort();
        let at = |share: f64| {
            #[allow(
                clippy::cast_precision_loss,
                clippy::cast_sign_loss,
                clippy::cast_possible_truncation,
                reason = "a rank"
            )]
            let rank = (times.len() as f64 * share) as usize;
            times[rank.min(times.len() - 1)].as_secs_f64() * 1000.0
        };
        let (p50, p99, longest) = (at(0.5), at(0.99), at(1.0));
        let _ = writeln!(
            said,
            "{:9} {label:23} {who:7} {:6}  p50 {p50:7.1} ms  p99 {p99:7.1} ms  longest {longest:7.1} ms",
            format!("{way:?}"),
            times.len(),
        );
    }
    for (cut, count) in &*scene.cuts.lock() {
        let _ = writeln!(said, "{cut}: {count}");
    }
    let late = scene.late.lock();
    let _ = writeln!(said, "shown late by legacy: {}, longest {:?}", late.len(), late.iter().max());
    said
}

/// The writes of clients that were answered so: by way and who answered.
pub fn answered(scene: &Scene, way: Way, who: &str) -> BTreeSet<String> {
    let times = scene.times.lock();
    let writes = times.keys().filter(|(w, label, by)| *w == way && by == who && is_write(label));
    writes.map(|(_, label, _)| label.clone()).collect()
}

fn is_write(label: &str) -> bool {
    ["PUT ", "PATCH ", "DELETE "].iter().any(|method| label.starts_with(method))
}

/// The state of the write gate and of the package, for the report.
pub async fn status(sides: &Sides) -> Value {
    let status: Value = raw::get(sides.bridge.admin, "/api/status").await.json();
    json!({"gate": status["write_gate"]["user"], "databases": status["databases"]})
}

/// How long a run takes.
pub fn seconds(default: u64) -> Duration {
    let given = std::env::var("MIXED_SECONDS").ok().map(|text| text.parse().unwrap());
    Duration::from_secs(given.unwrap_or(default))
}
