//! A migration bridge: stands in front of a live Python backend and moves it to Rust one route at a time.
//!
//! In reading order, each room importing only from rooms further down:
//!
//! - [`cli`]: the command line
//! - [`server`], [`admin`]: listeners
//! - [`dispatch`]: one request's way through the bridge
//! - [`jobs`]: what legacy does by itself from time to time, done here
//! - [`handlers`], [`forward`]: the two sides that can answer it
//! - [`openapi`]: what the handlers take and give, described
//! - [`notifier`]: the websocket's clients, and the one subscription behind them
//! - [`rollout`]: how far each route goes by what was seen of it
//! - [`parity`]: whether the two answers are the same
//! - [`compat`]: the package inside the legacy process
//! - [`session`]: who is logged in, and the files behind
//! - [`tasks`]: what runs without a request that waits for it
//! - [`outbound`]: servers of others, asked in legacy's place
//! - [`db`], [`flags`], [`routes`], [`wire`], [`schema`], [`telemetry`]: what they are made of
//! - [`config`]: what all of it is told
//! - [`files`]: files of our own
//! - [`process`]: what the operating system keeps of this process from others
//! - [`admission`]: so many at once, and so many that wait for it

pub mod admin;
pub mod admission;
pub mod cli;
pub mod compat;
pub mod config;
pub mod db;
pub mod dispatch;
pub mod files;
pub mod flags;
pub mod forward;
#[cfg(any(test, fuzzing))]
pub mod fuzzing;
pub mod handlers;
pub mod jobs;
pub mod notifier;
pub mod openapi;
pub mod outbound;
pub mod parity;
pub mod process;
pub mod rollout;
pub mod routes;
pub mod schema;
pub mod server;
pub mod session;
pub mod tasks;
pub mod telemetry;
pub mod wire;
