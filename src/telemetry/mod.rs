//! What is told about requests: one record each, counters, the log.
//!
//! - [`record`]: one request, one decision, one record
//! - [`counters`]: requests by route, variant and reason
//! - [`log`]: the subscriber

pub mod counters;
pub mod log;
pub mod record;

pub use counters::Counters;
pub use record::Record;
