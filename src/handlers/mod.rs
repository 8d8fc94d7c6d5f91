//! Native endpoints, one file per legacy resource. To add one: a function in its file, a line in [`ALL`], a route in
//! routes.toml.
//!
//! - [`handler`]: what a handler is: a name, a route, what it needs, a function
//! - `declared`: in debug builds, whether its answers are what it declares
//! - [`class`]: what kinds of handlers there are for the places they take
//! - [`context`]: what a handler may ask for: the request, the session, the databases
//! - [`gate`]: the schema versions that handlers read, and no other
//! - `asset_arguments`: arguments that only global.db can judge
//! - [`filter`]: what a client filters by
//! - [`cells`]: the cells of a row, read strictly
//! - [`staleness`]: what a write leaves stale in legacy's memory
//! - [`stop`], [`unanswered`]: why a handler ends early: with a refusal, or without an answer, so that the request is
//!   forwarded
//! - `refusals`: what SQLite and legacy's driver refuse, in their words
//! - `limited`: how much a user is shown of what legacy limits
//! - [`upload`], `shared`: files that come with a request, and those that it names by their path
//! - `remembered`: answers that need not be put together again
//! - [`rows`], `ordering`, `asynchronous`, `identifiers`: what several of them need: rows of a query, order and page of a
//!   list, `async_query`, assets as global.db spells them
//! - one module per resource

pub mod accounting;
pub mod actions;
mod asset_arguments;
pub mod assets;
mod asynchronous;
pub mod balances;
pub mod blockchains;
pub mod calendar;
pub mod cells;
pub mod class;
pub mod configuration;
pub mod context;
pub mod database;
#[cfg(debug_assertions)]
mod declared;
pub mod defi;
pub mod exchanges;
pub mod external_services;
pub mod filter;
pub mod gate;
pub mod handler;
pub mod history;
mod identifiers;
pub mod info;
mod limited;
pub mod locations;
pub mod names;
pub mod nfts;
pub mod notes;
pub mod oracles;
mod ordering;
pub mod ping;
pub mod protocols;
pub mod queried_addresses;
mod refusals;
mod remembered;
pub mod reports;
pub mod rows;
pub mod settings;
mod shared;
pub mod snapshots;
pub mod staleness;
pub mod statistics;
pub mod stop;
pub mod tags;
pub mod tasks;
pub mod unanswered;
pub mod upload;
pub mod users;
pub mod wallet;

pub use class::Class;
pub use context::Context;
pub use handler::Handler;
pub use stop::Stop;
pub use unanswered::Unanswered;

use crate::config::Declared;

/// Every handler.
pub const ALL: &[Handler] = &[
    ping::PING,
    info::INFO,
    users::LIST,
    settings::show::GET,
    settings::write::EDIT,
    tags::list::LIST,
    tags::write::ADD,
    tags::write::EDIT,
    tags::write::DELETE,
    assets::types::TYPES,
    assets::owned::LIST,
    assets::all::list::QUERY,
    assets::all::write::ADD,
    assets::all::write::EDIT,
    assets::all::write::DELETE,
    assets::search::SEARCH,
    assets::levenshtein::SEARCH,
    assets::mappings::QUERY,
    assets::custom::list::QUERY,
    assets::custom::list::TYPES,
    assets::custom::write::ADD,
    assets::custom::write::EDIT,
    assets::custom::write::DELETE,
    assets::symbols::list::OF_LOCATIONS,
    assets::symbols::of_locations::ADD,
    assets::symbols::of_locations::EDIT,
    assets::symbols::of_locations::DELETE,
    assets::symbols::list::OF_COUNTERPARTIES,
    assets::symbols::of_counterparties::ADD,
    assets::symbols::of_counterparties::EDIT,
    assets::symbols::of_counterparties::DELETE,
    assets::prices::list::MANUAL,
    assets::prices::list::HISTORICAL,
    assets::prices::write::ADD,
    assets::prices::write::EDIT,
    assets::prices::write::DELETE,
    assets::prices::list::LATEST,
    assets::prices::latest::ADD,
    assets::prices::latest::DELETE,
    oracles::list::CACHE,
    oracles::write::DELETE_CACHE,
    assets::whitelist::list::LIST,
    assets::whitelist::write::ADD,
    assets::whitelist::write::DELETE,
    assets::spam::DELETE,
    locations::ALL,
    accounting::RULES_INFO,
    accounting::RULES,
    accounting::write::ADD,
    accounting::write::EDIT,
    accounting::write::DELETE,
    accounting::CONFLICTS,
    accounting::RESOLVE,
    accounting::EXPORT,
    accounting::import::NAMED,
    accounting::import::UPLOADED,
    actions::IGNORE,
    actions::UNIGNORE,
    assets::ignored::list::LIST,
    assets::ignored::write::ADD,
    assets::ignored::write::DELETE,
    balances::historical::moment::MOMENT,
    balances::historical::amounts::AMOUNTS,
    balances::historical::net_value::NET_VALUE,
    blockchains::constants::SUPPORTED,
    blockchains::constants::EVM,
    blockchains::constants::MODULES,
    blockchains::modules::DELETE_ALL_DATA,
    blockchains::modules::DELETE_DATA,
    blockchains::accounts::list::LIST,
    blockchains::accounts::of_chain::EDIT,
    blockchains::accounts::of_type::EDIT,
    blockchains::accounts::xpub::EDIT,
    blockchains::nodes::LIST,
    blockchains::transactions::EVM_UNDECODED,
    blockchains::transactions::EVMLIKE_UNDECODED,
    blockchains::transactions::EVM_STATUS,
    blockchains::staking::DELETE_EVENTS,
    calendar::entries::LIST,
    calendar::write::ADD,
    calendar::write::EDIT,
    calendar::write::DELETE,
    calendar::reminders::list::LIST,
    calendar::reminders::write::ADD,
    calendar::reminders::write::EDIT,
    calendar::reminders::write::DELETE,
    calendar::google::DISCONNECT,
    configuration::GET,
    database::INFO,
    defi::METADATA,
    exchanges::list::LIST,
    exchanges::pairs::BINANCE,
    exchanges::data::DELETE_ALL,
    exchanges::data::DELETE,
    external_services::list::LIST,
    external_services::write::ADD,
    external_services::write::DELETE,
    history::facts::EVENT_TYPES,
    history::facts::EVENT_PRODUCTS,
    history::facts::EVENT_COUNTERPARTIES,
    history::facts::SKIPPED_EVENTS,
    history::events::list::handler::LIST,
    history::events::write::ADD,
    history::events::write::EDIT,
    history::events::delete::DELETE,
    history::events::details::DETAILS,
    locations::ASSOCIATED,
    locations::LABELS,
    names::addressbook::list::LIST,
    names::addressbook::write::ADD,
    names::addressbook::write::EDIT,
    names::addressbook::write::DELETE,
    names::LOOKUP,
    oracles::list::LIST,
    nfts::PRICES,
    notes::list::LIST,
    notes::write::ADD,
    notes::write::EDIT,
    notes::write::DELETE,
    protocols::REFRESHABLE_DATA,
    queried_addresses::list::LIST,
    queried_addresses::write::ADD,
    queried_addresses::write::DELETE,
    snapshots::show::ANY,
    snapshots::show::ONE,
    snapshots::import::NAMED,
    snapshots::import::UPLOADED,
    snapshots::import::NAMED_ONE,
    snapshots::import::UPLOADED_ONE,
    snapshots::write::EDIT_ANY,
    snapshots::write::EDIT,
    snapshots::write::DELETE_ANY,
    snapshots::write::DELETE,
    reports::list::LIST,
    reports::list::ONE,
    reports::events::DATA,
    reports::write::DELETE_NONE,
    reports::write::DELETE,
    statistics::net_value::NET_VALUE,
    statistics::distribution::VALUE_DISTRIBUTION,
    statistics::balance::BALANCE,
    statistics::events::EVENTS,
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        routes::{Endpoints, pattern::Pattern},
        schema::needs::Database,
    };

    #[test]
    fn every_handler_answers_an_endpoint_of_the_backends() {
        let endpoints = Endpoints::load(None).unwrap();
        assert_eq!((endpoints.list().len(), ALL.len()), (264, 144));
        for handler in ALL {
            let pattern = Pattern::parse(handler.declared.route).unwrap();
            assert!(endpoints.place_of(&pattern).is_some(), "{pattern} is in no line of endpoints.txt");
        }
    }

    #[test]
    fn the_pages_list_every_handler_and_what_it_needs() {
        let page = include_str!("../../docs/routes.md");
        let rows: Vec<Vec<&str>> = page
            .lines()
            .filter(|line| line.contains("` | `") && line.contains(" /api/1/"))
            .map(|line| line.split('|').map(|cell| cell.trim().trim_matches('`')).collect())
            .collect();
        for (row, handler) in rows.iter().zip(ALL) {
            let (declared, needs) = (handler.declared, handler.needs.to_string());
            assert_eq!(
                row[1..4],
                [declared.name, declared.route, needs.as_str()],
                "docs/routes.md, in the order of ALL"
            );
        }
        assert_eq!(rows.len(), ALL.len());
        let count = format!("{} native endpoints", ALL.len());
        let guide = include_str!("../../docs/guide.md");
        for (name, page) in [("routes.md", page), ("guide.md", guide), ("README", include_str!("../../README.md"))] {
            assert!(page.contains(&count), "{name} does not say that there are {count}");
        }
        let forwarded = format!("the {} native routes that read it", gate::forwarded(Database::Global));
        assert!(guide.contains(&forwarded), "guide.md does not speak of {forwarded}");
    }
}
