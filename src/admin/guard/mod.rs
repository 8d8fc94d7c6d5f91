//! Who may use the admin listener. It is layered over every endpoint, and over what is none.
//!
//! - [`token`]: the bearer token, compared in constant time
//! - `origin`: pages of other sites
//! - `judge`: all of it, in order
//! - `refusal`: why a request gets no further, with the remedy
//! - `headers`: what browsers are told with every answer
//! - `layer`: the layer itself

pub(super) mod headers;
mod judge;
mod layer;
mod origin;
mod refusal;
pub mod token;

pub(super) use layer::{Guard, pass};
pub use token::{Token, TokenError};
