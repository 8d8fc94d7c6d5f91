//! What is told about requests: one record each, counters, series, the live tail, the log, the access log.
//!
//! - [`record`]: one request, one decision, one record
//! - [`event`]: what is told of it when it has ended; [`trace`]: of whose trace it is a part
//! - [`access`]: a line for each, in the formats of web servers
//! - `spans`: for whoever collects them (feature `otlp`)
//! - [`telemetry`]: all that is counted and shown
//! - [`counters`]: requests by route, variant, reason and class of status
//! - [`series`]: requests over time, of each endpoint and of all together
//! - [`seen`]: what they show at one moment
//! - [`slots`]: counts by time slot
//! - [`tail`]: requests as they end, for whoever watches
//! - [`log`]: the subscriber; [`flood`]: a bound on it

pub mod access;
pub mod counters;
pub mod event;
pub mod flood;
pub mod log;
pub mod record;
pub mod seen;
pub mod series;
pub mod slots;
#[cfg(feature = "otlp")]
pub mod spans;
pub mod tail;
#[allow(clippy::module_inception, reason = "all that is counted in the room")]
pub mod telemetry;
pub mod trace;

pub use counters::Counters;
pub use record::{Asked, Ending, Record};
pub use series::Series;
#[cfg(feature = "otlp")]
pub use spans::Spans;
pub use tail::Tail;
pub use telemetry::Telemetry;
