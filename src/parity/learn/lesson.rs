//! What is proposed for one route, and what is left to a person.

use crate::config::Rule;

/// What came of the observations of one route.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lesson {
    /// Requests (or samples) of which two answers differed, whatever the route's rules say of it.
    pub noisy: usize,
    /// Requests (or samples) that differed beyond what the route's rules excuse.
    pub unruled: usize,
    /// New rules, in the order in which they belong behind the route's own. None of them can be left out.
    pub proposed: Vec<Rule>,
    /// What still differs under the route's rules and the proposed ones: every place, and why no rule is proposed.
    pub left: Vec<Left>,
}

/// A place that still differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Left {
    /// Where: the general path of a difference.
    pub place: String,
    /// In how many requests (or samples).
    pub requests: usize,
    /// What was seen, and why no rule is proposed.
    pub why: String,
}
