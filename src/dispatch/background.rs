//! Background tasks of legacy's that are done here, while we hold a lease on them.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant, UNIX_EPOCH},
};

use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio::{
    sync::{Notify, watch},
    task::JoinSet,
};

use super::{Bridge, gate::UNBOUNDED, left::Left};
use crate::{
    compat::{Lease, leasing::TERM},
    config::{Background, Backgrounds, NativeWrites, Worded},
    handlers::{Context, Stop, Unanswered},
    jobs::{self, Effect, Job, Memory, Work},
    session::who::{User, Who},
    tasks::{
        TaskError,
        rhythm::{CatchUp, Rhythm},
        schedule::{Clock, Scheduled},
    },
};

/// How often legacy looks whether there is something to be done, and so do we.
const TURN: Duration = Duration::from_secs(10);
/// How often a lease is renewed: several times within its term.
const RENEWAL: Duration = Duration::from_secs(15);
/// Longest time of a look and what comes of it. What is begun ends before the lease does.
const DEADLINE: Duration = Duration::from_secs(20);

const _: () = assert!(DEADLINE.as_secs() + RENEWAL.as_secs() < TERM.as_secs());

/// What is known of background tasks.
#[derive(Debug, Default)]
pub struct Leased {
    lease: Mutex<Lease>,
    /// Those that could not be done here.
    left: Mutex<Left>,
    memory: Arc<Memory>,
    wakes: [(Arc<Notify>, AtomicBool); <Background as Worded>::ALL.len()],
    renewals: AtomicU64,
}

impl Leased {
    /// For the admin API.
    #[must_use]
    pub fn shown(&self) -> Value {
        let lease = self.lease.lock();
        json!({
            "leased": lease.tasks().words(),
            "scheduling": lease.scheduling,
            "left_to_legacy": self.left.lock().shown().words(),
            "renewals": self.renewals.load(Ordering::Relaxed),
        })
    }
}

/// Does what is to be done until the bridge stops. What is leased then goes back to legacy.
pub async fn run<C: Clock + Clone + 'static>(bridge: Arc<Bridge>, clock: C, mut stopping: watch::Receiver<bool>) {
    let mut all = JoinSet::new();
    all.spawn(keep_lease(Arc::clone(&bridge), clock.clone()));
    for job in jobs::ALL {
        all.spawn(keep_doing(Arc::clone(&bridge), *job, clock.clone()));
    }
    let _ = stopping.wait_for(|stopping| *stopping).await;
    all.shutdown().await;
    for job in jobs::ALL {
        bridge.tasks.clear(job.title, DEADLINE).await;
    }
    let had = !bridge.leased.lease.lock().tasks().is_empty();
    if had {
        let _ = bridge.attachment.lease(Backgrounds::default()).await;
    }
}

async fn keep_lease<C: Clock>(bridge: Arc<Bridge>, clock: C) {
    let rhythm = Rhythm { every: RENEWAL, jitter: Duration::from_secs(1), catch_up: CatchUp::Once, deadline: DEADLINE };
    let wake = bridge.attachment.changed();
    let scheduled = Scheduled { name: "lease", rhythm, exception_is_error: false, clock, wake };
    let look = || async {
        bridge.renew().await;
        None::<std::future::Ready<Result<(), TaskError>>>
    };
    scheduled.run(&bridge.tasks, look).await;
}

async fn keep_doing<C: Clock + Clone>(bridge: Arc<Bridge>, job: Job, clock: C) {
    let rhythm = Rhythm { every: TURN, jitter: Duration::from_secs(1), catch_up: CatchUp::Once, deadline: DEADLINE };
    let (wake, at_once) = &bridge.leased.wakes[job.task as usize];
    let wake = Arc::clone(wake);
    let exception_is_error = job.exception_is_error;
    let scheduled = Scheduled { name: job.title, rhythm, exception_is_error, clock: clock.clone(), wake };
    let look = || async {
        let now = clock.now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        bridge.look(job, i64::try_from(now).unwrap_or(i64::MAX), at_once.swap(false, Ordering::SeqCst)).await
    };
    scheduled.run(&bridge.tasks, look).await;
}

impl Bridge {
    /// Has a background task done at once, if it is ours to do and not being done.
    pub fn do_at_once(&self, task: Background) -> bool {
        let leased = self.leased.lease.lock().startable(&self.attachment, DEADLINE + DEADLINE).contains(task);
        let runs = |job: &Job| job.task == task && self.tasks.runs(job.title);
        let ours = leased && self.wanted().contains(task) && !jobs::ALL.iter().any(runs);
        if ours {
            let (wake, at_once) = &self.leased.wakes[task as usize];
            at_once.store(true, Ordering::SeqCst);
            wake.notify_one();
        }
        ours
    }

    /// Those that are to be ours.
    fn wanted(&self) -> Backgrounds {
        let snapshot = self.live.snapshot();
        let allowed = snapshot.config.flags.native_writes != NativeWrites::Off && !self.live.killed(&snapshot);
        if !allowed || self.user_with_key().is_none() {
            return Backgrounds::default();
        }
        let left = self.leased.left.lock().tasks(self.session.logouts(), Instant::now());
        snapshot.config.native_tasks().and(self.attachment.background_tasks()).without(left)
    }

    fn user_with_key(&self) -> Option<User> {
        match self.session.view(None).ok()? {
            view if view.in_between => None,
            view => match view.who {
                Who::User(user) if user.passphrase.is_some() => Some(user),
                _ => None,
            },
        }
    }

    async fn renew(&self) {
        let wanted = self.wanted();
        let had = self.leased.lease.lock().tasks();
        if wanted.is_empty() && had.is_empty() {
            return;
        }
        let lease = match self.attachment.lease(wanted).await {
            Ok(lease) => lease,
            Err(error) => {
                tracing::debug!(%error, "no lease on background tasks");
                Lease::default()
            }
        };
        if lease.tasks() != had {
            tracing::info!(tasks = lease.tasks().words().join(", "), "background tasks that are done here");
        }
        if let Some(at) = lease.last_reminders {
            self.leased.memory.reminded(at);
        }
        *self.leased.lease.lock() = lease;
        self.leased.renewals.fetch_add(1, Ordering::Relaxed);
    }

    /// What is to be done, if it is time and ours to do.
    async fn look(
        self: &Arc<Self>,
        job: Job,
        now: i64,
        at_once: bool,
    ) -> Option<impl Future<Output = Result<(), TaskError>> + Send + 'static> {
        // Twice the time: for the look, and for what comes of it.
        let startable = self.leased.lease.lock().startable(&self.attachment, DEADLINE + DEADLINE);
        if !startable.contains(job.task) || !self.wanted().contains(job.task) {
            return None;
        }
        let user = self.user_with_key()?;
        let context = Context::new(String::new(), Vec::new(), None, Arc::clone(&self.session), None);
        let memory = Arc::clone(&self.leased.memory);
        let work = Work { context, user, now, at_once, memory, notifier: Arc::clone(&self.notifier) };
        match (job.look)(work).await {
            Ok(effect) => effect.map(|effect| Arc::clone(self).carry_out(job, effect)),
            Err(why) => self.leave(job, &why).await.err().map(|error| -> Carried { Box::pin(async { Err(error) }) }),
        }
    }

    fn carry_out(self: Arc<Self>, job: Job, effect: Effect) -> Carried {
        Box::pin(async move {
            let bound = self.live.snapshot().config.native.write_wait.unwrap_or(UNBOUNDED);
            let turn = if self.attachment.has_immediate_transactions() {
                None
            } else {
                let turn = self.gate.native(job.changes, bound).await;
                Some(turn.ok_or("legacy is busy with requests that may write")?)
            };
            let done = effect.await;
            drop(turn);
            match done {
                Ok(()) => Ok(()),
                Err(Stop::Unanswered(why)) => self.leave(job, &why).await,
                Err(stop) => Err(format!("{stop:?}").into()),
            }
        })
    }

    /// What can not be done here is legacy's, until the next login or for a while; what should have been done has failed.
    async fn leave(&self, job: Job, why: &Unanswered) -> Result<(), TaskError> {
        match why {
            Unanswered::Failed(why) => Err(why.clone().into()),
            Unanswered::Declined(why) => {
                // While files are let go of there is nothing wrong with the task.
                if self.user_with_key().is_some() {
                    tracing::warn!(
                        task = job.task.word(),
                        why,
                        "a background task is left to legacy until the next login, or for ten minutes"
                    );
                    self.leased.left.lock().leave(job.task, Instant::now());
                }
                self.renew().await;
                Ok(())
            }
        }
    }
}

/// What is under way.
type Carried = std::pin::Pin<Box<dyn Future<Output = Result<(), TaskError>> + Send>>;
