//! `/api/1/assets/custom`
//!
//! - [`list`]: assets that the user made up, and their types
//! - [`write`](mod@write): one more, one edited, deleted

pub mod list;
pub mod write;
