//! `/api/1/snapshots`
//!
//! - [`show`]: balances and locations of one moment
//! - [`write`](mod@write): one replaced, deleted
//! - `rows`: what a replaced one is to hold

mod rows;
pub mod show;
pub mod write;
