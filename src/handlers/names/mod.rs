//! `/api/1/names`
//!
//! - `chain_address`: an address and its chain, as all endpoints take them
//! - [`addressbook`]: entries of an address book, read and written
//! - [`lookup`]: names of addresses, from wherever there are any
//! - `sources`: where names come from

pub mod addressbook;
mod chain_address;
pub mod lookup;
mod sources;

pub use lookup::LOOKUP;
