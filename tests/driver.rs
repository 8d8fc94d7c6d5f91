//! The database driver on real SQLCipher files.

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use cutover::db::{Database, DbError, Options, Passphrase, RawKey};
use rusqlite::Connection;
use tempfile::TempDir;

/// A statement that does not end within anyone's patience.
const ENDLESS: &str = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n";

fn encrypted(directory: &Path, passphrase: &str) -> PathBuf {
    let file = directory.join("x.db");
    let connection = Connection::open(&file).unwrap();
    connection.execute_batch(&format!("PRAGMA key = '{}'", passphrase.replace('\'', "''"))).unwrap();
    connection
        .execute_batch("PRAGMA journal_mode = WAL; CREATE TABLE t(n INTEGER); INSERT INTO t VALUES (1), (2), (3)")
        .unwrap();
    file
}

fn key(passphrase: &str, file: &Path) -> RawKey {
    Passphrase::new(passphrase.to_owned()).derive(file).unwrap()
}

fn options(readers: usize, deadline: Option<Duration>) -> Options {
    Options { readers, deadline, ..Options::default() }
}

async fn count(database: &Database) -> Result<i64, DbError> {
    database.read(|t| Ok(t.query_row("SELECT count(*) FROM t", [], |row| row.get(0))?)).await
}

fn descriptors(part: &Path) -> usize {
    let part = part.display().to_string();
    std::fs::read_dir("/proc/self/fd")
        .unwrap()
        .filter_map(|entry| std::fs::read_link(entry.ok()?.path()).ok())
        .filter(|path| path.display().to_string().starts_with(&part))
        .count()
}

#[tokio::test(flavor = "multi_thread")]
async fn passphrases_of_every_kind_open_with_the_key_derived_once() {
    let raw = format!("x'{}'", "0f".repeat(32));
    let long = "ä".repeat(200);
    for passphrase in ["p'w 1", "\"quoted\"; --", "пароль 密码", raw.as_str(), long.as_str()] {
        let directory = TempDir::new().unwrap();
        let file = encrypted(directory.path(), passphrase);
        let database = Database::open(&file, Some(key(passphrase, &file)), &options(2, None)).unwrap();
        assert_eq!(count(&database).await.unwrap(), 3, "{passphrase}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_key_a_missing_file_and_no_database_are_told_apart() {
    let directory = TempDir::new().unwrap();
    let file = encrypted(directory.path(), "right");
    let open = |file: &Path, key: Option<RawKey>| Database::open(file, key, &options(1, None)).unwrap_err();
    let wrong = Passphrase::new("wrong".to_owned()).derive(&file).unwrap_err();
    assert!(matches!(wrong, DbError::WrongKey(_)), "{wrong}");
    assert!(matches!(open(&file, None), DbError::Encrypted(_)), "an encrypted file without a key");
    assert!(matches!(open(&directory.path().join("none"), None), DbError::File { .. }));
    let text = directory.path().join("text");
    std::fs::write(
        &text,
        "this is no database at all, but long enough to hold a header of one hundred bytes, which it does now, surely.",
    )
    .unwrap();
    assert!(matches!(open(&text, None), DbError::NotADatabase(_)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fast_read_does_not_wait_behind_a_slow_one() {
    let directory = TempDir::new().unwrap();
    let file = encrypted(directory.path(), "k");
    let database = Database::open(&file, Some(key("k", &file)), &options(2, None)).unwrap();
    let slow = tokio::spawn({
        let database = database.clone();
        async move { database.read(|t| Ok(t.query_row(ENDLESS, [], |row| row.get::<_, i64>(0))?)).await }
    });
    for _ in 0..20 {
        assert_eq!(count(&database).await.unwrap(), 3);
    }
    slow.abort();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dropped_read_is_interrupted_and_its_reader_is_free_again() {
    let directory = TempDir::new().unwrap();
    let file = encrypted(directory.path(), "k");
    let database = Database::open(&file, Some(key("k", &file)), &options(1, None)).unwrap();
    let (begun, mut has_begun) = tokio::sync::mpsc::channel(1);
    let slow = tokio::spawn({
        let database = database.clone();
        async move {
            database
                .read(move |t| {
                    begun.blocking_send(()).unwrap();
                    Ok(t.query_row(ENDLESS, [], |row| row.get::<_, i64>(0))?)
                })
                .await
        }
    });
    has_begun.recv().await.unwrap();
    slow.abort();
    assert_eq!(count(&database).await.unwrap(), 3, "the only reader answers again");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_past_its_deadline_is_interrupted() {
    let directory = TempDir::new().unwrap();
    let file = encrypted(directory.path(), "k");
    let database = Database::open(&file, Some(key("k", &file)), &options(1, Some(Duration::from_millis(100)))).unwrap();
    let endless = database.read(|t| Ok(t.query_row(ENDLESS, [], |row| row.get::<_, i64>(0))?)).await;
    assert!(matches!(endless, Err(DbError::Deadline(_))), "{endless:?}");
    assert_eq!(count(&database).await.unwrap(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panic_in_a_read_is_an_error_and_the_reader_goes_on() {
    let directory = TempDir::new().unwrap();
    let file = encrypted(directory.path(), "k");
    let database = Database::open(&file, Some(key("k", &file)), &options(1, None)).unwrap();
    let panicked: Result<(), DbError> = database.read(|_| panic!("a fault of ours")).await;
    assert!(matches!(panicked, Err(DbError::Panicked(text)) if text == "a fault of ours"));
    assert_eq!(count(&database).await.unwrap(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_inside_one_read_sees_one_snapshot() {
    let directory = TempDir::new().unwrap();
    let file = encrypted(directory.path(), "k");
    let database = Database::open(&file, Some(key("k", &file)), &options(1, None)).unwrap();
    let writer = Connection::open(&file).unwrap();
    writer.execute_batch("PRAGMA key = 'k'").unwrap();
    let both = database
        .read(move |t| {
            let of = |t: &cutover::db::Transaction<'_>| {
                t.query_row("SELECT count(*) FROM t", [], |row| row.get::<_, i64>(0))
            };
            let before = of(t)?;
            writer.execute("INSERT INTO t VALUES (4)", [])?;
            Ok((before, of(t)?))
        })
        .await
        .unwrap();
    assert_eq!(both, (3, 3));
    assert_eq!(count(&database).await.unwrap(), 4, "the next read sees the commit");
}

#[tokio::test(flavor = "multi_thread")]
async fn closing_interrupts_what_runs_and_leaves_no_descriptor() {
    let directory = TempDir::new().unwrap();
    let file = encrypted(directory.path(), "k");
    let database = Database::open(&file, Some(key("k", &file)), &options(3, None)).unwrap();
    assert!(descriptors(directory.path()) >= 3);
    let ended = Arc::new(AtomicUsize::new(0));
    let (begun, mut has_begun) = tokio::sync::mpsc::channel(1);
    let slow = tokio::spawn({
        let (database, ended) = (database.clone(), Arc::clone(&ended));
        async move {
            let read = database.read(move |t| {
                begun.blocking_send(()).unwrap();
                Ok(t.query_row(ENDLESS, [], |row| row.get::<_, i64>(0))?)
            });
            assert!(read.await.is_err());
            ended.fetch_add(1, Ordering::SeqCst);
        }
    });
    has_begun.recv().await.unwrap();
    let closing = database.clone();
    tokio::task::spawn_blocking(move || closing.close(Duration::from_millis(50))).await.unwrap();
    assert_eq!(descriptors(directory.path()), 0);
    slow.await.unwrap();
    assert_eq!(ended.load(Ordering::SeqCst), 1);
    assert!(matches!(count(&database).await, Err(DbError::Closed)));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answered_read_is_not_interrupted_in_its_rollback() {
    let directory = TempDir::new().unwrap();
    let file = encrypted(directory.path(), "k");
    let database = Database::open(&file, Some(key("k", &file)), &options(2, None)).unwrap();
    // Many callers whose recall is dropped the moment their answer is there: a reader left inside a transaction would
    // refuse to begin the next one.
    let asking: Vec<_> = (0..16)
        .map(|_| {
            let database = database.clone();
            tokio::spawn(async move {
                for _ in 0..500 {
                    count(&database).await.unwrap();
                }
            })
        })
        .collect();
    for task in asking {
        task.await.unwrap();
    }
    // No reader holds a snapshot: the log can be written back whole.
    let writer = Connection::open(&file).unwrap();
    writer.execute_batch("PRAGMA key = 'k'; INSERT INTO t VALUES (9)").unwrap();
    let busy: i64 = writer.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0)).unwrap();
    assert_eq!(busy, 0);
}
