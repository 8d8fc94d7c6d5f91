//! Clients that write through legacy and through the bridge at once, and keep a ledger of it.
//!
//! - [`kind`]: what they write: tags, notes, calendar entries, history events
//! - [`client`]: one request, and what may come of it
//! - [`writer`]: a client that writes, reads back and keeps its ledger
//! - [`sides`]: legacy and the bridge before one set of files, killed and started again
//! - [`verdict`]: the ledgers against what is stored and shown

pub mod client;
pub mod kind;
pub mod sides;
pub mod verdict;
pub mod writer;
