//! `/api/1/blockchains`
//!
//! - [`constants`]: which chains and modules there are
//! - [`accounts`]: the accounts of a chain, labels and tags edited
//! - [`modules`]: data of modules forgotten
//! - [`nodes`]: the RPC nodes of a chain
//! - [`staking`]: events of staking forgotten
//! - [`transactions`]: how many transactions wait to be decoded

pub mod accounts;
pub mod constants;
pub mod modules;
pub mod nodes;
pub mod staking;
pub mod transactions;
