//! `cutover parity learn`: rules proposed from what a server does not repeat.

use std::{
    io::{IsTerminal, Write},
    path::{Path, PathBuf},
    process::ExitCode,
    time::Duration,
};

use anyhow::Context;
use clap::Args;

use super::observing::{Asking, Source, evidence};
use crate::{
    cli::{
        edit,
        shared::{ConfigFile, RouteFilter, write_private},
    },
    config::Layers,
    handlers,
    parity::learn::{Addition, Lesson, edited, propose},
    routes::Snapshot,
};

/// Options of `cutover parity learn`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Learn {
    /// HAR files: recorded by cutover, or exported by a browser
    #[arg(required_unless_present = "evidence", conflicts_with = "evidence", value_name = "FILE.har")]
    files: Vec<PathBuf>,
    #[command(flatten)]
    config: ConfigFile,
    /// The URL of the server that is asked: legacy itself
    #[arg(long, required_unless_present = "evidence", conflicts_with = "evidence", value_name = "URL")]
    target: Option<String>,
    /// Learn from the noise that a bridge has seen in modes shadow and verify, instead of asking anyone
    #[arg(long, value_name = "FILE")]
    evidence: Option<PathBuf>,
    /// How often each request is asked
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u16).range(2..=100))]
    times: u16,
    /// Requests at once
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u16).range(1..=256))]
    jobs: u16,
    /// Longest wait for one answer, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    timeout: u64,
    #[command(flatten)]
    routes: RouteFilter,
    /// Put the rules into the configuration file
    #[arg(long)]
    write: bool,
    /// Write the diff to this file too
    #[arg(long, value_name = "FILE")]
    patch: Option<PathBuf>,
}

const EXAMPLES: &str = "\
Exit status: 0 there is nothing to propose, or it was written; 1 rules are proposed and not written; 2 it could not be run.

Each request that only reads is asked several times, with all others in between. What differs is no contract: a rule is
proposed that is as narrow as what was seen allows, and the reason says what that was. Nothing is changed without
--write. Read the diff: a reason quotes answers, and a rule hides whatever it covers from now on.

Examples:
  cutover parity learn reads.har --target http://127.0.0.1:4242
      shows the rules as a diff of routes.toml
  cutover parity learn reads.har --target http://127.0.0.1:4242 --times 10 --route 'assets_*' --write
      asks ten times, for these routes, and puts the rules into routes.toml
  cutover parity learn --evidence evidence.db --patch noise.diff
      learns from what a bridge has seen; `patch -p0 < noise.diff` accepts it";

impl Learn {
    pub(in crate::cli) fn run(self) -> anyhow::Result<ExitCode> {
        let layers = self.config.layers();
        let text = layers.read_file().map_err(|fault| anyhow::anyhow!("{fault}"))?;
        let snapshot = Snapshot::from_text(&layers, text.as_deref(), &handlers::catalog(), 1)?;
        self.routes.check(&snapshot.table)?;
        let source = self.observe(&snapshot)?;
        let lessons = lessons(&source, &snapshot);
        let old = text.as_deref().unwrap_or_default();
        let new = edited(old, &additions(&lessons, &snapshot)).with_context(|| layers.source())?;
        let checked = Snapshot::from_text(&layers, Some(&new), &handlers::catalog(), 1);
        checked.context("the proposals make no valid configuration, which is a fault of cutover's")?;
        let proposed = new != old;
        self.show(&layers, old, &new)?;
        let mut said = source.said;
        said.extend(summary(&lessons));
        said.push(if !proposed {
            "nothing is proposed".to_owned()
        } else if self.write {
            let file = layers.file.as_deref().unwrap_or(Path::new("routes.toml"));
            edit::replace(file, text.as_deref(), &new)?;
            format!("written: {}", layers.source())
        } else {
            format!("{} is as it was; --write puts the rules in", layers.source())
        });
        for line in said {
            eprintln!("{line}");
        }
        Ok(if proposed && !self.write { ExitCode::FAILURE } else { ExitCode::SUCCESS })
    }

    fn observe(&self, snapshot: &Snapshot) -> anyhow::Result<Source> {
        if let Some(file) = &self.evidence {
            return evidence(file, &self.routes, snapshot);
        }
        let asking = Asking {
            files: &self.files,
            url: self.target.as_deref().unwrap_or_default(),
            times: usize::from(self.times),
            jobs: usize::from(self.jobs),
            deadline: Duration::from_secs(self.timeout),
        };
        asking.observe(&self.routes, snapshot)
    }

    fn show(&self, layers: &Layers, old: &str, new: &str) -> anyhow::Result<()> {
        if old == new {
            return Ok(());
        }
        let name = layers.source();
        if let Some(file) = &self.patch {
            write_private(file, edit::diff(&name, old, new, false).as_bytes())?;
        }
        let colour = std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
        match std::io::stdout().write_all(edit::diff(&name, old, new, colour).as_bytes()) {
            Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(error).context("writing the diff"),
            _ => Ok(()),
        }
    }
}

fn lessons(source: &Source, snapshot: &Snapshot) -> Vec<(String, Lesson)> {
    let rules = |name: &str| {
        let route = snapshot.table.routes.iter().find(|route| route.name == name);
        route.map_or(&[][..], |route| &route.parity)
    };
    source.routes.iter().map(|(name, observed)| (name.clone(), propose(rules(name), observed))).collect()
}

fn additions(lessons: &[(String, Lesson)], snapshot: &Snapshot) -> Vec<Addition> {
    let addition = |(name, lesson): &(String, Lesson)| {
        let route = snapshot.table.routes.iter().find(|route| route.name == *name);
        let about = route.map(|route| route.pattern.to_string()).unwrap_or_default();
        Addition { route: name.clone(), about, rules: lesson.proposed.clone() }
    };
    lessons.iter().map(addition).collect()
}

fn summary(lessons: &[(String, Lesson)]) -> Vec<String> {
    let sum = |of: fn(&Lesson) -> usize| lessons.iter().map(|(_, lesson)| of(lesson)).sum::<usize>();
    let (noisy, unruled) = (sum(|lesson| lesson.noisy), sum(|lesson| lesson.unruled));
    let of = lessons.iter().filter(|(_, lesson)| !lesson.proposed.is_empty()).count();
    let mut said = vec![
        format!("not answered the same each time: {noisy}; not excused by the rules there are: {unruled}"),
        format!("rules proposed: {} for {of} routes", sum(|lesson| lesson.proposed.len())),
    ];
    let left = lessons.iter().flat_map(|(name, lesson)| lesson.left.iter().map(move |left| (name, left)));
    for (number, (name, left)) in left.enumerate() {
        if number == 0 {
            said.push("NOT PROPOSED, and different all the same:".to_owned());
        }
        said.push(format!("  {name} {}: {}", left.place, left.why));
    }
    said
}
