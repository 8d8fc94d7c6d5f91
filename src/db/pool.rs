//! The threads of an open database.

use std::{
    path::Path,
    sync::Arc,
    thread::JoinHandle,
    time::{Duration, Instant},
};

use parking_lot::Mutex;

use super::{
    DbError, Options, RawKey, diagnosis,
    metrics::{Meter, Role},
    open,
    options::Access,
    queue::{self, Intake, Queue, UnderWay, Unqueued},
    registry::{self, Identity, Registered},
    seat::Opener,
    task::{Job, Work},
    ticket::Ticket,
    worker::{Desk, Worker},
};

/// One shared queue per role: whichever thread is free takes the next job, so that a fast one never waits behind a slow
/// one while a sibling idles.
pub(super) struct Pool {
    readers: Intake,
    writer: Option<Intake>,
    desks: Vec<Arc<Desk>>,
    threads: Mutex<Vec<JoinHandle<()>>>,
    pub(super) identity: Option<Identity>,
    pub(super) opener: Arc<Opener>,
    _registered: Registered,
}

impl Pool {
    /// Opens every connection and starts its thread. Blocking.
    pub(super) fn open(
        path: &Path,
        key: Option<RawKey>,
        options: &Options,
        meter: &Arc<Meter>,
    ) -> Result<Self, DbError> {
        open::exists(path)?;
        let file = |source| DbError::File { path: path.to_owned(), source };
        let identity = registry::identity(path).map_err(file)?;
        let registered = Registered::new(identity);
        let opener = Arc::new(Opener { path: path.to_owned(), key, identity, options: options.clone() });
        let (mut desks, mut threads) = (Vec::new(), Vec::new());
        let mut start = |role, name: String, queue: Queue| {
            let desk = Arc::new(Desk::default());
            let worker = Worker::new(role, Arc::clone(&opener), Arc::clone(meter), Arc::clone(&desk))?;
            let thread = std::thread::Builder::new().name(name).spawn(move || worker.run(&queue)).map_err(file)?;
            desks.push(desk);
            threads.push(thread);
            Ok::<_, DbError>(())
        };
        let opened = (|| {
            // The writer first: it rolls back what a crash left, which readers could not.
            let writer = match options.access {
                Access::ReadOnly => None,
                Access::ReadWrite => {
                    let (writer, queue) = queue::bounded(options.queue);
                    start(Role::Write, "db-write".to_owned(), queue)?;
                    Some(writer)
                }
            };
            let (readers, queue) = queue::bounded(options.queue);
            for number in 0..options.readers.max(1) {
                start(Role::Read, format!("db-read-{number}"), queue.clone())?;
            }
            Ok((readers, writer))
        })();
        // Of those that were started before one failed, the queue is gone by now, and they end.
        match opened {
            Ok((readers, writer)) => {
                let threads = Mutex::new(threads);
                Ok(Self { readers, writer, desks, threads, identity, opener, _registered: registered })
            }
            Err(error) => {
                // The diagnosis looks into the file, which it only does while it is not open.
                for thread in threads {
                    let _ = thread.join();
                }
                drop(registered);
                Err(diagnosis::explained(path, opener.key.as_ref(), error))
            }
        }
    }

    /// Queues a job.
    pub(super) fn submit(&self, role: Role, ticket: Arc<Ticket>, work: Box<dyn Work>) -> Result<UnderWay, Unqueued> {
        let queue = match role {
            Role::Read => &self.readers,
            Role::Write => self.writer.as_ref().ok_or(Unqueued::ReadOnly)?,
        };
        queue.submit(Job { ticket, queued: Instant::now(), work })
    }

    /// Takes no more jobs, lets the queued ones run for the grace, calls back what still runs and drops what still
    /// waits, and joins. Blocking. The second time it does nothing.
    pub(super) fn close(&self, grace: Duration) {
        let mut threads = std::mem::take(&mut *self.threads.lock());
        if threads.is_empty() {
            return;
        }
        // A job that drops the last handle of its own database cannot wait for itself.
        threads.retain(|thread| thread.thread().id() != std::thread::current().id());
        let (done, wait) = std::sync::mpsc::channel::<()>();
        std::thread::scope(|scope| {
            scope.spawn(move || {
                if let Some(writer) = &self.writer {
                    writer.stop(1);
                }
                self.readers.stop(self.desks.len() - usize::from(self.writer.is_some()));
                for thread in threads {
                    // A panic on the thread was reported by the job that caused it.
                    let _ = thread.join();
                }
                drop(done);
            });
            if wait.recv_timeout(grace) == Err(std::sync::mpsc::RecvTimeoutError::Timeout) {
                for desk in &self.desks {
                    desk.stop();
                }
            }
        });
    }
}

/// A thread that still closed its connection while the process exits would find `OpenSSL` taken down: none outlives its
/// database.
impl Drop for Pool {
    fn drop(&mut self) {
        self.close(Duration::ZERO);
    }
}
