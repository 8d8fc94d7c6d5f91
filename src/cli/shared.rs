//! Options that several commands take.

use std::path::PathBuf;

use clap::Args;

use crate::config::Layers;

/// Where the configuration file is.
#[derive(Debug, Args)]
pub struct ConfigFile {
    /// Configuration file; without this option routes.toml in the current directory, which may be absent
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
}

impl ConfigFile {
    /// The layers of a configuration: this file and the environment.
    #[must_use]
    pub fn layers(&self) -> Layers {
        Layers {
            file: Some(self.config.clone().unwrap_or_else(|| PathBuf::from("routes.toml"))),
            may_be_absent: self.config.is_none(),
            environment: std::env::vars_os()
                .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
                .collect(),
            command_line: Vec::new(),
        }
    }
}
