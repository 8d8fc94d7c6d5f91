//! A reader thread: takes jobs off the shared queue, runs each in one transaction, can be interrupted.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    path::PathBuf,
    sync::Arc,
};

use parking_lot::Mutex;
use rusqlite::{Connection, InterruptHandle, Transaction};

use super::{DbError, RawKey, open};

/// What a reader runs: handed a transaction, it answers its caller itself.
pub(super) type Work = Box<dyn FnOnce(Result<&Transaction<'_>, DbError>) + Send>;

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
    Running(InterruptHandle),
    Over,
}

impl Ticket {
    pub(super) fn cancel(&self) {
        let mut stage = self.0.lock();
        if let Stage::Running(handle) = &*stage {
            // Under the lock: the reader can not have moved on to the next job.
            handle.interrupt();
        }
        *stage = Stage::Over;
    }

    fn begin(&self, connection: &Connection) -> bool {
        let mut stage = self.0.lock();
        let wanted = matches!(*stage, Stage::Waiting);
        if wanted {
            *stage = Stage::Running(connection.get_interrupt_handle());
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

/// Runs jobs until the queue is closed and empty, then drops the connection.
pub(super) fn run(mut connection: Connection, opener: &Opener, queue: &async_channel::Receiver<Job>) {
    while let Ok(job) = queue.recv_blocking() {
        if !job.ticket.begin(&connection) {
            continue;
        }
        let sound = catch_unwind(AssertUnwindSafe(|| in_transaction(&mut connection, &opener.path, job.work))).is_ok();
        job.ticket.end();
        if !sound {
            match opener.open() {
                Ok(fresh) => connection = fresh,
                Err(error) => {
                    tracing::error!(%error, "a reader could not reopen its connection after a panic");
                    return;
                }
            }
        }
    }
}

/// One deferred transaction per job: everything inside sees one snapshot, and none is left open behind it. A snapshot
/// that lingers freezes legacy's next login for minutes.
fn in_transaction(connection: &mut Connection, path: &std::path::Path, work: Work) {
    match connection.transaction() {
        Ok(transaction) => work(Ok(&transaction)),
        Err(source) => work(Err(DbError::sqlite("beginning a read", path, source))),
    }
}
