//! `/api/1/assets/ignored/whitelist`
//!
//! - [`list`]: all of them
//! - [`write`](mod@write): one added, removed

pub mod list;
pub mod write;
