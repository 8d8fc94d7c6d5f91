//! `async_query`: a handler's work as a task, and its outcome for whoever asks first.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::{Duration, SystemTime},
};

use parking_lot::Mutex;
use tokio::sync::watch;

use super::{
    Outcome, Tasks,
    ids::Ids,
    manager::TooMany,
    table::{Listed, Table, Taken},
};

/// What the names of these tasks begin with.
pub const PREFIX: &str = "query ";

/// The tasks that clients have asked for.
#[derive(Debug)]
pub struct Queries {
    tasks: Arc<Tasks>,
    ids: Ids,
    table: Mutex<Held>,
    /// Bytes of outcomes that may wait for somebody to ask for them.
    most_bytes: AtomicUsize,
    /// The login that is, as far as was told.
    login: AtomicU64,
    /// Changes whenever one is done or gone.
    ended: watch::Sender<()>,
}

/// The table, and the numbers of the tasks that run.
#[derive(Debug, Default)]
struct Held {
    table: Table,
    running: Vec<(u64, u64)>,
}

/// No further task can be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Full {
    /// Too many run.
    #[error(transparent)]
    Running(#[from] TooMany),
    /// Too much waits to be asked for.
    #[error("the outcomes of {0} tasks wait to be asked for, {1} bytes, which is more than tasks.kept_bytes")]
    Unread(usize, usize),
}

impl Queries {
    /// None yet. They run as `tasks` of the bridge.
    #[must_use]
    pub fn new(tasks: Arc<Tasks>, most_bytes: usize) -> Arc<Self> {
        Arc::new(Self {
            tasks,
            ids: Ids::since(SystemTime::now()),
            table: Mutex::default(),
            most_bytes: AtomicUsize::new(most_bytes),
            login: AtomicU64::new(0),
            ended: watch::Sender::new(()),
        })
    }

    /// Bytes of outcomes that may wait from now on.
    pub fn set_most_bytes(&self, most: usize) {
        self.most_bytes.store(most, Ordering::Relaxed);
    }

    /// Begins a task and gives its id. `done` hears when it has an outcome.
    ///
    /// Work that panics has an outcome: that the task died. Work that is cancelled has none.
    ///
    /// # Errors
    /// There are too many; nothing was begun.
    pub fn begin<F>(
        self: &Arc<Self>,
        name: &str,
        login: u64,
        work: F,
        done: impl FnOnce(u64) + Send + 'static,
    ) -> Result<u64, Full>
    where
        F: Future<Output = Outcome> + Send + 'static,
    {
        // Held until the entry is there, so that the task can not be done before.
        let mut held = self.table.lock();
        let (count, bytes) = held.table.size();
        if bytes > self.most_bytes.load(Ordering::Relaxed) {
            return Err(Full::Unread(count, bytes));
        }
        let id = self.ids.next();
        let queries = Arc::clone(self);
        let number = self.tasks.spawn_and_track(format!("{PREFIX}{name} {id}"), None, false, async move {
            // Not before it runs: if it is refused, the lock is still held.
            let end = Ending { queries, id };
            end.with(work.await);
            done(id);
            Ok(())
        })?;
        held.table.begin(id, login);
        held.running.push((id, number));
        Ok(id)
    }

    /// The tasks of a login.
    #[must_use]
    pub fn list(&self, login: u64) -> Listed {
        self.table.lock().table.list(login)
    }

    /// Whether there are none at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.table.lock().table.size().0 == 0
    }

    /// The outcome of a task, handed out once.
    #[must_use]
    pub fn take(&self, id: u64, login: u64) -> Taken {
        self.table.lock().table.take(id, login)
    }

    /// The same; while the task runs it waits for its end, but not for longer than `longest`.
    ///
    /// Cancellation: nothing was taken.
    pub async fn take_within(&self, id: u64, login: u64, longest: Duration) -> Taken {
        let mut ended = self.ended.subscribe();
        let waiting = async {
            loop {
                ended.borrow_and_update();
                match self.take(id, login) {
                    Taken::Pending => {}
                    taken => return taken,
                }
                if ended.changed().await.is_err() {
                    return Taken::Pending;
                }
            }
        };
        tokio::time::timeout(longest, waiting).await.unwrap_or(Taken::Pending)
    }

    /// An outcome that was taken and did not reach its client.
    pub fn put_back(&self, id: u64, login: u64, outcome: Outcome) {
        self.table.lock().table.put_back(id, login, outcome);
        self.ended.send_replace(());
    }

    /// Cancels a task that runs. Whether there was one.
    pub fn cancel(&self, id: u64, login: u64) -> bool {
        let cancelled = self.table.lock().table.cancel(id, login);
        if cancelled {
            self.end(&[id]);
        }
        cancelled
    }

    /// The same as [`Queries::keep_only`], where nothing is to be done if it is the login that was told last.
    pub fn follow(&self, login: u64) {
        if self.login.load(Ordering::Acquire) != login {
            self.keep_only(login);
        }
    }

    /// Cancels and forgets the tasks of other logins: their users have left.
    pub fn keep_only(&self, login: u64) {
        self.login.store(login, Ordering::Release);
        let gone = self.table.lock().table.keep_only(login);
        self.end(&gone);
    }

    /// Whether none runs.
    #[must_use]
    pub fn is_quiet(&self) -> bool {
        self.table.lock().running.is_empty()
    }

    /// Completes when none runs. New ones may begin meanwhile.
    pub async fn quiet(&self) {
        let mut ended = self.ended.subscribe();
        loop {
            ended.borrow_and_update();
            // It changes as long as this lives.
            if self.is_quiet() || ended.changed().await.is_err() {
                return;
            }
        }
    }

    /// What another process needs to go on: the outcomes that a login has not asked for, and the first id that was not
    /// given.
    #[must_use]
    pub fn hand_on(&self, login: u64) -> (Vec<(u64, Outcome)>, u64) {
        let held = self.table.lock();
        (held.table.done(login).map(|(id, outcome)| (id, outcome.clone())).collect(), self.ids.ungiven())
    }

    /// Goes on where another process was, for its login.
    pub fn go_on(&self, login: u64, outcomes: Vec<(u64, Outcome)>, next: u64) {
        self.ids.go_on_from(next);
        let mut held = self.table.lock();
        for (id, outcome) in outcomes {
            held.table.put_back(id, login, outcome);
        }
    }

    fn end(&self, ids: &[u64]) {
        let mut numbers = Vec::new();
        self.table.lock().running.retain(|(id, number)| {
            let ends = ids.contains(id);
            if ends {
                numbers.push(*number);
            }
            !ends
        });
        for number in numbers {
            self.tasks.cancel(number);
        }
        self.ended.send_replace(());
    }
}

/// The end of a task's work: with an outcome, or by a panic.
struct Ending {
    queries: Arc<Queries>,
    id: u64,
}

impl Ending {
    fn with(&self, outcome: Outcome) {
        self.queries.table.lock().table.complete(self.id, outcome);
        self.queries.ended.send_replace(());
    }
}

impl Drop for Ending {
    fn drop(&mut self) {
        let mut held = self.queries.table.lock();
        // Nothing happens if it is done, or was cancelled.
        held.table.complete(self.id, Outcome::died("it broke off"));
        held.running.retain(|(id, _)| *id != self.id);
        drop(held);
        self.queries.ended.send_replace(());
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::oneshot;

    use super::*;
    use crate::wire::Answer;

    const LONG: Duration = Duration::from_secs(60);

    fn queries(limit: u64, bytes: usize) -> Arc<Queries> {
        Queries::new(Tasks::new(limit), bytes)
    }

    fn outcome(text: &str) -> Outcome {
        Outcome::of(&Answer::ok(text).unwrap())
    }

    #[tokio::test(start_paused = true)]
    async fn an_outcome_is_handed_out_once_to_whoever_asks_first() {
        let queries = queries(10, 1000);
        let (go, gone) = oneshot::channel::<()>();
        let (told, hears) = oneshot::channel();
        let work = async move {
            gone.await.unwrap();
            outcome("x")
        };
        let id = queries.begin("x", 1, work, |id| told.send(id).unwrap()).unwrap();
        assert_eq!(queries.list(1).pending, [id]);
        assert_eq!(queries.take_within(id, 1, Duration::from_secs(5)).await, Taken::Pending, "the wait is bounded");
        assert_eq!((queries.take(id, 2), queries.take(id + 1, 1)), (Taken::Unknown, Taken::Unknown));
        let both = tokio::spawn({
            let queries = Arc::clone(&queries);
            async move { tokio::join!(queries.take_within(id, 1, LONG), queries.take_within(id, 1, LONG)) }
        });
        tokio::task::yield_now().await;
        go.send(()).unwrap();
        let (first, second) = both.await.unwrap();
        let mut both = [first, second];
        both.sort_by_key(|taken| *taken == Taken::Unknown);
        assert_eq!(both, [Taken::Done(outcome("x")), Taken::Unknown]);
        assert_eq!(hears.await.unwrap(), id);
        assert!(queries.is_empty());
        queries.put_back(id, 1, outcome("x"));
        assert_eq!(queries.list(1).completed, [id], "it did not reach its client");
    }

    #[tokio::test(start_paused = true)]
    async fn a_task_that_panics_has_an_outcome_and_one_that_is_cancelled_has_none() {
        let queries = queries(10, 1000);
        let panics = queries.begin("x", 1, async { panic!("boom") }, |_| {}).unwrap();
        let Taken::Done(died) = queries.take_within(panics, 1, LONG).await else { panic!() };
        assert_eq!(died, Outcome::died("it broke off"));
        let runs = queries.begin("x", 1, std::future::pending(), |_| {}).unwrap();
        assert!(!queries.cancel(runs, 2), "it is another's");
        assert!(queries.cancel(runs, 1) && !queries.cancel(runs, 1));
        assert_eq!(queries.take(runs, 1), Taken::Unknown);
        assert_eq!(queries.tasks.clear(PREFIX, LONG).await, 0);
    }

    #[tokio::test(start_paused = true)]
    async fn with_their_user_the_tasks_go() {
        let queries = queries(10, 1000);
        let done = queries.begin("x", 1, async { outcome("x") }, |_| {}).unwrap();
        let (held, dropped) = oneshot::channel::<()>();
        let work = async move {
            let _held = held;
            std::future::pending().await
        };
        queries.begin("x", 1, work, |_| {}).unwrap();
        assert_eq!(queries.take_within(done + 2, 1, LONG).await, Taken::Unknown);
        queries.keep_only(2);
        assert!(dropped.await.is_err(), "the work is dropped");
        assert!(queries.is_empty());
    }

    #[tokio::test]
    async fn another_process_goes_on_with_the_outcomes_of_a_login_and_with_the_ids() {
        let queries = queries(10, 1000);
        let id = queries.begin("x", 1, async { outcome("x") }, |_| {}).unwrap();
        queries.quiet().await;
        let (outcomes, next) = queries.hand_on(1);
        assert_eq!((outcomes.as_slice(), next), ([(id, outcome("x"))].as_slice(), id + 1));
        assert!(queries.hand_on(2).0.is_empty(), "another's");
        let other = self::queries(10, 1000);
        other.go_on(7, outcomes, next + 5);
        assert_eq!(other.take(id, 7), Taken::Done(outcome("x")));
        assert!(other.begin("x", 7, async { outcome("y") }, |_| {}).unwrap() >= next + 5);
    }

    #[tokio::test]
    async fn no_more_are_begun_than_fit() {
        let queries = queries(1, 10);
        let first = queries.begin("x", 1, std::future::pending(), |_| {}).unwrap();
        let refused = queries.begin("x", 1, async { outcome("x") }, |_| {});
        assert_eq!(refused, Err(Full::Running(TooMany(1))));
        assert!(queries.cancel(first, 1));
        queries.tasks.clear(PREFIX, LONG).await;
        let id = queries.begin("x", 1, async { outcome("x") }, |_| {}).unwrap();
        while queries.list(1).completed.is_empty() {
            tokio::task::yield_now().await;
        }
        assert!(matches!(queries.begin("x", 1, std::future::pending(), |_| {}), Err(Full::Unread(1, _))));
        assert!(matches!(queries.take(id, 1), Taken::Done(_)));
        assert!(queries.begin("x", 1, std::future::pending(), |_| {}).is_ok());
    }
}
