//! A reader thread: takes jobs off the shared queue, runs each in one transaction, can be interrupted.

use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use parking_lot::Mutex;
use rusqlite::{Connection, InterruptHandle, Transaction};

use super::{DbError, RawKey, open};

/// What a reader runs: handed a transaction, it gives what tells its caller the outcome.
pub(super) type Work = Box<dyn FnOnce(Result<&Transaction<'_>, DbError>) -> Told + Send>;

/// Tells a caller the outcome of its job. Called after the transaction and the ticket have ended: a caller that has its
/// answer drops its recall, and a recall must find nothing to interrupt any more, least of all a rollback.
pub(super) struct Told {
    pub(super) tell: Box<dyn FnOnce() + Send>,
    /// Whether the job panicked.
    pub(super) panicked: bool,
}

/// A queued job.
pub(super) struct Job {
    pub(super) ticket: Arc<Ticket>,
    pub(super) work: Work,
}

/// Lets a caller call its job back: before it started it is skipped, while it runs it is interrupted, and after its
/// end nothing happens (the connection is another job's by then).
#[derive(Default)]
pub(super) struct Ticket(Mutex<Stage>);

#[derive(Default)]
enum Stage {
    #[default]
    Waiting,
    Running(InterruptHandle, Arc<AtomicBool>),
    Over,
}

impl Ticket {
    pub(super) fn cancel(&self) {
        let mut stage = self.0.lock();
        if let Stage::Running(handle, recalled) = &*stage {
            // Under the lock: the reader can not have moved on to the next job. The interrupt reaches a statement that
            // runs or waits for a lock; one that has not begun yet would miss it, and finds the flag.
            recalled.store(true, Ordering::SeqCst);
            handle.interrupt();
        }
        *stage = Stage::Over;
    }

    fn begin(&self, connection: &Connection, recalled: &Arc<AtomicBool>) -> bool {
        let mut stage = self.0.lock();
        let wanted = matches!(*stage, Stage::Waiting);
        if wanted {
            recalled.store(false, Ordering::SeqCst);
            *stage = Stage::Running(connection.get_interrupt_handle(), Arc::clone(recalled));
        }
        wanted
    }

    fn end(&self) {
        *self.0.lock() = Stage::Over;
    }
}

/// How to open a connection again after a job panicked on it.
pub(super) struct Opener {
    pub(super) path: PathBuf,
    pub(super) key: Option<RawKey>,
}

impl Opener {
    pub(super) fn open(&self) -> Result<Connection, DbError> {
        open::read_only(&self.path, self.key.as_ref())
    }
}

/// Steps of `SQLite`'s virtual machine between two looks at the flag.
const STEPS: i32 = 1000;

/// Runs jobs until the queue is closed and empty, then drops the connection.
pub(super) fn run(mut connection: Connection, opener: &Opener, queue: &async_channel::Receiver<Job>) {
    let recalled = Arc::new(AtomicBool::new(false));
    watch(&connection, &recalled);
    while let Ok(job) = queue.recv_blocking() {
        if !job.ticket.begin(&connection, &recalled) {
            continue;
        }
        let (told, sound) = in_transaction(&mut connection, opener, job.work, || {
            job.ticket.end();
            recalled.store(false, Ordering::SeqCst);
        });
        (told.tell)();
        if !sound {
            match opener.open() {
                Ok(fresh) => {
                    connection = fresh;
                    watch(&connection, &recalled);
                }
                Err(error) => {
                    tracing::error!(%error, "a reader could not reopen its connection");
                    return;
                }
            }
        }
    }
}

/// Has the connection's statements end once the flag is set.
fn watch(connection: &Connection, recalled: &Arc<AtomicBool>) {
    let recalled = Arc::clone(recalled);
    if let Err(error) = connection.progress_handler(STEPS, Some(move || recalled.load(Ordering::Relaxed))) {
        tracing::warn!(%error, "a read that is recalled before its statement begins will run to its end");
    }
}

/// One deferred transaction per job: everything inside sees one snapshot, and none is left open behind it. A snapshot
/// that lingers freezes legacy's next login for minutes.
///
/// `over` is called between the work and the rollback: from then on nobody can interrupt. Gives what tells the caller,
/// and whether the connection can be used again.
fn in_transaction(connection: &mut Connection, opener: &Opener, work: Work, over: impl FnOnce()) -> (Told, bool) {
    let transaction = match connection.transaction() {
        Ok(transaction) => transaction,
        Err(source) => {
            over();
            return (work(Err(DbError::sqlite("beginning a read", &opener.path, source))), false);
        }
    };
    let told = work(Ok(&transaction));
    over();
    let ended = transaction.rollback();
    if let Err(error) = &ended {
        tracing::warn!(%error, "a read transaction did not end; its connection is replaced");
    }
    let sound = ended.is_ok() && connection.is_autocommit() && !told.panicked;
    (told, sound)
}
