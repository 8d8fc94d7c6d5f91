//! `cutover flag`: see and change how far routes are cut over, in a running bridge.
//!
//! - [`command`]: the command
//! - `wanted`: what its words mean
//! - `shown`: what it prints

pub mod command;
mod shown;
mod wanted;

pub use command::Flag;
