//! What is noted, and the samples kept of it.

use std::{sync::Arc, time::SystemTime};

use super::place::Place;
use crate::{
    config::Mode,
    parity::{Difference, Request, Response, Verdict},
};

/// One comparison.
#[derive(Debug, Clone)]
pub struct Noted {
    /// The route.
    pub route: Arc<str>,
    /// What came of it.
    pub verdict: Verdict,
    /// The rules of the route as reports name them, in its order: what [`Verdict::Ignored`] points into.
    pub rules: Arc<[String]>,
    /// The exchange, redacted, if it is worth keeping: see [`Evidence::wants_sample`](super::Evidence::wants_sample).
    pub sample: Option<Box<Exchange>>,
}

/// A request and the answers that were compared, redacted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exchange {
    /// The route's mode: shadow or verify.
    pub mode: Mode,
    /// When it was asked. Kept to the millisecond.
    pub at: SystemTime,
    /// What was asked.
    pub request: Request,
    /// What was expected: legacy's answer.
    pub expected: Option<Response>,
    /// What came instead; none where nothing came. Of noise it is legacy's other answer.
    pub actual: Option<Response>,
    /// The version of the bridge, and of whatever else matters.
    pub version: String,
}

/// An exchange that was kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sample {
    /// Its number in the file; used once as long as a bridge runs.
    pub id: i64,
    /// The route.
    pub route: String,
    /// What came of it: mismatched, noise or handler failed, with the first 200 differences or the reason.
    pub verdict: Verdict,
    /// The exchange.
    pub exchange: Exchange,
}

impl Sample {
    /// Where, and how, the answers differ first; none where nothing is to be kept.
    #[must_use]
    pub fn place(&self) -> Option<Place> {
        Place::all(&self.verdict).next()
    }

    /// The difference it was kept for; none if the handler failed.
    #[must_use]
    pub fn difference(&self) -> Option<&Difference> {
        self.verdict.differences().first()
    }
}

/// A sample in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SampleHead {
    /// Its number in the file.
    pub id: i64,
    /// The route.
    pub route: String,
    /// The place it was kept for.
    pub place: Place,
    /// The route's mode when it was taken.
    pub mode: Mode,
    /// When it was asked.
    pub at: SystemTime,
    /// Method of the request.
    pub method: String,
    /// Target of the request.
    pub target: String,
    /// Bytes it takes in the file.
    pub bytes: u64,
}
