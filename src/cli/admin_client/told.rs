//! What a bridge answers, as far as commands show it. What is not there, or not known here, is left out: bridge and
//! command may be of different versions.

use std::collections::BTreeMap;

use serde::Deserialize;

/// A mode, and its share where it has one.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Setting {
    /// The mode's word.
    pub mode: String,
    /// Of mode canary.
    pub percent: f64,
}

/// Who changed something.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Who {
    /// `person`, `ladder`, `guardrail`, `file`, `signal`, `start`.
    pub kind: String,
    /// The name of a person.
    pub name: Option<String>,
}

/// One side of a route.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
#[allow(missing_docs, reason = "as in the OpenAPI document")]
pub struct Side {
    pub requests: u64,
    pub errors: u64,
    pub p95_ms: Option<f64>,
}

/// A route.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
#[allow(missing_docs, reason = "as in the OpenAPI document")]
pub struct Route {
    pub name: String,
    pub mode: String,
    pub percent: f64,
    pub configured: Option<Setting>,
    pub overridden: bool,
    pub since: Option<f64>,
    pub by: Option<Who>,
    pub why: Option<String>,
    pub ladder: Option<Ladder>,
    pub hold: Option<Hold>,
    pub tripped: Option<Tripped>,
    pub breaker: Option<Breaker>,
    pub match_rate: Option<f64>,
    pub legacy: Side,
    pub native: Side,
    pub declined: Option<String>,
    pub forwarded: Option<String>,
}

/// Where a route is on its ladder.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
#[allow(missing_docs, reason = "as in the OpenAPI document")]
pub struct Ladder {
    pub rungs: Vec<String>,
    pub at: Option<usize>,
    pub next: Option<String>,
    pub progress: Option<Progress>,
}

/// What a route has shown for its next rung.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
#[allow(missing_docs, reason = "as in the OpenAPI document")]
pub struct Progress {
    pub verdict: String,
    pub why: Option<String>,
}

/// Nothing promotes it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
#[allow(missing_docs, reason = "as in the OpenAPI document")]
pub struct Hold {
    pub by: Who,
    pub why: Option<String>,
}

/// A guardrail rolled it back.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
#[allow(missing_docs, reason = "as in the OpenAPI document")]
pub struct Tripped {
    pub guardrail: String,
    pub why: Option<String>,
    pub until: Option<f64>,
}

/// Handlers that fail one after the other are left alone.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
#[allow(missing_docs, reason = "as in the OpenAPI document")]
pub struct Breaker {
    pub state: String,
}

/// A line of the journal.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
#[allow(missing_docs, reason = "as in the OpenAPI document")]
pub struct Entry {
    pub id: u64,
    pub at: String,
    pub by: Who,
    pub action: String,
    pub route: Option<String>,
    pub old: Option<Setting>,
    pub new: Option<Setting>,
    pub why: Option<String>,
}

/// The state of the whole migration.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
#[allow(missing_docs, reason = "as in the OpenAPI document")]
pub struct Overview {
    pub version: String,
    pub uptime_seconds: f64,
    pub ready: bool,
    pub kill_switch: bool,
    pub all: Option<String>,
    pub native_writes: String,
    pub legacy: Legacy,
    pub session: String,
    pub package: Package,
    pub endpoints: Endpoints,
    pub at: Option<f64>,
    pub share_native: Option<f64>,
    pub verdicts: BTreeMap<String, u64>,
    pub match_rate: Option<f64>,
    pub attention: Vec<Attention>,
    pub changes: Vec<Entry>,
}

/// Where legacy is.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
#[allow(missing_docs, reason = "as in the OpenAPI document")]
pub struct Legacy {
    pub url: String,
    pub away_seconds: Option<f64>,
}

/// The package inside legacy.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
#[allow(missing_docs, reason = "as in the OpenAPI document")]
pub struct Package {
    pub attached: bool,
}

/// How many endpoints there are.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
#[allow(missing_docs, reason = "as in the OpenAPI document")]
pub struct Endpoints {
    pub total: u64,
    pub migrated: u64,
    pub by_mode: BTreeMap<String, u64>,
}

/// What somebody should look at.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
#[allow(missing_docs, reason = "as in the OpenAPI document")]
pub struct Attention {
    pub kind: String,
    pub route: Option<String>,
    pub at: Option<f64>,
    pub text: String,
    pub remedy: Option<String>,
}
