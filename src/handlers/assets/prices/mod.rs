//! `/api/1/assets/prices`
//!
//! - [`list`]: prices as global.db has them
//! - [`write`](mod@write): prices of the past that the user enters

pub mod list;
pub mod write;
