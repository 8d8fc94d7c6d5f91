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
//! - `engine`: what the rollout knows; `traffic`: counts of requests as JSON
//! - [`parity`]: what the comparisons came to
//! - `samples`, `sample`: what was kept of differences
//! - `kill`: the kill switch
//! - [`notify`]: a message for the websocket's clients
//! - `compat`: the package inside legacy, told something
//! - `record`: live traffic, line by line

mod attention;
mod body;
mod compat;
mod databases;
mod endpoint;
mod endpoints;
mod engine;
mod events;
mod failure;
pub mod guard;
mod kill;
mod notifier;
pub mod notify;
mod openapi;
mod overview;
mod parameters;
pub mod parity;
mod probe;
mod record;
mod router;
mod sample;
mod samples;
pub mod serving;
mod shell;
pub mod status;
mod traffic;

pub use guard::{Token, TokenError};
pub use serving::serve;
