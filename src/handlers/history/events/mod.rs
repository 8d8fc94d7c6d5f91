//! `/api/1/history/events`: some added, edited, deleted.
//!
//! - [`write`]: events added, and edited
//! - `delete`: deleted
//! - [`kinds`]: what becomes of arguments, one file per kind of entry
//! - [`fields`]: the arguments that several kinds have
//! - [`event`]: one event as its rows are

pub mod delete;
mod event;
mod fields;
mod kinds;
pub mod write;
