//! `/api/1/calendar`
//!
//! - [`entries`]: entries that match
//! - [`arguments`]: what is asked of them
//! - [`reminders`]: the reminders of an entry

pub mod arguments;
pub mod entries;
pub mod reminders;
