//! `/api/1/oracles`
//!
//! - [`list`]: oracles, and which prices there are of one
//! - [`write`](mod@write): the prices of a pair forgotten
//! - `assets`: assets that have prices

pub(super) mod assets;
pub mod list;
pub mod write;
