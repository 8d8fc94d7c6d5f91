//! The async driver: connections on their own threads, one bounded queue that every reader of a database shares.
//!
//! - [`key`]: passphrases and the raw key derived from them, once
//! - [`open`]: opening one connection the way the legacy driver's files want it
//! - [`reader`]: a reader thread, jobs, interruption
//! - [`database`]: a database and its readers
//! - [`error`]: what can go wrong

pub mod database;
pub mod error;
pub mod key;
pub mod open;
pub mod reader;

pub use database::{Database, Options};
pub use error::DbError;
pub use key::{Passphrase, RawKey};
