//! `/api/1/notes`
//!
//! - [`list`]: those that match
//! - [`write`](mod@write): one added, edited, deleted

pub mod list;
pub mod write;
