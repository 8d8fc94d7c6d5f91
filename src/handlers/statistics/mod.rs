//! `/api/1/statistics`
//!
//! - [`net_value`]: what everything was worth
//! - [`events`]: a year in numbers
//! - `zone`: whether a day here is a day in legacy
//! - [`premium`]: what only premium users get, and who is none

pub mod events;
pub mod net_value;
pub mod premium;
mod zone;
