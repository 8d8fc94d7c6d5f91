//! Places, pace and budget of one service.

use tokio::time::{Instant, sleep_until};

use super::{
    Failure,
    budget::Budget,
    counts::Counts,
    pace::{Pace, Unturned},
    service::Limits,
};
use crate::admission::{Admission, Admitted, Wait};

/// What all questions to one service have in common.
#[derive(Debug)]
pub struct Door {
    pub(super) limits: Limits,
    pub(super) pace: Pace,
    pub(super) budget: Budget,
    /// What is counted.
    pub counts: Counts,
    places: Admission,
}

impl Door {
    /// One with these limits.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            pace: Pace::new(limits.interval, limits.burst),
            budget: Budget::new(limits.retry_percent),
            counts: Counts::default(),
            places: Admission::new(limits.places),
        }
    }

    /// A place, once it is this question's turn.
    pub(super) async fn enter(&self, until: Option<Instant>) -> Result<Admitted, Failure> {
        let wait = Wait { time: None, most: Some(self.limits.waiting) };
        let place = self.places.enter(wait).await.map_err(|_| Failure::Crowded)?;
        let turn = self.pace.turn(Instant::now(), until).map_err(|why| match why {
            Unturned::Busy => Failure::Crowded,
            Unturned::Paused => Failure::Paused,
        })?;
        sleep_until(turn).await;
        Ok(place)
    }

    /// Questions under way, and those that wait for a place.
    #[must_use]
    pub fn load(&self) -> (usize, usize) {
        (self.limits.places.saturating_sub(self.places.free()), self.places.waiting())
    }
}
