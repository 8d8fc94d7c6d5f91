//! `/api/1/history/events`: some added, edited, deleted.
//!
//! - [`write`]: events added, and edited
//! - `delete`: deleted
//! - [`kinds`]: what becomes of arguments, one file per kind of entry
//! - [`fields`]: the arguments that several kinds have
//! - [`event`], [`extensions`]: one event as its rows are, in the tables of all and of some
//! - [`grouped`]: events edited together

pub mod delete;
mod event;
mod extensions;
mod fields;
mod grouped;
mod kinds;
pub mod write;
