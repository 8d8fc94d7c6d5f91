//! `/api/1/assets/ignored/whitelist`
//!
//! - [`list`]: all of them
//! - [`write`](mod@write): one removed
//! - `token`: the token that a request names

pub mod list;
mod token;
pub mod write;
