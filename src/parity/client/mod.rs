//! Asks a server what was recorded, as it was recorded: spelling and order of the headers, every byte of the target.
//!
//! - [`asking`]: one request, one response
//! - [`error`]: why there is no response
//! - `address`: where a URL leads
//! - `head`: a request's bytes
//! - `idle`: connections kept for the next request
//! - `reading`: a response off the wire
//! - `framing`: where its body ends

mod address;
pub mod asking;
pub mod error;
mod framing;
mod head;
mod idle;
mod reading;

pub use asking::Client;
pub use error::{ClientError, Doing};
