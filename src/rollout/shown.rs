//! Routes and their evidence, as the admin API shows them.

use std::{
    io,
    sync::Arc,
    time::{Instant, SystemTime},
};

use serde_json::{Map, Value, json};

use super::{
    climbing::progress,
    entry::{Cause, Entry},
    guardrail::{Finding, Outcome},
    journal,
    moment::seconds,
    rollout::Rollout,
    state::{Moved, RouteState},
};
use crate::{
    config::Mode,
    routes::{Route, Snapshot},
};

/// A route, as metrics have it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gauges {
    /// Its name.
    pub name: String,
    /// The word of its mode.
    pub mode: &'static str,
    /// Whether a guardrail rolled it back.
    pub tripped: bool,
    /// Whether its handler is left alone for a while.
    pub breaker_open: bool,
    /// Its guardrails, and whether each is crossed.
    pub crossed: Vec<(&'static str, bool)>,
}

/// Something that needs a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// `tripped`, `breaker`, `mismatched`, `held`, `ready`, `state`, `journal`.
    pub kind: &'static str,
    /// Which route; none if it is about none.
    pub route: Option<String>,
    /// Since when, if that is known.
    pub at: Option<SystemTime>,
    /// What is so.
    pub text: String,
    /// What to do.
    pub remedy: String,
}

impl Rollout {
    /// What the rollout knows of a route: where it is, since when and why, its ladder, its evidence.
    #[must_use]
    pub fn shown(&self, route: &Route) -> Map<String, Value> {
        let (state, fresh) = {
            // Both of one moment: what is rolled back is where it was rolled back to.
            let inner = self.inner.lock();
            let state = inner.state.route.get(&route.name).cloned().unwrap_or_default();
            (state, self.live.snapshot().table.find(&route.name).map(Arc::clone))
        };
        let route = fresh.as_deref().unwrap_or(route);
        let tracked = self.tracked(route);
        let (now, wall) = (Instant::now(), SystemTime::now());
        let evidence = tracked.evidence.lock();
        let breaker = tracked.breaker.lock();
        let moved = state.moved.as_ref().filter(|_| route.overridden);
        let mut shown = Map::new();
        let mut put = |name: &str, value: Value| drop(shown.insert(name.to_owned(), value));
        put("mode", json!(route.mode.as_str()));
        put("percent", json!(route.percent.as_number()));
        put("configured", json!(route.configured));
        put("overridden", json!(route.overridden));
        put("since", json!(seconds(evidence.since)));
        put("by", json!(moved.map(|moved| &moved.by)));
        put("reason", json!(moved.map_or(Cause::Config, |moved: &Moved| moved.reason)));
        put("why", json!(moved.map_or("", |moved| moved.why.as_str())));
        put("ladder", ladder(route, &evidence, now));
        let RouteState { hold, tripped, .. } = &state;
        put(
            "hold",
            json!(hold.as_ref().map(|hold| json!({"since": seconds(hold.at), "by": hold.by, "why": hold.why}))),
        );
        put(
            "tripped",
            json!(tripped.as_ref().map(|tripped| json!({
                "guardrail": tripped.guardrail, "at": seconds(tripped.at), "until": seconds(tripped.until),
                "why": tripped.why, "from": tripped.from,
            }))),
        );
        let until = breaker.left(now).map(|left| seconds(wall + left));
        put("breaker", json!({"state": breaker.state(now).as_str(), "failures": breaker.failures(), "until": until}));
        put("verdicts", evidence.total.verdicts());
        put("match_rate", json!(evidence.total.match_rate()));
        put("legacy", evidence.total.legacy.shown());
        put("native", evidence.total.native.shown());
        shown
    }

    /// The evidence of a route against its bounds.
    #[must_use]
    pub fn guardrails(&self, route: &Route) -> Vec<Value> {
        let tracked = self.tracked(route);
        let findings = tracked.evidence.lock().findings(&route.guardrails, route.access, Instant::now());
        findings.iter().map(Finding::shown).collect()
    }

    /// The evidence of a route.
    #[must_use]
    pub fn evidence(&self, route: &Route) -> Map<String, Value> {
        let tracked = self.tracked(route);
        let evidence = tracked.evidence.lock();
        let (bounds_ms, legacy) = evidence.total.legacy.latency.drawn();
        let (_, native) = evidence.total.native.latency.drawn();
        let mut shown = Map::new();
        let mut put = |name: &str, value: Value| drop(shown.insert(name.to_owned(), value));
        put("route", json!(route.name));
        put("since", json!(seconds(evidence.since)));
        put("verdicts", evidence.total.verdicts());
        put("match_rate", json!(evidence.total.match_rate()));
        put("legacy", evidence.total.legacy.shown());
        put("native", evidence.total.native.shown());
        put("histogram", json!({"bounds_ms": bounds_ms, "legacy": legacy, "native": native}));
        let mut window = evidence.recent(Instant::now()).shown();
        window["seconds"] = json!(route.guardrails.window.as_secs_f64());
        put("window", window);
        drop(evidence);
        put("guardrails", json!(self.guardrails(route)));
        shown
    }

    /// The routes that are not in mode legacy, and those that were rolled back.
    #[must_use]
    pub fn gauges(&self, snapshot: &Snapshot) -> Vec<Gauges> {
        let now = Instant::now();
        let moved = snapshot.table.routes.iter().filter(|route| route.mode != Mode::Legacy || route.tripped);
        let gauges = moved.map(|route| {
            let tracked = self.tracked(route);
            let findings = tracked.evidence.lock().findings(&route.guardrails, route.access, now);
            let crossed = findings.iter().map(|finding| (finding.guardrail.as_str(), finding.outcome == Outcome::Fail));
            Gauges {
                name: route.name.clone(),
                mode: route.mode.as_str(),
                tripped: route.tripped,
                breaker_open: tracked.breaker.lock().left(now).is_some(),
                crossed: crossed.collect(),
            }
        });
        gauges.collect()
    }

    /// Comparisons of all routes by verdict, each since its last change, and how many of them were right.
    #[must_use]
    pub fn verdicts(&self) -> (Value, Option<f64>) {
        let mut sum = super::counts::Counts::default();
        self.all_tracked().iter().for_each(|(_, tracked)| sum.add(&tracked.evidence.lock().total));
        (sum.verdicts(), sum.match_rate())
    }

    /// The latest entries of the journal before one, of one route or of all, the newest first. Blocking where they are not
    /// in memory any more.
    #[must_use]
    pub fn journal(&self, route: Option<&str>, before: Option<u64>, limit: usize) -> Vec<Arc<Entry>> {
        let (page, more) = self.inner.lock().journal.page(route, before, limit);
        match (&self.places.journal, more) {
            (Some(path), true) => {
                let found = journal::page_of(path, route, before, limit).ok();
                // Somebody may have moved the files away.
                found.filter(|found| found.len() >= page.len()).unwrap_or(page)
            }
            _ => page,
        }
    }

    /// All of the journal, a line an entry, the oldest first. Blocking.
    ///
    /// # Errors
    /// It can not be read.
    pub fn whole_journal(&self) -> io::Result<Vec<u8>> {
        if let Some(path) = &self.places.journal {
            let lines = journal::whole(path)?;
            if !lines.is_empty() {
                return Ok(lines);
            }
        }
        let (page, _) = self.inner.lock().journal.page(None, None, usize::MAX);
        Ok(page.iter().rev().flat_map(|entry| (entry.line() + "\n").into_bytes()).collect())
    }

    /// What needs a person: kind, route, moment, what is so and what to do about it.
    #[must_use]
    pub fn attention(&self, snapshot: &Snapshot) -> Vec<Notice> {
        let mut all = Vec::new();
        let now = Instant::now();
        let mut add = |kind, route: &str, at, text, remedy| {
            all.push(Notice { kind, route: Some(route.to_owned()), at, text, remedy });
        };
        let states = self.inner.lock().state.route.clone();
        for route in &snapshot.table.routes {
            let name = &route.name;
            let state = states.get(name);
            if let Some(tripped) = state.and_then(|state| state.tripped.as_ref()) {
                let text = format!(
                    "{name} was rolled back from {} to {} by guardrail {}: {}",
                    tripped.from,
                    route.position(),
                    tripped.guardrail,
                    tripped.why
                );
                let remedy = "Look at its differences and errors; when the cause is mended, re-arm it.";
                add("tripped", name, Some(tripped.at), text, remedy.to_owned());
            }
            let Some(tracked) = self.known(name) else { continue };
            let evidence = tracked.evidence.lock();
            let breaker = tracked.breaker.lock();
            if let Some(left) = breaker.left(now) {
                let text =
                    format!("the breaker of {name} is open: its handler failed {} times in a row", breaker.failures());
                let remedy = format!("Legacy answers for {} s more, then one request is tried.", left.as_secs() + 1);
                add("breaker", name, None, text, remedy);
            }
            let findings = evidence.findings(&route.guardrails, route.access, now);
            if let Some(finding) = super::evidence::crossed(&findings)
                && state.is_none_or(|state| state.tripped.is_none())
            {
                let text = format!("{name} is beyond guardrail {}: {}", finding.guardrail.as_str(), finding.text);
                let remedy = "Look at its differences and errors before it goes further.";
                add("mismatched", name, None, text, remedy.to_owned());
            }
            let progress = progress(route, &evidence, now);
            if progress.is_through()
                && route.ladder.at(evidence.position).is_some()
                && state.is_none_or(|state| state.tripped.is_none())
            {
                let text = format!("{name} is through with \"{}\"", evidence.position);
                match state.and_then(|state| state.hold.as_ref()) {
                    Some(hold) => {
                        add("held", name, Some(hold.at), text + ", and held", "Resume it to let it go on.".to_owned());
                    }
                    None => add("ready", name, None, text, "Promote it.".to_owned()),
                }
            }
        }
        all.extend(self.troubles().into_iter().map(|trouble| Notice {
            kind: trouble.kind,
            route: None,
            at: None,
            text: trouble.text,
            remedy: trouble.remedy.to_owned(),
        }));
        all
    }
}

fn ladder(route: &Route, evidence: &super::evidence::Evidence, now: Instant) -> Value {
    if route.ladder.rungs().is_empty() {
        return Value::Null;
    }
    json!({
        "rungs": route.ladder.rungs().iter().map(ToString::to_string).collect::<Vec<_>>(),
        "at": route.ladder.at(route.position()),
        "advance": route.advance.as_str(),
        "next": route.ladder.above(route.position()).map(ToString::to_string),
        "progress": progress(route, evidence, now).shown(),
    })
}
