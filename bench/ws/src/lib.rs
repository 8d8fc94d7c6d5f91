//! What the programs of `scripts/bench ws` share.
//!
//! - [`clock`]: nanoseconds that processes can compare
//! - [`message`]: the message that all publish, and its check
//! - [`frame`]: as much of RFC 6455 as the clients and the upstream need
//! - [`head`]: a request's or an answer's head, as it comes
//! - [`publish`]: so many messages, as fast as they are taken or at a fixed pace

pub mod clock;
pub mod frame;
pub mod head;
pub mod message;
pub mod publish;
