//! `/api/1/queried_addresses`
//!
//! - [`list`]: the addresses that modules are limited to
//! - [`write`](mod@write): one added, removed

pub mod list;
pub mod write;
