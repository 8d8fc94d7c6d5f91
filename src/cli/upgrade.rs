//! `cutover upgrade`: another process goes on in a running bridge's place, and no request is lost.

use std::{process::ExitCode, time::Duration};

use anyhow::Context;
use clap::Args;
use serde_json::{Value, json};

use super::{
    admin_client::{BridgeOptions, block_on, refused},
    shared::print,
};
use crate::parity::report::visible;

/// What starting and serving may take besides.
const BESIDES: Duration = Duration::from_secs(90);

/// Options of `cutover upgrade`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Upgrade {
    /// Seconds to wait for a moment at which nothing would be lost: no task of a client's runs, nobody logs in
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u32).range(0..=3600))]
    patience: u32,
    /// The bridge's answer as JSON instead of text
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    bridge: BridgeOptions,
}

const EXAMPLES: &str = "\
The running bridge starts the program that is now at the path it was started from, with the options it was started with.
The new process reads routes.toml, takes over the listening sockets, the session with its key, the outcomes of tasks and
the files of the rollout, and serves. Requests wait for as long as that takes; none is refused, and connections that are
open are answered. The old process ends when its connections have. If the new one can not start, nothing has changed.

Examples:
  cutover upgrade
      after the new binary was put in place of the old one
  cutover upgrade --patience 600
      on a bridge whose clients ask for long tasks

Exit status: 0 done, 1 the bridge goes on as it is and says why, 2 it could not be asked.";

impl Upgrade {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        let patience = Duration::from_secs(self.patience.into());
        let bridge = self.bridge.bridge()?.patience(patience + BESIDES);
        let body = json!({"patience_seconds": self.patience});
        block_on(async {
            let answer = match bridge.ask("POST", "/api/upgrade", Some(&body)).await? {
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
    let side = |name: &str| {
        let side = &answer[name];
        Some(format!("{} (process {})", visible(side["version"].as_str()?), side["pid"].as_u64()?))
    };
    let shown = side("from").zip(side("to")).zip(answer["waited_seconds"].as_f64());
    let ((from, to), waited) = shown.context("what the bridge answered is no upgrade; is it of another version?")?;
    Ok(format!(
        "upgraded: {from} → {to}; requests waited for {:.0} ms\nthe old process ends when its connections have\n",
        waited * 1000.0
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_processes_are_told_with_how_long_requests_waited() {
        let side = |pid| json!({"pid": pid, "version": "1.2.0"});
        let answer = json!({"from": side(1), "to": side(2), "waited_seconds": 0.0123});
        insta::assert_snapshot!(shown(&answer).unwrap(), @r"
        upgraded: 1.2.0 (process 1) → 1.2.0 (process 2); requests waited for 12 ms
        the old process ends when its connections have
        ");
        assert!(shown(&json!({})).is_err());
    }
}
