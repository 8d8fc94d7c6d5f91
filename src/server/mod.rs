//! Listeners, connection limits, graceful shutdown.
//!
//! - [`guard`]: the strict reading of what a client sends, before hyper sees it
//! - [`limits`]: the bounds of one connection
//! - [`listener`]: accepting, draining
//! - `binding`: a listener at an address
//! - [`inherited`]: listeners that were handed down by whoever started the bridge
//! - [`handover`]: another process that goes on in this one's place
//! - `places`: the cap on connections, and each client's share of it
//! - `descriptors`: how many the system has room for
//! - `signals`: what the process is told by signals
//! - `supervisor`: systemd, told how the bridge is, and that it is alive
//! - `telling`: the access log and the spans of each request
//! - [`workers`]: the threads that serve clients
//! - [`connection`]: one client connection
//! - [`socket`]: the Unix socket of the legacy process
//! - [`answering`]: an answer on its way to the client
//! - [`offline`]: the handlers alone, on a copy of the data, for a replay
//! - [`standing`]: a bridge that forwards everything and is recorded
//! - `misdirected`: requests for another name than the listener's
//! - [`failure`]: why the bridge can not run
//! - [`run`]: the whole bridge, from configuration to shutdown; `ending`: its end

pub mod answering;
mod binding;
pub mod connection;
mod descriptors;
mod ending;
pub mod failure;
pub mod guard;
pub mod handover;
pub mod inherited;
pub mod limits;
pub mod listener;
mod misdirected;
pub mod offline;
mod places;
pub mod run;
mod signals;
pub mod socket;
pub mod standing;
mod supervisor;
mod telling;
pub mod workers;
