//! Runs something in a rhythm: never twice at once, by the clock on the wall, and again after the machine has slept.

use std::{
    fmt,
    sync::Arc,
    time::{Duration, SystemTime},
};

use tokio::{
    sync::{Notify, oneshot},
    time::{sleep, timeout},
};

use super::{
    TaskError, Tasks,
    rhythm::{CatchUp, Rhythm},
};

/// How long may pass until it is noticed that the machine has slept: the clock that waits are measured by stands still
/// then.
const LOOK: Duration = Duration::from_secs(10);

/// The clock on the wall.
pub trait Clock: Send + Sync {
    /// What time it is.
    fn now(&self) -> SystemTime;
}

/// The system's.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> SystemTime {
        SystemTime::now()
    }
}

/// A periodic task.
pub struct Scheduled<C> {
    /// The name it is tracked under.
    pub name: &'static str,
    /// When.
    pub rhythm: Rhythm,
    /// Whether the user is told of a failure.
    pub exception_is_error: bool,
    /// What time it is.
    pub clock: C,
    /// Has it looked at once.
    pub wake: Arc<Notify>,
}

impl<C: Clock> fmt::Debug for Scheduled<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scheduled").field("name", &self.name).field("rhythm", &self.rhythm).finish_non_exhaustive()
    }
}

impl<C: Clock> Scheduled<C> {
    /// Looks at every turn whether something is to be done, the first time a period from now, and whenever it is woken.
    /// What is to be done is a task of its own; one that takes longer than the deadline is broken off and has failed.
    ///
    /// Cancellation: what is under way goes on to its end or its deadline.
    pub async fn run<L, W>(&self, tasks: &Arc<Tasks>, mut look: impl FnMut() -> L + Send)
    where
        L: Future<Output = Option<W>> + Send,
        W: Future<Output = Result<(), TaskError>> + Send + 'static,
    {
        let mut turn = self.clock.now();
        loop {
            turn = self.rhythm.after(turn, self.clock.now(), rand::random_range(0.0..=1.0));
            let woken = tokio::select! {
                () = self.until(&mut turn) => false,
                () = self.wake.notified() => true,
            };
            let now = self.clock.now();
            if woken {
                turn = now;
            } else if now.duration_since(turn).unwrap_or_default() >= self.rhythm.every {
                // More than one turn was slept through.
                match self.rhythm.catch_up {
                    CatchUp::Once => turn = now,
                    CatchUp::Skip => continue,
                }
            }
            let deadline = self.rhythm.deadline;
            let work = match timeout(deadline, look()).await {
                Ok(Some(work)) => work,
                Ok(None) => continue,
                Err(_) => {
                    tracing::warn!(task = self.name, ?deadline, "it could not be seen in time whether it is due");
                    continue;
                }
            };
            let (ended, has_ended) = oneshot::channel::<()>();
            let run = async move {
                let _ended = ended;
                match timeout(deadline, work).await {
                    Ok(outcome) => outcome,
                    Err(_) => Err(format!("it took longer than {deadline:?}").into()),
                }
            };
            match tasks.spawn_and_track(self.name, None, self.exception_is_error, run) {
                // However it ends, its end of this goes with it.
                Ok(_) => _ = has_ended.await,
                Err(error) => tracing::warn!(task = self.name, %error, "left out a turn"),
            }
        }
    }

    async fn until(&self, turn: &mut SystemTime) {
        loop {
            let now = self.clock.now();
            let Ok(left) = turn.duration_since(now) else { return };
            if left.is_zero() {
                return;
            }
            // Set back while we waited.
            if left > self.rhythm.every + self.rhythm.jitter {
                *turn = now + self.rhythm.every;
            }
            sleep(left.min(LOOK)).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{
        sync::atomic::{AtomicI64, Ordering},
        time::UNIX_EPOCH,
    };

    use parking_lot::Mutex;
    use tokio::time::Instant;

    use super::*;

    /// Paused time, and what the clock on the wall is ahead of it.
    #[derive(Clone)]
    struct Wall(Instant, Arc<AtomicI64>);

    impl Wall {
        fn new() -> Self {
            Self(Instant::now(), Arc::default())
        }

        fn jump(&self, seconds: i64) {
            self.1.fetch_add(seconds, Ordering::SeqCst);
        }

        fn seconds(&self) -> u64 {
            self.now().duration_since(UNIX_EPOCH).unwrap().as_secs() - 1_000_000
        }
    }

    impl Clock for Wall {
        fn now(&self) -> SystemTime {
            let ahead = u64::try_from(1_000_000 + self.1.load(Ordering::SeqCst)).unwrap();
            UNIX_EPOCH + Duration::from_secs(ahead) + self.0.elapsed()
        }
    }

    /// Runs that each take so long, and the seconds at which they began.
    fn runs(wall: &Wall, catch_up: CatchUp, takes: Duration, deadline: Duration) -> (Arc<Tasks>, Arc<Mutex<Vec<u64>>>) {
        let (tasks, began) = (Tasks::new(10), Arc::new(Mutex::new(Vec::new())));
        let every = Duration::from_secs(60);
        let rhythm = Rhythm { every, jitter: Duration::ZERO, catch_up, deadline };
        let scheduled =
            Scheduled { name: "it", rhythm, exception_is_error: false, clock: wall.clone(), wake: Arc::default() };
        let (of, noted, wall) = (Arc::clone(&tasks), Arc::clone(&began), wall.clone());
        tokio::spawn(async move {
            let look = || {
                noted.lock().push(wall.seconds());
                let work = async move {
                    sleep(takes).await;
                    Ok(())
                };
                std::future::ready(Some(work))
            };
            scheduled.run(&of, look).await;
        });
        (tasks, began)
    }

    const SHORT: Duration = Duration::from_secs(1);
    const LONG: Duration = Duration::from_secs(3600);

    #[tokio::test(start_paused = true)]
    async fn it_runs_at_every_turn_and_the_length_of_a_run_shifts_none() {
        let wall = Wall::new();
        let (_, began) = runs(&wall, CatchUp::Skip, Duration::from_secs(20), LONG);
        sleep(Duration::from_secs(301)).await;
        assert_eq!(*began.lock(), [60, 120, 180, 240, 300]);
    }

    #[tokio::test(start_paused = true)]
    async fn it_never_overlaps_itself_and_misses_turns_meanwhile() {
        let wall = Wall::new();
        let (_, began) = runs(&wall, CatchUp::Skip, Duration::from_secs(130), LONG);
        sleep(Duration::from_secs(500)).await;
        assert_eq!(*began.lock(), [60, 240, 420]);
        let wall = Wall::new();
        let (_, began) = runs(&wall, CatchUp::Once, Duration::from_secs(130), LONG);
        sleep(Duration::from_secs(400)).await;
        assert_eq!(*began.lock(), [60, 190, 320], "at once after the last");
    }

    #[tokio::test(start_paused = true)]
    async fn after_the_machine_has_slept_what_was_missed_runs_once() {
        let wall = Wall::new();
        let (_, began) = runs(&wall, CatchUp::Once, SHORT, LONG);
        sleep(Duration::from_secs(70)).await;
        wall.jump(10_000);
        sleep(Duration::from_secs(60)).await;
        let began = began.lock().clone();
        assert_eq!((began.len(), began[0]), (2, 60));
        assert!((10_070..=10_080).contains(&began[1]), "noticed within {LOOK:?}: {began:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn or_is_left_out() {
        let wall = Wall::new();
        let (_, began) = runs(&wall, CatchUp::Skip, SHORT, LONG);
        sleep(Duration::from_secs(70)).await;
        wall.jump(10_000);
        sleep(Duration::from_secs(60)).await;
        assert_eq!(*began.lock(), [60, 10_080], "the turns are where they were");
    }

    #[tokio::test(start_paused = true)]
    async fn a_clock_that_is_set_back_stops_nothing() {
        let wall = Wall::new();
        let (_, began) = runs(&wall, CatchUp::Skip, SHORT, LONG);
        sleep(Duration::from_secs(70)).await;
        wall.jump(-5_000 + 10_000);
        wall.jump(-5_000 - 60);
        sleep(Duration::from_secs(200)).await;
        assert!(began.lock().len() >= 3, "{:?}", began.lock());
    }

    #[tokio::test(start_paused = true)]
    async fn a_run_beyond_its_deadline_is_broken_off_and_has_failed() {
        let wall = Wall::new();
        let (tasks, began) = runs(&wall, CatchUp::Skip, LONG, Duration::from_secs(5));
        sleep(Duration::from_secs(130)).await;
        assert_eq!(*began.lock(), [60, 120]);
        assert_eq!(tasks.counts()["failed"], 2);
    }
}
