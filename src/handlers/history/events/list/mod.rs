//! `POST /api/1/history/events`, which reads: a page of events, or of groups of them.
//!
//! - [`handler`]: the endpoint
//! - `arguments`: what may be asked
//! - `wanted`: what was asked: conditions, order, page
//! - `met`: in which order legacy meets events, which decides between equal ones
//! - `limit`: the newest groups, beyond which nothing is shown without premium
//! - `found`: the events that match, and how many there are
//! - `matched`: one of them
//! - `walk`: the first groups of all, where nothing is limited
//! - `stored`: events as their rows are
//! - `assets`: how global.db spells and calls assets
//! - `shown`, `kinds`: events as they are shown, by kind of entry
//! - `status`: whether accounting has a rule for an event
//! - `page`: a page put together

mod arguments;
mod assets;
#[cfg(test)]
mod examples;
mod found;
pub mod handler;
mod kinds;
mod limit;
mod matched;
mod met;
mod page;
#[cfg(test)]
mod quirks;
mod shown;
mod status;
mod stored;
mod walk;
mod wanted;
