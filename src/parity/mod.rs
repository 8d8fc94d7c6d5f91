//! The claim of the whole project is "the same answer"; here it is measured.
//!
//! - [`message`]: a request and its response, as they are compared
//! - [`difference`]: one difference: where, of what kind, and both sides of it
//! - [`verdict`]: what came of one comparison
//! - [`case`]: one compared exchange, and a run of many, as reports show them

pub mod case;
pub mod difference;
pub mod message;
pub mod verdict;

pub use case::{Case, RuleUse, Run};
pub use difference::{Difference, Kind};
pub use message::{Request, Response};
pub use verdict::{Skip, Verdict};
