//! The framing of RFC 6455, both ends of it. No I/O.
//!
//! A server's frame is not masked, so one encoding serves every client: that is why the framing is ours. No library
//! encodes a message once for all connections and still lets its owner look into the queue before the socket.
//!
//! - [`header`]: opcodes, and the two to fourteen bytes in front of a payload
//! - [`decoder`]: bytes to messages, with limits, and violations with their close codes
//! - [`utf8`]: text that arrives in pieces
//! - [`close`]: close codes, and which of them may be on the wire
//! - [`encode`]: whole frames

pub mod close;
pub mod decoder;
pub mod encode;
pub mod header;
pub mod utf8;

pub use decoder::{Decoder, Event, Limits, Role, Violation};
pub use header::Opcode;
