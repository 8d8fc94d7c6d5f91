//! A connection's thread: takes jobs off the queue that all threads of its role share, and runs them one by one.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use parking_lot::Mutex;

use super::{
    DbError,
    metrics::{Ended, Meter, Role},
    queue::{Entry, Queue},
    reading::rollback,
    seat::{Open, Opener},
    task::{Job, Work},
    ticket::{Recall, Ticket},
    turns::Turns,
    wal,
};

/// A job that ran, before its caller is told.
struct Done {
    /// None if it was not run: it was called back while it waited.
    work: Option<Box<dyn Work>>,
    ended: Ended,
    sound: bool,
}

impl Done {
    fn unrun() -> Self {
        Self { work: None, ended: Ended::Well, sound: true }
    }

    /// Whether the next one may go on where it stopped.
    fn is_well(&self) -> bool {
        self.ended == Ended::Well && self.sound
    }

    fn tell(self) {
        if let Some(work) = self.work {
            work.tell();
        }
    }
}

/// What a thread shares with its database.
#[derive(Debug, Default)]
pub(super) struct Desk {
    current: Mutex<Option<Arc<Ticket>>>,
    /// The time for running jobs is over; queued ones are dropped.
    closing: AtomicBool,
}

impl Desk {
    pub(super) fn stop(&self) {
        self.closing.store(true, Ordering::SeqCst);
        if let Some(ticket) = &*self.current.lock() {
            ticket.recall(Recall::Closing);
        }
    }

    /// Takes a job's ticket; `false` if it is too late for that.
    fn take(&self, ticket: &Arc<Ticket>) -> bool {
        let mut current = self.current.lock();
        let wanted = !self.closing.load(Ordering::SeqCst);
        *current = wanted.then(|| Arc::clone(ticket));
        wanted
    }

    fn leave(&self) {
        *self.current.lock() = None;
    }
}

/// A thread of one role.
pub(super) struct Worker {
    role: Role,
    opener: Arc<Opener>,
    meter: Arc<Meter>,
    desk: Arc<Desk>,
    /// None after it could not be opened again; the next job tries.
    open: Option<Open>,
    turns: Turns,
}

/// Longest time for which one read transaction serves the reads that were waiting when it began: no snapshot is older.
const SHARED_FOR: Duration = Duration::from_millis(1);

impl Worker {
    /// A worker with its connection open. Blocking.
    pub(super) fn new(role: Role, opener: Arc<Opener>, meter: Arc<Meter>, desk: Arc<Desk>) -> Result<Self, DbError> {
        let open = Open::new(opener.open(role)?)?;
        meter.connection_opened();
        Ok(Self { role, opener, meter, desk, open: Some(open), turns: Turns::default() })
    }

    /// Runs jobs until it is told to stop, then lets go of the file.
    pub(super) fn run(mut self, queue: &Queue) {
        let mut next = queue.next();
        while let Some(job) = next {
            next = match self.role {
                Role::Read => self.read(job, queue),
                Role::Write => {
                    self.turns.yield_to_others(&self.opener.path, &job.ticket);
                    let done = self.serve(job);
                    self.turns.ended();
                    self.finish(done);
                    queue.next()
                }
            };
        }
        if let (Role::Write, Some(open)) = (self.role, &self.open) {
            wal::leave(&open.connection, &self.opener.path, self.opener.options.checkpoints);
        }
    }

    /// Runs a read, and after it, in the same transaction, those that were waiting when it began: each of them sees
    /// whatever was committed before it was asked for, and the locks on the log's index are taken once for all of them.
    /// Gives the first job that came later.
    fn read(&mut self, first: Job, queue: &Queue) -> Option<Job> {
        let begun = Instant::now();
        let mut done = self.serve(first);
        loop {
            match queue.waiting() {
                Some(Entry::Job(job)) if done.is_well() && job.queued < begun && begun.elapsed() < SHARED_FOR => {
                    done.tell();
                    done = self.serve(job);
                }
                later => {
                    // The last one is told when the transaction has ended: once every caller has its answer, no snapshot
                    // is left.
                    self.finish(done);
                    return later.map_or_else(|| queue.next(), Entry::job);
                }
            }
        }
    }

    /// Runs one job.
    fn serve(&mut self, Job { ticket, queued, mut work }: Job) -> Done {
        if !self.desk.take(&ticket) {
            return Done::unrun();
        }
        let begun = Instant::now();
        self.meter.begun(self.role, begun - queued);
        let (ended, sound) = match Self::opened(&mut self.open, self.role, &self.opener, &self.meter) {
            Err(error) => work.run(Err(self.opener.explained(error))),
            Ok(open) if ticket.begin(&open.interrupter) => work.run(Ok(open.seat(&ticket, &self.opener, &self.meter))),
            Ok(_) => return Done::unrun(),
        };
        self.desk.leave();
        self.meter.ended(self.role, begun.elapsed(), ended);
        Done { work: Some(work), ended, sound }
    }

    /// Ends the transaction that reads leave open, replaces a spoilt connection, and tells the caller.
    fn finish(&mut self, done: Done) {
        let ended = self.open.as_ref().is_none_or(|open| rollback(&open.connection));
        if !(ended && done.sound) {
            self.let_go();
            self.meter.connection_replaced();
        }
        done.tell();
    }

    /// The connection, opened anew if the last job spoilt it.
    fn opened<'o>(
        open: &'o mut Option<Open>,
        role: Role,
        opener: &Opener,
        meter: &Meter,
    ) -> Result<&'o mut Open, DbError> {
        match open {
            Some(open) => Ok(open),
            None => {
                opener.check_file()?;
                let fresh = Open::new(opener.open(role)?)?;
                meter.connection_opened();
                Ok(open.insert(fresh))
            }
        }
    }

    fn let_go(&mut self) {
        if self.open.take().is_some() {
            self.meter.connection_closed();
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.let_go();
    }
}
