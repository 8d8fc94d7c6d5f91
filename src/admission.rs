//! So many at once, and so many that wait for it: a semaphore with a waiting room. Without the second bound, waiting is
//! where a server that is asked too much keeps what it is asked, in memory.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

/// Places, and who waits for one. Who has waited longest is admitted first.
#[derive(Debug)]
pub struct Admission {
    places: Arc<Semaphore>,
    waiting: AtomicUsize,
}

/// A place; free again when it is dropped.
pub type Admitted = OwnedSemaphorePermit;

/// Why somebody got none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turned {
    /// As many wait as may.
    Crowded(usize),
    /// None was free in time.
    Late(Duration),
}

/// Bounds on waiting; `None` is none.
#[derive(Debug, Clone, Copy, Default)]
pub struct Wait {
    /// How long.
    pub time: Option<Duration>,
    /// How many.
    pub most: Option<usize>,
}

impl Admission {
    /// So many places.
    #[must_use]
    pub fn new(places: usize) -> Self {
        Self { places: Arc::new(Semaphore::new(places)), waiting: AtomicUsize::new(0) }
    }

    /// A free place, or the wait for one. Cancel-safe: who leaves does not wait any more.
    ///
    /// # Errors
    /// Why there is none.
    pub async fn enter(&self, wait: Wait) -> Result<Admitted, Turned> {
        // A place that is given back goes to who has waited longest, never to who comes at that moment.
        if let Some(place) = self.enter_now() {
            return Ok(place);
        }
        let _waiting = Waiting::among(&self.waiting, wait.most)?;
        let turn = Arc::clone(&self.places).acquire_owned();
        let turn = match wait.time {
            Some(bound) => timeout(bound, turn).await.map_err(|_| Turned::Late(bound))?,
            None => turn.await,
        };
        // It is never closed.
        turn.map_err(|_| Turned::Crowded(0))
    }

    /// A free place, if there is one and nobody waits for it.
    #[must_use]
    pub fn enter_now(&self) -> Option<Admitted> {
        Arc::clone(&self.places).try_acquire_owned().ok()
    }

    /// Places that are free.
    #[must_use]
    pub fn free(&self) -> usize {
        self.places.available_permits()
    }

    /// How many wait.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.waiting.load(Ordering::Relaxed)
    }
}

/// One that waits, counted until it is dropped.
struct Waiting<'a>(&'a AtomicUsize);

impl<'a> Waiting<'a> {
    fn among(count: &'a AtomicUsize, most: Option<usize>) -> Result<Self, Turned> {
        let before = count.fetch_add(1, Ordering::Relaxed);
        // Made before it is looked at, so that its drop takes it back.
        let waiting = Self(count);
        match most {
            Some(most) if before >= most => Err(Turned::Crowded(most)),
            _ => Ok(waiting),
        }
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    #[tokio::test]
    async fn so_many_are_in_so_many_wait_and_one_more_is_turned_away() {
        let admission = Admission::new(1);
        let wait = Wait { time: None, most: Some(1) };
        let first = admission.enter(wait).await.unwrap();
        let mut second = Box::pin(admission.enter(wait));
        assert!((&mut second).now_or_never().is_none());
        assert_eq!(admission.waiting(), 1);
        assert_eq!(admission.enter(wait).await.unwrap_err(), Turned::Crowded(1));
        assert_eq!(admission.waiting(), 1, "who was turned away does not wait");
        drop(first);
        let second = second.await.unwrap();
        assert_eq!((admission.waiting(), admission.free()), (0, 0));
        // Who leaves while waiting makes room.
        let mut third = Box::pin(admission.enter(wait));
        assert!((&mut third).now_or_never().is_none());
        drop(third);
        assert_eq!(admission.waiting(), 0);
        drop(second);
        assert_eq!(admission.free(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn a_wait_has_an_end() {
        let admission = Admission::new(0);
        let second = Duration::from_secs(1);
        let wait = Wait { time: Some(second), most: None };
        assert_eq!(admission.enter(wait).await.unwrap_err(), Turned::Late(second));
        assert_eq!(admission.waiting(), 0);
    }
}
