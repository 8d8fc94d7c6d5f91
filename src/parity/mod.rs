//! The claim of the whole project is "the same answer"; here it is measured.
//!
//! - [`message`]: a request and its response, as they are compared
//! - [`mod@compare`]: two responses compared; it knows no I/O
//! - [`difference`]: one difference: where, of what kind, and both sides of it
//! - [`verdict`]: what came of one comparison
//! - [`rulebook`]: the rules of one route, ready to be applied
//! - [`redact`]: what is stored of a message: never its secrets
//! - [`case`]: one compared exchange, and a run of many, as reports show them
//! - [`evidence`]: what online comparisons came to: exact counts and a few samples, kept across restarts
//! - [`har`], [`export`]: recordings, as files that browsers and other tools open; samples of evidence as such
//! - [`client`]: asks a server what was recorded, as it was recorded
//! - [`replay`]: a recording asked again
//! - [`learn`]: rules proposed from what a server does not repeat
//! - [`report`]: what a replay came to, for people and machines
//!
//! How two responses are compared:
//! - [`headers`]: which header lines matter, and what is different in them
//! - `coding`: content codings undone
//! - [`tree`]: JSON as it is written
//! - `walk`, `lists`: two documents walked side by side, and their lists
//! - `path`, `findings`: where a walk is, and what it has found

pub mod case;
pub mod client;
mod coding;
pub mod compare;
pub mod difference;
pub mod evidence;
#[cfg(test)]
mod examples;
pub mod export;
mod findings;
pub mod har;
pub mod headers;
pub mod learn;
mod lists;
pub mod message;
mod path;
pub mod redact;
pub mod replay;
pub mod report;
pub mod rulebook;
pub mod tree;
pub mod verdict;
mod walk;

pub use case::{Case, RuleUse, Run};
pub use compare::{Comparison, compare, compare_shapes};
pub use difference::{Difference, Kind};
pub use message::{Request, Response};
pub use redact::Redactor;
pub use rulebook::Rulebook;
pub use verdict::{Skip, Verdict};
