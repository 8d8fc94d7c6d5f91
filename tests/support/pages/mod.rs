//! The dashboard's files without a bridge: served under its policy, over an API that says what a test has it say.
//!
//! - [`server`]: serves the files, and the answers of a test
//! - [`contract`]: answers as the admin API gives them

pub mod contract;
pub mod server;
