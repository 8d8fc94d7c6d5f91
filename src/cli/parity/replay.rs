//! `cutover parity replay`: a HAR file asked again and compared.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    io::{IsTerminal, Write},
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
    time::Duration,
};

use anyhow::{Context, bail};
use clap::Args;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use zeroize::Zeroizing;

use super::stages::{Native, Server, Shown};
use crate::{
    cli::shared::{ConfigFile, RouteFilter, write_private},
    config::Config,
    db::Passphrase,
    handlers,
    parity::{
        Run,
        client::Client,
        har::{self, Recording},
        replay::{self, Options, Plan, Stage},
        report::{self, Format, Tally},
    },
    routes::Snapshot,
};

/// Options of `cutover parity replay`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Replay {
    /// HAR files: recorded by cutover, or exported by a browser
    #[arg(required = true, value_name = "FILE.har")]
    files: Vec<PathBuf>,
    #[command(flatten)]
    config: ConfigFile,
    /// Who is asked: native (the handlers alone, no legacy running), or the URL of a server
    #[arg(long, value_name = "native|URL", default_value = "native")]
    target: String,
    /// What its answers are compared with: what was recorded, or what another server answers now
    #[arg(long, value_name = "recorded|URL", default_value = "recorded")]
    against: String,
    /// For native: legacy's data directory as it was when the recording began; a copy of it is used
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// For native: the user who was logged in
    #[arg(long, value_name = "NAME")]
    user: Option<String>,
    /// For native: a file with the user's password in its first line
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
    /// For native: further recordings that are not asked again, but show what only the legacy process knew, such as whether
    /// premium is active; the recordings that are asked show theirs themselves
    #[arg(long, value_name = "FILE.har")]
    facts: Vec<PathBuf>,
    /// Ask sequences of writes too, each in its order on a fresh copy of the data
    #[arg(long)]
    sequences: bool,
    /// For a URL: a shell command that brings the server back to the beginning before each sequence ($SEQUENCE has its number)
    #[arg(long, value_name = "COMMAND")]
    before_sequence: Option<String>,
    /// Requests, or sequences, at once
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u16).range(1..=256))]
    jobs: u16,
    /// Longest wait for one answer, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    timeout: u64,
    #[command(flatten)]
    routes: RouteFilter,
    /// Leave out requests that no migrated route matches
    #[arg(long)]
    migrated: bool,
    /// Reports to write: any of html, json, junit, md, separated by commas
    #[arg(long, value_name = "FORMATS", value_delimiter = ',')]
    report: Vec<Format>,
    /// Where reports go, as parity.html and so on
    #[arg(long, value_name = "DIR", default_value = ".")]
    out: PathBuf,
    /// Lowest share of judged answers that agree, in percent
    #[arg(long, value_name = "PERCENT", default_value_t = 100.0)]
    fail_under: f64,
    /// Fewest answers that have to be judged: what is declined or skipped proves nothing
    #[arg(long, value_name = "N", default_value_t = 1)]
    least: u64,
}

const EXAMPLES: &str = "\
Exit status: 0 enough answers agree; 1 too few do, or too few could be judged; 2 it could not be run.

Answers are compared under the rules of parity in routes.toml. What a handler declines is forwarded in real life; here
it is listed, and not judged. Writes of routes that are not native yet are listed likewise, with the steps that build
on them.

Examples:
  cutover parity replay reads.har --data-dir snapshot --user carol --password-file password
  cutover parity replay writes.har --sequences --data-dir snapshot --user carol --password-file password --report html
  cutover parity replay reads.har --target http://127.0.0.1:4300 --route 'assets_*' --report junit,md --out target";

impl Replay {
    pub(in crate::cli) fn run(self) -> anyhow::Result<ExitCode> {
        let snapshot = Snapshot::load(&self.config.layers(), &handlers::catalog(), 1)?;
        self.routes.check(&snapshot.table)?;
        let recording = self.read()?;
        if !self.report.is_empty() {
            // Before the work, not after it.
            std::fs::create_dir_all(&self.out).with_context(|| format!("making {}", self.out.display()))?;
        }
        let runtime =
            tokio::runtime::Builder::new_multi_thread().enable_all().build().context("starting the runtime")?;
        let run = runtime.block_on(self.replay(recording, &snapshot))?;
        let colour = std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
        let mut text = report::terminal(&run, colour);
        for format in &self.report {
            let file = self.out.join("parity").with_extension(format.extension());
            write_private(&file, report::write(*format, &run).as_bytes())?;
            writeln!(text, "written: {}", file.display())?;
        }
        let tally = Tally::of(&run.cases);
        let enough = tally.judged() >= self.least;
        if !enough {
            writeln!(text, "{} answers were judged, at least {} have to be (--least)", tally.judged(), self.least)?;
        }
        match std::io::stdout().write_all(text.as_bytes()) {
            Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
                return Err(error).context("writing the report");
            }
            _ => {}
        }
        // Nothing judged passes only where nobody asked for anything.
        let passes = self.fail_under <= 0.0 || tally.passes(self.fail_under);
        Ok(if passes && enough { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }

    fn read(&self) -> anyhow::Result<Recording> {
        let mut whole: Option<Recording> = None;
        let mut last = 0;
        for file in &self.files {
            let mut read = har::read(file)?;
            // Sequences of two files are two sequences, whatever their numbers.
            let mut numbers = BTreeMap::new();
            for sequence in read.entries.iter_mut().filter_map(|entry| entry.sequence.as_mut()) {
                sequence.0 = *numbers.entry(sequence.0).or_insert_with(|| {
                    last += 1;
                    last - 1
                });
            }
            for (number, why) in &read.passed_over {
                eprintln!("{}: entry {number} is passed over: {why}", file.display());
            }
            match &mut whole {
                None => whole = Some(read),
                Some(whole) => whole.entries.extend(read.entries),
            }
        }
        whole.filter(|whole| !whole.entries.is_empty()).context("there is nothing in it to ask")
    }

    async fn replay(&self, recording: Recording, snapshot: &Snapshot) -> anyhow::Result<Run> {
        let mut facts = Vec::new();
        for file in &self.facts {
            facts.extend(har::read(file)?.entries);
        }
        // What was learnt first stays: the recording's own come first.
        for entry in &mut facts {
            entry.sequence = None;
        }
        let shown = recording.entries.iter().chain(&facts);
        let learnt: Arc<[Shown]> = shown
            .filter_map(|entry| {
                let sequence = entry.sequence.map(|(number, _)| number);
                Some((sequence, entry.request.clone(), entry.response.clone().ok()?))
            })
            .collect();
        let wanted =
            |_: &har::Entry, route: Option<&str>| (route.is_some() || !self.migrated) && self.routes.wants(route);
        let plan = Plan::of(recording.entries.into_iter().enumerate(), &snapshot.table, wanted, self.sequences);
        if plan.is_empty() {
            bail!("nothing is left to ask: no entry is of a wanted route, or all belong to sequences (--sequences)");
        }
        let names: Vec<String> = self.files.iter().map(|file| file.display().to_string()).collect();
        let options = Options {
            target: self.target.clone(),
            against: self.against.clone(),
            source: names.join(", "),
            // A server has one state: its sequences take turns.
            jobs: if self.sequences && self.target != "native" { 1 } else { usize::from(self.jobs) },
            redact: snapshot.config.parity.redact.clone(),
        };
        let against = match self.against.as_str() {
            "recorded" => None,
            _ if self.sequences => {
                bail!(
                    "--sequences changes what it asks, and nobody brings --against {} back: compare with recorded",
                    self.against
                )
            }
            url => Some(Arc::new(self.server(url).client().map_err(anyhow::Error::msg)?)),
        };
        if self.target == "native" {
            let stage = self.native(&snapshot.config, learnt)?;
            drive(plan, stage, against, options).await
        } else {
            drive(plan, self.server(&self.target), against, options).await
        }
    }

    fn server(&self, url: &str) -> Server {
        Server {
            url: url.to_owned(),
            deadline: Duration::from_secs(self.timeout),
            before_sequence: self.before_sequence.clone(),
        }
    }

    fn native(&self, config: &Config, recorded: Arc<[Shown]>) -> anyhow::Result<Native> {
        let data = self.data_dir.clone().or_else(|| config.data.directory.clone());
        let data = data
            .context("--target native needs --data-dir: legacy's data directory as it was when the recording began")?;
        let user = self.user.clone().context("--target native needs --user: who was logged in")?;
        let file = self
            .password_file
            .as_deref()
            .context("--target native needs --password-file: what opens the user's databases")?;
        Ok(Native { layers: self.config.layers(), data, user, passphrase: passphrase(file)?, recorded })
    }
}

/// The first line of a file.
fn passphrase(file: &Path) -> anyhow::Result<Passphrase> {
    let text = std::fs::read_to_string(file).with_context(|| format!("reading {}", file.display()))?;
    let text = Zeroizing::new(text);
    let line = text.lines().next().filter(|line| !line.is_empty());
    Ok(Passphrase::new(
        line.with_context(|| format!("{} has no password in its first line", file.display()))?.to_owned(),
    ))
}

/// With a progress bar, if somebody looks.
async fn drive<S: Stage>(plan: Plan, stage: S, against: Option<Arc<Client>>, options: Options) -> anyhow::Result<Run> {
    let bar = ProgressBar::with_draw_target(Some(plan.len() as u64), ProgressDrawTarget::stderr());
    if let Ok(style) = ProgressStyle::with_template("{bar:40} {pos}/{len} {msg} {eta}") {
        bar.set_style(style);
    }
    let shown = bar.clone();
    let mismatched = std::sync::atomic::AtomicUsize::new(0);
    let done = move |case: &crate::parity::Case| {
        if case.verdict.agrees() == Some(false) {
            let count = mismatched.fetch_add(1, std::sync::atomic::Ordering::Relaxed) + 1;
            shown.set_message(format!("{count} disagree"));
        }
        shown.inc(1);
    };
    let run = replay::run(plan, Arc::new(stage), against, options, done).await.map_err(anyhow::Error::msg);
    bar.finish_and_clear();
    run
}
