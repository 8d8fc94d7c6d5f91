//! `/api/1/assets/locationmappings` and `/api/1/assets/counterpartymappings`
//!
//! - [`list`]: what exchanges and protocols call assets
//! - [`of_locations`], [`of_counterparties`]: added, edited, deleted
//! - `change`: what both have in common: all of the entries, or none

mod change;
pub mod list;
pub mod of_counterparties;
pub mod of_locations;
