//! `cutover log`: what a running bridge writes to its log, and a change of that.

use std::process::ExitCode;

use anyhow::Context;
use clap::Args;
use serde_json::{Value, json};

use super::{
    admin_client::{BridgeOptions, block_on, refused, words::user},
    shared::print,
};
use crate::parity::report::visible;

/// Options of `cutover log`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Log {
    /// A level (off, error, warn, info, debug, trace), or levels of places in the code, as in cutover=debug,info; without
    /// one, what is in force is shown
    #[arg(value_name = "FILTER")]
    filter: Option<String>,
    /// As log.level of the configuration has it
    #[arg(long, conflicts_with = "filter")]
    reset: bool,
    /// Why, for the journal
    #[arg(long, value_name = "TEXT")]
    why: Option<String>,
    /// Who, for the journal [default: $USER]
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
    /// The bridge's answer as JSON instead of text
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    bridge: BridgeOptions,
}

const EXAMPLES: &str = "\
A change is in force when the command returns, and until the bridge stops; it is in the journal.

Examples:
  cutover log
  cutover log cutover=debug,info --why 'which requests are declined'
      every request, a line each
  cutover log --reset

Exit status: 0 done, 1 the bridge refuses and says why, 2 it could not be asked.";

impl Log {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        let bridge = self.bridge.bridge()?;
        let body = (self.reset || self.filter.is_some()).then(|| {
            let by = self.by.clone().or_else(user);
            json!({"filter": self.filter, "why": self.why.clone().unwrap_or_default(), "by": by})
        });
        let method = if body.is_some() { "PUT" } else { "GET" };
        block_on(async {
            let answer = match bridge.ask(method, "/api/log", body.as_ref()).await? {
                Ok(answer) => answer,
                Err(why) => return Ok(refused(&why)),
            };
            let text = if self.json { serde_json::to_string_pretty(&answer)? + "\n" } else { shown(&answer)? };
            print(&text)?;
            Ok(ExitCode::SUCCESS)
        })
    }
}

fn shown(answer: &Value) -> anyhow::Result<String> {
    let word = |name: &str| answer[name].as_str().map(visible);
    let (filter, configured) = word("filter")
        .zip(word("configured"))
        .context("what the bridge answered is no filter; is it of another version?")?;
    Ok(if filter == configured {
        format!("log: {filter}, as configured\n")
    } else {
        format!("log: {filter}; log.level of the configuration is {configured}\n")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_in_force_is_told_from_what_is_configured() {
        let shown = |filter: &str| shown(&json!({"filter": filter, "configured": "info"})).unwrap();
        assert_eq!(shown("info"), "log: info, as configured\n");
        assert_eq!(shown("debug"), "log: debug; log.level of the configuration is info\n");
        assert!(super::shown(&json!({})).is_err());
    }
}
