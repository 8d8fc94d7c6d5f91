//! One difference: where, of what kind, and both sides of it.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Of what kind a difference is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// The status code, or its reason phrase.
    Status,
    /// A header line: absent, added, of another value, or spelled or placed differently.
    Header,
    /// Expected, and not there.
    Missing,
    /// There, and not expected.
    Extra,
    /// Of another type; `1` and `1.0` are two.
    Type,
    /// Of the same type and another value.
    Value,
    /// The same items or keys in another order.
    Order,
    /// A list of another length.
    Length,
    /// The same value, written differently: blanks, escapes, digits.
    Format,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 9] = [
        Self::Status,
        Self::Header,
        Self::Missing,
        Self::Extra,
        Self::Type,
        Self::Value,
        Self::Order,
        Self::Length,
        Self::Format,
    ];

    /// The word in reports, logs and metrics.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Status => "status",
            Self::Header => "header",
            Self::Missing => "missing",
            Self::Extra => "extra",
            Self::Type => "type",
            Self::Value => "value",
            Self::Order => "order",
            Self::Length => "length",
            Self::Format => "format",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One difference between an expected response and an actual one. Legacy's is the expected one wherever legacy is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// Of what kind it is.
    pub kind: Kind,
    /// Where: `status`, `header:NAME`, a JSON Pointer (RFC 6901) into the body, or `body` for the body as a whole.
    pub path: String,
    /// The same without what varies from one response to the next: indices of lists are `*`.
    pub general: String,
    /// What was expected there, cut to an excerpt; empty where there was nothing.
    pub expected: String,
    /// What was there instead, likewise.
    pub actual: String,
}

impl Difference {
    /// Takes the excerpts away.
    pub fn hide(&mut self) {
        "[redacted]".clone_into(&mut self.expected);
        "[redacted]".clone_into(&mut self.actual);
    }
}
