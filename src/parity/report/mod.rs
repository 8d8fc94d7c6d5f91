//! A run as text. Pure functions: no files, no clock.
//!
//! - [`tally`]: counts by verdict, in all and per route, and the share that agrees
//! - [`format`]: the formats, by their words
//! - [`terminal`]: tables and the first differences, for a person at a terminal
//! - [`json`]: everything, for programs
//! - [`junit`]: a suite per route, for CI servers
//! - [`markdown`]: a comment on a pull request
//! - [`html`]: one page with everything a person needs to mend a mismatch
//! - `text`: what they share: words for moments, shares, request lines
//! - `body`: a body as lines to read; `pretty`: JSON indented, each token as it came
//! - [`align`]: which lines of two texts belong together; [`beside`]: two answers as such rows
//! - [`curl`]: a request as a command for a shell

pub mod align;
pub mod beside;
mod body;
pub mod curl;
pub mod format;
pub mod html;
pub mod json;
pub mod junit;
pub mod markdown;
mod pretty;
#[cfg(test)]
mod sample;
pub mod tally;
pub mod terminal;
mod text;

pub use format::{Format, UnknownFormat, write};
pub use tally::Tally;
pub use terminal::terminal;
pub use text::{counted, grouped, visible};
