//! Rules proposed from what a server does not repeat.
//!
//! - [`observed`]: what was asked of one route, and the answers that may differ
//! - [`lesson`]: what is proposed, and what is left to a person
//! - [`mod@propose`]: from one to the other, and proved by comparing again
//! - [`edit`]: proposals put into the text of a routes.toml
//!
//! How a proposal comes about:
//! - `look`: two answers walked side by side, for what is different and how
//! - `seen`: all that was seen at one place
//! - `decide`: from there to the narrowest rule that excuses all of it
//! - `draft`: rules taken up, proved, widened and left out again
//! - `keys`, `masks`, `shares`: what tells items apart, which part of a text varies, and how far numbers are apart
//! - `silence`: whether anything is left to compare
//! - `words`: what is said about it

mod decide;
mod draft;
pub mod edit;
#[cfg(test)]
mod examples;
#[cfg(test)]
mod files;
mod keys;
pub mod lesson;
mod look;
mod masks;
pub mod observed;
pub mod propose;
mod seen;
mod shares;
mod silence;
mod words;

pub use edit::{Addition, EditError, edited};
pub use lesson::{Left, Lesson};
pub use observed::{Observed, Pair, Unit};
pub use propose::propose;
