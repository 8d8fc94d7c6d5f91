//! What a comparison has found so far.

use std::collections::BTreeSet;

use super::{Difference, Kind, rulebook::Rulebook};

/// Most differences of one comparison that are kept; more are counted.
const KEPT: usize = 50;
/// Most characters of an excerpt.
const EXCERPT: usize = 160;

/// What a comparison has found so far.
#[derive(Debug)]
pub(super) struct Findings<'r> {
    pub(super) rules: &'r Rulebook,
    pub(super) differences: Vec<Difference>,
    pub(super) hits: BTreeSet<usize>,
    pub(super) more: usize,
    /// Whether values, their order and their number are passed over.
    pub(super) shape: bool,
    /// Whether any were.
    pub(super) eased: bool,
}

impl<'r> Findings<'r> {
    pub(super) fn new(rules: &'r Rulebook, shape: bool) -> Self {
        Self { rules, differences: Vec::new(), hits: BTreeSet::new(), more: 0, shape, eased: false }
    }

    pub(super) fn found(&mut self, difference: Difference) {
        if self.shape && !is_shape(&difference) {
            self.eased = true;
            return;
        }
        if self.differences.len() < KEPT {
            self.differences.push(difference);
        } else {
            self.more += 1;
        }
    }

    pub(super) fn excused(&mut self, rule: usize) {
        self.hits.insert(rule);
    }
}

/// Whether a difference is of the shape of an answer. The length of a text is not.
fn is_shape(difference: &Difference) -> bool {
    match difference.kind {
        Kind::Header => difference.path != "header:content-length",
        Kind::Status | Kind::Type | Kind::Format => true,
        Kind::Missing | Kind::Extra => !difference.general.ends_with("/*"),
        Kind::Value | Kind::Order | Kind::Length => false,
    }
}

/// The beginning of a text, as a person wants to see it.
pub(super) fn excerpt(text: &str) -> String {
    match text.char_indices().nth(EXCERPT) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
