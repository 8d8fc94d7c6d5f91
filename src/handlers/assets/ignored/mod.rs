//! `/api/1/assets/ignored`
//!
//! - [`list`]: all of them
//! - [`write`](mod@write): some added, removed

pub mod list;
pub mod write;
