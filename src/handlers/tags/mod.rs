//! `/api/1/tags`
//!
//! - [`list`]: all of them
//! - [`write`](mod@write): one added, edited, deleted

pub mod list;
pub mod write;
