//! `cutover routes`: show the route table.

use std::process::ExitCode;

use clap::Args;

use super::{
    global,
    shared::{ConfigFile, print},
};
use crate::{
    admin::status::{self, Shown},
    config::NativeWrites,
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
        let mut shown = status::routes(&snapshot.table);
        let declined = snapshot.config.data.directory.as_deref().and_then(global::declined);
        for route in shown.iter_mut().filter(|route| !route.needs.global.is_empty()) {
            route.declined.clone_from(&declined);
        }
        let writes = snapshot.config.flags.native_writes;
        for route in shown.iter_mut().filter(|route| route.writes) {
            route.forwarded = forwarded(writes, &route.stale);
        }
        let text = if self.json {
            serde_json::to_string_pretty(&shown)? + "\n"
        } else {
            let said = declined.map(|why| {
                let routes = shown.iter().filter(|route| route.declined.is_some()).count();
                format!("\ndeclined: {why}; the {routes} native routes that read it are forwarded\n")
            });
            table(&shown) + &said.unwrap_or_default() + &writing(writes, &shown)
        };
        print(&text)?;
        Ok(ExitCode::SUCCESS)
    }
}

/// When a route that writes is forwarded whatever its mode.
fn forwarded(writes: NativeWrites, stale: &[&str]) -> Option<&'static str> {
    match writes {
        NativeWrites::Off => Some("always: native writes are off"),
        NativeWrites::Guarded => Some("while the package inside legacy is not connected"),
        NativeWrites::Always if !stale.is_empty() => Some("while the package inside legacy is not connected"),
        NativeWrites::Always => None,
    }
}

/// The same in a line below the table.
fn writing(writes: NativeWrites, routes: &[Shown]) -> String {
    let count = |wanted: fn(&&Shown) -> bool| routes.iter().filter(|route| route.writes).filter(wanted).count();
    let (all, stale) = (count(|_| true), count(|route| !route.stale.is_empty()));
    match writes {
        NativeWrites::Off => {
            format!("\nflags.native_writes is \"off\": the {all} routes that write are forwarded whatever their mode\n")
        }
        NativeWrites::Guarded => format!(
            "\nflags.native_writes is \"guarded\": the {all} routes that write are native only while the package inside \
             legacy is connected\n"
        ),
        NativeWrites::Always if stale > 0 => format!(
            "\n{stale} of the {all} routes that write leave a cache of legacy's stale: they are native only while the \
             package inside legacy is connected\n"
        ),
        NativeWrites::Always => String::new(),
    }
}

fn table(routes: &[Shown]) -> String {
    let header = ["NAME", "METHOD", "PATH", "HANDLER", "MODE", "PERCENT", "ACCESS", "NEEDS"];
    let rows = routes.iter().map(|route| {
        let percent = if route.mode == "canary" { format!("{}", route.percent) } else { "-".to_owned() };
        let needs = route.needs.to_string();
        [&route.name, &route.method, &route.path, &route.handler, route.mode, &percent, route.access, &needs]
            .map(str::to_owned)
    });
    super::table::table(header, rows)
}
