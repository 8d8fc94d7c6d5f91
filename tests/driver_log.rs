//! The write-ahead log: who copies it into the database, and who does not.

use std::path::{Path, PathBuf};

use crate::support::{
    files::{GRACE, insert, integrity, made, stranger},
    process::Process,
};
use cutover::db::{Access, Checkpoints, Database, Options, Passphrase};
use tempfile::TempDir;

const WAL: &str = "PRAGMA journal_mode = WAL";

/// What a checkpoint would change: the database itself.
fn without_log(file: &Path) -> Vec<u8> {
    // Not while the driver has it open in this process: closing this descriptor would give up its locks.
    let output = std::process::Command::new("cat").arg(file).output().unwrap();
    assert!(output.status.success());
    output.stdout
}

fn with_checkpoints(file: &Path, checkpoints: Checkpoints) -> Database {
    let key = Passphrase::new("k".to_owned()).derive(file).unwrap();
    let options = Options { access: Access::ReadWrite, readers: 1, checkpoints, ..Options::default() };
    Database::open(file, Some(key), &options).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn without_checkpoints_of_ours_the_log_only_grows_and_stays_even_if_we_close_last() {
    let directory = TempDir::new().unwrap();
    let file = made(directory.path(), Some("k"), WAL);
    let before = without_log(&file);
    let database = with_checkpoints(&file, Checkpoints::Never);
    let mut log = 0;
    for _ in 0..40 {
        // Five times as many pages, in all, as after which SQLite would checkpoint by itself.
        database
            .write(|t| {
                for _ in 0..25 {
                    t.execute("INSERT INTO t(b) VALUES (randomblob(15000))", [])?;
                }
                Ok(())
            })
            .await
            .unwrap();
        assert!(database.wal_bytes() > log, "{} after {log}", database.wal_bytes());
        log = database.wal_bytes();
    }
    assert!(log > 4 * 1000 * 4096, "{log}");
    assert_eq!((database.metrics().checkpoints, database.metrics().wal_bytes), (0, log));
    database.close(GRACE);
    assert_eq!(database.wal_bytes(), log, "the log is still there");
    assert!(without_log(&file) == before, "and nothing of it was copied");
    let stranger = stranger(&file, Some("k"));
    let seen: i64 = stranger.query_row("SELECT count(*) FROM t", [], |row| row.get(0)).unwrap();
    assert_eq!((seen, integrity(&stranger).as_str()), (1200, "ok"));
    stranger.close().unwrap();
    assert_eq!(database.wal_bytes(), 0, "the next one who closes last merges it");
}

#[tokio::test(flavor = "multi_thread")]
async fn passive_checkpoints_copy_the_log_into_the_database_once_it_is_large() {
    let directory = TempDir::new().unwrap();
    let file = made(directory.path(), Some("k"), WAL);
    let before = std::fs::metadata(&file).unwrap().len();
    let above = 200_000;
    let database = with_checkpoints(&file, Checkpoints::Passive { above });
    while database.wal_bytes() <= above {
        assert_eq!(database.metrics().checkpoints, 0, "not before it is large");
        assert_eq!(std::fs::metadata(&file).unwrap().len(), before);
        insert(&database).await.unwrap();
    }
    for _ in 0..100 {
        insert(&database).await.unwrap();
    }
    assert!(database.metrics().checkpoints > 0);
    assert!(std::fs::metadata(&file).unwrap().len() > before);
    database.close(GRACE);
    assert_eq!(integrity(&stranger(&file, Some("k"))), "ok");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_passive_checkpoint_that_copied_everything_is_not_repeated_before_the_log_is_large_again() {
    let directory = TempDir::new().unwrap();
    let file = made(directory.path(), Some("k"), WAL);
    let database = with_checkpoints(&file, Checkpoints::Passive { above: 200_000 });
    while database.metrics().checkpoints == 0 {
        insert(&database).await.unwrap();
    }
    for _ in 0..10 {
        insert(&database).await.unwrap();
    }
    assert_eq!(database.metrics().checkpoints, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn passive_checkpoints_are_made_at_close_too() {
    let directory = TempDir::new().unwrap();
    let file = made(directory.path(), Some("k"), WAL);
    let before = without_log(&file);
    let database = with_checkpoints(&file, Checkpoints::Passive { above: 1 << 30 });
    insert(&database).await.unwrap();
    database.close(GRACE);
    assert!(without_log(&file) != before);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_of_a_database_behind_a_link_is_found() {
    let (directory, elsewhere) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let link: PathBuf = elsewhere.path().join("link.db");
    std::os::unix::fs::symlink(made(directory.path(), Some("k"), WAL), &link).unwrap();
    let database = with_checkpoints(&link, Checkpoints::Never);
    insert(&database).await.unwrap();
    assert!(database.wal_bytes() > 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn legacy_s_own_checkpoints_copy_what_we_wrote_and_we_never_do() {
    let script = r"
import sys
from pathlib import Path
from legacy.db.driver import Connection
connection = Connection(Path(sys.argv[1]) / 'x.db', 'k')
print('@ open', flush=True)
for line in sys.stdin:
    for _ in range(60):  # 60 * 25 pages: more than the 1000 after which SQLite checkpoints
        with connection.write_ctx() as cursor:
            cursor.execute('INSERT INTO t(b) VALUES (randomblob(100000))')
    print('@ written', flush=True)
connection.close()
";
    let directory = TempDir::new().unwrap();
    let file = made(directory.path(), Some("k"), WAL);
    let Some(mut python) = Process::python(script, directory.path()) else { return };
    python.says("open");
    let database = with_checkpoints(&file, Checkpoints::Never);
    let before = without_log(&file);
    for _ in 0..60 {
        database
            .write(|t| Ok(t.execute("INSERT INTO t(b) VALUES (randomblob(100000))", []).map(|_| ())?))
            .await
            .unwrap();
    }
    assert!(without_log(&file) == before, "more than 1000 pages, and not one copied by us");
    python.tell("write");
    python.says("written");
    assert!(without_log(&file).len() > before.len() + 6_000_000, "legacy has copied ours as well");
    python.succeeds();
    let log = database.wal_bytes();
    assert!(log > 0, "we were still there when legacy closed");
    database.close(GRACE);
    assert_eq!((database.wal_bytes(), database.metrics().checkpoints), (log, 0));
    let stranger = stranger(&file, Some("k"));
    let seen: i64 = stranger.query_row("SELECT count(*) FROM t", [], |row| row.get(0)).unwrap();
    assert_eq!((seen, integrity(&stranger).as_str()), (320, "ok"));
}
