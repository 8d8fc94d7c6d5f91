//! What is recorded, to its file, and what is said about it.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::Context;
use indicatif::{HumanBytes, ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::{
    dispatch::recording::Told,
    parity::har::{self, Writer},
};

/// Time between two looks at the line of progress.
const TICK: Duration = Duration::from_millis(200);

/// Why a recording ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ended {
    /// By a signal.
    Asked,
    /// By `--for`.
    Time,
    /// By `--count`.
    Count,
    /// The bridge stopped.
    Stopped,
}

/// A recording, its file, and the line that shows how it goes.
pub(super) struct Keeping {
    writer: Writer,
    out: PathBuf,
    bar: ProgressBar,
    bytes: u64,
    dropped: u64,
    routes: BTreeSet<String>,
    of_no_route: u64,
    /// Why there is no answer, and how often.
    without: BTreeMap<String, u64>,
}

impl Keeping {
    /// With a file that was begun.
    pub(super) fn begin(writer: Writer, out: &Path) -> Self {
        // Not drawn where nobody looks.
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg}") {
            bar.set_style(style);
        }
        bar.enable_steady_tick(TICK);
        let keeping = Self {
            writer,
            out: out.to_owned(),
            bar,
            bytes: 0,
            dropped: 0,
            routes: BTreeSet::new(),
            of_no_route: 0,
            without: BTreeMap::new(),
        };
        keeping.show();
        keeping
    }

    /// Entries that are in the file.
    pub(super) fn entries(&self) -> u64 {
        self.writer.entries()
    }

    /// Writes what was told.
    pub(super) fn take(&mut self, told: Told) -> anyhow::Result<()> {
        match told {
            Told::Dropped(count) => self.dropped = count,
            Told::Entry(line) => {
                let entry = har::from_line(&line).context("what the bridge sent is no entry")?;
                self.writer.append(&entry)?;
                self.bytes += line.len() as u64;
                match entry.noted("_route").and_then(|route| route.as_str()) {
                    Some(route) => _ = self.routes.insert(route.to_owned()),
                    None => self.of_no_route += 1,
                }
                if let Err(why) = entry.response {
                    *self.without.entry(why).or_default() += 1;
                }
            }
        }
        self.show();
        Ok(())
    }

    fn show(&self) {
        let (entries, bytes) = (self.entries(), HumanBytes(self.bytes));
        self.bar.set_message(format!("{entries} requests, {bytes}, {} dropped", self.dropped));
    }

    /// Says what there is, once the disk has it.
    pub(super) fn finish(self, ended: Ended) -> anyhow::Result<()> {
        self.bar.finish_and_clear();
        let said = self.said(ended);
        self.writer.finish()?;
        println!("{said}");
        Ok(())
    }

    fn said(&self, ended: Ended) -> String {
        let mut said = format!(
            "{}: {} of {}",
            self.out.display(),
            counted(self.entries(), "entry", "entries"),
            counted(self.routes.len() as u64, "route", "routes"),
        );
        if self.of_no_route > 0 {
            _ = write!(said, " and {} of none", self.of_no_route);
        }
        if !self.without.is_empty() {
            let all: u64 = self.without.values().sum();
            let reasons: Vec<String> = self.without.iter().map(|(why, count)| format!("{count}: {why}")).collect();
            _ = write!(said, "; {all} without an answer ({})", reasons.join("; "));
        }
        if self.dropped > 0 {
            _ = write!(said, "; {} dropped, for they came faster than they could be taken", self.dropped);
        }
        if ended == Ended::Stopped {
            said.push_str("; the bridge stopped, and what was recorded until then is kept");
        }
        said + "; only its owner can read it (mode 0600)"
    }
}

fn counted(count: u64, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}
