//! The command.

use std::process::ExitCode;

use anyhow::Context;
use clap::Args;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{
    shown::{self, Changed},
    wanted::{self, Wanted, Words},
};
use crate::cli::{
    admin_client::{Bridge, BridgeOptions, block_on, refused, told::Route, words},
    shared::print,
};

/// Options of `cutover flag`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Flag {
    /// The route; without one, those that are not in mode legacy are shown
    #[arg(value_name = "ROUTE")]
    route: Option<String>,
    /// A mode (legacy, shadow, canary, verify, native) or what to do (promote, rollback, step-back, hold, resume, rearm,
    /// reset)
    #[arg(value_name = "MODE|ACTION")]
    to: Option<String>,
    /// Share of a canary, 0 to 100
    #[arg(value_name = "PERCENT")]
    percent: Option<String>,
    /// Every route at once: legacy engages the kill switch, resume releases it
    #[arg(long, value_name = "legacy|resume", conflicts_with_all = ["route", "to", "percent"])]
    all: Option<String>,
    /// Why, for the journal
    #[arg(long, value_name = "TEXT")]
    why: Option<String>,
    /// Who, for the journal [default: $USER]
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
    /// Though evidence for it is missing, or a guardrail has rolled the route back
    #[arg(long)]
    force: bool,
    /// The bridge's answer as JSON instead of text
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    bridge: BridgeOptions,
}

const EXAMPLES: &str = "\
A change is in force when the command returns, and in the journal. It lies on top of routes.toml, and survives a restart.

Examples:
  cutover flag
      the routes that are not in mode legacy, or held, or rolled back
  cutover flag tags_list
      one route with its ladder and guardrails
  cutover flag tags_list shadow
  cutover flag tags_list canary 10 --why 'a week without a mismatch'
  cutover flag tags_list promote
      the next rung of its ladder; step-back the one before, rollback legacy
  cutover flag tags_list hold --why 'release on Friday'
      nothing promotes it until resume
  cutover flag tags_list rearm
      after a guardrail has rolled it back
  cutover flag tags_list reset
      as routes.toml has it; cutover flag reset: every route
  cutover flag --all legacy --why 'wrong balances'
      the kill switch: every request goes to legacy at once; --all resume releases it

Exit status: 0 done, 1 the bridge refuses and says why, 2 it could not be asked.";

impl Flag {
    pub(in crate::cli) fn run(self) -> anyhow::Result<ExitCode> {
        let by = self.by.clone().or_else(words::user);
        let wanted = wanted::wanted(&Words {
            route: self.route.as_deref(),
            to: self.to.as_deref(),
            percent: self.percent.as_deref(),
            all: self.all.as_deref(),
            why: self.why.as_deref(),
            by: by.as_deref(),
            force: self.force,
        });
        let wanted = wanted.map_err(anyhow::Error::msg)?;
        let bridge = self.bridge.bridge()?;
        block_on(self.done(wanted, &bridge))
    }

    async fn done(&self, wanted: Wanted, bridge: &Bridge) -> anyhow::Result<ExitCode> {
        let (method, target, body) = wanted.request();
        let answer = match bridge.ask(method, &target, body.as_ref()).await? {
            Ok(answer) => answer,
            Err(why) => return Ok(refused(&why)),
        };
        let is_engaged = answer["kill_switch"] == true;
        let text = match &wanted {
            Wanted::List if self.json => pretty(&shown::moved(answer))?,
            _ if self.json => pretty(&answer)?,
            Wanted::List => shown::list(&read::<Vec<Route>>(shown::moved(answer))?, words::now()),
            Wanted::Show(_) => shown::one(&read(answer.clone())?, &answer["guardrails"], words::now()),
            Wanted::Change { .. } => shown::changed(&read::<Changed>(answer)?),
            Wanted::Kill { .. } => shown::kill_switch(is_engaged).to_owned(),
            Wanted::Reset { .. } => shown::reset(&answer),
        };
        print(&text)?;
        // What the configuration engages, this does not release.
        let still = matches!(wanted, Wanted::Kill { engaged: false, .. }) && is_engaged;
        Ok(if still { refused("flags.kill_switch of the configuration keeps it engaged") } else { ExitCode::SUCCESS })
    }
}

fn pretty(answer: &Value) -> anyhow::Result<String> {
    Ok(serde_json::to_string_pretty(answer)? + "\n")
}

fn read<T: DeserializeOwned>(answer: Value) -> anyhow::Result<T> {
    serde_json::from_value(answer)
        .context("what the bridge answered is not what was expected; is it of another version?")
}
