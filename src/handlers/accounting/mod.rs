//! `/api/1/accounting/rules`
//!
//! - [`info`]: what a rule can be about
//! - `rule`: a rule as it is stored and shown
//! - [`rules`]: rules by filter, with the settings they are linked to
//! - [`conflicts`]: rules that differ from those of the last update
//! - [`export`]: all rules at once

pub mod conflicts;
pub mod export;
pub mod info;
mod rule;
pub mod rules;

pub use conflicts::CONFLICTS;
pub use export::EXPORT;
pub use info::RULES_INFO;
pub use rules::RULES;
