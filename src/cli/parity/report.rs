//! `cutover parity report`: what online comparisons came to, and their samples as a HAR file.

use std::{io::Write, path::PathBuf, process::ExitCode};

use anyhow::{Context, bail};
use clap::Args;

use crate::{
    admin::parity,
    cli::shared::{ConfigFile, RouteFilter, write_private},
    handlers,
    parity::{
        evidence::{Reader, RouteSummary, Summary},
        export, har,
    },
    routes::Snapshot,
    server::run::evidence_file,
};

/// Options of `cutover parity report`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Report {
    #[command(flatten)]
    config: ConfigFile,
    /// Evidence file; without this option the one that routes.toml names
    #[arg(long, value_name = "FILE")]
    evidence: Option<PathBuf>,
    #[command(flatten)]
    routes: RouteFilter,
    /// JSON instead of tables
    #[arg(long)]
    json: bool,
    /// Write the kept samples, with both answers, to a HAR file that can be opened and replayed
    #[arg(long, value_name = "FILE.har")]
    export: Option<PathBuf>,
    /// Of the samples only this one; can be given more than once
    #[arg(long = "sample", value_name = "ID", requires = "export")]
    samples: Vec<i64>,
}

const EXAMPLES: &str = "\
A bridge may be running meanwhile; it writes what it counts once a second.

Examples:
  cutover parity report
  cutover parity report --route tags_list --export tags.har
  cutover parity replay tags.har --target http://127.0.0.1:4300";

impl Report {
    pub(in crate::cli) fn run(self) -> anyhow::Result<ExitCode> {
        let layers = self.config.layers();
        let snapshot = Snapshot::load(&layers, &handlers::catalog(), 1)?;
        let file = self.evidence.clone().or_else(|| evidence_file(&layers, &snapshot.config.parity));
        let file = file.context(
            "parity.evidence names no file: the evidence of a running bridge is at /api/parity of its admin API",
        )?;
        let reader = Reader::open(&file).with_context(|| {
            format!("{} (a bridge writes it once a route in mode shadow or verify was compared)", file.display())
        })?;
        if let Some(to) = &self.export {
            return self.export(&reader, to);
        }
        let mut summary = reader.summary()?;
        summary.routes.retain(|route| self.routes.wants(Some(&route.route)));
        let text =
            if self.json { serde_json::to_string_pretty(&parity::summary(&summary))? + "\n" } else { tables(&summary) };
        match std::io::stdout().write_all(text.as_bytes()) {
            Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(error).context("writing the report"),
            _ => Ok(ExitCode::SUCCESS),
        }
    }

    fn export(&self, reader: &Reader, to: &std::path::Path) -> anyhow::Result<ExitCode> {
        let kept = reader.samples(None)?;
        let wanted = |id: i64| self.samples.is_empty() || self.samples.contains(&id);
        let ids: Vec<i64> = kept
            .iter()
            .filter(|head| wanted(head.id) && self.routes.wants(Some(&head.route)))
            .map(|head| head.id)
            .collect();
        let mut entries = Vec::new();
        for id in ids {
            entries.extend(reader.sample(id)?.as_ref().map(export::entry));
        }
        if entries.is_empty() {
            bail!("no sample of that is kept; without --export the report tells where samples were kept");
        }
        write_private(to, har::to_string(&entries).as_bytes())?;
        println!("{} samples written to {}", entries.len(), to.display());
        Ok(ExitCode::SUCCESS)
    }
}

/// Counts per route; where answers differed; rules that are never needed.
fn tables(summary: &Summary) -> String {
    if summary.routes.is_empty() {
        return "nothing has been compared yet\n".to_owned();
    }
    let mut rows = vec![
        vec![
            "ROUTE",
            "COMPARED",
            "MATCHED",
            "IGNORED",
            "MISMATCHED",
            "NOISE",
            "DIRTY",
            "FAILED",
            "DECLINED",
            "SKIPPED",
        ]
        .into_iter()
        .map(str::to_owned)
        .collect::<Vec<_>>(),
    ];
    for route in &summary.routes {
        let mut row = vec![route.route.clone(), route.total().to_string()];
        row.extend(
            ["matched", "ignored", "mismatched", "noise", "dirty", "handler failed", "handler declined", "skipped"]
                .map(|word| route.verdict(word).to_string()),
        );
        rows.push(row);
    }
    let mut text = table(&rows);
    for route in &summary.routes {
        text += &details(route);
    }
    text
}

fn details(route: &RouteSummary) -> String {
    let mut lines = Vec::new();
    for counted in &route.places {
        let (place, count, samples) = (&counted.place, counted.count, counted.samples);
        lines.push(format!(
            "{}: {} {} ({}, samples kept: {samples})",
            place.verdict(),
            place.kind,
            place.path,
            times(count)
        ));
    }
    let reasons = [("skipped", &route.skipped), ("declined", &route.declined), ("failed", &route.failed)];
    for (word, reasons) in reasons {
        lines.extend(reasons.iter().map(|(why, count)| format!("{word}: {why} ({})", times(*count))));
    }
    for rule in route.rules.iter().filter(|rule| parity::is_dead(rule)) {
        lines.push(format!("rule never needed, compared {}: {}", times(rule.compared), rule.rule));
    }
    if lines.is_empty() { String::new() } else { format!("\n{}\n  {}\n", route.route, lines.join("\n  ")) }
}

fn times(count: u64) -> String {
    match count {
        1 => "once".to_owned(),
        count => format!("{count} times"),
    }
}

/// Columns, the first to the left and the others to the right.
fn table(rows: &[Vec<String>]) -> String {
    let width = |column: usize| rows.iter().map(|row| row[column].len()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..rows[0].len()).map(width).collect();
    rows.iter().fold(String::new(), |text, row| {
        let cells = row
            .iter()
            .zip(&widths)
            .enumerate()
            .map(|(at, (cell, width))| if at == 0 { format!("{cell:width$}") } else { format!("{cell:>width$}") });
        format!("{text}{}\n", cells.collect::<Vec<_>>().join("  ").trim_end())
    })
}
