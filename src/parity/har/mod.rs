//! Recordings as HAR 1.2 files, which browsers, proxies and API clients export and open.
//!
//! - [`entry`]: one recorded exchange, and a file of them
//! - [`error`]: what is wrong with a file, and where
//! - [`mod@read`]: from a file to entries
//! - `outline`: where in the file its entries are
//! - `node`: fields of a JSON object, and errors that name them
//! - `request`, `response`: one side of an entry, and what other tools leave out of it
//! - `headers`, `body`, `form`, `cookies`, `url`, `moment`: their parts, to and from JSON
//! - `write`: one entry as JSON
//! - [`writer`]: a file that is a whole HAR after every entry

mod body;
mod cookies;
pub mod entry;
pub mod error;
mod form;
mod headers;
mod moment;
mod node;
mod outline;
pub mod read;
mod request;
mod response;
mod url;
mod write;
pub mod writer;

#[cfg(test)]
mod tests;

pub use entry::{Entry, Recording};
pub use error::HarError;
pub use read::{from_line, from_slice, read};
pub use write::{line, to_string};
pub use writer::Writer;
