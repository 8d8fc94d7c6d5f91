//! `/api/1/tags`
//!
//! - [`list`]: all of them
//! - [`write`](mod@write): one added, edited, deleted
//! - `known`: whether tags that an object is to have exist
//! - `mappings`: which object has which tags

pub(super) mod known;
pub mod list;
pub(super) mod mappings;
pub mod write;
