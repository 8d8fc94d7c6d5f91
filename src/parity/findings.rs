//! What a comparison has found so far.

use std::collections::BTreeSet;

use super::{Difference, rulebook::Rulebook};

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
}

impl<'r> Findings<'r> {
    pub(super) fn new(rules: &'r Rulebook) -> Self {
        Self { rules, differences: Vec::new(), hits: BTreeSet::new(), more: 0 }
    }

    pub(super) fn found(&mut self, difference: Difference) {
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

/// The beginning of a text, as a person wants to see it.
pub(super) fn excerpt(text: &str) -> String {
    match text.char_indices().nth(EXCERPT) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
