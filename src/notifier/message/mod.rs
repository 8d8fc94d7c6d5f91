//! What legacy sends over its websocket: one object of `type` and `data` per message, 20 types.
//!
//! - [`Message`]: one of them, read and written byte for byte
//! - [`accounts`], [`calendar`], [`failures`], [`history`], [`premium`], [`progress`], [`transactions`], [`upgrades`]:
//!   what is in them; [`Text`]: texts that borrow
//! - [`Unknown`]: what is unknown about any other text; it is passed on as it came
//! - [`Kind`]: names to count by
//! - [`Delivery`]: whether one may be lost, and which newer one makes it needless
//! - [`Entry`]: a message nobody could be sent, as `GET /api/1/messages` lists it
//! - [`messages`]: the body of that answer

pub mod accounts;
pub mod calendar;
mod delivery;
mod entry;
pub mod failures;
mod fields;
pub mod history;
mod kind;
pub mod messages;
pub mod premium;
pub mod progress;
mod text;
pub mod transactions;
mod typed;
mod unknown;
pub mod upgrades;

#[cfg(test)]
mod any;
#[cfg(test)]
mod examples;

pub use delivery::{Class, Delivery, Key, classify, delivery_of};
pub use entry::Entry;
pub use kind::{Kind, NAMES};
pub use text::Text;
pub use typed::Message;
pub use unknown::Unknown;
