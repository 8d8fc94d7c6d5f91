//! One request's way through the bridge; the only place where flags, handlers and forwarding meet.
//!
//! - [`bridge`]: everything a request needs, and the decision made with it
//! - [`handling`]: one request, from its head to its answer
//! - [`express`]: which requests take the fast path
//! - [`gate`]: legacy's writes and ours take turns
//! - [`classes`]: the places that handlers take, by class
//! - [`targeting`]: the targeting key of a canary
//! - [`native`]: a handler's run, and when there is none
//! - `mutation`: deliberate faults, for tests
//! - [`outward`]: the way out to legacy
//! - [`passing`]: forwarding, with an eye on what it says about the session
//! - `websocket`: who serves a websocket: the notifier, or legacy through a tunnel
//! - `messages`: what the notifier keeps, merged into legacy's `GET /api/1/messages`
//! - [`tasks`]: tasks that clients ask for, legacy's and ours, as one list
//! - [`background`]: background tasks of legacy's that are done here
//! - [`handover`]: whether requests are answered here, wait, or are another process's; `relaying`: the way there
//! - `left`: those that could not be done here, and are legacy's for a while
//! - `handed`: a body that hands something out once
//! - [`comparing`]: modes shadow and verify: the other side asked too, and the two compared
//! - [`recording`]: what passes, copied for whoever records it
//! - [`answers`]: native answers and the bridge's own, as responses
//! - [`casing`]: header names spelled as legacy spells them
//! - [`lessons`]: what a recording shows of the legacy that answered it
//! - [`asking`]: the bridge's own questions to legacy

pub mod answers;
pub mod asking;
pub mod background;
pub mod bridge;
pub mod casing;
pub mod classes;
pub mod comparing;
pub mod express;
pub mod gate;
mod handed;
pub mod handling;
pub mod handover;
mod left;
pub mod lessons;
mod messages;
#[cfg(debug_assertions)]
mod mutation;
pub mod native;
pub mod outward;
pub mod passing;
pub mod recording;
mod relaying;
pub mod targeting;
pub mod tasks;
mod websocket;

pub use bridge::{Bridge, Client, Place};
pub use lessons::Lessons;
