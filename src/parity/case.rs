//! One compared exchange, and a run of many, as reports show them.

use std::time::{Duration, SystemTime};

use super::{Request, Response, Verdict};
use crate::config::Rule;

/// One compared exchange.
#[derive(Debug, Clone)]
pub struct Case {
    /// Its place in the recording, from 0.
    pub number: usize,
    /// Sequence and step, where the recording has them.
    pub sequence: Option<(u64, u64)>,
    /// The route, if one matches.
    pub route: Option<String>,
    /// What was asked, redacted.
    pub request: Request,
    /// What was expected, redacted; none if there was nothing to compare with.
    pub expected: Option<Response>,
    /// What came instead, redacted; none if nothing came.
    pub actual: Option<Response>,
    /// What came of it.
    pub verdict: Verdict,
    /// From the first byte sent to the last one received.
    pub took: Option<Duration>,
}

/// A rule of a route, and how often it was needed.
#[derive(Debug, Clone)]
pub struct RuleUse {
    /// The route.
    pub route: String,
    /// The rule.
    pub rule: Rule,
    /// Comparisons of the route whose answers agreed.
    pub compared: u64,
    /// Comparisons in which it excused a difference.
    pub hits: u64,
}

impl RuleUse {
    /// Whether answers of the route agreed, and never needed the rule. One that redacts is needed anyway.
    #[must_use]
    pub fn is_dead(&self) -> bool {
        self.compared > 0 && self.hits == 0 && self.rule.redact.is_none()
    }
}

/// A run of many.
#[derive(Debug, Clone)]
pub struct Run {
    /// What was asked: `native`, or a URL.
    pub target: String,
    /// What it was compared with: `recorded`, or a URL.
    pub against: String,
    /// The recording's file name.
    pub source: String,
    /// When it began.
    pub began: SystemTime,
    /// How long it took.
    pub took: Duration,
    /// Every exchange, in the order of the recording.
    pub cases: Vec<Case>,
    /// Every rule of the routes that were asked.
    pub rules: Vec<RuleUse>,
}
