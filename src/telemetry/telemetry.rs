//! All that is counted and shown of requests.

use std::sync::Arc;

use tokio::sync::Semaphore;

use super::{Counters, Series, Tail};
use crate::routes::Endpoints;

/// Readers of events at once.
pub const READERS: usize = 32;

/// All that is counted and shown of requests.
#[derive(Debug)]
pub struct Telemetry {
    /// By route, variant, reason and class of status.
    pub counters: Counters,
    /// Over time.
    pub series: Series,
    /// As they end.
    pub tail: Tail,
    /// Places for readers of events.
    pub readers: Arc<Semaphore>,
}

impl Telemetry {
    /// Nothing counted yet.
    #[must_use]
    pub fn new(endpoints: Arc<Endpoints>) -> Arc<Self> {
        Arc::new(Self {
            counters: Counters::default(),
            series: Series::new(endpoints),
            tail: Tail::default(),
            readers: Arc::new(Semaphore::new(READERS)),
        })
    }
}
