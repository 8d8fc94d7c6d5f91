//! The decision for one request: mode, bucket, variant, reason. Pure functions, no I/O.
//!
//! - [`bucket`]: a targeting key's place in 0..10000
//! - [`decision`]: which side answers, and why

pub mod bucket;
pub mod decision;

pub use decision::{Decision, Reason, Variant, decide};
