//! `/api/1/settings`
//!
//! - [`show`]: all of them
//! - `modifiable`: those that a client may change, and what legacy has of each in memory
//! - `arguments`: what a client may give
//! - [`write`](mod@write): some changed

mod arguments;
mod gives;
mod modifiable;
pub mod show;
pub mod write;
