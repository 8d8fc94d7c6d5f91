//! The command line, one file per command.
//!
//! - [`serve`]: run the bridge
//! - [`check`]: validate a routes.toml
//! - [`routes`]: show the route table
//! - [`flag`]: see and change how far routes are cut over, in a running bridge
//! - [`log`]: what such a bridge writes to its log
//! - [`healthcheck`]: whether one is there, as an exit status
//! - [`status`], [`journal`]: what such a bridge knows of itself, and what was changed
//! - [`upgrade`]: another process in such a bridge's place, without a lost request
//! - [`init`]: write a first routes.toml for the backend that runs
//! - [`doctor`]: what is wrong around a bridge, and what to do
//! - [`openapi`]: the description of the native routes, or of the admin API
//! - [`parity`]: record, replay, learn, report
//! - [`completions`], [`man`]: for shells and for packages
//! - [`admin_client`]: a running bridge, asked through its admin API
//! - `global`: a look into global.db that leaves no file behind
//! - [`shared`]: options that several commands take; [`table`]: what they print
//! - `asked`: a question to a server over HTTP, as a stranger asks it
//! - `edit`: a file that a command changes: shown as a diff, replaced at once

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "the terminal is what a command line is for")]

pub mod admin_client;
mod asked;
pub mod check;
pub mod completions;
pub mod doctor;
mod edit;
pub mod flag;
mod global;
pub mod healthcheck;
pub mod init;
pub mod journal;
pub mod log;
pub mod man;
pub mod openapi;
pub mod parity;
pub mod routes;
pub mod serve;
pub mod shared;
pub mod status;
pub mod table;
pub mod upgrade;

use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};

/// Stands in front of a live Python backend and moves it to Rust one route at a time.
#[derive(Debug, Parser)]
#[command(name = "cutover", version, after_help = EXAMPLES)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

const EXAMPLES: &str = "\
Examples:
  cutover init
  cutover serve --legacy http://127.0.0.1:4242 --data-dir ~/.local/share/rotki/data
  cutover check routes.toml
  cutover routes --json
  cutover status
  cutover doctor
  cutover flag tags_list canary 10 --why 'a week without a mismatch'
  cutover flag --all legacy
  cutover parity learn traffic.har --target http://127.0.0.1:4242

Every key of routes.toml can be set by CUTOVER_<SECTION>__<KEY> and, for routes, CUTOVER_ROUTE__<NAME>__<KEY>.
docs/routes.md describes them all.";

#[derive(Debug, Subcommand)]
enum Command {
    /// Write a commented routes.toml for the backend that runs here
    Init(init::Init),
    /// Run the bridge in front of a legacy backend
    Serve(serve::Serve),
    /// Validate a routes.toml and list every fault with its place
    Check(check::Check),
    /// Say what is wrong around a bridge, before its start or beside it, and what to do
    Doctor(doctor::Doctor),
    /// Show the route table
    Routes(routes::Routes),
    /// See and change how far routes are cut over, in a running bridge
    Flag(flag::Flag),
    /// Show the state of a running bridge
    Status(status::Status),
    /// Say by the exit status whether a bridge is alive, or ready
    Healthcheck(healthcheck::Healthcheck),
    /// Show what was changed in a running bridge
    Journal(journal::Journal),
    /// See and change what a running bridge writes to its log
    Log(log::Log),
    /// Have another process go on in a running bridge's place, without a lost request
    Upgrade(upgrade::Upgrade),
    /// Print the OpenAPI document of the native routes, or of the admin API
    Openapi(openapi::Openapi),
    /// Prove that native answers are legacy's: record, replay, learn, report
    Parity(parity::Parity),
    /// Print what a shell completes
    Completions(completions::Completions),
    /// Write manual pages
    Man(man::Pages),
}

/// Runs a command: 0 for success, 1 for a check that found faults or a bridge that refuses, 2 for what can not be run.
#[must_use]
pub fn main() -> ExitCode {
    let outcome = match Arguments::parse().command {
        Command::Init(init) => init.run(),
        Command::Serve(serve) => serve.run(),
        Command::Check(check) => check.run(),
        Command::Doctor(doctor) => doctor.run(),
        Command::Routes(routes) => routes.run(),
        Command::Flag(flag) => flag.run(),
        Command::Status(status) => status.run(),
        Command::Healthcheck(healthcheck) => healthcheck.run(),
        Command::Journal(journal) => journal.run(),
        Command::Log(log) => log.run(),
        Command::Upgrade(upgrade) => upgrade.run(),
        Command::Openapi(openapi) => openapi.run(),
        Command::Parity(parity) => parity.run(),
        Command::Completions(completions) => completions.run(Arguments::command()),
        Command::Man(pages) => pages.run(Arguments::command()),
    };
    outcome.unwrap_or_else(|error| {
        eprintln!("cutover: {}", format!("{error:#}").replace('\n', " "));
        ExitCode::from(2)
    })
}
