//! The contract: what the bridge promises, a sentence per test, held over real sockets, databases and processes.
//!
//! One program for all of them: what they stand on is compiled and linked once. With a program per file, each with the
//! whole bridge in it, a machine ran out of disk.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that can not go on has failed")]
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "what a run came to, or why it was left out, is of interest"
)]
#![allow(unreachable_pub, reason = "nothing of a test is reached from outside")]

mod support;

mod access_log;
mod admin;
mod admin_access;
mod admin_cli;
mod admin_openapi;
mod admin_telemetry;
mod arguments;
mod background;
mod bodies;
mod both_ways;
mod cancellation;
mod cli;
mod compat;
mod completions;
mod compromised;
mod corpus;
mod coverage;
mod crowds;
mod dashboard;
mod dashboard_api;
mod dashboard_live;
mod doctor;
mod driver;
mod driver_context;
mod driver_faults;
mod driver_files;
mod driver_keys;
mod driver_log;
mod driver_memory;
mod driver_processes;
mod driver_replaced;
mod driver_writes;
mod failures;
mod flags;
mod framing;
mod guides;
mod handover;
mod hard_reads;
mod headers;
mod healthcheck;
mod hostile;
mod hosts;
mod imports;
mod init;
mod limits;
mod log_level;
mod mixed;
mod native;
mod needs;
mod notifier;
mod notifier_outage;
mod notifier_slow;
mod observability;
mod offline;
mod openapi;
mod outage;
mod outbound;
mod outputs;
mod parity_client;
mod parity_learn;
mod path_confusion;
mod paths;
mod pool;
mod premium_statistics;
mod process;
mod python;
mod recording;
mod refusals;
mod reload;
mod replay;
mod rollout;
mod security;
mod session;
mod shadow;
mod smuggling;
mod socket_activation;
#[cfg(feature = "otlp")]
mod spans;
mod stopping;
mod supervised;
mod tasks;
mod trace_context;
mod tunnel;
mod upgrades;
mod webhook_file;
mod writes;
mod writes_beside;
