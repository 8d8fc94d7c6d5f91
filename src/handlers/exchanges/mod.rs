//! `/api/1/exchanges`
//!
//! - [`pairs`]: what a connected exchange trades
//! - [`data`]: what was queried of exchanges forgotten

pub mod data;
pub mod pairs;
