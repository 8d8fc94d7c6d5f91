//! Where the observations of `cutover parity learn` come from: a server that is asked, or an evidence file.

use std::{
    cell::Cell,
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use anyhow::{Context, bail};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::{
    cli::shared::RouteFilter,
    parity::{
        Redactor, Request, Rulebook, Verdict,
        client::Client,
        evidence::Reader,
        har::{self, Entry},
        learn::{Observed, Pair, Unit},
        replay::{Asked, Plan, Repeated, Target, again},
    },
    routes::Snapshot,
};

/// All observations, by route, and what is said about how they were made.
pub(super) struct Source {
    pub(super) routes: BTreeMap<String, Observed>,
    pub(super) said: Vec<String>,
}

/// How a server is asked.
pub(super) struct Asking<'a> {
    pub(super) files: &'a [PathBuf],
    pub(super) url: &'a str,
    pub(super) times: usize,
    pub(super) jobs: usize,
    pub(super) deadline: Duration,
}

/// A server, asked as it was recorded.
struct Server(Client);

impl Target for Server {
    async fn ask(&self, request: &Request) -> Asked {
        match self.0.send(request).await {
            Ok((response, took)) => Asked::Answered(response, took),
            Err(error) => Asked::Failed(error.to_string()),
        }
    }
}

impl Asking<'_> {
    /// Asks each read of the recordings that belongs to a route.
    pub(super) fn observe(&self, wanted: &RouteFilter, snapshot: &Snapshot) -> anyhow::Result<Source> {
        let client = Client::new(self.url)?.deadline(self.deadline).reusing();
        let mut entries = Vec::new();
        for file in self.files {
            let read = har::read(file)?;
            for (number, why) in &read.passed_over {
                eprintln!("{}: entry {number} is passed over: {why}", file.display());
            }
            entries.extend(read.entries);
        }
        let (of_route, of_none) = (Cell::new(0), Cell::new(0));
        let count = |_: &Entry, route: Option<&str>| {
            let counter = if route.is_some() { &of_route } else { &of_none };
            let counted = route.is_none() || wanted.wants(route);
            counter.set(counter.get() + usize::from(counted));
            route.is_some() && counted
        };
        let plan = Plan::of(entries.into_iter().enumerate(), &snapshot.table, count, false);
        let reads: Vec<_> = plan.alone.iter().filter(|step| !step.writes).map(Arc::clone).collect();
        let (writes, of_none) = (of_route.get() - reads.len(), of_none.get());
        let left_out = format!("left out: {writes} that may write, {of_none} of no migrated route");
        if reads.is_empty() {
            bail!("nothing is left to ask; {left_out}");
        }
        let bar = bar(reads.len() * self.times);
        let runtime =
            tokio::runtime::Builder::new_multi_thread().enable_all().build().context("starting the runtime")?;
        let server = Server(client);
        let repeated = runtime.block_on(again(&reads, &server, self.times, self.jobs, || bar.inc(1)));
        bar.finish_and_clear();
        self.source(&repeated, &left_out, &snapshot.config.parity.redact)
    }

    fn source(&self, repeated: &[Repeated], left_out: &str, names: &[String]) -> anyhow::Result<Source> {
        let mut source = Source { routes: BTreeMap::new(), said: Vec::new() };
        let compared = repeated.iter().filter(|one| one.answers > 1).count();
        let failed = repeated.iter().find_map(|one| Some((&one.step.entry.request, one.failed.as_deref()?)));
        if compared == 0 {
            let why = failed.map_or("", |(_, why)| why);
            bail!("no request was answered twice: {why}");
        }
        for one in repeated.iter().filter(|one| one.answers > 1) {
            let (Some(route), Some(first)) = (&one.step.route, &one.first) else { continue };
            let observed = source.routes.entry(route.name.clone());
            let observed = observed.or_insert_with(|| Observed { total: 0, unit: Unit::Requests, pairs: Vec::new() });
            observed.total += 1;
            let redactor = Redactor::new(&route.book, names);
            let pair = |other| Pair {
                request: one.step.number,
                expected: redactor.response(first),
                actual: redactor.response(other),
            };
            observed.pairs.extend(one.others.iter().map(pair));
        }
        let (routes, times) = (source.routes.len(), self.times);
        source.said.push(format!("{compared} requests of {routes} routes, {times} times each, asked {}", self.url));
        source.said.push(left_out.to_owned());
        if let Some((request, why)) = failed {
            let count = repeated.iter().filter(|one| one.failed.is_some()).count();
            let asked = format!("{} {}", request.method, request.path());
            source.said.push(format!("not always answered: {count} requests, the first one {asked}: {why}"));
        }
        Ok(source)
    }
}

fn bar(length: usize) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(length as u64), ProgressDrawTarget::stderr());
    if let Ok(style) = ProgressStyle::with_template("{bar:40} {pos}/{len} {eta}") {
        bar.set_style(style);
    }
    bar
}

/// The samples of noise that a bridge has kept: they have both answers of legacy.
pub(super) fn evidence(file: &Path, wanted: &RouteFilter, snapshot: &Snapshot) -> anyhow::Result<Source> {
    // It names its cause itself.
    let reader = Reader::open(file).map_err(|error| anyhow::anyhow!("{error}"))?;
    let mut source = Source { routes: BTreeMap::new(), said: Vec::new() };
    let (mut samples, mut gone) = (0, 0);
    for head in reader.samples(None)?.into_iter().filter(|head| head.place.noise && wanted.wants(Some(&head.route))) {
        let Some(route) = snapshot.table.routes.iter().find(|route| route.name == head.route) else {
            gone += 1;
            continue;
        };
        // One that has made way meanwhile is no sample any more.
        let Some(sample) = reader.sample(head.id)? else { continue };
        let (Verdict::Noise(_), Some(expected), Some(actual)) =
            (&sample.verdict, sample.exchange.expected, sample.exchange.actual)
        else {
            continue;
        };
        let observed = source.routes.entry(head.route);
        let observed = observed.or_insert_with(|| Observed { total: 0, unit: Unit::Samples, pairs: Vec::new() });
        // It was redacted when it was kept, by the rules of that day.
        let book = Rulebook::new(&route.parity);
        let redactor = Redactor::new(&book, &snapshot.config.parity.redact);
        let (expected, actual) = (redactor.response(&expected), redactor.response(&actual));
        observed.pairs.push(Pair { request: observed.total, expected, actual });
        observed.total += 1;
        samples += 1;
    }
    let routes = source.routes.len();
    source.said.push(format!("{samples} samples of noise of {routes} routes in {}", file.display()));
    if gone > 0 {
        source.said.push(format!("left out: {gone} of routes that are no more"));
    }
    Ok(source)
}
