//! What was seen of a route since it came to where it is.

use std::time::{Duration, Instant, SystemTime};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{
    counts::{Counts, Seen},
    guardrail::{Finding, Outcome, judge},
    moment,
    window::Window,
};
use crate::config::{Access, Guardrails, Percent, Position};

/// How many times the window is looked back on where that has too few requests.
const LONGER: u32 = 12;

/// Evidence of one route at one position.
#[derive(Debug)]
pub struct Evidence {
    /// Where the route is.
    pub position: Position,
    /// Since when.
    pub since: SystemTime,
    /// All of that time.
    pub total: Counts,
    window: Window,
    longer: Window,
    /// How long it was there while a bridge ran, before this one.
    before: Duration,
    began: Instant,
    /// Requests that came before then are not of this stay. None where it began with the bridge: every request is.
    after: Option<Instant>,
    /// Whether something came that is not kept yet.
    pub(super) changed: bool,
    /// When it was last judged.
    pub(super) judged: Option<Instant>,
}

/// As it is kept over a restart. The window is not: it is about now.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Kept {
    position: Position,
    #[serde(with = "moment")]
    since: SystemTime,
    active_ms: u64,
    counts: Counts,
}

impl Evidence {
    /// None yet.
    #[must_use]
    pub fn new(position: Position, bounds: &Guardrails, now: Instant) -> Self {
        Self {
            position,
            since: SystemTime::now(),
            total: Counts::default(),
            window: Window::new(bounds.window, now),
            before: Duration::ZERO,
            longer: Window::new(bounds.window * LONGER, now),
            began: now,
            after: None,
            // Kept even if nothing is seen: what was kept of an earlier stay there is not this one's.
            changed: true,
            judged: None,
        }
    }

    /// None yet of a stay that begins now, after another: of requests that are under way it takes no notice.
    #[must_use]
    pub(super) fn anew(position: Position, bounds: &Guardrails, now: Instant) -> Self {
        Self { after: Some(now), ..Self::new(position, bounds, now) }
    }

    /// Whether a request that came at that time to a route at that position says something about this stay. What came
    /// before the last change does not, even if the route is back where it was.
    #[must_use]
    pub(super) fn is_about(&self, position: Position, asked: Instant) -> bool {
        self.position == position && self.after.is_none_or(|after| asked >= after)
    }

    /// What an earlier bridge kept, if the route is still where it was.
    #[must_use]
    pub(super) fn resumed(kept: &str, position: Position, bounds: &Guardrails, now: Instant) -> Option<Self> {
        let kept: Kept = serde_json::from_str(kept).ok().filter(|kept: &Kept| kept.position == position)?;
        let before = Duration::from_millis(kept.active_ms);
        Some(Self { since: kept.since, total: kept.counts, before, changed: false, ..Self::new(position, bounds, now) })
    }

    /// What is to be kept.
    #[must_use]
    pub(super) fn kept(&self, now: Instant) -> String {
        let active_ms = u64::try_from(self.active(now).as_millis()).unwrap_or(u64::MAX);
        let kept = Kept { position: self.position, since: self.since, active_ms, counts: self.total.clone() };
        serde_json::to_string(&kept).unwrap_or_default()
    }

    /// How long the route has been there while a bridge ran.
    #[must_use]
    pub fn active(&self, now: Instant) -> Duration {
        self.before + now.saturating_duration_since(self.began)
    }

    /// Counts a request.
    pub fn seen(&mut self, seen: Seen, bounds: &Guardrails, now: Instant) {
        self.count(bounds, now, |counts| counts.seen(seen));
    }

    /// Counts a comparison, by the word of its verdict.
    pub fn compared(&mut self, word: &str, bounds: &Guardrails, now: Instant) {
        self.count(bounds, now, |counts| counts.compared(word));
    }

    fn count(&mut self, bounds: &Guardrails, now: Instant, count: impl Fn(&mut Counts)) {
        if !self.window.is_of(bounds.window) {
            self.window = Window::new(bounds.window, now);
            self.longer = Window::new(bounds.window * LONGER, now);
        }
        count(&mut self.total);
        self.window.count(now, &count);
        self.longer.count(now, &count);
        self.changed = true;
    }

    /// What is in the window.
    #[must_use]
    pub fn recent(&self, now: Instant) -> Counts {
        self.window.sum(now)
    }

    /// Each bound, judged by the window, or, where that has too few requests, by one twelve times as long, or by all since
    /// the last change: what is long past hides little of what is now.
    #[must_use]
    pub fn findings(&self, bounds: &Guardrails, access: Access, now: Instant) -> [Finding; 3] {
        let bounds = &of(bounds, access);
        let mut findings = judge(&self.recent(now), bounds);
        for counts in [&self.longer.sum(now), &self.total] {
            if findings.iter().all(|finding| finding.requests >= finding.needed) {
                break;
            }
            for (finding, further) in findings.iter_mut().zip(judge(counts, bounds)) {
                if finding.requests < finding.needed {
                    *finding = further;
                }
            }
        }
        findings
    }

    /// Each bound, judged by all since the last change: what a step of a ladder rests on.
    #[must_use]
    pub fn judged(&self, bounds: &Guardrails, access: Access) -> [Finding; 3] {
        judge(&self.total, &of(bounds, access))
    }

    /// For the journal: what a change rested on.
    #[must_use]
    pub fn summary(&self, finding: Option<&Finding>, now: Instant) -> Value {
        json!({
            "since": moment::seconds(self.since),
            "seconds": (self.active(now).as_secs_f64() * 10.0).round() / 10.0,
            "verdicts": self.total.verdicts(),
            "legacy": self.total.legacy.shown(),
            "native": self.total.native.shown(),
            "guardrail": finding.map(Finding::shown),
        })
    }
}

/// A write is never asked of both sides, so there is nothing to mismatch.
fn of(bounds: &Guardrails, access: Access) -> Guardrails {
    let mismatch = if access == Access::Writes { Percent::FULL } else { bounds.mismatch };
    Guardrails { mismatch, ..bounds.clone() }
}

/// The first bound that is crossed.
#[must_use]
pub fn crossed(findings: &[Finding]) -> Option<&Finding> {
    findings.iter().find(|finding| finding.outcome == Outcome::Fail)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Mode;

    fn bounds() -> Guardrails {
        Guardrails { window: Duration::from_secs(10), min_requests: 5, ..Guardrails::default() }
    }

    #[test]
    fn evidence_is_resumed_where_the_route_is_still_at_the_same_step_and_nowhere_else() {
        let now = Instant::now();
        let shadow = Position::new(Mode::Shadow, Percent::NONE);
        let mut evidence = Evidence::new(shadow, &bounds(), now);
        evidence.compared("matched", &bounds(), now);
        let later = now + Duration::from_secs(7);
        let kept = evidence.kept(later);
        let resumed = Evidence::resumed(&kept, shadow, &bounds(), later).unwrap();
        assert_eq!((resumed.total.clone(), resumed.active(later)), (evidence.total, Duration::from_secs(7)));
        assert_eq!(resumed.recent(later).judged(), 0, "the window is about now");
        assert!(Evidence::resumed(&kept, Position::LEGACY, &bounds(), later).is_none());
        assert!(Evidence::resumed("{}", shadow, &bounds(), later).is_none());
    }

    #[test]
    fn what_came_before_a_change_says_nothing_about_what_is_after_it_even_where_the_route_was_before() {
        let before = Instant::now();
        let (shadow, now) = (Position::new(Mode::Shadow, Percent::NONE), before + Duration::from_millis(1));
        let anew = Evidence::anew(shadow, &bounds(), now);
        assert_eq!((anew.is_about(shadow, before), anew.is_about(shadow, now)), (false, true));
        assert!(!anew.is_about(Position::LEGACY, now));
        assert!(
            Evidence::new(shadow, &bounds(), now).is_about(shadow, before),
            "the first request is of the first stay"
        );
    }

    #[test]
    fn the_window_is_judged_unless_it_has_too_little() {
        let now = Instant::now();
        let mut evidence = Evidence::new(Position::new(Mode::Verify, Percent::NONE), &bounds(), now);
        (0..9).for_each(|_| evidence.compared("mismatched", &bounds(), now));
        let later = now + Duration::from_secs(60);
        let of = |evidence: &Evidence| evidence.findings(&bounds(), Access::Reads, later)[0].outcome;
        assert_eq!(of(&evidence), Outcome::Fail, "nothing since");
        (0..5).for_each(|_| evidence.compared("matched", &bounds(), later));
        assert_eq!(of(&evidence), Outcome::Pass, "what is past is past");
        assert_eq!(evidence.judged(&bounds(), Access::Reads)[0].outcome, Outcome::Fail, "but not for the step");
        assert_eq!(evidence.judged(&bounds(), Access::Writes)[0].outcome, Outcome::Off);
    }
}
