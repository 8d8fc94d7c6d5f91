//! `cutover init`: writes a first routes.toml, for the backend that runs here.
//!
//! - [`backend`]: which that is
//! - [`text`]: what is written

mod backend;
mod text;

use std::{
    fmt::Write as _,
    fs::OpenOptions,
    io::{ErrorKind, Write as _},
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context, anyhow};
use clap::Args;

use self::backend::Backend;
use super::{
    admin_client::{block_on, refused},
    global,
    shared::print,
};
use crate::{
    config::Layers,
    handlers,
    routes::Snapshot,
    schema::{needs::Database, version::LEGACY},
};

/// Options of `cutover init`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Init {
    /// The file, which is not there yet
    #[arg(value_name = "FILE", default_value = "routes.toml")]
    file: PathBuf,
    #[arg(
        long,
        visible_alias = "legacy",
        value_name = "URL",
        help = "Where the backend listens [default: the first of ports 4242 to 4249 of this machine that answers]"
    )]
    url: Option<String>,
    /// Its data directory [default: the one it names, if that is seen from here]
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
}

const EXAMPLES: &str = "\
Examples:
  cutover init
      asks the backend what it is and where its data is, and writes routes.toml in this folder
  cutover init /etc/cutover/routes.toml --url http://127.0.0.1:4242 --data-dir /var/lib/rotki/data

In it every migrated route is in mode legacy: a bridge that is started with it forwards everything. A file that is there is
never written over, and there is no option for that: move it away first.

Exit status: 0 written, 1 the file is there already, 2 there is no backend, or the file can not be written.";

impl Init {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        let shown = self.file.display();
        // Said before anybody is asked; what counts is how it is opened.
        if self.file.exists() {
            return Ok(refused(&there(&self.file)));
        }
        let backend = block_on(backend::find(self.url.as_deref()))?;
        let directory = self.directory(&backend)?;
        let text = text::of(&backend, directory.as_deref());
        let layers = Layers { file: Some(self.file.clone()), ..Layers::default() };
        let snapshot = Snapshot::from_text(&layers, Some(&text), &handlers::catalog(), 1)?;
        let written = OpenOptions::new().write(true).create_new(true).open(&self.file).and_then(|mut file| {
            file.write_all(text.as_bytes()).inspect_err(|_| drop(std::fs::remove_file(&self.file)))
        });
        match written {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => return Ok(refused(&there(&self.file))),
            written => written.with_context(|| format!("writing {shown}"))?,
        }
        print(&self.next(&backend, directory.as_deref(), &snapshot))?;
        Ok(ExitCode::SUCCESS)
    }

    /// The data directory, if there is one that can be seen.
    fn directory(&self, backend: &Backend) -> anyhow::Result<Option<PathBuf>> {
        if let Some(given) = &self.data_dir {
            let absolute = std::path::absolute(given).ok().filter(|directory| directory.is_dir());
            return absolute
                .map(Some)
                .ok_or_else(|| anyhow!("--data-dir {}: there is no such directory", given.display()));
        }
        Ok(backend.directory.clone().filter(|directory| directory.is_dir()))
    }

    /// What was done, and what to do next.
    fn next(&self, backend: &Backend, directory: Option<&Path>, snapshot: &Snapshot) -> String {
        let (file, url, version) = (self.file.display(), &backend.url, &backend.version);
        let (listen, admin) = (snapshot.config.listen.address, snapshot.config.admin.address);
        let routes = snapshot.table.routes.len();
        let mut text =
            format!("{file}: written for version {version} at {url}; {routes} routes, every one in mode legacy\n");
        if version.trim_start_matches('v') != LEGACY {
            let _ = writeln!(
                text,
                "note: handlers were written for {LEGACY}; databases of another version they leave alone, and their routes are forwarded"
            );
        }
        match directory {
            None => {
                let why = "note: data.directory is not set, because the backend's is not seen from here; without it nothing that needs a database is native";
                let _ = writeln!(text, "{why}");
            }
            Some(directory) => {
                if let Some(why) = global::declined(directory) {
                    let _ = writeln!(text, "note: {why}; native routes that read it will be forwarded");
                }
            }
        }
        // It is found by itself in the current directory.
        let option = if self.file == Path::new("routes.toml") { String::new() } else { format!(" --config {file}") };
        text + &format!(
            "
Next:
  cutover doctor{option}
      whether everything is in place
  cutover serve{option}
      starts the bridge at http://{listen}, and its dashboard at http://{admin}
  Then point the client at http://{listen} in place of {url}.
  Everything is forwarded until the mode of a route in {file} changes; docs/guides/one-route.md moves the first one.
"
        )
    }
}

fn there(file: &Path) -> String {
    format!(
        "{} is there already, and is left as it is; move it away, or name another file: cutover init FILE",
        file.display()
    )
}

/// Which global.db the handlers know, for the text.
const KNOWN: i64 = Database::Global.version();
