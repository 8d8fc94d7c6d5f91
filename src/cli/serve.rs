//! `cutover serve`: run the bridge.

use std::{process::ExitCode, sync::Arc};

use anyhow::Context;
use clap::Args;

use super::shared::ConfigFile;
use crate::{
    handlers, process,
    routes::Live,
    server::{
        handover::{Program, Taking},
        inherited::Inherited,
        run::{self, Start},
    },
    telemetry,
};

/// Options of `cutover serve`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Serve {
    #[command(flatten)]
    config: ConfigFile,
    /// Address to listen on; port 0 picks a free one and prints it [default: 127.0.0.1:4300]
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<String>,
    /// Address of the admin API [default: 127.0.0.1:4301]
    #[arg(long, value_name = "ADDRESS")]
    admin: Option<String>,
    #[arg(long, value_name = "URL", help = "Where the legacy backend listens [default: http://127.0.0.1:4242]")]
    legacy: Option<String>,
    /// Legacy's data directory, the one with users/ and global/ in it
    #[arg(long, value_name = "DIR")]
    data_dir: Option<String>,
    /// Override the mode of every migrated route: legacy, shadow, native or verify
    #[arg(long, value_name = "MODE")]
    all: Option<String>,
    /// Whether routes that write may be answered natively: off, guarded or always
    #[arg(long, value_name = "WHEN")]
    native_writes: Option<String>,
    /// Go on in place of the bridge that has started this process: for `cutover upgrade` alone
    #[arg(long, hide = true)]
    take_over: bool,
}

const EXAMPLES: &str = "\
Examples:
  cutover serve
      in front of http://127.0.0.1:4242, routes from routes.toml if it is there
  cutover serve --legacy http://127.0.0.1:4242 --data-dir ~/.local/share/rotki/data --all native
      every migrated route answered natively
  cutover serve --listen 127.0.0.1:0 --admin 127.0.0.1:0
      on free ports, printed at the start

Signals:
  SIGHUP   read routes.toml again (it is watched anyway), and open the access log anew
  SIGUSR1  kill switch: every request goes to legacy at once;  SIGUSR2 releases it
  SIGTERM  finish running requests, then exit";

impl Serve {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        let taking = self.take_over.then(Taking::on_stdin).transpose();
        let taking = taking.context("--take-over is for a process that a bridge starts: use cutover upgrade")?;
        let taking = taking.map(Arc::new);
        let ended = self.serve(taking.clone());
        if let (Err(why), Some(taking)) = (&ended, taking) {
            taking.fault(&format!("{why:#}"));
        }
        ended
    }

    fn serve(self, taking: Option<Arc<Taking>>) -> anyhow::Result<ExitCode> {
        let program = Program::of_this_process().context("asking for the path of this program")?;
        // While there is one thread: it changes the environment.
        let inherited = Inherited::of_the_process()?;
        let mut layers = self.config.layers();
        let given = [
            ("listen", "address", self.listen),
            ("admin", "address", self.admin),
            ("legacy", "url", self.legacy),
            ("data", "directory", self.data_dir),
            ("flags", "all", self.all),
            ("flags", "native_writes", self.native_writes),
        ];
        layers.command_line =
            given.into_iter().filter_map(|(section, key, text)| Some((section, key, text?))).collect();
        let live = Live::start(layers, handlers::catalog())?;
        telemetry::log::install(&live.snapshot().config.log);
        // Before there is a key to be seen: those come with logins.
        process::keep_files();
        if !live.snapshot().config.process.dumpable
            && let Err(error) = process::keep_memory()
        {
            tracing::warn!(%error, "core dumps and debuggers can not be kept out");
        }
        let runtime =
            tokio::runtime::Builder::new_multi_thread().enable_all().build().context("starting the runtime")?;
        runtime.block_on(run::run(live, Start { inherited, taking, program }))?;
        Ok(ExitCode::SUCCESS)
    }
}
