//! `cutover routes`: show the route table.

use std::{io::Write, path::Path, process::ExitCode, time::Duration};

use anyhow::Context;
use clap::Args;

use super::shared::ConfigFile;
use crate::{
    admin::status::{self, Shown},
    db::{Database as Opened, DbError, Options},
    handlers::{self, gate},
    routes::Snapshot,
    schema::{needs::Database, version},
};

/// How long legacy may keep global.db locked before it is left unread.
const PATIENCE: Duration = Duration::from_secs(1);

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
        let mut shown = status::routes(&snapshot.table);
        let declined = snapshot.config.data.directory.as_deref().and_then(declined);
        for route in shown.iter_mut().filter(|route| !route.needs.global.is_empty()) {
            route.declined.clone_from(&declined);
        }
        let text = if self.json {
            serde_json::to_string_pretty(&shown)? + "\n"
        } else {
            let said = declined.map(|why| {
                let routes = gate::forwarded(Database::Global);
                format!("\ndeclined: {why}; the {routes} native routes that read it are forwarded\n")
            });
            table(&shown) + &said.unwrap_or_default()
        };
        match std::io::stdout().write_all(text.as_bytes()) {
            // Whoever read it has seen enough.
            Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(ExitCode::SUCCESS),
            written => written.map(|()| ExitCode::SUCCESS).context("writing the table"),
        }
    }
}

/// Why routes that read global.db are declined, if it is there and of another version. The users' databases are
/// encrypted: their versions show when they are read.
fn declined(directory: &Path) -> Option<String> {
    let file = directory.join("global").join("global.db");
    match found(&file) {
        Ok(found) if found != Some(Database::Global.version()) => Some(Database::Global.mismatch(found)),
        _ => None,
    }
}

fn found(file: &Path) -> Result<Option<i64>, DbError> {
    let options = Options { readers: 1, busy: PATIENCE, deadline: Some(PATIENCE), ..Options::default() };
    let database = Opened::open(file, None, &options)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
    let runtime = runtime.map_err(|source| DbError::File { path: file.to_owned(), source })?;
    runtime.block_on(database.read(|transaction| version::of(transaction)))
}

fn table(routes: &[Shown]) -> String {
    let header = ["NAME", "METHOD", "PATH", "HANDLER", "MODE", "PERCENT", "ACCESS", "NEEDS"].map(str::to_owned);
    let rows = routes.iter().map(|route| {
        let percent = if route.mode == "canary" { format!("{}", route.percent) } else { "-".to_owned() };
        let needs = route.needs.to_string();
        [&route.name, &route.method, &route.path, &route.handler, route.mode, &percent, route.access, &needs]
            .map(str::to_owned)
    });
    let all: Vec<[String; 8]> = std::iter::once(header).chain(rows).collect();
    let widths: Vec<usize> = (0..8).map(|column| all.iter().map(|row| row[column].len()).max().unwrap_or(0)).collect();
    all.iter().fold(String::new(), |text, row| {
        let cells: Vec<String> = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        format!("{text}{}\n", cells.join("  ").trim_end())
    })
}
