//! What the Rust programs of `scripts/bench` share, so that all are told and count in the same way, and the subjects of
//! `scripts/bench db` do the same work.
//!
//! - [`lines`]: requests come in on stdin, answers go out on stdout, one JSON object per line
//! - [`subject`]: what a subject of `scripts/bench db` has to be able to do
//! - [`protocol`]: what it can be told to do
//! - [`workload`]: tasks that read one row after another
//! - [`latency`]: what they measured, summed up
//!
//! There is no SQLite in here: each subject brings the one that its library needs.

pub mod latency;
pub mod lines;
pub mod protocol;
pub mod subject;
pub mod workload;

pub use lines::answer_lines;
pub use protocol::serve;
pub use subject::{Error, Subject, key_pragma};
