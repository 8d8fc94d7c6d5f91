//! `GET /metrics`: what is counted, in the text format of `OpenMetrics`, read when it is asked for.
//!
//! - [`scrape`]: the answer
//! - [`families`]: families of metrics and their samples
//! - [`bridge`], [`requests`], [`rollout`], [`notifier`], [`databases`], [`tasks`], [`outbound`],
//!   [`process`]: what there is, by subject
//!
//! Bounded by construction: labels are words of the code and names of routes, never of users, files or tasks.

mod bridge;
mod databases;
mod families;
mod notifier;
mod outbound;
mod process;
mod requests;
mod rollout;
mod scrape;
mod tasks;

pub(super) use scrape::answer;
