//! To the legacy backend: a capped keep-alive pool, header hygiene, streaming bodies, upgrades, failure answers.
//!
//! - [`headers`]: what crosses the bridge and what ends at it
//! - [`trace`]: of whose trace a request is a part
//! - [`hops`]: how far an OPTIONS or TRACE may go
//! - [`body`]: bodies as streams with limits on silence and size
//! - [`copy`]: a copy of a body, made while it streams by
//! - [`inbound`]: a request's body, streaming or kept after a handler read it
//! - [`meter`]: bytes seen on an upstream connection, and how it ended
//! - [`raw`]: a head as it was on the wire
//! - [`connecting`]: new connections to legacy; `driven`: one that goes on while somebody waits for it
//! - [`pool`]: connections to legacy, counted and reused
//! - [`fast`]: a read passed on as bytes, without hyper; [`chunks`]: the framing of a chunked body
//! - [`space`]: where a thread reads to
//! - [`exchange`]: one request there, one answer back, at most one retry
//! - [`timeouts`]: how long legacy is waited for
//! - [`tunnel`]: upgraded connections; `refusal`: those that are not granted
//! - [`relay`]: the bytes in them; `way`: one direction; `boundary`: where a frame ends
//! - [`failure`]: why legacy could not be asked, in legacy's own envelope

pub mod body;
mod boundary;
pub mod chunks;
pub mod connecting;
pub mod copy;
mod driven;
pub mod exchange;
pub mod failure;
pub mod fast;
pub mod headers;
pub mod hops;
pub mod inbound;
pub mod meter;
pub mod pool;
pub mod raw;
mod refusal;
pub mod relay;
pub mod space;
pub mod timeouts;
pub mod trace;
pub mod tunnel;
mod way;

pub use body::{Body, BodyFault};
pub use exchange::{Exchange, Forwarder};
pub use failure::Failure;
pub use headers::Peer;
pub use inbound::Inbound;
pub use raw::{KeepHead, RawHead};
pub use timeouts::Timeouts;
