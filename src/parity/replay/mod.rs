//! A recording asked again: of the handlers alone, or of any server; compared with what was recorded, or with another
//! server.
//!
//! - [`target`]: who is asked
//! - [`plan`]: what is asked, and what in its order
//! - [`mod@run`]: all of it, to a report
//! - [`once`]: one exchange, asked and judged
//! - [`again`]: the same asked several times, for what a server does not repeat

pub mod again;
pub mod once;
pub mod plan;
pub mod run;
pub mod target;

pub use again::{Repeated, again};
pub use plan::Plan;
pub use run::{Options, run};
pub use target::{Asked, Stage, Target};
