//! `/api/1/history/events`: a page of them, some added, edited, deleted; the details of one.
//!
//! - [`list`]: a page of events, or of groups of them
//! - [`write`]: events added, and edited
//! - [`delete`](mod@delete): deleted
//! - [`details`]: what else there is to know about one
//! - `kinds`: what becomes of arguments, one file per kind of entry
//! - `fields`: the arguments that several kinds have
//! - `event`, `extensions`: one event as its rows are, in the tables of all and of some
//! - `unwritten`: why one could not be written
//! - `grouped`, `evm_swaps`: events edited together
//! - `transactions`: whether the transaction that an event names is known

pub mod delete;
pub mod details;
mod event;
mod evm_swaps;
mod extensions;
mod fields;
mod grouped;
mod kinds;
pub mod list;
mod transactions;
mod unwritten;
pub mod write;
