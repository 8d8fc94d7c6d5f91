//! Modes `shadow` and `verify`: the other side is asked beside the one that answers, and the two answers are compared.
//! Nothing here delays or changes what the user gets.
//!
//! - [`comparer`]: what all comparisons share: their queue, their room, the evidence
//! - [`capture`]: both sides of an exchange with a user, copied while they stream by
//! - [`sides`]: asking legacy and the handler for a comparison
//! - [`ruled`]: a route's rules
//! - [`job`]: a comparison that waits for its turn
//! - [`judge`]: from two answers to a verdict
//! - [`window`]: whether something was written meanwhile
//! - [`versions`]: the data versions of the databases, asked for many comparisons at once
//! - [`rate`]: how often legacy may be asked again

pub mod capture;
pub mod comparer;
pub mod job;
pub mod judge;
pub mod rate;
pub mod ruled;
pub mod sides;
pub mod versions;
pub mod window;

pub use comparer::Comparer;
