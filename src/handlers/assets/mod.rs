//! `/api/1/assets`
//!
//! - [`types`]: asset types
//! - [`owned`]: identifiers of what the user has, or had
//! - [`all`]: assets with their details, filtered, ordered, by pages; one added, edited, deleted
//! - `query`: what can be asked of them
//! - `cut`: a page of them, cut before the rest is joined
//! - `entry`: an asset with its details, as its type has them
//! - [`search`], [`levenshtein`]: assets by a part of name or symbol
//! - [`mappings`]: names and symbols of given assets
//! - [`custom`]: assets that the user made up, and their types
//! - [`symbols`]: what exchanges and protocols call assets
//! - [`prices`]: prices as global.db has them
//! - [`ignored`]: identifiers of what the user ignores
//! - [`whitelist`]: what is no spam
//! - [`spam`]: a token that is no spam any longer
//! - `token`: the token of an EVM chain that a request names
//! - `crypto`: the crypto asset that a request names
//! - `judged`: how such a name is looked up
//! - `uuid`: identifiers of what nothing else identifies
//! - `removal`: an asset deleted, of whatever type
//! - `tables`: where all of it stands, what the user ignores

pub mod all;
mod crypto;
pub mod custom;
mod cut;
mod entry;
#[cfg(test)]
mod examples;
pub mod ignored;
mod judged;
pub mod levenshtein;
pub mod mappings;
pub mod owned;
pub mod prices;
mod query;
mod removal;
pub mod search;
pub mod spam;
pub mod symbols;
mod tables;
mod token;
pub mod types;
mod uuid;
pub mod whitelist;
