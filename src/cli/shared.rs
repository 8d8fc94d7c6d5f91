//! Options that several commands take.

use std::{
    io::{ErrorKind, Write},
    path::{Path, PathBuf},
};

use anyhow::Context;
use clap::Args;

use crate::{
    config::Layers,
    files,
    routes::{RouteTable, Selection},
};

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

/// Which routes.
#[derive(Debug, Args)]
pub struct RouteFilter {
    /// Only this route, or these: a star stands for any part of a name; can be given more than once
    #[arg(long = "route", value_name = "NAME")]
    routes: Vec<String>,
}

impl RouteFilter {
    /// Whether a request of this route is wanted.
    #[must_use]
    pub fn wants(&self, route: Option<&str>) -> bool {
        self.selection().wants(route)
    }

    /// The routes.
    #[must_use]
    pub fn selection(&self) -> Selection {
        Selection(self.routes.clone())
    }

    /// A name that no route has is a mistake.
    ///
    /// # Errors
    /// Which, and the nearest name that there is.
    pub fn check(&self, table: &RouteTable) -> anyhow::Result<()> {
        Ok(self.selection().check(table)?)
    }
}

/// Prints a text; whoever reads it may have seen enough of it.
///
/// # Errors
/// It can not be written.
pub fn print(text: &str) -> anyhow::Result<()> {
    match std::io::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        written => written.context("writing to standard output"),
    }
}

/// Writes a file that only its owner may read, whole or not at all: what was recorded or compared is somebody's.
///
/// # Errors
/// The file and why.
pub fn write_private(file: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let written = || -> std::io::Result<()> {
        // A pipe or a terminal is written to; anything else is replaced by a file of our own, which is private.
        if file.exists() && !file.is_file() {
            return std::fs::write(file, bytes);
        }
        files::replace(file, bytes)
    };
    written().with_context(|| format!("writing {}", file.display()))
}
