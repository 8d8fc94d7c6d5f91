//! `cutover openapi`: the description of an API.

use std::process::ExitCode;

use clap::Args;

use crate::{admin, openapi};

/// Options of `cutover openapi`.
#[derive(Debug, Args)]
#[command(
    after_help = "A running bridge serves the same on its admin listener: /openapi/native.json and /openapi.json."
)]
pub struct Openapi {
    /// The admin API in place of the native routes
    #[arg(long)]
    admin: bool,
}

impl Openapi {
    pub(super) fn run(&self) -> anyhow::Result<ExitCode> {
        let document = if self.admin { admin::openapi::whole() } else { openapi::document() };
        println!("{}", serde_json::to_string_pretty(document)?);
        Ok(ExitCode::SUCCESS)
    }
}
