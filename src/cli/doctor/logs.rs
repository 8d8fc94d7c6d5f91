//! The databases' write-ahead logs: how large, how far copied back and who keeps that from going on, and who writes.

use std::{
    path::Path,
    thread,
    time::{Duration, Instant},
};

use super::{
    facts::Facts,
    files::{self, Base},
    finding::Finding,
};
use crate::db::{
    holders::{self, Holder},
    log_index, wal,
};

const CHECK: &str = "logs";
/// A log of this size is copied back too seldom: SQLite does it by itself at 4 MiB.
const LARGE: u64 = 64 << 20;
/// A write lock that is held for longer keeps everybody else from writing.
const LONG: Duration = Duration::from_secs(1);
const LOOK: Duration = Duration::from_millis(50);

pub(super) fn check(facts: &Facts) -> Vec<Finding> {
    let Some(directory) = facts.directory() else { return Vec::new() };
    let mut findings = Vec::new();
    for base in files::of(&directory) {
        let name = name(&base, &directory);
        findings.extend(size(&base.path, &name, LARGE));
        findings.extend(written(&base.path, &name, LONG));
        let open = holders::of_the_database(&base.path);
        if !open.is_empty() {
            findings.push(Finding::ok(CHECK, format!("{name} is open in {}", listed(&open))));
        }
    }
    if findings.is_empty() {
        findings.push(Finding::ok(CHECK, "nobody has a database open, and no log is large"));
    }
    findings
}

fn name(base: &Base, directory: &Path) -> String {
    base.path.strip_prefix(directory).unwrap_or(&base.path).display().to_string()
}

fn listed(holders: &[Holder]) -> String {
    holders.iter().map(Holder::to_string).collect::<Vec<_>>().join(", ")
}

/// A log that has grown, and why.
fn size(database: &Path, name: &str, large: u64) -> Option<Finding> {
    let bytes = wal::bytes(database);
    if bytes < large {
        return None;
    }
    let size = bytes >> 20;
    let Some(progress) = log_index::progress(database) else {
        if !holders::of_the_database(database).is_empty() {
            return Some(Finding::note(
                CHECK,
                format!("the log of {name} has {size} MiB; its index can not be read just now"),
            ));
        }
        let remedy = "nobody has it open: start the backend, which takes it in, and end it in order the next time";
        return Some(Finding::wrong(CHECK, format!("the log of {name} has {size} MiB, left by a crash"), remedy));
    };
    let waiting = progress.frames.saturating_sub(progress.copied);
    if waiting == 0 {
        // The file keeps its size until it is begun anew; all of it is in the database.
        return Some(Finding::note(CHECK, format!("the log of {name} has {size} MiB, all of it copied back")));
    }
    let text = format!("the log of {name} has {size} MiB; {waiting} of {} pages are not copied back", progress.frames);
    Some(if progress.held_by.is_empty() {
        Finding::wrong(CHECK, text, "the backend does not copy it back (checkpoint); restart it, and look into its log")
    } else {
        let who = listed(&progress.held_by);
        let remedy = "end what reads there for so long; the next commit copies the log back";
        Finding::wrong(CHECK, format!("{text}, because {who} reads as of an earlier one"), remedy)
    })
}

/// Somebody who holds the write lock for long. A moment of it is how writing works.
#[allow(
    clippy::disallowed_methods,
    reason = "a command of one thread, with no runtime around it, which the kernel tells nothing"
)]
fn written(database: &Path, name: &str, long: Duration) -> Option<Finding> {
    let began = Instant::now();
    let mut writer = holders::of_the_write_lock(database).into_iter().next()?;
    while began.elapsed() < long {
        thread::sleep(LOOK);
        let now = holders::of_the_write_lock(database).into_iter().next();
        match now {
            Some(now) if now == writer => writer = now,
            _ => return None,
        }
    }
    let text = format!(
        "{writer} has held the write lock of {name} for more than {long:?}: whoever else writes waits, and fails"
    );
    Some(Finding::wrong(CHECK, text, "see what it does there; a transaction that was begun and not ended has to end"))
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use super::{super::finding::Level, *};

    #[test]
    fn a_large_log_says_whether_it_is_copied_back() {
        let directory = tempfile::TempDir::new().unwrap();
        let file = directory.path().join("x.db");
        let writer = Connection::open(&file).unwrap();
        writer.execute_batch("PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; CREATE TABLE t(x)").unwrap();
        let said = |large| size(&file, "x.db", large);
        assert_eq!(said(LARGE), None);
        let waiting = said(1).unwrap();
        assert!(waiting.level == Level::Wrong && waiting.text.contains("are not copied back"), "{waiting:?}");
        writer.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(())).unwrap();
        assert_eq!(said(1).unwrap().level, Level::Note);
        assert_eq!(written(&file, "x.db", Duration::ZERO), None);
        writer.execute_batch("BEGIN IMMEDIATE").unwrap();
        let held = written(&file, "x.db", Duration::ZERO);
        if std::path::Path::new("/proc/locks").exists() {
            assert!(held.unwrap().text.starts_with("this process"));
        }
    }
}
