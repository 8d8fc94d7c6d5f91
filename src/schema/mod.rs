//! What the handlers may assume of the legacy databases.
//!
//! - [`version`]: the schema versions they were written for
//! - [`settings`]: the settings of a user, their order, kinds and defaults
//! - [`enums`]: serialised enumerations, as the database and the wire spell them
//! - [`locations`]: the locations and what describes them
//! - [`constants`]: answers that are the same for everyone

pub mod constants;
pub mod enums;
pub mod locations;
pub mod settings;
pub mod version;
