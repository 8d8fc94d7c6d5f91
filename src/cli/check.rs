//! `cutover check`: validate a routes.toml.

use std::{path::PathBuf, process::ExitCode};

use clap::Args;

use crate::{config::Layers, handlers, routes::Snapshot};

/// Options of `cutover check`.
#[derive(Debug, Args)]
#[command(
    after_help = "Exit status: 0 valid, 1 faults found (each on a line: file:line:column: what, and the remedy), 2 not readable."
)]
pub struct Check {
    /// The file
    #[arg(value_name = "FILE", default_value = "routes.toml")]
    file: PathBuf,
}

impl Check {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        // The file alone: what the environment adds here is not what it will add where the bridge runs.
        let layers = Layers { file: Some(self.file), ..Layers::default() };
        let source = layers.source();
        let text = match layers.read_file() {
            Ok(text) => text,
            Err(fault) if fault.place.is_some() => {
                println!("{fault}");
                return Ok(ExitCode::from(1));
            }
            Err(fault) => anyhow::bail!("{fault}"),
        };
        match Snapshot::from_text(&layers, text.as_deref(), &handlers::catalog(), 1) {
            Ok(snapshot) => {
                println!("{source}: valid, {} routes", snapshot.table.routes.len());
                Ok(ExitCode::SUCCESS)
            }
            Err(faults) => {
                for fault in &faults.0 {
                    println!("{fault}");
                }
                Ok(ExitCode::from(1))
            }
        }
    }
}
