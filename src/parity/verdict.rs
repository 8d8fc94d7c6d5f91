//! What came of one comparison.

use std::fmt;

use super::Difference;

/// What came of one comparison.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The same.
    Matched,
    /// The same under these rules of the route (their places in its list, in ascending order).
    Ignored(Vec<usize>),
    /// Different.
    Mismatched(Vec<Difference>),
    /// Something was written meanwhile: not judged.
    Dirty,
    /// Legacy itself answered differently when it was asked again; here is how.
    Noise(Vec<Difference>),
    /// The handler gave no answer, though it should have: why.
    HandlerFailed(String),
    /// The handler left the request to legacy: why.
    HandlerDeclined(String),
    /// There was nothing to compare.
    Skipped(Skip),
}

/// Why there was nothing to compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Skip {
    /// A body is larger than what is kept for a comparison.
    BodyTooLarge,
    /// The answer is a stream of events, without an end to wait for.
    Streaming,
    /// Too many comparisons were waiting, or they held too much memory.
    Overload,
    /// It was not done in time.
    Deadline,
    /// Legacy gave no answer to compare with.
    LegacyFailed,
    /// The answer broke off, or the client went away before its end.
    BrokenOff,
    /// The body is not what its content coding says.
    Undecodable,
    /// Asking twice would change something.
    Once,
    /// Legacy could not be asked again, to tell a difference from noise, as often as differences came.
    Unconfirmed,
    /// The comparison itself failed.
    Fault,
    /// The route has no handler, or its writes are not answered natively.
    NotNative,
    /// It may write, and belongs to no sequence that is made on data of its own.
    Unsequenced,
    /// An earlier step of its sequence was not made.
    AfterUnmade,
}

impl Skip {
    /// The word in reports, logs and metrics.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::BodyTooLarge => "body too large",
            Self::Streaming => "streaming",
            Self::Overload => "overload",
            Self::Deadline => "deadline",
            Self::LegacyFailed => "legacy failed",
            Self::BrokenOff => "broken off",
            Self::Undecodable => "undecodable",
            Self::Once => "answered once",
            Self::Unconfirmed => "unconfirmed",
            Self::Fault => "fault",
            Self::NotNative => "not native",
            Self::Unsequenced => "a write outside a sequence",
            Self::AfterUnmade => "after a step not made",
        }
    }
}

impl fmt::Display for Skip {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Verdict {
    /// Every word that [`Verdict::as_str`] gives, best first.
    pub const WORDS: [&str; 8] =
        ["matched", "ignored", "mismatched", "noise", "dirty", "handler failed", "handler declined", "skipped"];

    /// The word in reports, logs and metrics.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Matched => "matched",
            Self::Ignored(_) => "ignored",
            Self::Mismatched(_) => "mismatched",
            Self::Noise(_) => "noise",
            Self::Dirty => "dirty",
            Self::HandlerFailed(_) => "handler failed",
            Self::HandlerDeclined(_) => "handler declined",
            Self::Skipped(_) => "skipped",
        }
    }

    /// The differences it stands on.
    #[must_use]
    pub fn differences(&self) -> &[Difference] {
        match self {
            Self::Mismatched(differences) | Self::Noise(differences) => differences,
            _ => &[],
        }
    }

    /// Whether two answers were judged, and how; `None` where nothing speaks for or against the handler.
    #[must_use]
    pub fn agrees(&self) -> Option<bool> {
        match self {
            Self::Matched | Self::Ignored(_) => Some(true),
            Self::Mismatched(_) | Self::HandlerFailed(_) => Some(false),
            Self::Noise(_) | Self::Dirty | Self::HandlerDeclined(_) | Self::Skipped(_) => None,
        }
    }
}
