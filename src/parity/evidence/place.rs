//! Where, and how, answers differ.

use super::limits::{REST, cut};
use crate::parity::{Kind, Verdict};

/// The kind of a place at which the handler gave no answer.
pub const HANDLER_FAILED: &str = "handler failed";

/// A place of a route's answers.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Place {
    /// Whether legacy differs from itself there. Such places are apart from the others, so that noise takes no room from
    /// mismatches.
    pub noise: bool,
    /// The kind of the difference, or [`HANDLER_FAILED`].
    pub kind: &'static str,
    /// The general path of the difference (indices are `*`), cut to 300 bytes; [`REST`] for those beyond the bounds;
    /// empty where the handler failed.
    pub path: String,
}

impl Place {
    /// The places of a verdict, the first one first, with repetitions. None if there is nothing to keep a sample of.
    pub(super) fn all(verdict: &Verdict) -> impl Iterator<Item = Self> {
        let noise = matches!(verdict, Verdict::Noise(_));
        let failed = matches!(verdict, Verdict::HandlerFailed(_));
        let differences = verdict.differences().iter().map(move |difference| Self {
            noise,
            kind: difference.kind.as_str(),
            path: cut(&difference.general),
        });
        let failed = failed.then(|| Self { noise, kind: HANDLER_FAILED, path: String::new() });
        failed.into_iter().chain(differences)
    }

    /// The one that stands for those beyond the bounds.
    pub(super) fn rest(&self) -> Self {
        Self { path: REST.to_owned(), ..*self }
    }

    /// A place of the file; none if no such kind is known.
    pub(super) fn from_row(noise: bool, kind: &str, path: String) -> Option<Self> {
        let kinds = Kind::ALL.into_iter().map(Kind::as_str).chain([HANDLER_FAILED]);
        kinds.into_iter().find(|known| *known == kind).map(|kind| Self { noise, kind, path })
    }

    /// The word of the verdicts that led here.
    #[must_use]
    pub fn verdict(&self) -> &'static str {
        match (self.noise, self.kind) {
            (true, _) => "noise",
            (false, HANDLER_FAILED) => "handler failed",
            (false, _) => "mismatched",
        }
    }
}
