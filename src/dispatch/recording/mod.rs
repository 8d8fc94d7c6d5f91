//! Live traffic, recorded: while somebody listens, each exchange is copied while it streams by. Nothing here delays or
//! changes what the user gets.
//!
//! - [`recorder`]: who listens, and the room that copies have
//! - [`take`]: one exchange, copied on its way
//! - [`exchange`]: a finished copy, and the redacted entry that is made of it
//! - [`tape`]: what a listener gets to read

pub mod exchange;
pub mod recorder;
pub mod take;
pub mod tape;

pub use exchange::Exchange;
pub use recorder::{Recorder, TooMany};
pub use take::Take;
pub use tape::{Tape, Told};
