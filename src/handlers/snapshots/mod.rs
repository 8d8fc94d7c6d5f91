//! `/api/1/snapshots`
//!
//! - [`show`]: balances and locations of one moment
//! - [`write`](mod@write): one replaced, deleted
//! - [`import`]: one of two tables
//! - `rows`: what a replaced one is to hold

pub mod import;
mod rows;
pub mod show;
pub mod write;
