//! Full disks, locks of other processes, and a journal that a crash left.

use std::{path::Path, time::Duration};

use crate::support::{
    eventually,
    files::{GRACE, insert, integrity, made, open, rows, said, stranger},
    process::{self, Process},
};
use cutover::db::{Access, Database, DbError, Options, Passphrase};
use tempfile::TempDir;

const WAL: &str = "PRAGMA journal_mode = WAL";
const ROLLBACK: &str = "PRAGMA journal_mode = DELETE";
/// A transaction larger than any room left here, and than the page cache.
const LARGE: &str = "INSERT INTO t(b) WITH RECURSIVE k(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM k WHERE n < 8000)
                     SELECT randomblob(500) FROM k";

async fn large(database: &Database) -> Result<(), DbError> {
    database.write(|t| Ok(t.execute(LARGE, []).map(|_| ())?)).await
}

/// Writes until there is no room left. Gives how many rows there are then, each of which was acknowledged.
async fn fill(file: &Path, database: &Database) -> i64 {
    let mut acknowledged = rows(database).await.unwrap();
    let error = loop {
        match insert(database).await {
            Ok(()) => acknowledged += 1,
            Err(error) => break error,
        }
    };
    assert!(matches!(error, DbError::Full { .. }), "{error}");
    let message = said(file, &error);
    assert!(message.starts_with("Full: FILE: no room to write, or the disk fails (d"), "{message}");
    assert!(message.ends_with("); nothing was changed"), "{message}");
    assert_eq!(rows(database).await.unwrap(), acknowledged, "nothing of what failed, all of what did not");
    let error = large(database).await.unwrap_err();
    assert!(matches!(error, DbError::Full { .. }), "in the middle of a transaction: {error}");
    match insert(database).await {
        Ok(()) => acknowledged += 1,
        Err(error) => assert!(matches!(error, DbError::Full { .. }), "{error}"),
    }
    assert_eq!(rows(database).await.unwrap(), acknowledged);
    acknowledged
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_may_not_grow_any_more_is_full_and_keeps_what_was_acknowledged() {
    for journal in [WAL, ROLLBACK] {
        let directory = TempDir::new().unwrap();
        let file = made(directory.path(), Some("k"), journal);
        // The signal that comes with the limit is ignored, as a service manager would have it: writes fail with EFBIG.
        let limited = ["bash", "-c", "trap '' XFSZ; ulimit -f 256; exec \"$@\"", "bash"];
        let mut child = Process::test("driver_faults::under_a_limit_of_file_sizes", &limited, directory.path());
        let acknowledged: i64 = child.next().unwrap().parse().unwrap();
        child.succeeds();
        assert!(acknowledged > 200, "{journal}: some writes went well before");
        let database = open(&file, Some("k"), Access::ReadWrite).unwrap();
        assert_eq!(rows(&database).await.unwrap(), acknowledged, "{journal}");
        insert(&database).await.unwrap();
        large(&database).await.unwrap();
        database.close(GRACE);
        assert_eq!(integrity(&stranger(&file, Some("k"))), "ok", "{journal}");
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "run by a_file_that_may_not_grow_any_more_is_full_and_keeps_what_was_acknowledged"]
async fn under_a_limit_of_file_sizes() {
    let Some(directory) = process::directory() else { return };
    let file = directory.join("x.db");
    let database = open(&file, Some("k"), Access::ReadWrite).unwrap();
    let acknowledged = fill(&file, &database).await;
    database.close(GRACE);
    process::say(&acknowledged.to_string());
}

#[test]
fn a_full_disk_is_full_and_the_same_database_goes_on_once_there_is_room() {
    process::with_own_mounts("driver_faults::on_a_small_disk", TempDir::new().unwrap().path());
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "run by a_full_disk_is_full_and_the_same_database_goes_on_once_there_is_room"]
async fn on_a_small_disk() {
    let Some(directory) = process::directory() else { return };
    process::mount(&directory, "size=6m");
    for journal in [WAL, ROLLBACK] {
        let ballast = directory.join("ballast");
        std::fs::write(&ballast, vec![1; 5 << 20]).unwrap();
        let file = made(&directory, Some("k"), journal);
        let database = open(&file, Some("k"), Access::ReadWrite).unwrap();
        let acknowledged = fill(&file, &database).await;
        assert!(acknowledged > 200, "{journal}: some writes went well before");
        std::fs::remove_file(&ballast).unwrap();
        insert(&database).await.unwrap();
        assert_eq!(rows(&database).await.unwrap(), acknowledged + 1);
        database.close(GRACE);
        assert_eq!(integrity(&stranger(&file, Some("k"))), "ok", "{journal}");
        std::fs::remove_file(&file).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_journal_that_a_crash_left_is_rolled_back_at_opening_and_before_a_read() {
    let directory = TempDir::new().unwrap();
    let file = made(directory.path(), Some("k"), ROLLBACK);
    let database = open(&file, Some("k"), Access::ReadWrite).unwrap();
    let mut child =
        Process::test("driver_faults::in_the_middle_of_a_transaction_with_a_journal", &[], directory.path());
    child.says("in the middle");
    child.kill();
    assert_eq!(rows(&database).await.unwrap(), 200);
    let mut child =
        Process::test("driver_faults::in_the_middle_of_a_transaction_with_a_journal", &[], directory.path());
    child.says("in the middle");
    child.kill();
    assert_eq!(rows(&open(&file, Some("k"), Access::ReadWrite).unwrap()).await.unwrap(), 200);
}

#[test]
#[ignore = "run by a_journal_that_a_crash_left_is_rolled_back_at_opening_and_before_a_read"]
fn in_the_middle_of_a_transaction_with_a_journal() {
    let Some(directory) = process::directory() else { return };
    let connection = stranger(&directory.join("x.db"), Some("k"));
    // A cache of one page: most changes are in the file before the commit.
    connection.execute_batch("PRAGMA cache_size = 1; BEGIN; UPDATE t SET b = randomblob(500)").unwrap();
    process::say("in the middle");
    process::told();
}

#[test]
fn a_disk_without_room_for_the_index_of_the_log_is_full() {
    process::with_own_mounts("driver_faults::on_a_disk_without_room_for_the_index", TempDir::new().unwrap().path());
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "run by a_disk_without_room_for_the_index_of_the_log_is_full"]
async fn on_a_disk_without_room_for_the_index() {
    let Some(directory) = process::directory() else { return };
    process::mount(&directory, "size=1m");
    let file = made(&directory, Some("k"), WAL);
    // As much as there is room for.
    let _ = std::fs::write(directory.join("ballast"), vec![1; 1 << 20]);
    for access in [Access::ReadOnly, Access::ReadWrite] {
        let error = open(&file, Some("k"), access).unwrap_err();
        assert!(matches!(error, DbError::Full { .. }), "{}", said(&file, &error));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lock_held_for_longer_than_we_wait_is_busy_and_names_who_holds_it() {
    for journal in [WAL, ROLLBACK] {
        let directory = TempDir::new().unwrap();
        let file = made(directory.path(), Some("k"), journal);
        let key = Passphrase::new("k".to_owned()).derive(&file).unwrap();
        let busy = Duration::from_millis(200);
        let options = Options { access: Access::ReadWrite, readers: 1, busy, ..Options::default() };
        let database = Database::open(&file, Some(key), &options).unwrap();
        let mut child = Process::test("driver_faults::holding_the_write_lock", &[], directory.path());
        child.says("held");
        let command = std::fs::read_to_string(format!("/proc/{}/comm", child.id())).unwrap();
        let mut tries = 0;
        for context in [false, true] {
            let error = loop {
                let outcome = if context { database.write_ctx().await.map(drop) } else { insert(&database).await };
                match outcome.unwrap_err() {
                    // The kernel gives its list of locks page by page, and may miss one that others move meanwhile.
                    DbError::Busy { holders, .. } if holders.is_empty() && tries < 5 => tries += 1,
                    error => break error,
                }
            };
            let DbError::Busy { waited, ref holders, .. } = error else { panic!("{journal}: {error}") };
            assert!(waited >= busy, "{waited:?}");
            assert_eq!(holders.len(), 1, "{holders:?}");
            let holder = format!("process {} ({})", child.id(), command.trim_end());
            let message = format!("Busy: FILE: locked for {waited:?}; the lock may be held by {holder}");
            assert_eq!(said(&file, &error), message, "{journal}");
        }
        assert_eq!(rows(&database).await.unwrap(), 200, "{journal}: readers read all the same");
        child.tell("release it");
        child.says("released");
        insert(&database).await.unwrap();
        assert_eq!(rows(&database).await.unwrap(), 201);
        child.succeeds();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lock_released_in_time_costs_nothing_but_time() {
    for journal in [WAL, ROLLBACK] {
        let directory = TempDir::new().unwrap();
        let file = made(directory.path(), Some("k"), journal);
        let database = open(&file, Some("k"), Access::ReadWrite).unwrap();
        let mut child = Process::test("driver_faults::holding_the_write_lock", &[], directory.path());
        child.says("held");
        assert_eq!(database.metrics().lock_waits, 0);
        let writing = tokio::spawn({
            let database = database.clone();
            async move { insert(&database).await }
        });
        eventually("the write waits", || async { (database.metrics().lock_waits > 1).then_some(()) }).await;
        assert!(!writing.is_finished());
        child.tell("release it");
        writing.await.unwrap().unwrap();
        child.says("released");
        child.succeeds();
        assert_eq!(rows(&database).await.unwrap(), 201, "{journal}");
    }
}

#[test]
#[ignore = "run by a_lock_held_for_longer_than_we_wait_is_busy_and_names_who_holds_it, and others"]
fn holding_the_write_lock() {
    let Some(directory) = process::directory() else { return };
    let connection = stranger(&directory.join("x.db"), Some("k"));
    connection.execute_batch("BEGIN IMMEDIATE").unwrap();
    process::say("held");
    process::told();
    connection.execute_batch("ROLLBACK").unwrap();
    process::say("released");
}
