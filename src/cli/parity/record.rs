//! `cutover parity record`: live traffic to a HAR file.

use std::{path::PathBuf, process::ExitCode, time::Duration};

use anyhow::{Context, bail};
use clap::Args;
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::{
    keeping::{Ended, Keeping},
    sources::Source,
};
use crate::{
    cli::{
        admin_client::options::{self, TokenFile},
        shared::{ConfigFile, RouteFilter},
    },
    config::kinds::parse_duration,
    parity::har::Writer,
};

/// Options of `cutover parity record`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Record {
    /// The file to write; only its owner may read it
    #[arg(long, value_name = "FILE.har")]
    out: PathBuf,
    /// Write over the file if it is there
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    config: ConfigFile,
    /// The admin API of the bridge [default: that of admin.address in the configuration]
    #[arg(long, value_name = "URL", conflicts_with_all = ["legacy", "listen"])]
    admin: Option<String>,
    #[command(flatten)]
    token: TokenFile,
    /// Stand alone: forward everything to this backend, and record it
    #[arg(long, value_name = "URL")]
    legacy: Option<String>,
    /// Standing alone, the address to listen on; port 0 picks a free one [default: listen.address in the configuration]
    #[arg(long, value_name = "ADDRESS", requires = "legacy")]
    listen: Option<String>,
    #[command(flatten)]
    routes: RouteFilter,
    /// Hide the values of this field or header, too, wherever it stands; can be given more than once
    #[arg(long, value_name = "NAME")]
    redact: Vec<String>,
    /// End after so many requests
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    count: Option<u64>,
    /// End after this time, as in 30s, 5m, 1h
    #[arg(long = "for", value_name = "TIME", value_parser = time)]
    time: Option<Duration>,
}

const EXAMPLES: &str = "\
Passwords, tokens, cookies and what routes.toml redacts are hidden before they leave the bridge. What is too large to be \
copied (parity.max_body) or broke off is in the file without its answer, and with a comment that says why.

The file is a whole HAR after every entry, whatever ends the recording.

Examples:
  cutover parity record --out traffic.har
      what passes through the running bridge, until Ctrl-C
  cutover parity record --out assets.har --route 'assets_*' --count 100
      the first hundred requests of some routes
  cutover parity record --out traffic.har --legacy http://127.0.0.1:4242 --listen 127.0.0.1:4300
      without a bridge: point the frontend at http://127.0.0.1:4300";

/// What to do where no bridge is.
const REMEDY: &str = "start one with cutover serve, or record by standing alone: --legacy URL";
/// What comes within this time after the end was already on its way.
const LINGER: Duration = Duration::from_millis(250);
/// Longest wait for requests that are running when a recording of our own ends.
const DRAIN: Duration = Duration::from_secs(10);

impl Record {
    pub(in crate::cli) fn run(self) -> anyhow::Result<ExitCode> {
        if !self.force && self.out.exists() {
            bail!("{} is there already; --force writes over it", self.out.display());
        }
        let runtime =
            tokio::runtime::Builder::new_multi_thread().enable_all().build().context("starting the runtime")?;
        let done = runtime.block_on(self.record());
        // A reader of the bridge's, or a tunnel, is not waited for.
        runtime.shutdown_background();
        done.map(|()| ExitCode::SUCCESS)
    }

    async fn record(self) -> anyhow::Result<()> {
        let mut end = End { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? };
        let mut source = self.source().await?;
        let created = if self.force { Writer::replace(&self.out) } else { Writer::create_new(&self.out) };
        let mut keeping = Keeping::begin(created?, &self.out);
        if let Source::Own(standing, _) = &source {
            println!("cutover listening on http://{}", standing.address);
        }
        eprintln!("recording {} to {}; Ctrl-C ends it", source.name(), self.out.display());

        let mut deadline = std::pin::pin!(wait(self.time));
        let ended = loop {
            let told = tokio::select! {
                biased;
                () = end.asked() => break Ended::Asked,
                () = &mut deadline => break Ended::Time,
                told = source.next() => told,
            };
            match told {
                Some(told) => keeping.take(told)?,
                None => break Ended::Stopped,
            }
            if self.count.is_some_and(|count| keeping.entries() >= count) {
                break Ended::Count;
            }
        };
        if matches!(ended, Ended::Asked | Ended::Time) {
            tokio::select! {
                rest = rest(&mut source, &mut keeping) => rest?,
                () = end.asked() => {}
            }
        }
        keeping.finish(ended)
    }

    /// Begins to listen. Nothing was written yet.
    async fn source(&self) -> anyhow::Result<Source> {
        let mut layers = self.config.layers();
        let selection = self.routes.selection();
        if let Some(legacy) = &self.legacy {
            layers.command_line.push(("legacy", "url", legacy.clone()));
            if let Some(listen) = &self.listen {
                layers.command_line.push(("listen", "address", listen.clone()));
            }
            return Source::own(layers, selection, &self.redact).await;
        }
        let bridge = options::bridge(&self.config, self.admin.as_deref(), &self.token)?.remedy(REMEDY);
        Source::bridge(&bridge, &selection, &self.redact).await
    }
}

/// Who may ask for the end.
struct End {
    interrupt: Signal,
    terminate: Signal,
}

impl End {
    /// Somebody does. Cancel-safe.
    async fn asked(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

async fn wait(time: Option<Duration>) {
    match time {
        Some(time) => tokio::time::sleep(time).await,
        None => std::future::pending().await,
    }
}

/// What is on its way still.
async fn rest(source: &mut Source, keeping: &mut Keeping) -> anyhow::Result<()> {
    let patience = source.stop(LINGER, DRAIN);
    while let Ok(Some(told)) = tokio::time::timeout(patience, source.next()).await {
        keeping.take(told)?;
    }
    Ok(())
}

fn time(text: &str) -> Result<Duration, String> {
    parse_duration(text).flatten().ok_or_else(|| "write it as 500ms, 30s, 5m or 1h".to_owned())
}
