//! All that is counted and shown of requests.

use std::sync::{Arc, OnceLock};

use tokio::sync::Semaphore;

use super::{Counters, Series, Tail, access::AccessLog};
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
    /// A line for each, if there is to be one.
    pub access: OnceLock<AccessLog>,
    /// A span for each, if somebody collects them.
    #[cfg(feature = "otlp")]
    pub spans: OnceLock<super::Spans>,
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
            access: OnceLock::new(),
            #[cfg(feature = "otlp")]
            spans: OnceLock::new(),
            readers: Arc::new(Semaphore::new(READERS)),
        })
    }
    /// Spans that were left out, because the collector did not keep up or was away.
    #[must_use]
    pub fn spans_dropped(&self) -> u64 {
        #[cfg(feature = "otlp")]
        return self.spans.get().map_or(0, super::Spans::dropped);
        #[cfg(not(feature = "otlp"))]
        return 0;
    }
}
