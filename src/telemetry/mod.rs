//! What is told about requests: one record each, counters, series, the live tail, the log.
//!
//! - [`record`]: one request, one decision, one record
//! - [`telemetry`]: all that is counted and shown
//! - [`counters`]: requests by route, variant, reason and class of status
//! - [`series`]: requests over time, of each endpoint and of all together
//! - [`seen`]: what they show at one moment
//! - [`slots`]: counts by time slot
//! - [`tail`]: requests as they end, for whoever watches
//! - [`log`]: the subscriber; [`flood`]: a bound on it

pub mod counters;
pub mod flood;
pub mod log;
pub mod record;
pub mod seen;
pub mod series;
pub mod slots;
pub mod tail;
#[allow(clippy::module_inception, reason = "all that is counted in the room")]
pub mod telemetry;

pub use counters::Counters;
pub use record::Record;
pub use series::Series;
pub use tail::Tail;
pub use telemetry::Telemetry;
