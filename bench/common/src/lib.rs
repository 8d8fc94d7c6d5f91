//! What every subject of `scripts/bench db` shares, so that all do the same work and count it the same way.
//!
//! - [`subject`]: what a subject has to be able to do
//! - [`protocol`]: requests come in on stdin, answers go out on stdout, one JSON object per line
//! - [`workload`]: tasks that read one row after another
//! - [`latency`]: what they measured, summed up
//!
//! There is no SQLite in here: each subject brings the one that its library needs.

pub mod latency;
pub mod protocol;
pub mod subject;
pub mod workload;

pub use protocol::serve;
pub use subject::{Error, Subject, key_pragma};
