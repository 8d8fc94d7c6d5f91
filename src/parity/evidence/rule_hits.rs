//! How often each rule of a route was needed.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::limits::{RULES, cut};

/// One rule's counts.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Use {
    pub(super) rule: String,
    pub(super) hits: u64,
    pub(super) compared: u64,
}

/// A list of rules, and where each is counted, if it is.
type List = (Arc<[String]>, Vec<Option<usize>>);

/// At most [`RULES`] of them: a rule is known by its text, whatever its place in the list, and those that are in the list
/// no more make way first.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct RuleHits {
    counts: Vec<Use>,
    /// The list that came last, and where each of its rules is in `counts`: it is the same one most of the time.
    #[serde(skip)]
    known: Option<List>,
}

impl RuleHits {
    /// Counts a comparison of two answers, in which these rules, by their places in the list, were needed.
    pub(super) fn count(&mut self, rules: &Arc<[String]>, needed: &[usize]) {
        let same = |known: &Arc<[String]>| Arc::ptr_eq(known, rules) || known == rules;
        if !self.known.as_ref().is_some_and(|(known, _)| same(known)) {
            let places = self.places_of(rules);
            self.known = Some((Arc::clone(rules), places));
        }
        let Some((_, places)) = &self.known else { return };
        // Two rules of one text are one.
        let mut seen = [false; RULES];
        let mut hit = [false; RULES];
        for (number, place) in places.iter().enumerate() {
            let Some(place) = *place else { continue };
            let Some(counts) = self.counts.get_mut(place) else { continue };
            if !std::mem::replace(&mut seen[place], true) {
                counts.compared = counts.compared.saturating_add(1);
            }
            if needed.contains(&number) && !std::mem::replace(&mut hit[place], true) {
                counts.hits = counts.hits.saturating_add(1);
            }
        }
    }

    /// Where each rule of a list is, after those that are missing were added as far as there is room.
    fn places_of(&mut self, rules: &[String]) -> Vec<Option<usize>> {
        let rules: Vec<String> = rules.iter().map(|rule| cut(rule)).collect();
        let missing = rules.iter().filter(|rule| self.place(rule).is_none()).count();
        if self.counts.len() + missing > RULES {
            self.counts.retain(|known| rules.contains(&known.rule));
            self.counts.truncate(RULES);
        }
        let mut places = Vec::with_capacity(rules.len());
        for rule in rules {
            let mut place = self.place(&rule);
            if place.is_none() && self.counts.len() < RULES {
                place = Some(self.counts.len());
                self.counts.push(Use { rule, hits: 0, compared: 0 });
            }
            places.push(place);
        }
        places
    }

    fn place(&self, rule: &str) -> Option<usize> {
        self.counts.iter().take(RULES).position(|known| known.rule == rule)
    }

    pub(super) fn counts(&self) -> &[Use] {
        &self.counts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(rules: impl IntoIterator<Item = impl Into<String>>) -> Arc<[String]> {
        rules.into_iter().map(Into::into).collect()
    }

    fn shown(hits: &RuleHits) -> Vec<String> {
        hits.counts().iter().map(|one| format!("{} {}/{}", one.rule, one.hits, one.compared)).collect()
    }

    #[test]
    fn a_rule_is_known_by_its_text_after_the_list_changed() {
        let mut hits = RuleHits::default();
        hits.count(&list(["a", "b"]), &[1]);
        hits.count(&list(["b", "c"]), &[0]);
        hits.count(&list(["b", "c"]), &[]);
        assert_eq!(shown(&hits), ["a 0/1", "b 2/3", "c 0/2"]);
    }

    #[test]
    fn two_rules_of_one_text_are_counted_once() {
        let mut hits = RuleHits::default();
        hits.count(&list(["a", "a"]), &[0, 1]);
        assert_eq!(shown(&hits), ["a 1/1"]);
    }

    #[test]
    fn rules_that_are_gone_make_way_for_those_that_are_there() {
        let mut hits = RuleHits::default();
        hits.count(&list((0..RULES).map(|number| format!("old {number}"))), &[]);
        hits.count(&list(["old 3", "new"]), &[1]);
        assert_eq!(shown(&hits), ["old 3 0/2", "new 1/1"]);
        hits.count(&list((0..2 * RULES).map(|number| format!("many {number}"))), &[2 * RULES - 1]);
        assert_eq!(hits.counts().len(), RULES);
    }
}
