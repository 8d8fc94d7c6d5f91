//! One line of the journal: who or what changed what, when, and why.

use std::time::SystemTime;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{guardrail::Guardrail, moment};
use crate::config::Position;

/// Who or what makes a change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Who {
    /// Which kind.
    pub kind: Actor,
    /// The name that a person gave, or a guardrail has.
    pub name: Option<String>,
}

/// The kinds of those.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Actor {
    /// Somebody, through the admin API.
    Person,
    /// The ladder of a route.
    Ladder,
    /// A guardrail.
    Guardrail,
    /// Somebody who edited routes.toml.
    File,
    /// Somebody who sent a signal.
    Signal,
    /// Somebody who changed the configuration while no bridge ran.
    Start,
}

impl Who {
    /// Somebody with that name, or without.
    #[must_use]
    pub fn person(name: Option<String>) -> Self {
        Self { kind: Actor::Person, name }
    }

    /// A guardrail.
    #[must_use]
    pub fn guardrail(which: Guardrail) -> Self {
        Self { kind: Actor::Guardrail, name: Some(which.as_str().to_owned()) }
    }

    /// Not a person, or one without a name.
    #[must_use]
    pub fn of(kind: Actor) -> Self {
        Self { kind, name: None }
    }
}

/// What is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// A route is moved to a mode and percentage.
    Set,
    /// One step up its ladder.
    Promote,
    /// Back to legacy, or where a guardrail sends it.
    Rollback,
    /// One step down its ladder.
    StepBack,
    /// It stays where it is.
    Hold,
    /// It goes on.
    Resume,
    /// What a guardrail rolled back may be promoted again.
    Rearm,
    /// What was changed while running is forgotten.
    Reset,
    /// The kill switch is engaged.
    Kill,
    /// And released.
    Release,
    /// Something else is logged.
    Log,
    /// `flags.all` says something else.
    All,
    /// The configuration says something else of a route.
    Configure,
}

/// The reason in a word, as in metrics and headers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Cause {
    /// A person wants it.
    Manual,
    /// The evidence of a step was in and clean.
    Ladder,
    /// A bound was crossed.
    Guardrail,
    /// The configuration says so.
    Config,
    /// A signal came.
    Signal,
}

impl Cause {
    /// The word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Manual => "MANUAL",
            Self::Ladder => "LADDER",
            Self::Guardrail => "GUARDRAIL",
            Self::Config => "CONFIG",
            Self::Signal => "SIGNAL",
        }
    }
}

/// One change.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// Counts from 1.
    pub id: u64,
    /// When.
    #[serde(with = "moment")]
    pub at: SystemTime,
    /// Who or what.
    pub by: Who,
    /// What was done.
    pub action: Action,
    /// To which route; none if to all.
    pub route: Option<String>,
    /// Where it was.
    pub old: Option<Position>,
    /// Where it is.
    pub new: Option<Position>,
    /// The reason in a word.
    pub reason: Cause,
    /// And in a sentence.
    pub why: String,
    /// What was seen until then.
    pub evidence: Option<Value>,
}

impl Entry {
    /// As a line of JSON, without its end.
    #[must_use]
    pub fn line(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}
