//! Who is logged in, and with which key: learned by watching legacy's own answers.
//!
//! - [`who`]: who is logged in, as far as is known
//! - [`facts`]: what only legacy's memory holds: premium, default modules, process facts, CORS
//! - [`state`]: the session: what is known now, and how it changes
//! - [`files`]: the databases of the user, opened on demand and let go of in time
//! - [`limits`]: how much premium shows
//! - `fields`: what a login or the like holds
//! - [`watched`]: which requests say something about the session
//! - [`observe`]: what their answers say
//! - [`shown`]: what an answer shows, whoever asked
//! - [`premium`]: whether a subscription is active
//! - [`report`]: what the package inside legacy says
//! - [`check`]: what legacy says when it is asked
//! - [`going_on`]: what another process goes on with
//! - [`zone`]: the time zone of its process

pub mod check;
pub mod facts;
mod fields;
pub mod files;
pub mod going_on;
pub mod limits;
pub mod observe;
pub mod premium;
pub mod report;
pub mod shown;
pub mod state;
pub mod watched;
pub mod who;
pub mod zone;

pub use facts::Facts;
pub use files::{Hold, Unavailable};
pub use observe::Observation;
pub use state::Session;
pub use watched::Watched;
pub use who::Who;
