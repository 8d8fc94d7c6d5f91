//! `/api/1/statistics`
//!
//! - [`net_value`]: what everything was worth
//! - [`events`]: a year in numbers
//! - [`balance`]: the amounts of an asset over time, by the snapshots
//! - [`distribution`]: what everything was worth in the last snapshot, by location or asset
//! - `zone`: whether a day here is a day in legacy
//! - `subject`: an asset, or several that are one to the user, over time
//! - [`premium`]: who is a premium user, and who is none

pub mod balance;
pub mod distribution;
pub mod events;
pub mod net_value;
pub mod premium;
pub(in crate::handlers) mod subject;
mod zone;
