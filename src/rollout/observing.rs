//! What is seen of requests and comparisons, as it happens.

use std::time::{Duration, Instant};

use super::{
    counts::{Ended, Seen},
    evidence::crossed,
    rollout::{Rollout, Tracked},
};
use crate::{
    config::{Mode, Position, Rollback, settings::Native},
    flags::Variant,
    parity::Verdict,
    routes::Route,
};

/// How often what is merely more of the same is judged; what is bad always is.
const EVERY: Duration = Duration::from_millis(100);

impl Rollout {
    /// A request of a route was answered by one variant, or failed by it. `asked` is when it came.
    pub fn seen(&self, route: &Route, asked: Instant, seen: Seen) {
        let tracked = self.tracked(route);
        let now = Instant::now();
        let bad = seen.ended != Ended::Well && seen.variant == Variant::Native;
        let due = {
            let mut evidence = tracked.evidence.lock();
            if !evidence.is_about(route.position(), asked) {
                return;
            }
            evidence.seen(seen, &route.guardrails, now);
            bad || evidence.judged.is_none_or(|judged| now > judged + EVERY)
        };
        if due {
            self.judge(route, &tracked, now);
        }
    }

    /// A comparison of a route came to a verdict. `asked` is when the request that it is about came.
    pub fn compared(&self, route: &Route, asked: Instant, verdict: &Verdict) {
        let tracked = self.tracked(route);
        let now = Instant::now();
        {
            let mut evidence = tracked.evidence.lock();
            if !evidence.is_about(route.position(), asked) {
                return;
            }
            evidence.compared(verdict.as_str(), &route.guardrails, now);
        }
        if matches!(verdict, Verdict::Mismatched(_)) {
            self.judge(route, &tracked, now);
        }
    }

    /// Whether the handler may be asked; its breaker may be open.
    #[must_use]
    pub fn admits(&self, route: &Route, native: &Native) -> bool {
        let pause = native.breaker_pause.unwrap_or_default();
        native.breaker == 0 || self.tracked(route).breaker.lock().admits(pause, Instant::now())
    }

    /// The handler answered a user's request, or failed.
    pub fn handled(&self, route: &Route, failed: bool, native: &Native) {
        let tracked = self.tracked(route);
        let mut breaker = tracked.breaker.lock();
        let pause = native.breaker_pause.unwrap_or_default();
        if !failed {
            breaker.succeeded();
        } else if breaker.failed(native.breaker, pause, Instant::now()) {
            let failures = breaker.failures();
            tracing::warn!(
                route = route.name,
                failures,
                ?pause,
                "its handler keeps failing; legacy answers for a while"
            );
        }
    }

    /// Judges a route now, and rolls it back if it crossed a bound.
    pub(super) fn judge(&self, route: &Route, tracked: &Tracked, now: Instant) {
        let (position, finding, summary) = {
            let mut evidence = tracked.evidence.lock();
            evidence.judged = Some(now);
            if !exposed(evidence.position) {
                return;
            }
            let findings = evidence.findings(&route.guardrails, route.access, now);
            let Some(finding) = crossed(&findings) else { return };
            (evidence.position, finding.clone(), evidence.summary(Some(finding), now))
        };
        if route.guardrails.rollback != Rollback::Off {
            self.trip(&route.name, position, &finding, summary);
        }
    }
}

/// Whether users may get the handler's answers: where they do not, nothing has to be taken back.
pub(super) fn exposed(position: Position) -> bool {
    matches!(position.mode, Mode::Canary | Mode::Verify | Mode::Native)
}
