//! The package inside the legacy process: whether it is connected, what it is told, and what it says.
//!
//! - [`attachment`]: whether it is connected, and the way to tell it something
//! - [`attached`]: one connection of it
//! - [`parts`]: what it takes off our hands
//! - [`line`]: what it is told, line by line
//! - [`stream`]: those lines on their way
//! - [`asking`]: what needs its answer: caches to drop, parts to switch
//! - [`leasing`]: background tasks of legacy's that are ours for a while
//! - `counts`: how often caches were to be dropped, and how long that took
//! - [`peer`]: the process at the other end of the socket
//! - [`inside`]: what those routes work with, and how they answer
//! - [`routes`]: what it asks for, over HTTP
//! - [`reports`]: what it says of logins and files

pub mod asking;
mod attached;
pub mod attachment;
mod counts;
pub mod inside;
pub mod leasing;
pub mod line;
pub mod parts;
pub mod peer;
mod reports;
pub mod routes;
mod stream;

pub use asking::Untold;
pub use attachment::Attachment;
pub use leasing::Lease;
pub use line::Stale;
pub use parts::{Part, Parts};
pub use peer::Peer;
