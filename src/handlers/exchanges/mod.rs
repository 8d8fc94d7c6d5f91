//! `/api/1/exchanges`
//!
//! - [`list`]: which are connected
//! - [`pairs`]: what a connected exchange trades
//! - [`data`]: what was queried of exchanges forgotten

pub mod data;
pub mod list;
pub mod pairs;
