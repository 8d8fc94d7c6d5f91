//! Whether the evidence of a step is in and clean.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{
    evidence::{Evidence, crossed},
    guardrail::Outcome,
};
use crate::config::{Advance, Mode, Rung};
use crate::routes::Route;

/// How far a route is with the step it is on.
#[derive(Debug, Clone, PartialEq)]
pub struct Progress {
    /// Requests or comparisons: seen, and needed.
    pub requests: Option<(u64, u64)>,
    /// Time: passed, and needed.
    pub time: Option<(Duration, Duration)>,
    /// Whether the step is done; it fails where a bound is crossed.
    pub outcome: Outcome,
    /// Whether nothing is missing but a person, who goes on.
    pub waits: bool,
    /// What is missing, or wrong.
    pub why: String,
}

impl Progress {
    /// Of a route that is on no step, or on the last.
    fn nothing(outcome: Outcome, why: &str) -> Self {
        Self { requests: None, time: None, outcome, waits: false, why: why.to_owned() }
    }

    /// Whether a person may take the route further without passing over anything.
    #[must_use]
    pub fn is_through(&self) -> bool {
        self.outcome == Outcome::Pass || self.waits
    }

    /// As the admin API shows it.
    #[must_use]
    pub fn shown(&self) -> Value {
        json!({
            "requests": self.requests.map(|(done, needed)| json!({"done": done.min(needed), "needed": needed})),
            "seconds": self.time.map(|(done, needed)| {
                json!({"done": (done.min(needed).as_secs_f64() * 10.0).round() / 10.0, "needed": needed.as_secs_f64()})
            }),
            "verdict": self.outcome.as_str(),
            "why": self.why,
        })
    }
}

/// Whether a route goes up its ladder by itself.
#[must_use]
pub fn climbs(route: &Route) -> bool {
    route.advance == Advance::Auto && !route.ladder.rungs().is_empty()
}

/// How far it is. Below its ladder, or beside it, a route has nothing to wait for.
#[must_use]
pub fn progress(route: &Route, evidence: &Evidence, now: Instant) -> Progress {
    let position = evidence.position;
    if position != route.position() {
        // It was moved just now.
        return Progress::nothing(Outcome::Inconclusive, "its evidence begins anew");
    }
    let on = route.ladder.at(position).and_then(|at| route.ladder.rungs().get(at));
    let Some(rung) = on else {
        return match position.mode {
            Mode::Legacy => Progress::nothing(Outcome::Pass, "its ladder begins"),
            _ => Progress::nothing(Outcome::Inconclusive, "beside its ladder"),
        };
    };
    if route.ladder.above(position).is_none() {
        return Progress::nothing(Outcome::Inconclusive, "at the top of its ladder");
    }
    on_a_rung(route, rung, evidence, now)
}

fn on_a_rung(route: &Route, rung: &Rung, evidence: &Evidence, now: Instant) -> Progress {
    let native = evidence.position.mode == Mode::Canary;
    let done = if native { evidence.total.native.served } else { evidence.total.tried() };
    let requests = rung.requests.map(|needed| (done, needed));
    let time = rung.time.map(|needed| (evidence.active(now), needed));
    let mut missing = Vec::new();
    if let Some((done, needed)) = requests.filter(|(done, needed)| done < needed) {
        let what = if native { "requests answered natively" } else { "comparisons" };
        missing.push(format!("{} more {what}", needed - done));
    }
    if let Some((done, needed)) = time.filter(|(done, needed)| done < needed) {
        missing.push(format!("{} more", humantime::format_duration(whole(needed.saturating_sub(done)))));
    }
    let findings = evidence.judged(&route.guardrails, route.access);
    let recent = evidence.findings(&route.guardrails, route.access, now);
    if let Some(finding) = crossed(&findings).or_else(|| crossed(&recent)) {
        return Progress { requests, time, outcome: Outcome::Fail, waits: false, why: finding.text.clone() };
    }
    for finding in findings.iter().filter(|finding| finding.outcome == Outcome::Inconclusive) {
        let word = finding.guardrail.as_str();
        missing.push(if finding.requests < finding.needed {
            format!("guardrail {word}: {} more to judge by", finding.needed - finding.requests)
        } else {
            format!("guardrail {word}: {}", finding.text)
        });
    }
    let waits = missing.is_empty() && rung.pause;
    let (outcome, why) = match (missing.is_empty(), rung.pause) {
        (true, false) => (Outcome::Pass, "its evidence is in and clean".to_owned()),
        (true, true) => (Outcome::Inconclusive, "its evidence is in and clean; it waits for a person".to_owned()),
        (false, _) => (Outcome::Inconclusive, missing.join("; ")),
    };
    Progress { requests, time, outcome, waits, why }
}

fn whole(time: Duration) -> Duration {
    Duration::from_secs(time.as_secs() + u64::from(time.subsec_nanos() > 0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        config::{Guardrails, Ladder, Position},
        flags::Variant,
        rollout::counts::{Ended, Seen},
    };

    fn route() -> Route {
        let mut route = Route::for_test("GET /x");
        route.ladder =
            Ladder::read(["shadow 30", "canary 10% 30 1m", "canary 50% 5m pause", "verify 10", "native"]).unwrap();
        route.guardrails = Guardrails {
            mismatch: "0.1".parse().unwrap(),
            errors: "1".parse().unwrap(),
            p95_ratio: Some(2.0),
            min_requests: 20,
            ..Guardrails::default()
        };
        route
    }

    fn at(route: &Route, mode: Mode, percent: &str, now: Instant) -> Evidence {
        Evidence::new(Position::new(mode, percent.parse().unwrap()), &route.guardrails, now)
    }

    fn moved(route: &Route, evidence: &Evidence) -> Route {
        let Position { mode, percent } = evidence.position;
        Route { mode, percent, ..route.clone() }
    }

    fn serve(evidence: &mut Evidence, route: &Route, requests: u64, failed: bool, now: Instant) {
        for _ in 0..requests {
            for variant in [Variant::Legacy, Variant::Native] {
                let ended = if failed && variant == Variant::Native { Ended::Failed } else { Ended::Well };
                let seen = Seen { variant, took: Some(Duration::from_millis(3)), ended, beside: false };
                evidence.seen(seen, &route.guardrails, now);
            }
            evidence.compared("matched", &route.guardrails, now);
        }
    }

    #[test]
    fn a_step_is_done_when_its_evidence_is_in_and_clean() {
        let (route, now) = (route(), Instant::now());
        let mut shadow = at(&route, Mode::Shadow, "0", now);
        serve(&mut shadow, &route, 29, false, now);
        let progress_of = |evidence: &Evidence, later: u64| {
            let progress = progress(&moved(&route, evidence), evidence, now + Duration::from_secs(later));
            (progress.outcome, progress.why)
        };
        assert_eq!(progress_of(&shadow, 0), (Outcome::Inconclusive, "1 more comparisons".into()));
        serve(&mut shadow, &route, 1, false, now);
        assert_eq!(progress_of(&shadow, 0).0, Outcome::Pass);
        let mut canary = at(&route, Mode::Canary, "10", now);
        serve(&mut canary, &route, 30, false, now);
        assert_eq!(progress_of(&canary, 10), (Outcome::Inconclusive, "50s more".into()));
        assert_eq!(progress_of(&canary, 60).0, Outcome::Pass);
    }

    #[test]
    fn what_is_not_conclusive_never_promotes() {
        let (route, now) = (route(), Instant::now());
        let mut canary = at(&route, Mode::Canary, "10", now);
        let said = |evidence: &Evidence| {
            let progress = progress(&moved(&route, evidence), evidence, now + Duration::from_secs(3600));
            (progress.outcome, progress.why)
        };
        assert_eq!(said(&canary).0, Outcome::Inconclusive, "nothing was seen");
        serve(&mut canary, &route, 30, false, now);
        serve(&mut canary, &route, 1, true, now);
        let (outcome, why) = said(&canary);
        assert_eq!(outcome, Outcome::Inconclusive, "one error in 31 may be chance");
        assert!(why.starts_with("guardrail errors: 1 of 31"), "{why}");
        serve(&mut canary, &route, 20, true, now);
        assert_eq!(said(&canary).0, Outcome::Fail);
        let mut paused = at(&route, Mode::Canary, "50", now);
        serve(&mut paused, &route, 100, false, now);
        let progress = progress(&moved(&route, &paused), &paused, now + Duration::from_secs(3600));
        assert_eq!((progress.outcome, progress.waits), (Outcome::Inconclusive, true), "{progress:?}");
    }

    #[test]
    fn beside_and_above_the_ladder_nothing_goes_by_itself_and_below_it_nothing_is_waited_for() {
        let (route, now) = (route(), Instant::now());
        let of = |mode, percent| {
            let evidence = at(&route, mode, percent, now);
            progress(&moved(&route, &evidence), &evidence, now).outcome
        };
        assert_eq!(of(Mode::Legacy, "0"), Outcome::Pass);
        assert_eq!(of(Mode::Canary, "20"), Outcome::Inconclusive);
        assert_eq!(of(Mode::Native, "0"), Outcome::Inconclusive);
    }
}
