//! The dashboard's files without a bridge: served under its policy, over an API that says what a test has it say.

pub mod contract;
mod server;

pub use server::{Asked, Pages, folder};
