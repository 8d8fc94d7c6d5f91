//! `cutover doctor`: looks at everything around a bridge, before it has been started or while it runs, and says what is
//! wrong and what to do. It writes nothing, and needs no key.
//!
//! - [`finding`]: what a check says; [`shown`]: all of it as text
//! - [`facts`]: what the checks judge, gathered once; [`listening`]: who listens on a port;
//!   [`files`]: the databases, [`access`]: what this user may do with a file
//! - one file per check: [`backend`], [`clock`], [`databases`], [`logs`], [`package`], [`permissions`], [`ports`],
//!   [`running`], [`sqlite`]

mod access;
mod backend;
mod clock;
mod databases;
mod facts;
mod files;
mod finding;
mod listening;
mod logs;
mod package;
mod permissions;
mod ports;
mod running;
mod shown;
mod sqlite;

use std::process::ExitCode;

use clap::Args;

use self::{
    facts::Facts,
    finding::{Finding, Level},
};
use super::{
    admin_client::{
        block_on,
        options::{self, TokenFile},
    },
    shared::{ConfigFile, print},
};
use crate::{handlers, routes::Snapshot};

/// Options of `cutover doctor`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Doctor {
    #[command(flatten)]
    config: ConfigFile,
    #[arg(
        long,
        value_name = "URL",
        help = "Where the legacy backend listens [default: legacy.url of the configuration]"
    )]
    legacy: Option<String>,
    /// Legacy's data directory [default: data.directory of the configuration]
    #[arg(long, value_name = "DIR")]
    data_dir: Option<String>,
    /// The admin API of a bridge that runs [default: that of admin.address in the configuration]
    #[arg(long, value_name = "URL")]
    admin: Option<String>,
    #[command(flatten)]
    token: TokenFile,
    /// A JSON object instead of text: ok, and findings, each with check, level (ok, note, wrong), text and remedy
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "\
Examples:
  cutover doctor
      with the routes.toml of this folder, before the first start or beside a bridge that runs
  sudo -u rotki cutover doctor --config /etc/cutover/routes.toml
      as the user that the bridge runs as: what may be read and written is that user's
  cutover doctor --json | jq -r '.findings[] | select(.level == \"wrong\") | .remedy'

It looks at: the configuration, the backend and its version, ports, permissions, versions and kinds of the databases, their
logs and who holds them, SQLite on both sides, the package inside legacy, clocks, and what a running bridge says of itself.
It writes nothing and needs no key.

Exit status: 0 nothing is wrong, 1 something is (each with a remedy), 2 it could not be looked at.";

impl Doctor {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        let findings = self.findings()?;
        print(&if self.json { shown::json(&findings)? } else { shown::text(&findings) })?;
        let wrong = findings.iter().any(|finding| finding.level == Level::Wrong);
        Ok(ExitCode::from(u8::from(wrong)))
    }

    fn findings(&self) -> anyhow::Result<Vec<Finding>> {
        let mut layers = self.config.layers();
        let given = [("legacy", "url", &self.legacy), ("data", "directory", &self.data_dir)];
        layers.command_line =
            given.into_iter().filter_map(|(section, key, text)| Some((section, key, text.clone()?))).collect();
        let snapshot = match Snapshot::load(&layers, &handlers::catalog(), 1) {
            Ok(snapshot) => snapshot,
            // Where everything else is can not be known.
            Err(faults) => {
                let remedy = "mend it first: what else there is to look at is where the configuration says";
                let fault = |fault: &crate::config::Fault| Finding::wrong("configuration", fault.to_string(), remedy);
                return Ok(faults.0.iter().map(fault).collect());
            }
        };
        let absent = layers.may_be_absent && layers.file.as_deref().is_some_and(|file| !file.exists());
        let source = if absent { "no routes.toml here, the defaults".to_owned() } else { layers.source() };
        let routes = snapshot.table.routes.len();
        let mut findings = vec![Finding::ok("configuration", format!("{source}: valid, {routes} routes"))];
        let bridge = if self.admin.is_none() && snapshot.config.admin.address.port() == 0 {
            Ok(None)
        } else {
            options::bridge(&self.config, self.admin.as_deref(), &self.token).map(Some)
        };
        let facts = block_on(async { Ok(Facts::gather(layers, snapshot, bridge).await) })?;
        findings.extend(running::check(&facts));
        findings.extend(backend::check(&facts));
        findings.extend(clock::check(&facts));
        findings.extend(ports::check(&facts));
        findings.extend(permissions::check(&facts));
        findings.extend(databases::check(&facts));
        findings.extend(logs::check(&facts));
        findings.extend(sqlite::check(&facts));
        findings.extend(package::check(&facts));
        Ok(findings)
    }
}
