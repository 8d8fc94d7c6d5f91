//! The rollout: evidence for each route, guardrails, the ladder, and the journal of every change.
//!
//! What is seen:
//! - [`counts`]: comparisons by verdict, and of both variants requests, errors and latencies
//! - [`histogram`]: how long requests took
//! - [`window`]: the same for a while back
//! - [`evidence`]: what was seen of a route since it came to where it is
//!
//! What follows from it:
//! - [`guardrail`]: judging evidence against its bounds
//! - [`climbing`]: whether the evidence of a step is in and clean
//! - [`breaker`]: a handler that keeps failing is left alone for a while
//!
//! What is done:
//! - [`entry`], [`journal`]: a line for every change; `journal_lines`: those of its files; [`appender`]: writing them
//! - [`state`]: what was changed while running, kept over a restart
//! - [`rollout`]: all of it together
//! - `observing`: what is seen of requests and comparisons, as it happens
//! - `tripping`: a guardrail rolls a route back
//! - [`changing`]: what a person or a ladder wants
//! - `killing`: the kill switch; `noting`: what is no change of a route
//! - `following`: what a person writes into routes.toml
//! - `ticking`: what happens with time
//! - [`keeping`]: writing it down
//! - [`shown`]: as the admin API shows it
//! - [`webhook`]: told to somebody else's server; [`webhook_address`]: where that is
//! - [`moment`]: moments in files and answers

pub mod appender;
pub mod breaker;
pub mod changing;
pub mod climbing;
pub mod counts;
pub mod entry;
pub mod evidence;
mod following;
pub mod guardrail;
pub mod histogram;
pub mod journal;
mod journal_lines;
pub mod keeping;
mod killing;
pub mod moment;
mod noting;
mod observing;
#[allow(clippy::module_inception, reason = "it is what the room is named for")]
pub mod rollout;
pub mod shown;
pub mod state;
mod ticking;
mod tripping;
pub mod webhook;
pub mod webhook_address;
pub mod window;

pub use changing::{Change, Refused, Wanted};
pub use counts::{Ended, Seen};
pub use entry::{Actor, Entry, Who};
pub use rollout::{Places, Rollout};
pub use shown::Notice;
