//! Write contexts and streams of the database driver: transactions and results that live across awaits.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use crate::support::database::{ENDLESS, TestDatabase};
use cutover::db::{Access, Database, DbError, Options, Transaction};
use futures_util::StreamExt;
use tokio::sync::mpsc;

const INSERT: &str = "INSERT INTO a VALUES (?)";
const SELECT: &str = "SELECT b FROM a ORDER BY b";

fn writable() -> Options {
    Options { access: Access::ReadWrite, readers: 2, ..Options::default() }
}

async fn rows(database: &Database) -> Vec<i64> {
    database
        .stream(|t, sink| {
            let mut select = t.prepare_cached(SELECT)?;
            let mut rows = select.query([])?;
            while let Some(row) = rows.next()? {
                sink.send(row.get::<_, i64>(0)?)?;
            }
            Ok(())
        })
        .map(Result::unwrap)
        .collect()
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_context_keeps_what_it_commits_and_nothing_when_it_is_dropped() {
    let test = TestDatabase::new();
    let database = test.open(&writable());
    let mut context = database.write_ctx().await.unwrap();
    assert_eq!(context.execute(INSERT, [1]).await.unwrap(), 1);
    assert_eq!(context.query(SELECT, [], |row| row.get::<_, i64>(0)).await.unwrap(), [1], "it sees its own writes");
    assert!(rows(&database).await.is_empty(), "nobody else does before the commit");
    context.commit().await.unwrap();
    let mut context = database.write_ctx().await.unwrap();
    context.execute(INSERT, [2]).await.unwrap();
    drop(context);
    database.write_ctx().await.unwrap().commit().await.unwrap();
    assert_eq!(rows(&database).await, [1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn savepoints_of_a_context_are_kept_when_released_and_undone_when_dropped() {
    let test = TestDatabase::new();
    let database = test.open(&writable());
    let mut context = database.write_ctx().await.unwrap();
    context.execute(INSERT, [1]).await.unwrap();
    let mut outer = context.savepoint().await.unwrap();
    outer.execute(INSERT, [2]).await.unwrap();
    let mut inner = outer.savepoint().await.unwrap();
    inner.execute(INSERT, [3]).await.unwrap();
    drop(inner);
    let mut inner = outer.savepoint().await.unwrap();
    inner.execute(INSERT, [4]).await.unwrap();
    inner.release().await.unwrap();
    outer.release().await.unwrap();
    let mut undone = context.savepoint().await.unwrap();
    undone.execute(INSERT, [5]).await.unwrap();
    drop(undone);
    context.commit().await.unwrap();
    assert_eq!(rows(&database).await, [1, 2, 4]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_statement_leaves_the_context_usable() {
    let test = TestDatabase::new();
    let database = test.open(&writable());
    let mut context = database.write_ctx().await.unwrap();
    context.execute(INSERT, [1]).await.unwrap();
    let twice = context.execute(INSERT, [1]).await.unwrap_err();
    assert!(twice.to_string().contains("UNIQUE constraint failed"), "{twice}");
    context.execute(INSERT, [2]).await.unwrap();
    context.commit().await.unwrap();
    assert_eq!(rows(&database).await, [1, 2]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_context_held_for_too_long_is_rolled_back_and_says_so() {
    let test = TestDatabase::new();
    let database = test.open(&Options { hold: Duration::from_millis(50), ..writable() });
    let mut context = database.write_ctx().await.unwrap();
    context.execute(INSERT, [1]).await.unwrap();
    // The next writer gets the lock although the first still has its guard.
    database.write(|t| Ok(t.execute(INSERT, [2])?)).await.unwrap();
    let late = context.execute(INSERT, [3]).await;
    assert!(matches!(late, Err(DbError::Deadline(_))), "{late:?}");
    assert!(context.commit().await.is_err());
    assert_eq!(rows(&database).await, [2]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_statement_that_outlasts_the_context_says_so_and_leaves_nothing_behind() {
    let test = TestDatabase::new();
    let database = test.open(&Options { hold: Duration::from_millis(50), ..writable() });
    let mut context = database.write_ctx().await.unwrap();
    context.execute(INSERT, [1]).await.unwrap();
    let late = context.query(ENDLESS, [], |row| row.get::<_, i64>(0)).await;
    assert!(matches!(late, Err(DbError::Deadline(_))), "{late:?}");
    assert!(matches!(context.commit().await, Err(DbError::RolledBack)));
    database.write(|t| Ok(t.execute(INSERT, [2])?)).await.unwrap();
    assert_eq!(rows(&database).await, [2]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_statement_whose_future_is_dropped_calls_the_whole_transaction_off() {
    let test = TestDatabase::new();
    let database = test.open(&writable());
    let mut context = database.write_ctx().await.unwrap();
    context.execute(INSERT, [1]).await.unwrap();
    let (begun, mut has_begun) = mpsc::channel(1);
    tokio::select! {
        _ = context.run(move |t| {
            begun.blocking_send(()).unwrap();
            Ok(t.query_row(ENDLESS, [], |row| row.get::<_, i64>(0))?)
        }) => panic!("it does not end"),
        _ = has_begun.recv() => {}
    }
    let after = context.execute(INSERT, [2]).await;
    assert!(matches!(after, Err(DbError::Cancelled)), "{after:?}");
    assert!(rows(&database).await.is_empty());
    database.write(|t| Ok(t.execute(INSERT, [3])?)).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panic_in_a_context_is_an_error_and_the_writer_goes_on() {
    let test = TestDatabase::new();
    let database = test.open(&writable());
    let mut context = database.write_ctx().await.unwrap();
    context.execute(INSERT, [1]).await.unwrap();
    let panicked: Result<(), _> = context.run(|_| panic!("on purpose")).await;
    assert!(matches!(panicked, Err(DbError::Panicked(text)) if text == "on purpose"));
    database.write(|t| Ok(t.execute(INSERT, [2])?)).await.unwrap();
    assert_eq!(rows(&database).await, [2]);
}

#[tokio::test(flavor = "multi_thread")]
async fn tasks_that_wait_for_the_writer_get_it_in_order() {
    let test = TestDatabase::new();
    let database = test.open(&writable());
    let first = database.write_ctx().await.unwrap();
    let order = Arc::new(parking_lot::Mutex::new(Vec::new()));
    let mut waiting = Vec::new();
    for n in 0..20 {
        let (database, order) = (database.clone(), Arc::clone(&order));
        let mut task = Box::pin(async move {
            if n % 2 == 0 {
                let context = database.write_ctx().await.unwrap();
                order.lock().push(n);
                context.commit().await.unwrap();
            } else {
                let push = move |_: &Transaction<'_>| {
                    order.lock().push(n);
                    Ok(())
                };
                database.write(push).await.unwrap();
            }
        });
        assert!(futures_util::poll!(&mut task).is_pending());
        waiting.push(task);
    }
    drop(first);
    futures_util::future::join_all(waiting).await;
    assert_eq!(*order.lock(), (0..20).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread")]
async fn closing_ends_a_context_that_only_waits() {
    let test = TestDatabase::new();
    let database = test.open(&Options { hold: Duration::from_secs(3600), ..writable() });
    let mut context = database.write_ctx().await.unwrap();
    context.execute(INSERT, [1]).await.unwrap();
    let closing = database.clone();
    tokio::task::spawn_blocking(move || closing.close(Duration::from_millis(20))).await.unwrap();
    assert!(matches!(context.commit().await, Err(DbError::Closed)));
    assert!(rows(&test.open(&writable())).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_of_a_hundred_thousand_rows_holds_a_few_hundred_in_memory() {
    let test = TestDatabase::new();
    let database = test.open(&writable());
    let made = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&made);
    let mut stream = database.stream(move |t, sink| {
        let mut select = t.prepare(
            "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 100000) SELECT x FROM n",
        )?;
        let mut rows = select.query([])?;
        while let Some(row) = rows.next()? {
            counted.fetch_add(1, Ordering::SeqCst);
            sink.send(row.get::<_, i64>(0)?)?;
        }
        Ok(())
    });
    let (mut taken, mut most) = (0, 0);
    while let Some(row) = stream.next().await {
        taken += 1;
        assert_eq!(usize::try_from(row.unwrap()).unwrap(), taken, "in order, none lost");
        most = most.max(made.load(Ordering::SeqCst) - taken);
    }
    assert_eq!(taken, 100_000);
    assert!(most <= 256, "{most} rows were on their way");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_is_one_snapshot_and_a_dropped_one_frees_its_reader() {
    let test = TestDatabase::new();
    let database = test.open(&Options { readers: 1, ..writable() });
    database
        .write(|t| (0..1000).try_for_each(|n| t.execute(INSERT, [n]).map(drop)).map_err(DbError::from))
        .await
        .unwrap();
    let produce = |database: &Database| {
        database.stream(|t, sink| {
            let mut select = t.prepare_cached(SELECT)?;
            let mut rows = select.query([])?;
            while let Some(row) = rows.next()? {
                sink.send(row.get::<_, i64>(0)?)?;
            }
            Ok(())
        })
    };
    let mut stream = produce(&database);
    assert_eq!(stream.next().await.unwrap().unwrap(), 0);
    database.write(|t| Ok(t.execute("DELETE FROM a WHERE b > 10", [])?)).await.unwrap();
    assert_eq!(stream.count().await, 999, "what was there when it began");
    let mut stream = produce(&database);
    stream.next().await.unwrap().unwrap();
    drop(stream);
    assert_eq!(rows(&database).await.len(), 11);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_fails_gives_its_rows_then_the_error_then_nothing() {
    let test = TestDatabase::new();
    let database = test.open(&writable());
    let mut stream = database.stream(|t, sink| {
        sink.send(1)?;
        t.execute_batch("no such statement")?;
        sink.send(2)
    });
    assert!(matches!(stream.next().await, Some(Ok(1))));
    assert!(matches!(stream.next().await, Some(Err(DbError::Sqlite { .. }))));
    assert!(stream.next().await.is_none());
    database.close(Duration::from_secs(1));
    let mut stream = database.stream(|_, sink| sink.send(1));
    assert!(matches!(stream.next().await, Some(Err(DbError::Closed))));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_whose_taker_stands_still_ends_at_the_deadline() {
    let test = TestDatabase::new();
    let database = test.open(&Options { readers: 1, deadline: Some(Duration::from_millis(200)), ..writable() });
    let mut stream = database.stream(|_, sink| (0..100_000).try_for_each(|n| sink.send(n)));
    stream.next().await.unwrap().unwrap();
    // The only reader is free again, although nobody took the rows and nobody dropped the stream.
    while rows_now(&database).await.is_err() {}
    let last = stream.map(Result::err).filter(|error| std::future::ready(error.is_some())).collect::<Vec<_>>().await;
    assert!(matches!(last[..], [Some(DbError::Deadline(_))]), "{last:?}");
}

async fn rows_now(database: &Database) -> Result<i64, DbError> {
    database.read(|t| Ok(t.query_row("SELECT count(*) FROM a", [], |row| row.get(0))?)).await
}
