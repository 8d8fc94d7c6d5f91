//! The fast path: a read without a body that is passed on to legacy, and its answer back, as bytes, by the client's own
//! connection, with no message taken apart into maps and put together again.
//!
//! It does what the way through hyper does ([`super::exchange`]), for the requests that are most of the traffic. What is
//! unusual about a request keeps it off this path; what goes wrong before a byte of an answer has gone to the client is
//! handed over to the other way, which asks again or says why ([`Instead`]).
//!
//! - [`request`]: a request's head, judged and rewritten for legacy
//! - [`answer`]: the head of legacy's answer, read and rewritten for the client
//! - `names`: header names that matter to a bridge
//! - [`clock`]: a bound on waiting that costs nothing while all is well
//! - `legacy`: legacy's side of an exchange; `remains`: what is left of an answer's body
//! - [`passing`]: one exchange, from the one socket to the other; `answering`: the part of it after the request

pub mod answer;
mod answering;
pub mod clock;
mod legacy;
mod names;
pub mod passing;
mod remains;
pub mod request;

pub use clock::Clock;
pub use passing::{Ended, Instead, Passing};
