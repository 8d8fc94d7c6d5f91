//! `/api/1/balances`
//!
//! - [`historical`]: what there was at some time, by the events

pub mod historical;
