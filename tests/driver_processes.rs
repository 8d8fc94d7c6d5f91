//! Two processes on one database file, and the end of either in the middle of its work.

use std::path::Path;

use crate::support::{
    eventually,
    files::{GRACE, insert, integrity, made, open, rows, stranger},
    process::{self, Process},
};
use cutover::db::{Access, Checkpoints, Database, DbError, Options, Passphrase, Transaction, holders};
use rand::{RngExt, SeedableRng, rngs::StdRng};
use rusqlite::Connection;
use tempfile::TempDir;

const WAL: &str = "PRAGMA journal_mode = WAL";

/// Writes of all rounds together.
const WRITES: i64 = 10_000;
const ROUNDS: usize = 20;

/// Rows of each of two processes, rows of a transaction, and tasks of ours.
const ROWS: i64 = 20_000;
const BATCH: i64 = 10;
const TASKS: i64 = 4;

#[tokio::test(flavor = "multi_thread")]
async fn of_a_legacy_killed_in_the_middle_of_a_write_nothing_is_left_and_our_write_goes_on() {
    let script = r"
import sys
from pathlib import Path
from legacy.db.driver import Connection
connection = Connection(Path(sys.argv[1]) / 'x.db', 'k')
with connection.write_ctx() as cursor:
    cursor.execute('PRAGMA cache_size = 10')  # most of it is in the log before the commit
    cursor.executemany('INSERT INTO t(b) VALUES (randomblob(?))', [(5000,)] * 500)
    print('@ in the middle', flush=True)
    sys.stdin.read()
";
    let directory = TempDir::new().unwrap();
    let file = made(directory.path(), Some("k"), WAL);
    let database = open(&file, Some("k"), Access::ReadWrite).unwrap();
    for round in 0..4 {
        let Some(mut python) = Process::python(script, directory.path()) else { return };
        python.says("in the middle");
        assert!(database.wal_bytes() > 2_000_000);
        let (before, waits) = (rows(&database).await.unwrap(), database.metrics().lock_waits);
        if round % 2 == 0 {
            // Our write waits for the lock when its holder dies.
            let writing = tokio::spawn({
                let database = database.clone();
                async move { insert(&database).await }
            });
            eventually("our write waits", || async { (database.metrics().lock_waits > waits).then_some(()) }).await;
            python.kill();
            writing.await.unwrap().unwrap();
        } else {
            python.kill();
            insert(&database).await.unwrap();
        }
        assert_eq!((before, rows(&database).await.unwrap()), (200 + round, 201 + round));
        assert_eq!(integrity(&stranger(&file, Some("k"))), "ok");
    }
    database.close(GRACE);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_our_writes_none_that_was_acknowledged_is_lost_when_we_are_killed() {
    let seed: u64 = rand::random();
    eprintln!("seed {seed}");
    let mut random = StdRng::seed_from_u64(seed);
    // What a killed process has written is the kernel's, disk or not; in memory ten thousand commits take less long.
    let memory = Path::new("/dev/shm");
    let directory = if memory.is_dir() { TempDir::new_in(memory) } else { TempDir::new() }.unwrap();
    let tables = "CREATE TABLE w(id INTEGER PRIMARY KEY, b BLOB); CREATE TABLE twin(id INTEGER PRIMARY KEY)";
    let file = made(directory.path(), Some("k"), &format!("{WAL}; {tables}"));
    let mut written = 0;
    for round in 0..ROUNDS {
        let mut child = Process::test("driver_processes::writing_until_killed", &[], directory.path());
        let mut acknowledged = written;
        let left = i64::try_from(ROUNDS - round).unwrap();
        let until = written + random.random_range(0..=2 * (WRITES - written) / left).min(WRITES - 1 - written);
        child.says("open");
        while acknowledged < until {
            acknowledged = child.next().unwrap().parse().unwrap();
        }
        child.kill();
        // What it said before it died, and nobody had read.
        while let Some(line) = child.next() {
            acknowledged = line.parse().unwrap();
        }
        // By turns: the driver finds what its own predecessor left, or another one tidies up first.
        let seen = if round % 2 == 0 {
            let database = open(&file, Some("k"), Access::ReadOnly).unwrap();
            let seen = database.read(|t| Ok(state(t))).await.unwrap();
            database.close(GRACE);
            seen
        } else {
            state(&stranger(&file, Some("k")))
        };
        // At most the one write that was on its way to us.
        assert!(
            seen.last == acknowledged || seen.last == acknowledged + 1,
            "seed {seed}, round {round}: {acknowledged} acknowledged, and {seen:?}"
        );
        assert_eq!(seen, State::whole(seen.last), "seed {seed}, round {round}");
        written = seen.last;
    }
    Process::test("driver_processes::writing_until_killed", &[], directory.path()).succeeds();
    assert_eq!(state(&stranger(&file, Some("k"))), State::whole(WRITES), "seed {seed}");
}

/// What is in the file.
#[derive(Debug, PartialEq)]
struct State {
    last: i64,
    rows: i64,
    twins: i64,
    last_twin: i64,
    integrity: String,
}

impl State {
    fn whole(last: i64) -> Self {
        Self { last, rows: last, twins: last, last_twin: last, integrity: "ok".to_owned() }
    }
}

fn state(connection: &Connection) -> State {
    let number = |sql: &str| connection.query_row(sql, [], |row| row.get(0)).unwrap();
    State {
        last: number("SELECT coalesce(max(id), 0) FROM w"),
        rows: number("SELECT count(*) FROM w"),
        twins: number("SELECT count(*) FROM twin"),
        last_twin: number("SELECT coalesce(max(id), 0) FROM twin"),
        integrity: integrity(connection),
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "run by of_our_writes_none_that_was_acknowledged_is_lost_when_we_are_killed"]
async fn writing_until_killed() {
    let Some(directory) = process::directory() else { return };
    let file = directory.join("x.db");
    let key = Passphrase::new("k".to_owned()).derive(&file).unwrap();
    // Small enough for the end to come in the middle of a checkpoint, too.
    let checkpoints = Checkpoints::Passive { above: 500_000 };
    let options = Options { access: Access::ReadWrite, readers: 1, checkpoints, ..Options::default() };
    let database = Database::open(&file, Some(key), &options).unwrap();
    let last = database.read(|t| Ok(state(t).last)).await.unwrap();
    process::say("open");
    for id in last + 1..=WRITES {
        database
            .write(move |t| {
                t.prepare_cached("INSERT INTO w VALUES (?, randomblob(100))")?.execute([id])?;
                t.prepare_cached("INSERT INTO twin VALUES (?)")?.execute([id])?;
                Ok(())
            })
            .await
            .unwrap();
        process::say(&id.to_string());
    }
}

/// As legacy writes: a deferred transaction that reads before it writes, given up on `database is locked`. Then the
/// user tries again.
const LEGACY: &str = r"
import sys, time
from pathlib import Path
from legacy.db.driver import Connection, OperationalError
connection = Connection(Path(sys.argv[1]) / 'x.db', 'k')
print('@ ready', flush=True)
sys.stdin.readline()
locked = failed = longest = 0
for first in range(0, 20000, 10):
    before = locked
    while True:
        began = time.monotonic()
        try:
            with connection.write_ctx() as cursor:
                cursor.execute('SELECT count(*), max(id) FROM w WHERE who = 0').fetchone()
                for id in range(first, first + 10):
                    cursor.execute('INSERT INTO w VALUES (0, ?)', (id,))
            break
        except OperationalError as error:
            assert str(error) == 'database is locked', error
            locked += 1
        finally:
            longest = max(longest, time.monotonic() - began)
    failed += locked > before
print(f'@ {locked} times, in {failed} of 2000 batches, and waited {longest:.1f} s at the longest', flush=True)
connection.close()
";

fn batch(transaction: &Transaction<'_>, task: i64, first: i64) -> Result<(), DbError> {
    let mut insert = transaction.prepare_cached("INSERT INTO w VALUES (?, ?)")?;
    for id in first..first + BATCH {
        insert.execute([task, id])?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn legacy_and_we_write_to_one_file_at_once_and_nothing_is_lost_on_either_side() {
    let directory = TempDir::new().unwrap();
    let table = "CREATE TABLE w(who INTEGER, id INTEGER, PRIMARY KEY (who, id)) WITHOUT ROWID";
    let file = made(directory.path(), Some("k"), &format!("{WAL}; {table}"));
    let Some(mut python) = Process::python(LEGACY, directory.path()) else { return };
    python.says("ready");
    let database = open(&file, Some("k"), Access::ReadWrite).unwrap();
    python.tell("go");
    let tasks: Vec<_> = (1..=TASKS)
        .map(|task| {
            let database = database.clone();
            tokio::spawn(async move {
                for number in 0..ROWS / TASKS / BATCH {
                    let first = number * BATCH;
                    // Neither a lock held by legacy nor anything else ever reaches us.
                    if number % 50 == task {
                        let mut context = database.write_ctx().await.unwrap();
                        context.run(move |t| batch(t, task, first)).await.unwrap();
                        tokio::task::yield_now().await;
                        context.commit().await.unwrap();
                    } else {
                        database.write(move |t| batch(t, task, first)).await.unwrap();
                    }
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    let locked = python.next().unwrap();
    python.succeeds();
    let waits = database.metrics().lock_waits;
    eprintln!("legacy met `database is locked` {locked}; we looked {waits} times at a taken lock");
    assert!(waits > 0, "there was no contention, and so no test");
    database.close(GRACE);
    let ours = (1..=TASKS).map(|task| (task, ROWS / TASKS, ROWS / TASKS - 1));
    assert_eq!(kept(&file), std::iter::once((0, ROWS, ROWS - 1)).chain(ours).collect::<Vec<_>>());
}

/// Per writer: how many rows, and the last; their numbers are unique and begin at 0.
fn kept(file: &Path) -> Vec<(i64, i64, i64)> {
    let connection = stranger(file, Some("k"));
    assert_eq!(integrity(&connection), "ok");
    let mut select = connection.prepare("SELECT who, count(*), max(id) FROM w GROUP BY who ORDER BY who").unwrap();
    select.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).unwrap().map(Result::unwrap).collect()
}

#[test]
fn whoever_can_not_see_all_processes_takes_it_that_others_have_the_database_open() {
    let directory = TempDir::new().unwrap();
    let file = made(directory.path(), Some("k"), WAL);
    let open = stranger(&file, Some("k"));
    integrity(&open);
    process::without_others("driver_processes::in_a_container_of_its_own", directory.path());
}

#[test]
#[ignore = "run by whoever_can_not_see_all_processes_takes_it_that_others_have_the_database_open"]
fn in_a_container_of_its_own() {
    let Some(directory) = process::directory() else { return };
    assert!(holders::others_have_it_open(&directory.join("x.db")));
}
