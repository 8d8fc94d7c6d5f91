//! `/api/1/balances/historical`: what there was at some time, by the events. It is for premium users, whether or not their
//! subscription is active.
//!
//! - [`moment`]: everything at one moment
//! - [`amounts`]: the amounts of an asset over time
//! - [`net_value`]: what everything was worth on each day
//! - `moves`: the events, and what each of them does
//! - `running`: what there is after each of them

pub mod amounts;
pub mod moment;
mod moves;
pub mod net_value;
mod running;

use super::super::Stop;
use crate::wire::Answer;

/// Nothing was found: a 404, but in the body alone.
fn nothing(message: &str) -> Result<Answer, Stop> {
    Ok(Answer::failure_within(404, message)?)
}
