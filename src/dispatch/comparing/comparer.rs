//! What all comparisons share: their queue, their room, the evidence.

use std::{collections::HashMap, sync::Arc, time::Instant};

use parking_lot::Mutex;
use tokio::sync::{Notify, Semaphore, mpsc};

use super::{job::Job, rate::Rate, ruled::Ruled, versions::Readings, window::Writes};
use crate::{
    config::settings,
    forward::copy,
    parity::{
        Skip, Verdict,
        evidence::{Evidence, Exchange, Noted},
    },
    rollout::Rollout,
    routes::Route,
};

/// What all comparisons share.
#[derive(Debug)]
pub struct Comparer {
    /// What came of them.
    pub evidence: Evidence,
    /// How far each route goes by that.
    pub rollout: Arc<Rollout>,
    /// What may write, as it passes through.
    pub writes: Arc<Writes>,
    /// The versions that the databases had last.
    pub(super) readings: Readings,
    /// Room for the bodies of comparisons.
    pub(super) room: Arc<Semaphore>,
    /// How often legacy is asked again.
    pub(super) again: Rate,
    /// Places for comparisons that have their answers and look at the databases.
    pub(super) looking: Semaphore,
    queue: mpsc::Sender<Job>,
    /// Told when the queue is half full.
    half_full: Notify,
    /// Until somebody runs them.
    waiting: Mutex<Option<(mpsc::Receiver<Job>, usize)>>,
    rules: Mutex<HashMap<String, Arc<Ruled>>>,
}

impl Comparer {
    /// A comparer without comparisons.
    #[must_use]
    pub fn new(config: &settings::Parity, evidence: Evidence, rollout: Arc<Rollout>) -> Self {
        let (queue, waiting) = mpsc::channel(config.queue);
        Self {
            evidence,
            rollout,
            writes: Arc::default(),
            room: copy::room(config.memory),
            readings: Readings::default(),
            again: Rate::default(),
            looking: Semaphore::new(config.queue),
            queue,
            half_full: Notify::new(),
            waiting: Mutex::new(Some((waiting, config.concurrency))),
            rules: Mutex::default(),
        }
    }

    /// The queue, for the one who runs what is in it, and how much of it at once.
    pub(super) fn waiting(&self) -> Option<(mpsc::Receiver<Job>, usize)> {
        self.waiting.lock().take()
    }

    /// Waits until the queue is half full.
    pub(super) async fn filling_up(&self) {
        self.half_full.notified().await;
    }

    /// Queues a comparison. The newest is dropped, and counted, where there is no place for it.
    pub(super) fn submit(&self, job: Job) {
        if let Err(mpsc::error::TrySendError::Full(job) | mpsc::error::TrySendError::Closed(job)) =
            self.queue.try_send(job)
        {
            self.note(&job.found.route, job.asked, &job.rules, Verdict::Skipped(Skip::Overload), None);
        }
        if self.queue.capacity() <= self.queue.max_capacity() / 2 {
            self.half_full.notify_one();
        }
    }

    /// Notes what came of a comparison of what was asked at the given time.
    pub fn note(&self, route: &Route, asked: Instant, rules: &Ruled, verdict: Verdict, sample: Option<Box<Exchange>>) {
        self.rollout.compared(route, asked, &verdict);
        tracing::debug!(route = %rules.name, verdict = verdict.as_str(), "compared");
        self.evidence.note(Noted { route: Arc::clone(&rules.name), verdict, rules: Arc::clone(&rules.texts), sample });
    }

    /// The rules of a route.
    #[must_use]
    pub fn rules(&self, route: &Route) -> Arc<Ruled> {
        let mut known = self.rules.lock();
        if let Some(rules) = known.get(&route.name).filter(|rules| rules.is_of(route)) {
            return Arc::clone(rules);
        }
        let rules = Arc::new(Ruled::new(route));
        known.insert(route.name.clone(), Arc::clone(&rules));
        rules
    }
}
