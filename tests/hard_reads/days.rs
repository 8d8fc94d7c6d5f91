//! `POST /api/1/statistics/events` where which day it is depends on the time zone: what the real legacy said in several.

use crate::support::process::{self, Process};
use cutover::{handlers::Stop, session::zone::Zone};
use serde_json::Value;
use tempfile::TempDir;

use super::{Reads, lines};

/// A line for each request: the zone that legacy ran in, what was asked, and what it said.
const SAID: &str = include_str!("days.jsonl");
const ZONES: [&str; 3] = ["UTC", "America/New_York", "Asia/Kolkata"];

/// What the package tells of a zone, inside a process that runs in it.
fn told(zone: &str, directory: &TempDir) -> Option<String> {
    let script = format!(
        "import json, os, time\nos.environ['TZ'] = '{zone}'\ntime.tzset()\n\
         from cutover_compat import zone\nprint('@ ' + json.dumps(zone.changes()))"
    );
    Process::python(&script, directory.path())?.next()
}

#[test]
fn days_are_those_of_the_zone_that_the_package_tells_and_legacys_if_it_tells_none_or_another_one() {
    for (at, zone) in ZONES.iter().enumerate() {
        let directory = TempDir::new().unwrap();
        let another = ZONES[(at + 1) % ZONES.len()];
        for (name, zone) in [("own", zone), ("another", &another)] {
            let Some(told) = told(zone, &directory) else { return };
            std::fs::write(directory.path().join(name), told).unwrap();
        }
        // The zone of a process is that in which it was started.
        let under = format!("TZ={zone}");
        Process::test("hard_reads::days::in_a_zone", &["env", &under], directory.path()).succeeds();
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "run by days_are_those_of_the_zone_that_the_package_tells_and_legacys_if_it_tells_none_or_another_one"]
async fn in_a_zone() {
    let Some(directory) = process::directory() else { return };
    let Some(reads) = Reads::new() else { return };
    let own = std::env::var("TZ").unwrap();
    let said: Vec<Value> = lines(SAID).filter(|said| said["zone"] == own.as_str()).collect();
    assert_eq!(said.len(), 2, "{own}");
    for (told, is_legacys) in [(None, true), (Some("another"), true), (Some("own"), false), (None, true)] {
        let zone = told.map(|name| std::fs::read(directory.join(name)).unwrap());
        let zone: Option<Zone> = zone.map(|zone| serde_json::from_slice(&zone).unwrap());
        reads.watch.session.learn(|facts| facts.learn_zone(zone));
        for said in &said {
            if is_legacys {
                let left = reads.ask(said).await;
                assert!(matches!(left, Err(Stop::Unanswered(_))), "{own}, told {told:?}: {left:?}");
            } else {
                reads.is_said(said).await;
            }
        }
    }
}
