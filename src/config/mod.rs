//! Configuration: built-in defaults < routes.toml < `CUTOVER_*` environment < command line.
//!
//! - [`keys`]: every key, declared once: name, kind, default, what it does
//! - [`kinds`]: how a value of each kind is read, and what to say when it cannot be
//! - [`values`]: the value types of the field (mode, percent, sticky key, sizes)
//! - [`position`]: how far a route is
//! - [`ladder`]: the steps it is cut over by
//! - [`guardrails`]: bounds on its evidence
//! - [`caches`]: what legacy holds in memory of its databases
//! - [`background`]: what legacy does by itself from time to time
//! - [`host`]: a host as URLs and headers write it
//! - [`names`]: the names a listener goes by
//! - [`set`]: several things that have words
//! - [`rules`], [`place`]: what may differ between the two answers of a route, and where
//! - [`fault`]: one thing wrong with a configuration, with its place and remedy
//! - [`file`]: routes.toml to checked values, every fault at once
//! - `listed`: what stands there in lists of tables
//! - [`environment`]: `CUTOVER_*` to checked values
//! - [`layers`]: the layers put together by figment
//! - [`settings`]: the typed result

pub mod background;
pub mod caches;
pub mod environment;
pub mod fault;
pub mod file;
pub mod guardrails;
pub mod host;
pub mod keys;
pub mod kinds;
pub mod ladder;
pub mod layers;
mod listed;
pub mod names;
pub mod place;
pub mod position;
pub mod rules;
pub mod set;
pub mod settings;
pub mod values;

pub use background::{Background, Backgrounds};
pub use caches::{Cache, Caches};
pub use fault::{Fault, Faults};
pub use guardrails::{Guardrails, Rollback};
pub use host::{Host, HostName};
pub use ladder::{Advance, Ladder, Rung};
pub use layers::{Layers, load};
pub use place::Place;
pub use position::Position;
pub use rules::Rule;
pub use set::Worded;
pub use settings::{Config, Outbound, RouteConfig};
pub use values::{Access, Mode, NativeWrites, Percent, Sticky};

/// What the binary can answer natively, as the handlers declare it: the configuration is checked against it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Declared {
    /// Name of the handler, and of its route unless the configuration says otherwise.
    pub name: &'static str,
    /// Method and path pattern, as in `GET /api/1/tags`.
    pub route: &'static str,
    /// Whether it reads or writes.
    pub access: Access,
    /// Caches of legacy's that its writes would leave stale.
    pub stale: &'static [Cache],
}
