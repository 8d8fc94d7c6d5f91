//! `/api/1/reports`
//!
//! - [`list`]: all, one
//! - [`events`]: what was processed for one
//! - `processed`: one such event, as it is stored
//! - [`write`](mod@write): one deleted

pub mod events;
pub mod list;
mod processed;
pub mod write;
