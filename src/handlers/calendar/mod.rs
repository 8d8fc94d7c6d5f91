//! `/api/1/calendar`
//!
//! - [`entries`]: entries that match
//! - [`arguments`]: what is asked of them
//! - [`write`](mod@write): one added, edited, deleted
//! - `account`: the address, chain and counterparty of an entry, as they are read
//! - [`reminders`]: the reminders of an entry
//! - [`google`]: the calendar that it is copied to

mod account;
pub mod arguments;
pub mod entries;
pub mod google;
pub mod reminders;
pub mod write;
