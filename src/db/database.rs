//! A database and its readers.

use std::{
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    sync::Arc,
    thread::JoinHandle,
    time::Duration,
};

use parking_lot::Mutex;
use rusqlite::Transaction;
use tokio::sync::oneshot;

use super::{
    DbError, RawKey,
    reader::{self, Job, Opener, Ticket, Told},
};

/// Jobs that may wait; one more is refused rather than queued without end.
const QUEUE: usize = 1024;

/// How a database is opened.
#[derive(Debug, Clone)]
pub struct Options {
    /// Reader threads, each with its connection.
    pub readers: usize,
    /// Longest run of one read, waiting included; `None` for no bound.
    pub deadline: Option<Duration>,
}

/// An open database. Cheap to clone; the files are let go of by [`Database::close`], or when the last clone is dropped.
#[derive(Clone)]
pub struct Database {
    shared: Arc<Shared>,
}

struct Shared {
    path: PathBuf,
    identity: Option<(u64, u64)>,
    queue: async_channel::Sender<Job>,
    running: Mutex<Vec<std::sync::Weak<Ticket>>>,
    threads: Mutex<Vec<JoinHandle<()>>>,
    deadline: Option<Duration>,
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Database").field("path", &self.shared.path).finish_non_exhaustive()
    }
}

impl Database {
    /// Opens every reader. Blocking (the verifying read): not for the runtime's threads.
    ///
    /// # Errors
    /// The file is missing, the key does not fit, or a connection cannot be set up.
    pub fn open(path: &Path, key: Option<RawKey>, options: &Options) -> Result<Self, DbError> {
        let identity = identity(path).map_err(|source| DbError::File { path: path.to_owned(), source })?;
        let opener = Arc::new(Opener { path: path.to_owned(), key });
        let (sender, receiver) = async_channel::bounded(QUEUE);
        let mut threads = Vec::new();
        for number in 0..options.readers.max(1) {
            let connection = opener.open()?;
            let (opener, receiver) = (Arc::clone(&opener), receiver.clone());
            let thread = std::thread::Builder::new()
                .name(format!("db-read-{number}"))
                .spawn(move || reader::run(connection, &opener, &receiver))
                .map_err(|source| DbError::File { path: path.to_owned(), source })?;
            threads.push(thread);
        }
        let shared = Shared {
            path: path.to_owned(),
            identity,
            queue: sender,
            running: Mutex::default(),
            threads: Mutex::new(threads),
            deadline: options.deadline,
        };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// Runs a closure in one read transaction on a reader's thread.
    ///
    /// Dropping the future, or reaching the deadline, interrupts the statement.
    ///
    /// # Errors
    /// The closure's own, a full queue, the deadline, a closed database, a panic in the closure.
    pub async fn read<T, F>(&self, job: F) -> Result<T, DbError>
    where
        T: Send + 'static,
        F: FnOnce(&Transaction<'_>) -> Result<T, DbError> + Send + 'static,
    {
        let (sender, receiver) = oneshot::channel();
        let path = self.shared.path.clone();
        let work = Box::new(move |transaction: Result<&Transaction<'_>, DbError>| {
            let outcome = match transaction {
                Ok(transaction) => catch_unwind(AssertUnwindSafe(|| job(transaction))),
                Err(error) => Ok(Err(error)),
            };
            let panicked = outcome.is_err();
            let result = match outcome {
                Ok(Err(DbError::Sqlite { doing, source })) => Err(DbError::sqlite(doing, &path, source)),
                Ok(result) => result,
                Err(panic) => Err(DbError::Panicked(text_of(&*panic))),
            };
            // The caller may be gone; then nobody wants it.
            Told { tell: Box::new(move || drop(sender.send(result))), panicked }
        });
        let ticket = Arc::new(Ticket::default());
        let _recall = Recall(Arc::clone(&ticket));
        self.remember(&ticket);
        self.shared.queue.try_send(Job { ticket, work }).map_err(|error| match error {
            async_channel::TrySendError::Full(_) => DbError::Saturated,
            async_channel::TrySendError::Closed(_) => DbError::Closed,
        })?;
        let answer = async { receiver.await.unwrap_or(Err(DbError::Closed)) };
        match self.shared.deadline {
            Some(deadline) => tokio::time::timeout(deadline, answer).await.unwrap_or(Err(DbError::Deadline(deadline))),
            None => answer.await,
        }
    }

    /// Whether the path now leads to another file than the one that is open, or to none.
    #[must_use]
    pub fn replaced(&self) -> bool {
        identity(&self.shared.path).ok().flatten() != self.shared.identity
    }

    /// Takes no more reads, waits for the running ones, interrupts them after the grace, and lets go of the file: when
    /// this returns, no descriptor of it is open. Blocking: not for the runtime's threads.
    pub fn close(&self, grace: Duration) {
        self.shared.queue.close();
        let threads = std::mem::take(&mut *self.shared.threads.lock());
        let (done, wait) = std::sync::mpsc::channel::<()>();
        std::thread::scope(|scope| {
            scope.spawn(move || {
                for thread in threads {
                    // A reader's panic was reported by the job that caused it.
                    let _ = thread.join();
                }
                drop(done);
            });
            if wait.recv_timeout(grace) == Err(std::sync::mpsc::RecvTimeoutError::Timeout) {
                for ticket in self.shared.running.lock().iter().filter_map(std::sync::Weak::upgrade) {
                    ticket.cancel();
                }
            }
        });
    }

    fn remember(&self, ticket: &Arc<Ticket>) {
        let mut running = self.shared.running.lock();
        if running.len() > 64 {
            running.retain(|ticket| ticket.strong_count() > 0);
        }
        running.push(Arc::downgrade(ticket));
    }
}

/// Calls the job back when its caller stops waiting.
struct Recall(Arc<Ticket>);

impl Drop for Recall {
    fn drop(&mut self) {
        self.0.cancel();
    }
}

/// Device and inode of the file behind a path.
#[cfg(unix)]
fn identity(path: &Path) -> std::io::Result<Option<(u64, u64)>> {
    use std::os::unix::fs::MetadataExt;
    let metadata = std::fs::metadata(path)?;
    Ok(Some((metadata.dev(), metadata.ino())))
}

#[cfg(not(unix))]
fn identity(path: &Path) -> std::io::Result<Option<(u64, u64)>> {
    std::fs::metadata(path).map(|_| None)
}

fn text_of(panic: &(dyn std::any::Any + Send)) -> String {
    panic
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "no message".to_owned())
}
