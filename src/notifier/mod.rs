//! The websocket notifier: legacy's messages for the user, typed.
//!
//! - [`message`]: what legacy sends, how it is to be delivered, and what becomes of it without a client

pub mod message;
