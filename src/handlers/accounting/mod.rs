//! `/api/1/accounting/rules`
//!
//! - [`info`]: what a rule can be about
//! - `rule`: a rule as it is stored and shown
//! - `wanted`: a rule as a request or an update wants it
//! - [`rules`]: rules by filter, with the settings they are linked to
//! - [`write`](mod@write): one added, edited, deleted
//! - [`conflicts`]: rules that differ from those of the last update
//! - [`resolve`]: these differences settled
//! - [`export`]: all rules at once
//! - [`import`]: rules of such an export, over those that there are

pub mod conflicts;
pub mod export;
pub mod import;
pub mod info;
pub mod resolve;
mod rule;
pub mod rules;
mod wanted;
pub mod write;

pub use conflicts::CONFLICTS;
pub use export::EXPORT;
pub use info::RULES_INFO;
pub use resolve::RESOLVE;
pub use rules::RULES;
