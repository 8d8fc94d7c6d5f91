//! The queue that all threads of one role share, and how a lone read gets its answer without anybody falling asleep.
//!
//! Waking a sleeping thread takes longer than a point read (`scripts/bench db`: one task). So when a single read is under
//! way, one thread looks at the queue for a moment before it sleeps, and the task yields for a moment before it waits.
//! With more reads under way there is always somebody awake, and looking would only take the cores from those who work.

use std::{
    hint::spin_loop,
    sync::{
        Arc, LazyLock,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use crossbeam_channel::{Receiver, Sender, TrySendError};

use super::task::Job;

/// How long a lone read's two sides look before they sleep.
const LOOK: Duration = Duration::from_micros(20);

/// Looking makes sense only where the other side runs meanwhile.
static SEVERAL_CORES: LazyLock<bool> =
    LazyLock::new(|| std::thread::available_parallelism().is_ok_and(|cores| cores.get() > 1));

/// What is in the queue.
pub(super) enum Entry {
    Job(Job),
    /// One thread ends.
    Stop,
}

impl Entry {
    pub(super) fn job(self) -> Option<Job> {
        match self {
            Self::Job(job) => Some(job),
            Self::Stop => None,
        }
    }
}

/// How much is going on.
#[derive(Debug, Default)]
struct Traffic {
    under_way: AtomicUsize,
    looking: AtomicBool,
}

impl Traffic {
    fn is_alone(&self) -> bool {
        *SEVERAL_CORES && self.under_way.load(Ordering::Relaxed) <= 1
    }
}

/// The tasks' side.
#[derive(Debug)]
pub(super) struct Intake {
    sender: Sender<Entry>,
    traffic: Arc<Traffic>,
}

/// The threads' side.
#[derive(Debug, Clone)]
pub(super) struct Queue {
    receiver: Receiver<Entry>,
    traffic: Arc<Traffic>,
}

/// A queue of so many jobs.
pub(super) fn bounded(jobs: usize) -> (Intake, Queue) {
    let (sender, receiver) = crossbeam_channel::bounded(jobs.max(1));
    let traffic = Arc::<Traffic>::default();
    (Intake { sender, traffic: Arc::clone(&traffic) }, Queue { receiver, traffic })
}

/// Why a job was not queued.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unqueued {
    /// No thread of this role.
    ReadOnly,
    /// Too many wait.
    Full,
    /// The threads have ended, or are about to.
    Closed,
}

impl Intake {
    /// Queues a job.
    pub(super) fn submit(&self, job: Job) -> Result<UnderWay, Unqueued> {
        self.traffic.under_way.fetch_add(1, Ordering::Relaxed);
        let under_way = UnderWay(Arc::clone(&self.traffic));
        match self.sender.try_send(Entry::Job(job)) {
            Ok(()) => Ok(under_way),
            Err(TrySendError::Full(_)) => Err(Unqueued::Full),
            Err(TrySendError::Disconnected(_)) => Err(Unqueued::Closed),
        }
    }

    /// Ends so many threads once they have run what is queued. Blocking while the queue is full.
    pub(super) fn stop(&self, threads: usize) {
        for _ in 0..threads {
            // Failing means that they have ended.
            let _ = self.sender.send(Entry::Stop);
        }
    }
}

impl Queue {
    /// The next job. `None`: the thread should end.
    pub(super) fn next(&self) -> Option<Job> {
        self.waiting().or_else(|| self.look()).or_else(|| self.receiver.recv().ok())?.job()
    }

    /// What is in the queue now, if anything is.
    pub(super) fn waiting(&self) -> Option<Entry> {
        self.receiver.try_recv().ok()
    }

    fn look(&self) -> Option<Entry> {
        if !self.traffic.is_alone() || self.traffic.looking.swap(true, Ordering::Acquire) {
            return None;
        }
        let found = within(LOOK, || {
            (0..16).for_each(|_| spin_loop());
            self.receiver.try_recv().ok()
        });
        self.traffic.looking.store(false, Ordering::Release);
        found
    }
}

fn within<T>(time: Duration, mut attempt: impl FnMut() -> Option<T>) -> Option<T> {
    let begun = Instant::now();
    loop {
        if let Some(found) = attempt() {
            return Some(found);
        }
        if begun.elapsed() >= time {
            return None;
        }
    }
}

/// Counts a job while its caller waits.
#[derive(Debug)]
pub(super) struct UnderWay(Arc<Traffic>);

impl UnderWay {
    /// Yields for a moment, if this is the only job under way, so that its answer may come without a sleep.
    pub(super) async fn linger(&self, arrived: impl Fn() -> bool) {
        let begun = Instant::now();
        while self.0.is_alone() && !arrived() && begun.elapsed() < LOOK {
            tokio::task::yield_now().await;
        }
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.under_way.fetch_sub(1, Ordering::Relaxed);
    }
}
