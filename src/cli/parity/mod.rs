//! `cutover parity`: record, replay, learn, report.
//!
//! - [`record`]: live traffic to a HAR file
//! - [`replay`]: a HAR file asked again and compared
//! - [`learn`]: rules proposed from what a server does not repeat
//! - [`report`]: what online comparisons came to, and their samples as a HAR file
//! - `sources`: where what is recorded comes from: a running bridge, or one of our own
//! - `keeping`: what is recorded, to its file
//! - `observing`: where learning looks
//! - `stages`: what a replay asks: the handlers alone, or a URL

mod keeping;
pub mod learn;
mod observing;
pub mod record;
pub mod replay;
pub mod report;
mod sources;
mod stages;

use std::process::ExitCode;

use clap::{Args, Subcommand};

use crate::process;

/// Options of `cutover parity`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Parity {
    #[command(subcommand)]
    command: Command,
}

const EXAMPLES: &str = "\
Examples:
  cutover parity record --out traffic.har
      what passes through the running bridge, until Ctrl-C
  cutover parity replay traffic.har --target native --data-dir DATA --user carol --password-file FILE
      asks the handlers alone, and compares with what was recorded
  cutover parity replay traffic.har --target http://127.0.0.1:4300 --against http://127.0.0.1:4242 --report html
      asks a bridge and the backend behind it, and compares the two
  cutover parity learn traffic.har --target http://127.0.0.1:4242
      asks a backend twice and proposes rules for what it does not repeat
  cutover parity report
      what the comparisons of modes shadow and verify came to

docs/parity.md tells the whole story.";

#[derive(Debug, Subcommand)]
enum Command {
    /// Record live traffic to a HAR file
    Record(record::Record),
    /// Ask a recording again, and compare
    Replay(replay::Replay),
    /// Propose rules from what a server does not repeat
    Learn(learn::Learn),
    /// Show what online comparisons came to, or export their samples
    Report(report::Report),
}

impl Parity {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        // A replay has a user's password, and a recording sees logins.
        process::keep_files();
        if let Err(error) = process::keep_memory() {
            eprintln!("cutover: core dumps and debuggers can not be kept out: {error}");
        }
        match self.command {
            Command::Record(record) => record.run(),
            Command::Replay(replay) => replay.run(),
            Command::Learn(learn) => learn.run(),
            Command::Report(report) => report.run(),
        }
    }
}
