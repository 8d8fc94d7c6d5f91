//! What the handlers may assume of the legacy databases.
//!
//! - [`version`]: the schema versions they were written for
//! - [`needs`]: what a handler needs: databases, tables, columns
//! - [`settings`]: the settings of a user, their order, kinds and defaults
//! - [`enums`]: serialised enumerations, as the database and the wire spell them
//! - [`locations`]: the locations and what describes them
//! - [`chains`]: the chains, their numbers and families
//! - [`events`]: kinds of events
//! - [`hardcoded`]: names of addresses
//! - [`constants`]: answers that are the same for everyone
//! - [`endpoints`]: every endpoint of the API, migrated or not
//! - [`assets`]: asset types, token kinds, chains and price sources, as global.db stores them
//! - [`counterparties`]: what legacy's decoders call whom they know

pub mod assets;
pub mod chains;
pub mod constants;
pub mod counterparties;
pub mod endpoints;
pub mod enums;
pub mod events;
pub mod hardcoded;
pub mod locations;
pub mod needs;
pub mod settings;
pub mod version;
