//! A running bridge, asked through its admin API.
//!
//! - [`options`]: where it is, and with which token
//! - [`asking`]: one request, one answer
//! - [`lines`]: an answer without an end, line by line
//! - [`told`]: what it answers, typed
//! - [`words`]: moments, shares and settings as a person reads them

pub mod asking;
pub mod lines;
pub mod options;
pub mod told;
pub mod words;

pub use asking::{Bridge, block_on, refused};
pub use options::BridgeOptions;
