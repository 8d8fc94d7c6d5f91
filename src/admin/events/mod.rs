//! `GET /api/events`: what happens, as it happens, as server-sent events (WHATWG HTML, section 9.2).
//!
//! - [`stream`]: a reader comes: which topics, and whether there is a place
//! - [`topics`]: what a reader asks for
//! - [`feed`]: what it is sent, until it goes, is too slow, or the bridge stops
//! - [`requests`]: the live tail at a pace that a page can follow
//! - [`wire`]: the form of an event

mod feed;
mod requests;
mod stream;
mod topics;
mod wire;

pub(super) use stream::answer;
