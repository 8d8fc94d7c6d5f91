//! Native endpoints, one file per legacy resource. To add one: a function in its file, a line in [`ALL`], a route in
//! routes.toml.
//!
//! - [`handler`]: what a handler is: a name, a route, a function
//! - [`context`]: what a handler may ask for: the request, the session, the databases
//! - [`unanswered`]: why a handler gives no answer, so that the request is forwarded
//! - one module per resource

pub mod accounting;
pub mod assets;
pub mod blockchains;
pub mod calendar;
pub mod configuration;
pub mod context;
pub mod defi;
pub mod handler;
pub mod history;
pub mod info;
pub mod locations;
pub mod oracles;
pub mod ping;
pub mod protocols;
pub mod reports;
pub mod settings;
pub mod tags;
pub mod tasks;
pub mod unanswered;
pub mod users;

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
    calendar::REMINDERS,
    accounting::RULES_INFO,
    blockchains::constants::SUPPORTED,
    blockchains::constants::EVM,
    blockchains::constants::MODULES,
    configuration::GET,
    defi::METADATA,
    history::EVENT_TYPES,
    history::EVENT_PRODUCTS,
    history::EVENT_COUNTERPARTIES,
    oracles::LIST,
    protocols::REFRESHABLE_DATA,
    reports::DELETE_NONE,
    tasks::DELETE_NONE,
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
