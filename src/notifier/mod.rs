//! The websocket notifier, taken over: clients stay connected to the bridge, which subscribes to legacy once for all.
//!
//! - [`handshake`]: what is let in
//! - [`frame`]: the framing of RFC 6455
//! - [`message`]: every message of the backend, typed; what may become of it while it waits
//! - [`outgoing`]: one message on its way to many clients
//! - [`outbox`]: what waits for one client
//! - [`client`], [`clients`]: one client, and all of them
//! - [`mod@notifier`]: who gets a message; [`outcome`]: what its sender wants and hears
//! - [`admitted`]: letting a client in; [`serving`]: the task of one client; [`ending`]: why it ends, and what it is told
//! - [`kept`]: what could be delivered to nobody
//! - [`link`], [`subscription`]: the one to legacy; [`joining`]: its handshake; [`missed`]: what was queued without it
//! - `older`: what comes past the subscription waits for what legacy queued before
//! - [`announcing`]: what the bridge itself has to say
//! - [`running`]: the tasks behind all of it
//! - [`counts`]: what it came to

pub mod admitted;
mod announcing;
pub mod client;
pub mod clients;
pub mod counts;
pub mod ending;
pub mod frame;
pub mod handshake;
mod joining;
pub mod kept;
pub mod link;
pub mod message;
mod missed;
#[allow(clippy::module_inception, reason = "the notifier is in the room of the notifier")]
pub mod notifier;
mod older;
pub mod outbox;
pub mod outcome;
pub mod outgoing;
pub mod running;
mod serving;
mod subscription;

pub use admitted::Admitted;
pub use link::Link;
pub use notifier::Notifier;
pub use outcome::{Outcome, Undelivered};
