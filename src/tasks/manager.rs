//! Spawns tasks, knows them, ends them, says when one has failed. As legacy's `GreenletManager` does, but that tasks are
//! bounded in number.

use std::{
    fmt,
    panic::AssertUnwindSafe,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use futures_util::FutureExt;
use parking_lot::Mutex;
use tokio::task::JoinHandle;

use super::{
    TaskError,
    ending::{Counts, End},
    tracked::{Progress, Shown, Stage, millis},
};

/// Ended tasks that are remembered for whoever looks.
const REMEMBERED: usize = 64;

/// Tells the user what legacy would tell them: an error message.
pub type Report = Box<dyn Fn(String) + Send + Sync>;

/// The tasks of the bridge.
#[derive(Default)]
pub struct Tasks {
    tracked: Mutex<Vec<Tracked>>,
    numbers: AtomicU64,
    limit: AtomicU64,
    report: OnceLock<Report>,
    pub(super) counts: Counts,
}

#[derive(Debug)]
struct Tracked {
    number: u64,
    name: Arc<str>,
    spawned: Instant,
    progress: Progress,
    running: Option<JoinHandle<()>>,
}

/// There are too many tasks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0} tasks are under way, which is tasks.max")]
pub struct TooMany(pub u64);

impl Tasks {
    /// No tasks yet, and at most `limit` at once.
    #[must_use]
    pub fn new(limit: u64) -> Arc<Self> {
        Arc::new(Self { limit: AtomicU64::new(limit), ..Self::default() })
    }

    /// At most this many at once from now on; those there are stay.
    pub fn set_limit(&self, limit: u64) {
        self.limit.store(limit, Ordering::Relaxed);
    }

    /// Where a failure is told to the user. Only the first one counts.
    pub fn report_to(&self, report: Report) {
        let _ = self.report.set(report);
    }

    /// Spawns a task, which begins after `delay`, and gives its number.
    ///
    /// If it fails, or panics, the log says why, causes included; with `exception_is_error` the user is told as legacy
    /// tells them. It is cancelled at its next await: by [`Tasks::cancel`], by [`Tasks::clear`], not by dropping anything.
    ///
    /// # Errors
    /// There are too many.
    pub fn spawn_and_track<F>(
        self: &Arc<Self>,
        name: impl Into<Arc<str>>,
        delay: Option<Duration>,
        exception_is_error: bool,
        future: F,
    ) -> Result<u64, TooMany>
    where
        F: Future<Output = Result<(), TaskError>> + Send + 'static,
    {
        let name = name.into();
        let mut tracked = self.tracked.lock();
        let limit = self.limit.load(Ordering::Relaxed);
        let live = tracked.iter().filter(|task| task.progress.stage().is_live()).count();
        if live as u64 >= limit {
            self.counts.refused.fetch_add(1, Ordering::Relaxed);
            return Err(TooMany(limit));
        }
        forget(&mut tracked, REMEMBERED);
        let progress = Progress::new(if delay.is_some() { Stage::Waiting } else { Stage::Running });
        let end =
            End { tasks: Arc::clone(self), name: Arc::clone(&name), progress: progress.clone(), exception_is_error };
        let running = tokio::spawn(async move {
            if let Some(delay) = delay {
                tokio::time::sleep(delay).await;
                end.progress.to(Stage::Running);
            }
            let outcome = AssertUnwindSafe(future).catch_unwind().await;
            end.with(outcome.unwrap_or_else(|payload| Err(TaskError::panicked(payload.as_ref()))));
        });
        let number = self.numbers.fetch_add(1, Ordering::Relaxed);
        tracked.push(Tracked { number, name, spawned: Instant::now(), progress, running: Some(running) });
        self.counts.spawned.fetch_add(1, Ordering::Relaxed);
        Ok(number)
    }

    /// Whether a task whose name begins like this is yet to end.
    #[must_use]
    pub fn has_task(&self, prefix: &str) -> bool {
        self.tracked.lock().iter().any(|task| task.name.starts_with(prefix) && task.progress.stage().is_live())
    }

    /// Ends a task, at its next await. Whether it was yet to end.
    pub fn cancel(&self, number: u64) -> bool {
        let tracked = self.tracked.lock();
        let Some(task) = tracked.iter().find(|task| task.number == number) else { return false };
        let cancelled = task.progress.to(Stage::Cancelled);
        if let Some(running) = &task.running {
            running.abort();
        }
        cancelled
    }

    /// Ends all tasks whose name begins like this, and waits until they have, but not for longer than `grace`. Gives how
    /// many were left then: they end at their next await.
    ///
    /// Cancellation: what was ended stays ended.
    pub async fn clear(&self, prefix: &str, grace: Duration) -> usize {
        let mut ending = Vec::new();
        for task in self.tracked.lock().iter_mut().filter(|task| task.name.starts_with(prefix)) {
            task.progress.to(Stage::Cancelled);
            if let Some(running) = task.running.take() {
                running.abort();
                ending.push(running);
            }
        }
        let mut left = ending.len();
        let all = async {
            for task in ending {
                let _ = task.await;
                left -= 1;
            }
        };
        if tokio::time::timeout(grace, all).await.is_err() {
            tracing::warn!(left, ?grace, "tasks that were ended have not ended yet");
        }
        left
    }

    /// Whether a task of exactly this name is yet to end.
    #[must_use]
    pub fn runs(&self, name: &str) -> bool {
        self.tracked.lock().iter().any(|task| &*task.name == name && task.progress.stage().is_live())
    }

    /// Forgets the tasks that have ended.
    pub fn clear_finished(&self) {
        forget(&mut self.tracked.lock(), 0);
    }

    /// The tasks there are, and the last that have ended.
    #[must_use]
    pub fn shown(&self) -> Vec<Shown> {
        let shown = |task: &Tracked| Shown {
            name: task.name.to_string(),
            stage: task.progress.stage(),
            age_ms: millis(task.spawned.elapsed()),
            stage_ms: millis(task.progress.since().elapsed()),
        };
        self.tracked.lock().iter().map(shown).collect()
    }

    /// How many were spawned, and how they ended.
    #[must_use]
    pub fn counts(&self) -> serde_json::Value {
        self.counts.shown()
    }

    pub(super) fn failed(&self, name: &str, error: &TaskError, exception_is_error: bool) {
        let chain = error.chain();
        if !exception_is_error {
            tracing::warn!(task = name, error = chain, "a task failed, which does not matter to it");
            return;
        }
        tracing::error!(task = name, error = chain, "a task failed");
        if let Some(report) = self.report.get() {
            report(format!("{name} died with exception: {error}. Check the logs for more details"));
        }
    }
}

/// Forgets ended tasks but the last of them.
fn forget(tracked: &mut Vec<Tracked>, keep: usize) {
    let ended = tracked.iter().filter(|task| !task.progress.stage().is_live()).count();
    let mut surplus = ended.saturating_sub(keep);
    tracked.retain(|task| {
        let forgotten = surplus > 0 && !task.progress.stage().is_live();
        surplus -= usize::from(forgotten);
        !forgotten
    });
}

impl fmt::Debug for Tasks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tasks").field("tracked", &self.tracked.lock().len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::mpsc;

    use super::*;

    const LONG: Duration = Duration::from_secs(60);

    fn told() -> (Arc<Tasks>, mpsc::Receiver<String>) {
        let (tell, hear) = mpsc::channel(10);
        let tasks = Tasks::new(100);
        tasks.report_to(Box::new(move |message| tell.try_send(message).unwrap()));
        (tasks, hear)
    }

    fn stages(tasks: &Tasks) -> Vec<(String, Stage)> {
        tasks.shown().into_iter().map(|task| (task.name, task.stage)).collect()
    }

    #[tokio::test(start_paused = true)]
    async fn a_task_begins_after_its_delay_and_is_known_by_the_beginning_of_its_name() {
        let (tasks, _) = told();
        let (done, hears) = tokio::sync::oneshot::channel();
        let began = tokio::time::Instant::now();
        let work = async move { done.send(tokio::time::Instant::now()).map_err(|_| "nobody".into()) };
        tasks.spawn_and_track("sync of x", Some(Duration::from_secs(5)), true, work).unwrap();
        assert!(tasks.has_task("sync") && tasks.has_task("sync of x") && !tasks.has_task("of"));
        assert_eq!(stages(&tasks), [("sync of x".into(), Stage::Waiting)]);
        assert_eq!(hears.await.unwrap() - began, Duration::from_secs(5));
        while tasks.has_task("sync") {
            tokio::task::yield_now().await;
        }
        assert_eq!(stages(&tasks), [("sync of x".into(), Stage::Finished)]);
        tasks.clear_finished();
        assert!(tasks.shown().is_empty());
    }

    #[tokio::test]
    async fn a_failure_is_told_in_legacys_words_and_a_panic_is_one() {
        let (tasks, mut hear) = told();
        tasks.spawn_and_track("one", None, false, async { Err("unimportant".into()) }).unwrap();
        tasks.spawn_and_track("two", None, true, async { Err("no disk".into()) }).unwrap();
        let first = hear.recv().await.unwrap();
        tasks.spawn_and_track("three", None, true, async { panic!("boom") }).unwrap();
        let second = hear.recv().await.unwrap();
        assert_eq!(first, "two died with exception: no disk. Check the logs for more details");
        assert_eq!(second, "three died with exception: panicked: boom. Check the logs for more details");
        while tasks.has_task("") {
            tokio::task::yield_now().await;
        }
        assert!(stages(&tasks).iter().all(|(_, stage)| *stage == Stage::Failed));
        assert_eq!(tasks.counts()["failed"], 3);
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_cleared_has_ended_when_clear_returns_and_nobody_is_told() {
        struct Noted(mpsc::Sender<()>);
        impl Drop for Noted {
            fn drop(&mut self) {
                self.0.try_send(()).unwrap();
            }
        }
        let (tasks, mut hear) = told();
        let (note, mut noted) = mpsc::channel(10);
        for name in ["a one", "a two", "b"] {
            let noted = Noted(note.clone());
            let work = async move {
                let _noted = noted;
                std::future::pending().await
            };
            tasks.spawn_and_track(name, None, true, work).unwrap();
        }
        assert_eq!(tasks.clear("a", LONG).await, 0);
        assert_eq!((noted.len(), tasks.has_task("a"), tasks.has_task("b")), (2, false, true));
        assert_eq!(tasks.clear("", LONG).await, 0);
        assert!(noted.recv().await.is_some() && hear.try_recv().is_err());
        assert_eq!(tasks.counts()["cancelled"], 3);
    }

    #[tokio::test]
    async fn one_too_many_is_refused_and_those_that_ended_do_not_count() {
        let tasks = Tasks::new(2);
        let forever = || std::future::pending::<Result<(), TaskError>>();
        let first = tasks.spawn_and_track("a", None, true, forever()).unwrap();
        tasks.spawn_and_track("b", None, true, forever()).unwrap();
        assert_eq!(tasks.spawn_and_track("c", None, true, forever()), Err(TooMany(2)));
        assert!(tasks.cancel(first) && !tasks.cancel(first) && !tasks.cancel(77));
        assert!(tasks.spawn_and_track("c", None, true, forever()).is_ok());
        for _ in 0..3 * REMEMBERED {
            let number = tasks.spawn_and_track("d", None, true, forever());
            assert!(number.is_err());
            tasks.clear("c", LONG).await;
            tasks.spawn_and_track("c", None, true, forever()).unwrap();
        }
        assert!(tasks.shown().len() <= REMEMBERED + 2, "what has ended is not remembered for ever");
    }
}
