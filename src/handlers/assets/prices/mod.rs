//! `/api/1/assets/prices`
//!
//! - [`list`]: prices as global.db has them
//! - [`write`](mod@write): prices of the past that the user enters
//! - [`latest`]: the one that the user enters for now

pub mod latest;
pub mod list;
pub mod write;
