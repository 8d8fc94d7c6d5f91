//! What was asked of one route, and the answers that may differ.

use crate::parity::Response;

/// Two answers of the same server to the same request. Excerpts of them go into reasons, so they are to be redacted.
#[derive(Debug, Clone)]
pub struct Pair {
    /// Which request of the route it was; any number that tells requests apart.
    pub request: usize,
    /// The first answer.
    pub expected: Response,
    /// Another one.
    pub actual: Response,
}

/// What [`Pair::request`] counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Requests of a recording, each asked more than once.
    Requests,
    /// Samples of noise that a bridge has kept.
    Samples,
}

impl Unit {
    /// The word for this many.
    #[must_use]
    pub fn word(self, count: usize) -> &'static str {
        match (self, count) {
            (Self::Requests, 1) => "request",
            (Self::Requests, _) => "requests",
            (Self::Samples, 1) => "sample",
            (Self::Samples, _) => "samples",
        }
    }
}

/// All that was observed of one route.
#[derive(Debug, Clone)]
pub struct Observed {
    /// How many requests or samples there were, those that were answered the same included.
    pub total: usize,
    /// What is counted.
    pub unit: Unit,
    /// The answers; pairs that do not differ may be left out.
    pub pairs: Vec<Pair>,
}
