//! What a reading connection remembers: exactly as long as nobody has committed, whoever that is.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use crate::support::{
    database::TestDatabase,
    files::{GRACE, insert, made, open, stranger},
    process::Process,
};
use cutover::db::{Access, Database, DbError, Options};
use rand::{RngExt, SeedableRng, rngs::StdRng};
use tempfile::TempDir;

const COUNT: &str = "SELECT count(*) FROM a";

/// Asks for what is remembered, and counts how often it had to be found.
struct Asking {
    database: Database,
    found: Arc<AtomicUsize>,
}

impl Asking {
    fn of(database: Database) -> Self {
        Self { database, found: Arc::default() }
    }

    /// The number that a query gives, as remembered, and as a query of the same transaction gives it.
    async fn ask(&self, query: &'static str) -> (i64, i64) {
        let found = Arc::clone(&self.found);
        let read = self.database.read(move |transaction| {
            let query_it = || Ok::<i64, DbError>(transaction.query_row(query, [], |row| row.get(0))?);
            let remembered = transaction.remembered(query, || {
                found.fetch_add(1, Ordering::Relaxed);
                query_it()
            })?;
            Ok((remembered, query_it()?))
        });
        read.await.unwrap()
    }

    /// How often something was found since this was asked last.
    fn found(&self) -> usize {
        self.found.swap(0, Ordering::Relaxed)
    }
}

fn one_reader(access: Access) -> Options {
    Options { access, readers: 1, ..Options::default() }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_read_again_until_somebody_commits() {
    let file = TestDatabase::new();
    let asking = Asking::of(file.open(&one_reader(Access::ReadWrite)));
    for _ in 0..3 {
        assert_eq!(asking.ask(COUNT).await, (0, 0));
    }
    assert_eq!(asking.found(), 1);

    let other = file.stranger();
    other.execute("INSERT INTO a VALUES (1)", []).unwrap();
    assert_eq!((asking.ask(COUNT).await, asking.ask(COUNT).await, asking.found()), ((1, 1), (1, 1), 1), "a stranger's");

    let write = asking.database.write(|t| Ok(t.execute("INSERT INTO a VALUES (2)", [])?));
    write.await.unwrap();
    assert_eq!(
        (asking.ask(COUNT).await, asking.ask(COUNT).await, asking.found()),
        ((2, 2), (2, 2), 1),
        "the driver's own"
    );

    // Another table's rows count as well: nobody looks at what was changed.
    other.execute("INSERT INTO child VALUES (1)", []).unwrap();
    assert_eq!((asking.ask(COUNT).await, asking.found()), ((2, 2), 1));
    other.execute_batch("CREATE INDEX ab ON a(b); PRAGMA user_version = 7").unwrap();
    assert_eq!((asking.ask("PRAGMA user_version").await, asking.ask(COUNT).await), ((7, 7), (2, 2)));
    other.execute_batch("DELETE FROM child; DELETE FROM a; VACUUM").unwrap();
    assert_eq!(asking.ask(COUNT).await, (0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_committed_is_neither_seen_nor_remembered() {
    let file = TestDatabase::new();
    let asking = Asking::of(file.open(&one_reader(Access::ReadWrite)));
    asking.ask(COUNT).await;
    let other = file.stranger();
    other.execute_batch("BEGIN IMMEDIATE; INSERT INTO a VALUES (1), (2)").unwrap();
    assert_eq!(asking.ask(COUNT).await, (0, 0));
    other.execute_batch("ROLLBACK").unwrap();
    assert_eq!((asking.ask(COUNT).await, asking.found()), ((0, 0), 1));

    // A write sees its own rows, and asks for them every time.
    let found = Arc::clone(&asking.found);
    let counts = asking.database.write(move |transaction| {
        let mut counts = Vec::new();
        for value in 1..=2 {
            transaction.execute("INSERT INTO a VALUES (?)", [value])?;
            counts.push(transaction.remembered(COUNT, || {
                found.fetch_add(1, Ordering::Relaxed);
                Ok::<i64, DbError>(transaction.query_row(COUNT, [], |row| row.get(0))?)
            })?);
        }
        transaction.set_rollback_only();
        Ok(counts)
    });
    assert_eq!((counts.await.unwrap(), asking.found()), (vec![1, 2], 2));
    assert_eq!(asking.ask(COUNT).await, (0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_is_not_remembered() {
    let file = TestDatabase::new();
    let database = file.open(&one_reader(Access::ReadOnly));
    let ask = |outcome: Result<i64, ()>| {
        database.read(move |t| t.remembered("key", || outcome.map_err(|()| DbError::RolledBack)))
    };
    assert!(matches!(ask(Err(())).await, Err(DbError::RolledBack)));
    assert_eq!((ask(Ok(1)).await.unwrap(), ask(Ok(2)).await.unwrap()), (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_another_process_commits_is_seen_at_once_in_every_mode_of_the_journal() {
    let script = r"
import sys
from pathlib import Path
from legacy.db.driver import Connection
connection = Connection(Path(sys.argv[1]) / 'x.db', 'k')
connection._raw.execute(sys.stdin.readline().strip()).fetchone()
print('@ ready', flush=True)
for _ in sys.stdin:
    with connection.write_ctx() as cursor:
        cursor.execute('INSERT INTO t(b) VALUES (randomblob(500))')
    print('@ committed', flush=True)
";
    for journal in ["PRAGMA journal_mode = WAL", "PRAGMA journal_mode = DELETE"] {
        let directory = TempDir::new().unwrap();
        let file = made(directory.path(), Some("k"), journal);
        let Some(mut python) = Process::python(script, directory.path()) else { return };
        // Legacy's driver would have set its own.
        python.tell(journal);
        python.says("ready");
        let asking = Asking::of(open(&file, Some("k"), Access::ReadWrite).unwrap());
        let mut rows = 200;
        for round in 0..30 {
            match round % 3 {
                0 => insert(&asking.database).await.unwrap(),
                _ => {
                    python.tell("write");
                    python.says("committed");
                }
            }
            rows += 1;
            for _ in 0..4 {
                assert_eq!(asking.ask("SELECT count(*) FROM t").await, (rows, rows), "{journal}");
            }
        }
        // Two readers, 30 commits.
        assert!((30..=60).contains(&asking.found()), "{journal}");
        python.kill();
        asking.database.close(GRACE);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_writes_in_whatever_order_what_is_remembered_is_what_is_there() {
    let seed: u64 = rand::random();
    eprintln!("seed {seed}");
    let mut random = StdRng::seed_from_u64(seed);
    let directory = TempDir::new().unwrap();
    let file = made(directory.path(), None, "PRAGMA journal_mode = WAL");
    let asking = Asking::of(open(&file, None, Access::ReadWrite).unwrap());
    let strangers = [stranger(&file, None), stranger(&file, None)];
    let queries = ["SELECT count(*) FROM t", "SELECT sum(length(b)) FROM t", "SELECT max(n) FROM t"];
    for _ in 0..2_000 {
        let who = &strangers[random.random_range(0..2)];
        match random.random_range(0..12) {
            0 => drop(who.execute("INSERT INTO t(b) VALUES (randomblob(9))", []).unwrap()),
            1 => drop(who.execute("DELETE FROM t WHERE n = (SELECT max(n) FROM t)", []).unwrap()),
            2 => insert(&asking.database).await.unwrap(),
            3 => who.execute_batch("BEGIN; UPDATE t SET b = randomblob(7) WHERE n % 7 = 1; COMMIT").unwrap(),
            4 => who.execute_batch("BEGIN; DELETE FROM t; ROLLBACK").unwrap(),
            5 => drop(who.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))),
            _ => {
                let (remembered, there) = asking.ask(queries[random.random_range(0..3)]).await;
                assert_eq!(remembered, there);
            }
        }
    }
    assert!(asking.found() > 100);
}
