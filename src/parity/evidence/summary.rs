//! The counts, as reports show them.

use std::{path::PathBuf, time::SystemTime};

use super::place::Place;

/// The counts of every route.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Summary {
    /// Of every route that was compared, by name.
    pub routes: Vec<RouteSummary>,
    /// The file that keeps them; none if they are in memory only.
    pub file: Option<PathBuf>,
    /// How often the file failed.
    pub faults: u64,
    /// What was wrong the last time.
    pub fault: Option<String>,
}

/// The counts of one route.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RouteSummary {
    /// The route; `…` for those beyond the bound.
    pub route: String,
    /// When its first comparison was counted.
    pub since: SystemTime,
    /// How often each verdict came, in the order of [`Verdict::WORDS`](crate::parity::Verdict::WORDS).
    pub verdicts: Vec<(&'static str, u64)>,
    /// Why comparisons were skipped, the most frequent first.
    pub skipped: Vec<(String, u64)>,
    /// Why the handler declined, likewise: at most 12 reasons, and `…` for all others.
    pub declined: Vec<(String, u64)>,
    /// Why the handler failed, likewise.
    pub failed: Vec<(String, u64)>,
    /// Where answers differed, the most frequent first.
    pub places: Vec<PlaceCount>,
    /// Its rules, those that were replaced included.
    pub rules: Vec<RuleCount>,
    /// Samples that were not kept, for want of room or because of a fault of the file.
    pub dropped: u64,
}

/// How often answers differed at a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlaceCount {
    /// The place.
    pub place: Place,
    /// Comparisons that differed there, at whatever index.
    pub count: u64,
    /// Samples kept.
    pub samples: u32,
    /// The last time.
    pub last: SystemTime,
}

/// How often a rule was needed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleCount {
    /// The rule, as reports name it.
    pub rule: String,
    /// Comparisons that it excused.
    pub hits: u64,
    /// Comparisons whose answers agreed since it is there.
    pub compared: u64,
}

impl RouteSummary {
    /// How often a verdict came, by its word.
    #[must_use]
    pub fn verdict(&self, word: &str) -> u64 {
        self.verdicts.iter().find(|(known, _)| *known == word).map_or(0, |(_, count)| *count)
    }

    /// Comparisons counted.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.verdicts.iter().map(|(_, count)| count).sum()
    }
}
