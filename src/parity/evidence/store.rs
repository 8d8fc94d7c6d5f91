//! What is written, in one transaction each time.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use rusqlite::{Connection, Transaction, TransactionBehavior, params};

use super::{
    EvidenceError, Limits,
    index::{Index, Spot},
    ledger::Unwritten,
    limits::PAGE,
    moment::{to_millis, to_row},
    noted::Sample,
    pack::{self, Head},
};
use crate::files::Claim;

/// In the header of our files ("cutE"), so that no other file is taken for one.
pub(super) const APPLICATION: u32 = 0x6375_7445;
/// The version of what is in them.
pub(super) const VERSION: u32 = 1;

/// How long a transaction waits for a reader.
const PATIENCE: Duration = Duration::from_millis(500);
/// Pages that are free for what comes next, and not given back.
const SPARE: i64 = 256;

const TABLES: &str = "
    CREATE TABLE route (name TEXT PRIMARY KEY, since INTEGER NOT NULL, counts TEXT NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE place (
        route TEXT NOT NULL, noise INTEGER NOT NULL, kind TEXT NOT NULL, path TEXT NOT NULL,
        count INTEGER NOT NULL, last INTEGER NOT NULL,
        PRIMARY KEY (route, noise, kind, path)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE sample (
        id INTEGER PRIMARY KEY, route TEXT NOT NULL, noise INTEGER NOT NULL, kind TEXT NOT NULL, path TEXT NOT NULL,
        mode TEXT NOT NULL, at INTEGER NOT NULL, verdict TEXT NOT NULL, method TEXT NOT NULL, target TEXT NOT NULL,
        bytes INTEGER NOT NULL, head TEXT NOT NULL, request BLOB NOT NULL, expected BLOB, actual BLOB
    ) STRICT;";

/// Came later: a file that has it not is made to.
const ROLLOUT: &str =
    "CREATE TABLE IF NOT EXISTS rollout (route TEXT PRIMARY KEY, evidence TEXT NOT NULL) STRICT, WITHOUT ROWID";

/// A connection that writes, and the file behind it, if there is one.
pub(super) struct Store {
    pub(super) connection: Connection,
    file: Option<(PathBuf, Claim)>,
}

/// A sample as it is written.
pub(super) struct Row {
    pub(super) id: i64,
    pub(super) spot: Spot,
    pub(super) bytes: u64,
    pub(super) packed: Packed,
}

/// A sample without its number.
pub(super) struct Packed {
    mode: &'static str,
    at: i64,
    verdict: &'static str,
    method: String,
    target: String,
    head: String,
    request: Vec<u8>,
    expected: Option<Vec<u8>>,
    actual: Option<Vec<u8>>,
}

/// What one transaction changes.
#[derive(Default)]
pub(super) struct Batch {
    /// Forget all counts first: they are all in `counts`.
    pub(super) all_counts: bool,
    pub(super) forgotten: BTreeSet<Arc<str>>,
    pub(super) counts: Vec<Unwritten>,
    pub(super) gone: Vec<i64>,
    pub(super) samples: Vec<Row>,
    pub(super) rollouts: BTreeMap<String, String>,
}

impl Packed {
    pub(super) fn new(sample: &Sample) -> Result<Self, serde_json::Error> {
        let exchange = &sample.exchange;
        Ok(Self {
            mode: exchange.mode.as_str(),
            at: to_millis(exchange.at),
            verdict: sample.verdict.as_str(),
            method: exchange.request.method.clone(),
            target: exchange.request.target.clone(),
            head: serde_json::to_string(&Head::new(&sample.verdict, exchange))?,
            request: pack::body(&exchange.request.body),
            expected: exchange.expected.as_ref().map(|answer| pack::body(&answer.body)),
            actual: exchange.actual.as_ref().map(|answer| pack::body(&answer.body)),
        })
    }

    /// Bytes it takes in the file, with some for the row itself.
    pub(super) fn bytes(&self, (route, place): &Spot) -> u64 {
        let text = route.len() + place.path.len() + self.method.len() + self.target.len() + self.head.len();
        let bodies = [Some(&self.request), self.expected.as_ref(), self.actual.as_ref()];
        (200 + text + bodies.into_iter().flatten().map(Vec::len).sum::<usize>()) as u64
    }
}

/// Makes the tables, if they are not there.
///
/// A journal that is rolled back, and no write-ahead log: the file is written once a second at most, a reader that stands
/// still makes no log grow, and between two transactions it is one file that anyone can read or copy.
pub(super) fn set_up(connection: &mut Connection) -> Result<(), EvidenceError> {
    let failed = EvidenceError::sqlite("setting up the file");
    let set_up = |connection: &mut Connection| {
        connection.busy_timeout(PATIENCE)?;
        connection.execute_batch(&format!("PRAGMA page_size = {PAGE}; PRAGMA auto_vacuum = INCREMENTAL"))?;
        connection.pragma_update_and_check(None, "journal_mode", "DELETE", |_| Ok(()))?;
        // What is forgotten is not to be found in free pages.
        connection.pragma_update_and_check(None, "secure_delete", "ON", |_| Ok(()))?;
        connection
            .execute_batch("PRAGMA synchronous = FULL; PRAGMA temp_store = MEMORY; PRAGMA trusted_schema = OFF")?;
        let begun: u32 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
        if begun == 0 {
            let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            transaction.execute_batch(TABLES)?;
            transaction.pragma_update(None, "application_id", APPLICATION)?;
            transaction.pragma_update(None, "user_version", VERSION)?;
            transaction.commit()?;
        }
        connection.execute_batch(ROLLOUT)
    };
    set_up(connection).map_err(failed)
}

/// Brings the samples of a file within the bounds, which may have been larger when it was written, and has `SQLite` see to
/// it that the file stays so.
pub(super) fn trim(connection: &mut Connection, index: &mut Index, limits: &Limits) -> Result<(), EvidenceError> {
    let batch = Batch { gone: index.trim(limits).into_iter().map(|(_, id)| id).collect(), ..Batch::default() };
    let trim = |connection: &mut Connection| {
        if !batch.gone.is_empty() {
            write(connection, &batch)?;
        }
        connection.pragma_update_and_check(None, "max_page_count", limits.pages(), |_| Ok(()))
    };
    trim(connection).map_err(EvidenceError::sqlite("trimming the file"))
}

impl Store {
    pub(super) fn new(connection: Connection, file: Option<(PathBuf, Claim)>) -> Self {
        Self { connection, file }
    }

    /// One in memory, for samples alone. The counts are in memory anyway.
    pub(super) fn in_memory(limits: &Limits) -> Result<Self, EvidenceError> {
        crate::db::set_up_library();
        let mut connection = Connection::open_in_memory().map_err(EvidenceError::sqlite("opening memory"))?;
        set_up(&mut connection)?;
        trim(&mut connection, &mut Index::default(), limits)?;
        Ok(Self::new(connection, None))
    }

    pub(super) fn path(&self) -> Option<&Path> {
        self.file.as_ref().map(|(path, _)| path.as_path())
    }

    /// Writes all of it or nothing.
    pub(super) fn write(&mut self, batch: &Batch) -> Result<(), EvidenceError> {
        write(&mut self.connection, batch).map_err(EvidenceError::sqlite("writing evidence"))
    }
}

fn write(connection: &mut Connection, batch: &Batch) -> rusqlite::Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // What goes goes first, so that what comes finds its pages.
    for route in &batch.forgotten {
        for table in ["DELETE FROM route WHERE name = ?", "DELETE FROM place WHERE route = ?"] {
            transaction.execute(table, [route])?;
        }
        transaction.execute("DELETE FROM sample WHERE route = ?", [route])?;
    }
    if batch.all_counts {
        transaction.execute_batch("DELETE FROM route; DELETE FROM place")?;
    }
    for id in &batch.gone {
        transaction.execute("DELETE FROM sample WHERE id = ?", [id])?;
    }
    batch.counts.iter().try_for_each(|unwritten| counts(&transaction, unwritten))?;
    batch.samples.iter().try_for_each(|row| sample(&transaction, row))?;
    for (route, evidence) in &batch.rollouts {
        transaction
            .prepare_cached("INSERT OR REPLACE INTO rollout VALUES (?, ?)")?
            .execute(params![route, evidence])?;
    }
    let free: i64 = transaction.query_row("PRAGMA freelist_count", [], |row| row.get(0))?;
    if free > SPARE {
        transaction.pragma_query(None, "incremental_vacuum", |_| Ok(()))?;
    }
    transaction.commit()
}

fn counts(transaction: &Transaction<'_>, Unwritten { route, changes, .. }: &Unwritten) -> rusqlite::Result<()> {
    let counts = serde_json::to_string(&changes.counts)
        .map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))?;
    transaction.prepare_cached("INSERT OR REPLACE INTO route VALUES (?, ?, ?)")?.execute(params![
        route,
        to_millis(changes.since),
        counts
    ])?;
    let mut insert = transaction.prepare_cached("INSERT OR REPLACE INTO place VALUES (?, ?, ?, ?, ?, ?)")?;
    for (place, count, last) in &changes.places {
        insert.execute(params![route, place.noise, place.kind, place.path, to_row(*count), to_millis(*last)])?;
    }
    Ok(())
}

fn sample(transaction: &Transaction<'_>, row: &Row) -> rusqlite::Result<()> {
    let Row { id, spot: (route, place), bytes, packed } = row;
    transaction
        .prepare_cached("INSERT INTO sample VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")?
        .execute(params![
            id,
            route,
            place.noise,
            place.kind,
            place.path,
            packed.mode,
            packed.at,
            packed.verdict,
            packed.method,
            packed.target,
            to_row(*bytes),
            packed.head,
            packed.request,
            packed.expected,
            packed.actual,
        ])
        .map(drop)
}
