//! `/api/1/reports`
//!
//! - [`list`]: all, one
//! - [`write`](mod@write): one deleted

pub mod list;
pub mod write;
