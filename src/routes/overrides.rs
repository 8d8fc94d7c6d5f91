//! Where routes are that were moved while running, on top of what the configuration says.

use std::collections::BTreeMap;

use crate::config::{Mode, Position};

/// Where one route is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Override {
    /// Where it is.
    pub position: Position,
    /// What the configuration said when it was moved. Once that says something else, a person has decided anew.
    pub configured: Position,
    /// `flags.all` at that time: with another one it rests.
    pub all: Option<Mode>,
    /// Whether a guardrail rolled it back.
    pub tripped: bool,
}

/// All of them, by the routes' names.
pub type Overrides = BTreeMap<String, Override>;

impl Override {
    /// Whether it is in force for a route that is configured so. What a guardrail rolled back while `flags.all` was set
    /// stays so when that is taken away.
    #[must_use]
    pub fn holds(&self, configured: Position, all: Option<Mode>) -> bool {
        self.configured == configured && (self.all == all || (self.tripped && all.is_none()))
    }
}
