//! `/api/1/calendar/reminders`
//!
//! - [`list`]: those of an entry
//! - [`write`](mod@write): several added, one edited, one deleted

pub mod list;
pub mod write;
