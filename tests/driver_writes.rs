//! Writes of the database driver: transactions, savepoints, retries, and who has to wait for whom.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use crate::support::database::{ENDLESS, TestDatabase};
use cutover::db::{Access, Database, DbError, Options, Transaction};
use tokio::sync::mpsc;

fn writable() -> Options {
    Options { access: Access::ReadWrite, readers: 2, ..Options::default() }
}

fn insert(transaction: &Transaction<'_>, value: i64) -> Result<(), DbError> {
    transaction.prepare_cached("INSERT INTO a VALUES (?)")?.execute([value])?;
    Ok(())
}

async fn rows(database: &Database) -> Vec<i64> {
    let read = database.read(|transaction| {
        let mut select = transaction.prepare_cached("SELECT b FROM a ORDER BY b")?;
        let rows = select.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
        Ok(rows)
    });
    read.await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_is_kept_when_it_succeeds_and_undone_when_it_fails_panics_or_says_so() {
    let test = TestDatabase::new();
    let database = test.open(&writable());
    assert_eq!(database.write(|t| insert(t, 1).map(|()| "kept")).await.unwrap(), "kept");
    let failed: Result<(), _> = database.write(|t| insert(t, 2).and(Err(DbError::Cancelled))).await;
    assert!(matches!(failed, Err(DbError::Cancelled)));
    let panicked: Result<(), _> = database
        .write(|t| {
            insert(t, 3).unwrap();
            panic!("on purpose")
        })
        .await;
    assert!(matches!(panicked, Err(DbError::Panicked(text)) if text == "on purpose"));
    let refused = database.write(|t| {
        insert(t, 4)?;
        t.set_rollback_only();
        Ok("a refusal")
    });
    assert_eq!(refused.await.unwrap(), "a refusal");
    assert_eq!(rows(&database).await, [1]);
    database.write(|t| insert(t, 5)).await.unwrap();
    assert_eq!(rows(&database).await, [1, 5], "the writer goes on after a panic");
}

#[tokio::test(flavor = "multi_thread")]
async fn savepoints_inside_a_write_nest_and_only_the_outermost_commits() {
    let test = TestDatabase::new();
    let database = test.open(&writable());
    let stranger = test.stranger();
    database
        .write(move |transaction| {
            insert(transaction, 1)?;
            transaction.savepoint(|outer| {
                insert(outer, 2)?;
                let undone: Result<(), DbError> =
                    outer.savepoint(|inner| insert(inner, 3).and(Err(DbError::Cancelled)));
                assert!(undone.is_err());
                outer.write(|joined| insert(joined, 4))
            })?;
            let outside: i64 = stranger.query_row("SELECT count(*) FROM a", [], |row| row.get(0))?;
            assert_eq!(outside, 0, "nothing is committed before the end");
            Ok(())
        })
        .await
        .unwrap();
    assert_eq!(rows(&database).await, [1, 2, 4]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_can_not_commit_by_itself_nor_go_on_after_sqlite_rolled_back() {
    let test = TestDatabase::new();
    let database = test.open(&writable());
    let committed: Result<(), _> = database
        .write(|t| {
            insert(t, 1)?;
            t.execute_batch("COMMIT")?;
            Ok(())
        })
        .await;
    assert!(committed.is_err(), "{committed:?}");
    let went_on = database
        .write(|t| {
            insert(t, 2)?;
            t.execute_batch("ROLLBACK")?;
            // Outside of a transaction this would commit by itself.
            assert!(insert(t, 3).is_err());
            Ok(())
        })
        .await;
    assert!(matches!(went_on, Err(DbError::RolledBack)), "{went_on:?}");
    assert!(rows(&database).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_that_meets_busy_is_run_again_as_a_whole() {
    let test = TestDatabase::new();
    let database = test.open(&writable());
    for code in [rusqlite::ffi::SQLITE_BUSY, rusqlite::ffi::SQLITE_BUSY_SNAPSHOT] {
        let runs = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&runs);
        let value = i64::from(code);
        database
            .write(move |t| {
                insert(t, value)?;
                if counted.fetch_add(1, Ordering::SeqCst) < 3 {
                    return Err(rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(code), None).into());
                }
                Ok(())
            })
            .await
            .unwrap();
        assert_eq!(runs.load(Ordering::SeqCst), 4);
    }
    assert_eq!(rows(&database).await.len(), 2, "each is there once");
    assert_eq!(database.metrics().retries, 6);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dropped_write_is_rolled_back_and_one_that_still_waits_is_never_run() {
    let test = TestDatabase::new();
    let database = test.open(&writable());
    let (begun, mut has_begun) = mpsc::channel(1);
    let slow = tokio::spawn({
        let database = database.clone();
        async move {
            let write = database.write(move |t| {
                insert(t, 1)?;
                begun.blocking_send(()).unwrap();
                Ok(t.query_row(ENDLESS, [], |row| row.get::<_, i64>(0))?)
            });
            write.await
        }
    });
    has_begun.recv().await.unwrap();
    let mut waiting = Box::pin(database.write(|t| insert(t, 2)));
    assert!(futures_util::poll!(&mut waiting).is_pending());
    drop(waiting);
    slow.abort();
    database.write(|t| insert(t, 3)).await.unwrap();
    assert_eq!(rows(&database).await, [3]);
    assert_eq!(database.metrics().writes.interrupted, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_that_holds_the_lock_for_too_long_is_interrupted_and_undone() {
    let test = TestDatabase::new();
    let database = test.open(&Options { hold: Duration::from_millis(100), ..writable() });
    let late = database.write(|t| {
        insert(t, 1)?;
        Ok(t.query_row(ENDLESS, [], |row| row.get::<_, i64>(0))?)
    });
    let late = late.await;
    assert!(matches!(late, Err(DbError::Deadline(_))), "{late:?}");
    assert!(rows(&database).await.is_empty());
    database.write(|t| insert(t, 2)).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_of_the_deadline_always_means_that_nothing_was_kept() {
    let test = TestDatabase::new();
    // Deadlines about as long as a write takes: some are met, some are not, some fall into the commit.
    let mut kept = Vec::new();
    for value in 0..200 {
        let deadline = Some(Duration::from_micros(u64::try_from(value).unwrap() * 10));
        let database = if value % 50 == 0 { test.open(&Options { deadline, ..writable() }) } else { continue };
        for n in 0..50 {
            let value = value * 1000 + n;
            if database.write(move |t| insert(t, value)).await.is_ok() {
                kept.push(value);
            }
        }
        tokio::task::spawn_blocking(move || database.close(Duration::from_secs(5))).await.unwrap();
    }
    assert_eq!(rows(&test.open(&writable())).await, kept);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_opened_for_reading_takes_no_writes() {
    let test = TestDatabase::new();
    let database = test.open(&Options::default());
    let refused = database.write(|t| insert(t, 1)).await;
    assert!(matches!(refused, Err(DbError::ReadOnly(_))), "{refused:?}");
    let sneaked = database.read(|t| insert(t, 1)).await;
    assert!(matches!(sneaked, Err(DbError::ReadOnly(_))), "a write in a read: {sneaked:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn foreign_keys_hold() {
    let test = TestDatabase::new();
    let database = test.open(&writable());
    let orphan = database.write(|t| Ok(t.execute("INSERT INTO child VALUES (42)", [])?)).await.unwrap_err();
    assert!(orphan.to_string().contains("FOREIGN KEY constraint failed"), "{orphan}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_queue_refuses_instead_of_growing() {
    let test = TestDatabase::new();
    let database = test.open(&Options { queue: 2, ..writable() });
    let context = database.write_ctx().await.unwrap();
    let mut waiting: Vec<_> = (0..2).map(|n| Box::pin(database.write(move |t| insert(t, n)))).collect();
    for write in &mut waiting {
        assert!(futures_util::poll!(write).is_pending());
    }
    assert!(matches!(database.write(|t| insert(t, 9)).await, Err(DbError::Saturated)));
    assert_eq!(database.metrics().writes.refused, 1);
    drop(context);
    for write in waiting {
        write.await.unwrap();
    }
    assert_eq!(rows(&database).await, [0, 1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_at_its_commit_is_finished_before_the_database_is_closed() {
    let test = TestDatabase::new();
    let database = test.open(&writable());
    let writes: Vec<_> = (0..64)
        .map(|n| {
            let database = database.clone();
            tokio::spawn(async move { database.write(move |t| insert(t, n)).await.map(|()| n) })
        })
        .collect();
    let closing = database.clone();
    tokio::task::spawn_blocking(move || closing.close(Duration::ZERO)).await.unwrap();
    let mut acknowledged = Vec::new();
    for write in writes {
        match write.await.unwrap() {
            Ok(n) => acknowledged.push(n),
            Err(error) => assert!(matches!(error, DbError::Closed), "{error}"),
        }
    }
    assert_eq!(rows(&test.open(&writable())).await, acknowledged, "what was acknowledged, and nothing else");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_happens_is_counted() {
    let test = TestDatabase::new();
    let database = test.open(&writable());
    for n in 0..10 {
        database.write(move |t| insert(t, n)).await.unwrap();
    }
    rows(&database).await;
    let metrics = database.metrics();
    assert_eq!((metrics.writes.finished, metrics.writes.queue.count(), metrics.writes.execution.count()), (10, 10, 10));
    assert_eq!((metrics.reads.finished, metrics.reads.failed), (1, 0));
    assert_eq!(metrics.open_connections, 3);
    assert!(metrics.wal_bytes > 0 && metrics.wal_bytes == database.wal_bytes());
    database.close(Duration::from_secs(1));
    assert_eq!(database.metrics().open_connections, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_asked_for_after_a_write_sees_it_however_many_reads_share_a_transaction() {
    let test = TestDatabase::new();
    let database = test.open(&writable());
    let stop = Arc::new(AtomicUsize::new(0));
    let crowd: Vec<_> = (0..16)
        .map(|_| {
            let (database, stop) = (database.clone(), Arc::clone(&stop));
            tokio::spawn(async move {
                while stop.load(Ordering::SeqCst) == 0 {
                    rows(&database).await;
                }
            })
        })
        .collect();
    for n in 0..100 {
        database.write(move |t| insert(t, n)).await.unwrap();
        let seen = database.read(|t| Ok(t.query_row("SELECT max(b) FROM a", [], |row| row.get::<_, i64>(0))?));
        assert_eq!(seen.await.unwrap(), n);
    }
    stop.store(1, Ordering::SeqCst);
    for reader in crowd {
        reader.await.unwrap();
    }
}
