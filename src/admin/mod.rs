//! Admin API and dashboard, on a listener of their own.
//!
//! Who gets in, and how answers look:
//! - [`serving`]: the listener
//! - `router`: every endpoint, a line each
//! - `endpoint`: one line of it
//! - [`guard`]: who may ask: Host, Origin, token, content type; and the headers that keep browsers from more
//! - `failure`: why a request is not done, as JSON
//! - `body`, `parameters`: what a request brings, read strictly
//! - `openapi`: the description of all of it
//! - `shell`: the dashboard's files
//!
//! Endpoints, a file per subject:
//! - `probe`: alive, ready
//! - [`status`]: what the bridge knows of itself, as JSON
//! - `overview`: the bridge at a glance; `attention`: what of it wants somebody's
//! - `endpoints`: every endpoint of the backend, migrated or not
//! - `notifier`, `databases`: the websocket's clients, the open databases
//! - `events`: what happens, as it happens
//! - `routes`: how far each route is, and moving it; `rollout`: what is known of routes; `traffic`: counts as JSON
//! - `evidence`: what speaks for and against a route
//! - `journal`: every change
//! - `metrics`: what is counted, for Prometheus
//! - [`parity`]: what the comparisons came to
//! - `samples`, `sample`: what was kept of differences
//! - `kill`: the kill switch
//! - [`notify`]: a message for the websocket's clients
//! - `compat`: the package inside legacy, told something
//! - `record`: live traffic, line by line
//! - `upgrade`: another process in this one's place

mod attention;
mod body;
mod compat;
mod databases;
mod endpoint;
mod endpoints;
mod events;
mod evidence;
mod failure;
pub mod guard;
mod journal;
mod kill;
mod log;
mod metrics;
mod notifier;
pub mod notify;
pub(crate) mod openapi;
mod overview;
mod parameters;
pub mod parity;
mod probe;
mod record;
mod rollout;
mod router;
mod routes;
mod sample;
mod samples;
pub mod serving;
mod shell;
pub mod status;
mod traffic;
mod upgrade;

pub use guard::{Token, TokenError};
pub use serving::serve;
