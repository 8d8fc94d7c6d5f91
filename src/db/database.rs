//! A database: what tasks hold, and ask.

use std::{
    fmt,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    time::{Duration, Instant, SystemTime},
};

use arc_swap::ArcSwapOption;
use parking_lot::Mutex;
use tokio::sync::oneshot;

use super::{
    Access, DbError, Metrics, Options, RawKey, Rows, Sink, Transaction, WriteContext,
    context::{self, Inbox},
    metrics::{Meter, Role},
    pool::Pool,
    queue::{UnderWay, Unqueued},
    reading, registry,
    seat::Seat,
    stream,
    task::{Task, Work},
    ticket::{Recall, RecallOnDrop, Ticket},
    wal, writing,
};

/// An open database. Cheap to clone.
///
/// The files are let go of by [`Database::close`]. Dropping the last clone does it too, without a grace: what still runs
/// is interrupted, and waited for.
#[derive(Clone)]
pub struct Database {
    shared: Arc<Shared>,
}

struct Shared {
    path: PathBuf,
    options: Options,
    meter: Arc<Meter>,
    /// None while it is closed.
    pool: ArcSwapOption<Pool>,
    /// Held by whoever opens or closes.
    changing: Mutex<()>,
    /// Whether [`Database::first_remark`] was asked.
    remarked: AtomicBool,
    /// One more connection, opened when the data version is asked for: a version means something on one connection alone.
    watch: Mutex<Option<Database>>,
    /// Which opening of a database in this process it is.
    opening: u32,
}

/// Openings so far.
static OPENINGS: AtomicU32 = AtomicU32::new(1);

/// A job that was queued, as its caller holds it.
struct Asked {
    ticket: RecallOnDrop,
    under_way: UnderWay,
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Database").field("path", &self.shared.path).finish_non_exhaustive()
    }
}

impl Database {
    /// Opens every connection. Blocking (a verifying read on each): not for the runtime's threads.
    ///
    /// # Errors
    /// Which of the many things it is that keeps the file from being opened; see [`DbError`].
    pub fn open(path: &Path, key: Option<RawKey>, options: &Options) -> Result<Self, DbError> {
        let meter = Arc::default();
        let pool = Pool::open(path, key, options, &meter)?;
        let shared = Shared {
            path: path.to_owned(),
            options: options.clone(),
            meter,
            pool: ArcSwapOption::from_pointee(pool),
            changing: Mutex::default(),
            remarked: AtomicBool::new(false),
            watch: Mutex::default(),
            opening: OPENINGS.fetch_add(1, Ordering::Relaxed) & 0x7fff_ffff,
        };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// Runs a closure in one read transaction on a reader's thread: everything inside sees one snapshot.
    ///
    /// Dropping the future, or reaching the deadline, interrupts the statement.
    ///
    /// # Errors
    /// The closure's own, a full queue, the deadline, a replaced file, a closed database, a panic in the closure.
    pub async fn read<T, F>(&self, job: F) -> Result<T, DbError>
    where
        T: Send + 'static,
        F: FnOnce(&Transaction<'_>) -> Result<T, DbError> + Send + 'static,
    {
        let (task, answer) = Task::answered(|seat: &Seat<'_>| reading::read(seat, job));
        let asked = self.submit(Role::Read, task)?;
        asked.under_way.linger(|| !answer.is_empty()).await;
        self.answer(&asked.ticket, answer).await
    }

    /// Runs a closure in one write transaction, on the thread of the only connection that writes; writes take their
    /// turns in order. What it did is committed if it gives `Ok` (see [`Transaction::set_rollback_only`]), and rolled
    /// back if it gives `Err` or panics.
    ///
    /// It waits for a lock of another process ([`Options::busy`]). Should that process make a statement inside fail with
    /// BUSY, the whole transaction is run again, which is why the closure is one that can be called again.
    ///
    /// Dropping the future, or reaching the deadline, interrupts and rolls back, up to the commit; once that has begun it
    /// is finished, and an `Err` always means that nothing was kept.
    ///
    /// # Errors
    /// The closure's own, [`DbError::Busy`], [`DbError::Full`], the deadline, a full queue, a replaced file, a closed or
    /// read-only database, a panic in the closure.
    pub async fn write<T, F>(&self, job: F) -> Result<T, DbError>
    where
        T: Send + 'static,
        F: FnMut(&Transaction<'_>) -> Result<T, DbError> + Send + 'static,
    {
        let (task, answer) = Task::answered(|seat: &Seat<'_>| writing::write(seat, job));
        let asked = self.submit(Role::Write, task)?;
        self.answer(&asked.ticket, answer).await
    }

    /// Bytes of the log and when it was written last: another one whenever somebody has committed. `None` without a log.
    #[must_use]
    pub fn log_state(&self) -> Option<(u64, SystemTime)> {
        let metadata = std::fs::metadata(wal::log_of(&self.shared.path)).ok()?;
        Some((metadata.len(), metadata.modified().ok()?))
    }

    /// Copies what it can of the log back into the file without waiting for anybody (`SQLITE_CHECKPOINT_PASSIVE`), whoever
    /// wrote it. For whoever knows that no other process does the same: see [`crate::db::wal::Checkpoints`].
    ///
    /// Cancellation: what was begun is finished.
    ///
    /// # Errors
    /// A full queue, the deadline, a replaced file, a closed or read-only database, an error of the disk.
    pub async fn checkpoint(&self) -> Result<(), DbError> {
        let (task, answer) = Task::answered(|seat: &Seat<'_>| writing::checkpoint(seat));
        let asked = self.submit(Role::Write, task)?;
        self.answer(&asked.ticket, answer).await
    }

    /// A write transaction for a task that must await between its statements; see [`WriteContext`]. Prefer
    /// [`Database::write`], which holds the lock for less long.
    ///
    /// # Errors
    /// The lock was not to be had: as [`Database::write`].
    pub async fn write_ctx(&self) -> Result<WriteContext, DbError> {
        let (granting, granted) = oneshot::channel();
        let inbox = Inbox::open();
        let commands = Arc::clone(&inbox);
        let (task, ended) = Task::answered(move |seat: &Seat<'_>| context::serve(seat, granting, &commands));
        let asked = self.submit(Role::Write, task)?;
        match self.answer(&asked.ticket, async { granted.await.map(Ok) }).await {
            Ok(()) => Ok(WriteContext::new(inbox, ended, asked.ticket)),
            // It was never granted: its end says why.
            Err(DbError::Closed) => Err(ended.await.ok().and_then(Result::err).unwrap_or(DbError::Closed)),
            Err(error) => Err(error),
        }
    }

    /// Runs a closure in one read transaction that hands its rows over one by one, and waits while they are not taken:
    /// a result of any size takes the memory of a few hundred rows.
    pub fn stream<T, F>(&self, job: F) -> Rows<T>
    where
        T: Send + 'static,
        F: FnOnce(&Transaction<'_>, &mut Sink<T>) -> Result<(), DbError> + Send + 'static,
    {
        let ticket = Arc::new(Ticket::default());
        let until = self.shared.options.deadline.map(|deadline| Instant::now() + deadline);
        let (mut sink, source) = stream::channel(&ticket, until);
        let (task, ended) = Task::answered(move |seat: &Seat<'_>| {
            reading::read(seat, |transaction| {
                let done = job(transaction, &mut sink);
                // Rows that were sent before an error come before it.
                let flushed = sink.flush();
                done.and(flushed)
            })
        });
        match self.submit_as(Role::Read, Arc::clone(&ticket), task) {
            Ok(_) => Rows::new(source, ended, ticket),
            Err(error) => Rows::failed(error),
        }
    }

    /// Waits for a job's answer, up to the deadline.
    async fn answer<T, A>(&self, ticket: &RecallOnDrop, answer: A) -> Result<T, DbError>
    where
        A: Future<Output = Result<Result<T, DbError>, oneshot::error::RecvError>>,
    {
        // A job that was dropped unrun: its database was closed.
        let mut answer = std::pin::pin!(async { answer.await.unwrap_or(Err(DbError::Closed)) });
        let Some(deadline) = self.shared.options.deadline else { return answer.await };
        match tokio::time::timeout(deadline, &mut answer).await {
            Ok(result) => result,
            Err(_) if ticket.0.recall(Recall::Deadline(deadline)) => Err(DbError::Deadline(deadline)),
            // Too late: it is at its commit, or its answer is on the way.
            Err(_) => answer.await,
        }
    }

    fn submit(&self, role: Role, work: Box<dyn Work>) -> Result<Asked, DbError> {
        let ticket = Arc::new(Ticket::default());
        let under_way = self.submit_as(role, Arc::clone(&ticket), work)?;
        Ok(Asked { ticket: RecallOnDrop(ticket), under_way })
    }

    fn submit_as(&self, role: Role, ticket: Arc<Ticket>, work: Box<dyn Work>) -> Result<UnderWay, DbError> {
        let pool = self.shared.pool.load();
        let pool = pool.as_ref().ok_or(DbError::Closed)?;
        pool.submit(role, ticket, work).map_err(|why| match why {
            Unqueued::ReadOnly => DbError::ReadOnly(self.shared.path.clone()),
            Unqueued::Closed => DbError::Closed,
            Unqueued::Full => {
                self.shared.meter.refused(role);
                DbError::Saturated
            }
        })
    }

    /// Whether it was opened for writes too.
    #[must_use]
    pub fn is_writable(&self) -> bool {
        self.shared.options.access == Access::ReadWrite
    }

    /// The database file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.shared.path
    }

    /// Whether the path now leads to another file than the one that is open, or to none.
    #[must_use]
    pub fn replaced(&self) -> bool {
        match self.shared.pool.load().as_ref() {
            Some(pool) => registry::identity(&self.shared.path).ok() != Some(pool.identity),
            None => false,
        }
    }

    /// Bytes of the write-ahead log.
    #[must_use]
    pub fn wal_bytes(&self) -> u64 {
        wal::bytes(&self.shared.path)
    }

    /// True the first time it is asked: for a remark that stands in the log once, not with every read.
    #[must_use]
    pub fn first_remark(&self) -> bool {
        !self.shared.remarked.swap(true, Ordering::Relaxed)
    }

    /// What was counted since it was opened.
    #[must_use]
    pub fn metrics(&self) -> Metrics {
        self.shared.meter.snapshot(&self.shared.path)
    }

    /// Takes no more jobs, waits for the running ones, interrupts them after the grace, and lets go of the file: when
    /// this returns, no descriptor of it is open. A write at its commit is finished. Blocking: not for the runtime's
    /// threads.
    pub fn close(&self, grace: Duration) {
        let _changing = self.shared.changing.lock();
        self.close_pool(grace);
    }

    /// A number that changes when anybody commits to the file (`PRAGMA data_version`). It is another one after the
    /// database was closed and opened again. The first call opens a connection for it.
    ///
    /// # Errors
    /// As [`Database::read`] and [`Database::open`].
    pub async fn data_version(&self) -> Result<i64, DbError> {
        let known = self.shared.watch.lock().clone();
        let watch = match known {
            Some(watch) => watch,
            None => {
                let database = self.clone();
                let opened = tokio::task::spawn_blocking(move || database.watch());
                opened.await.unwrap_or(Err(DbError::Closed))?
            }
        };
        // Boxed: a watch is a database too, though nobody asks it for its own.
        let version: u32 =
            Box::pin(watch.read(|transaction| Ok(transaction.query_row("PRAGMA data_version", [], |row| row.get(0))?)))
                .await?;
        // Another connection counts anew: the number of its opening is in it.
        Ok(i64::from(watch.shared.opening) << 32 | i64::from(version))
    }

    /// The watching connection. Blocking.
    fn watch(&self) -> Result<Self, DbError> {
        // Whoever opens or closes holds this one, and may wait long; the other is taken by tasks, and never held.
        let _changing = self.shared.changing.lock();
        let known = self.shared.watch.lock().clone();
        if let Some(watch) = known {
            return Ok(watch);
        }
        let pool = self.shared.pool.load_full().ok_or(DbError::Closed)?;
        let options = Options { access: Access::ReadOnly, readers: 1, ..self.shared.options.clone() };
        let watch = Self::open(&self.shared.path, pool.opener.key.clone(), &options)?;
        *self.shared.watch.lock() = Some(watch.clone());
        Ok(watch)
    }

    fn close_pool(&self, grace: Duration) {
        let watch = self.shared.watch.lock().take();
        if let Some(watch) = watch {
            watch.close(Duration::ZERO);
        }
        if let Some(pool) = self.shared.pool.swap(None) {
            pool.close(grace);
        }
    }

    /// Closes it as [`Database::close`] does, and opens the file that the path leads to now: after a rekey, or after the
    /// file was replaced. Every clone goes on with it. Blocking: not for the runtime's threads.
    ///
    /// # Errors
    /// As [`Database::open`]; then it stays closed.
    pub fn reopen(&self, key: Option<RawKey>, grace: Duration) -> Result<(), DbError> {
        let _changing = self.shared.changing.lock();
        self.close_pool(grace);
        let pool = Pool::open(&self.shared.path, key, &self.shared.options, &self.shared.meter)?;
        self.shared.pool.store(Some(Arc::new(pool)));
        Ok(())
    }
}
