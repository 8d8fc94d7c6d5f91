//! The access log: a line for each request, for the tools that read those of web servers.
//!
//! - [`line`]: a line in each of the formats
//! - [`detail`]: what only a line of it has
//! - [`writer`]: who writes them, so that no request waits for a disk

pub mod detail;
pub mod line;
pub mod writer;

pub use detail::Detail;
pub use writer::{AccessLog, Place};
