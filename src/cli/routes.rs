//! `cutover routes`: show the route table.

use std::{io::Write, process::ExitCode};

use anyhow::Context;
use clap::Args;

use super::shared::ConfigFile;
use crate::{
    admin::status::{self, Shown},
    handlers,
    routes::Snapshot,
};

/// Options of `cutover routes`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  cutover routes\n  cutover routes --config routes.toml --json | jq '.[] | select(.mode != \"legacy\") | .name'"
)]
pub struct Routes {
    #[command(flatten)]
    config: ConfigFile,
    /// A JSON list of objects instead of a table
    #[arg(long)]
    json: bool,
}

impl Routes {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        let snapshot = Snapshot::load(&self.config.layers(), &handlers::catalog(), 1)?;
        let shown = status::routes(&snapshot.table);
        let text = if self.json { serde_json::to_string_pretty(&shown)? + "\n" } else { table(&shown) };
        match std::io::stdout().write_all(text.as_bytes()) {
            // Whoever read it has seen enough.
            Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(ExitCode::SUCCESS),
            written => written.map(|()| ExitCode::SUCCESS).context("writing the table"),
        }
    }
}

fn table(routes: &[Shown]) -> String {
    let header = ["NAME", "METHOD", "PATH", "HANDLER", "MODE", "PERCENT", "ACCESS"].map(str::to_owned);
    let rows = routes.iter().map(|route| {
        let percent = if route.mode == "canary" { format!("{}", route.percent) } else { "-".to_owned() };
        [&route.name, &route.method, &route.path, &route.handler, route.mode, &percent, route.access].map(str::to_owned)
    });
    let all: Vec<[String; 7]> = std::iter::once(header).chain(rows).collect();
    let widths: Vec<usize> = (0..7).map(|column| all.iter().map(|row| row[column].len()).max().unwrap_or(0)).collect();
    all.iter().fold(String::new(), |text, row| {
        let cells: Vec<String> = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        format!("{text}{}\n", cells.join("  ").trim_end())
    })
}
