//! `cutover healthcheck`: whether a bridge is there, for whoever can run a command and not ask by HTTP.

use std::process::ExitCode;

use clap::Args;
use serde_json::Value;

use super::{
    admin_client::{asking::authority, block_on, options::url_without_token},
    asked,
    shared::{ConfigFile, print},
};
use crate::parity::report::visible;

/// Options of `cutover healthcheck`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Healthcheck {
    /// Not only alive, but ready: it has heard of legacy, and was not told to stop
    #[arg(long)]
    ready: bool,
    /// The admin API of the bridge [default: that of admin.address in the configuration]
    #[arg(long, value_name = "URL")]
    admin: Option<String>,
    #[command(flatten)]
    config: ConfigFile,
}

const EXAMPLES: &str = "\
No token is needed, and none is read. Other faults of the configuration than that of admin.address do not matter: a bridge
that runs goes on with the last good one.

Examples:
  cutover healthcheck
  cutover healthcheck --ready --config /etc/cutover/routes.toml
  cutover healthcheck --admin http://127.0.0.1:4301

Exit status: 0 it is, 1 it is not, in a line that says why.";

impl Healthcheck {
    #[allow(clippy::unnecessary_wraps, reason = "as every command")]
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        match self.ask() {
            Ok(line) => {
                print(&line)?;
                Ok(ExitCode::SUCCESS)
            }
            Err(why) => {
                eprintln!("cutover: {}", format!("{why:#}").replace('\n', " "));
                // Never 2, which means something else where containers are looked after.
                Ok(ExitCode::FAILURE)
            }
        }
    }

    fn ask(&self) -> anyhow::Result<String> {
        let url = match &self.admin {
            Some(url) => url.trim_end_matches('/').to_owned(),
            None => url_without_token(&self.config)?,
        };
        let authority = authority(&url)?;
        let (path, is) = if self.ready { ("/readyz", "ready") } else { ("/healthz", "alive") };
        let asked = block_on(async { Ok(asked::get(&authority, path).await) })?;
        let answer = asked.map_err(|why| anyhow::anyhow!("no bridge at {url}: {why}"))?;
        if answer.status == 200 {
            return Ok(format!("the bridge at {url} is {is}\n"));
        }
        let said: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        let why = ["why", "error"].iter().find_map(|key| said[key].as_str());
        let why = why.map_or_else(|| format!("status {}", answer.status), |why| visible(why).into_owned());
        anyhow::bail!("the bridge at {url} is not {is}: {why}")
    }
}
