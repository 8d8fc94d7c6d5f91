//! Native endpoints, one file per legacy resource. To add one: a function in its file, a line in [`ALL`], a route in
//! routes.toml.
//!
//! - [`handler`]: what a handler is: a name, a route, a function
//! - [`context`]: what a handler may ask for: the request, the session, the databases
//! - [`unanswered`]: why a handler gives no answer, so that the request is forwarded
//! - `rows`, `ordering`, `asynchronous`: what several of them need: rows of a query, order and page of a list,
//!   `async_query`
//! - one module per resource

pub mod accounting;
pub mod assets;
mod asynchronous;
pub mod blockchains;
pub mod calendar;
pub mod configuration;
pub mod context;
pub mod database;
pub mod defi;
pub mod exchanges;
pub mod external_services;
pub mod handler;
pub mod history;
pub mod info;
pub mod locations;
pub mod notes;
pub mod oracles;
mod ordering;
pub mod ping;
pub mod protocols;
pub mod queried_addresses;
pub mod reports;
mod rows;
pub mod settings;
pub mod tags;
pub mod tasks;
pub mod unanswered;
pub mod users;
pub mod wallet;

pub use context::Context;
pub use handler::Handler;
pub use unanswered::Unanswered;

use crate::config::Declared;

/// Every handler.
pub const ALL: &[Handler] = &[
    ping::PING,
    info::INFO,
    users::LIST,
    settings::GET,
    tags::LIST,
    assets::TYPES,
    locations::ALL,
    accounting::RULES_INFO,
    assets::IGNORED,
    blockchains::constants::SUPPORTED,
    blockchains::constants::EVM,
    blockchains::constants::MODULES,
    blockchains::nodes::LIST,
    blockchains::transactions::EVM_UNDECODED,
    blockchains::transactions::EVMLIKE_UNDECODED,
    blockchains::transactions::EVM_STATUS,
    calendar::entries::LIST,
    calendar::reminders::REMINDERS,
    configuration::GET,
    database::INFO,
    defi::METADATA,
    exchanges::BINANCE_PAIRS,
    external_services::LIST,
    history::EVENT_TYPES,
    history::EVENT_PRODUCTS,
    history::EVENT_COUNTERPARTIES,
    history::SKIPPED_EVENTS,
    locations::ASSOCIATED,
    locations::LABELS,
    notes::LIST,
    oracles::LIST,
    protocols::REFRESHABLE_DATA,
    queried_addresses::LIST,
    reports::DELETE_NONE,
    tasks::DELETE_NONE,
    wallet::INTERACTED,
];

/// A handler by its name.
#[must_use]
pub fn find(name: &str) -> Option<&'static Handler> {
    ALL.iter().find(|handler| handler.declared.name == name)
}

/// What the handlers declare, for the route table.
#[must_use]
pub fn catalog() -> Vec<Declared> {
    ALL.iter().map(|handler| handler.declared).collect()
}
