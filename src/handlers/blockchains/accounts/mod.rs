//! `/api/1/blockchains/{blockchain}/accounts` and `…/xpub`, `/api/1/blockchains/type/{chain_type}/accounts`
//!
//! - [`list`]: the accounts of a chain
//! - `data`: label and tags of an account, as a request gives them
//! - `addresses`: the addresses in such a request, judged by their chain
//! - [`of_chain`], [`of_type`]: labels and tags of accounts edited, on one chain or wherever they are
//! - [`xpub`]: label and tags of an extended public key edited

mod addresses;
mod data;
pub mod list;
pub mod of_chain;
pub mod of_type;
pub mod xpub;
