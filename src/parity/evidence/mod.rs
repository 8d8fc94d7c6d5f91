//! The evidence of online comparisons: counts that are exact and survive restarts, and a few samples of each difference.
//!
//! What callers use:
//! - [`keeping`]: the handle: `note`, `wants_sample`, `summary`, `samples`, `reset`, `close`
//! - [`noted`]: what goes in, and the samples that come out
//! - [`place`]: where, and how, answers differ: what samples are kept by
//! - [`summary`]: the counts
//! - [`reader`]: the file of a bridge that may be running, for reports
//! - [`limits`]: the bounds of all of it
//! - [`error`]: what can go wrong
//!
//! How it works:
//! - `tally`, `reasons`, `rule_hits`: the counts of one route
//! - `ledger`: those of all routes, in memory
//! - `index`: which samples are kept, and which make way
//! - `pack`: a sample as a row of the file
//! - `file`: the file: who may write it, whether it is ours, and what becomes of a damaged one
//! - `store`, `load`, `heads`: what is written, and how it is read
//! - `keeper`, `command`: the thread that owns the file
//! - `moment`: moments in the file

mod command;
pub mod error;
mod file;
mod heads;
mod index;
mod keeper;
pub mod keeping;
mod ledger;
pub mod limits;
mod load;
mod moment;
pub mod noted;
mod pack;
pub mod place;
pub mod reader;
mod reasons;
mod rule_hits;
mod store;
pub mod summary;
mod tally;
#[cfg(test)]
mod tests;

pub use error::EvidenceError;
pub use keeping::Evidence;
pub use limits::Limits;
pub use noted::{Exchange, Noted, Sample, SampleHead};
pub use place::Place;
pub use reader::Reader;
pub use summary::{PlaceCount, RouteSummary, RuleCount, Summary};
