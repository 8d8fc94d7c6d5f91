//! Proposals in the making: what speaks against one, what is still to be excused, and which are needless.

use std::collections::{BTreeMap, BTreeSet};

use super::{Observed, Pair, decide::ignore, lesson::Left, silence::silent, words::said};
use crate::{
    config::{Place, Rule},
    parity::{Comparison, Difference, Kind, Rulebook, compare, rulebook::Action},
};

/// Rounds in which what a rule did not excuse is ignored one level higher; nobody nests deeper.
const ROUNDS: usize = 64;
/// Pairs of answers that are looked through for whether anything is left to compare.
const LISTENED: usize = 20;

/// Proposals in the making.
pub(super) struct Draft<'a> {
    pub(super) rules: &'a [Rule],
    pub(super) observed: &'a Observed,
    pub(super) proposed: Vec<Rule>,
    /// Places for which no rule is proposed, and why.
    pub(super) refused: BTreeMap<String, String>,
}

impl Draft<'_> {
    fn book(&self) -> Rulebook {
        self.book_with(None)
    }

    fn book_with(&self, one: Option<&Rule>) -> Rulebook {
        let all: Vec<Rule> = self.rules.iter().chain(&self.proposed).chain(one).cloned().collect();
        Rulebook::new(&all)
    }

    /// Takes a rule up, unless there is something against it.
    pub(super) fn add(&mut self, rule: Rule) {
        let (action, place) = rule.action();
        let (action, place) = (action.to_owned(), place.to_owned());
        if let Some(why) = self.against(&rule, &action, &place) {
            self.refused.entry(place).or_insert(why);
            return;
        }
        self.proposed.push(rule);
        // The first rule of its kind that covers a place counts: the narrower one has to come first.
        self.proposed.sort_by_cached_key(|rule| {
            let (action, place) = rule.action();
            (place.matches("/*").count(), place.to_owned(), action)
        });
    }

    fn against(&self, rule: &Rule, action: &str, place: &str) -> Option<String> {
        if place == "body" {
            return Some("a rule can not name the body as a whole".to_owned());
        }
        if place == "headers" {
            return Some("no rule excuses how headers are spelled or ordered".to_owned());
        }
        if let Some(own) = self.in_the_way(action, place) {
            return Some(format!("the route's own rule \"{own}\" covers it and excuses less; change that rule"));
        }
        if action == "ignore" && self.silences(rule) {
            return Some("to ignore it would leave nothing of an answer to compare; look at it yourself".to_owned());
        }
        None
    }

    /// A rule of the route of the same kind at the same place: one behind it would never be looked at.
    fn in_the_way(&self, action: &str, place: &str) -> Option<&Rule> {
        let steps: Vec<String> = match place.parse() {
            Ok(Place::Body(_)) => {
                place.split('/').skip(1).map(|step| step.replace("~1", "/").replace("~0", "~")).collect()
            }
            _ => return None,
        };
        let steps: Vec<&str> = steps.iter().map(String::as_str).collect();
        let same = |found: &Action| {
            let is = match found {
                Action::Unordered(_) => action == "unordered",
                Action::Tolerance(..) => action == "tolerance",
                Action::Mask(_) => action == "mask",
                Action::Ignore | Action::Redact => false,
            };
            is.then_some(())
        };
        let (number, ()) = Rulebook::new(self.rules).at(&steps, same)?;
        self.rules.get(number)
    }

    /// Whether a rule would leave nothing of some answer to compare.
    fn silences(&self, rule: &Rule) -> bool {
        let (before, after) = (self.book(), self.book_with(Some(rule)));
        let pairs = self.observed.pairs.iter().take(LISTENED);
        let mut answers = pairs.flat_map(|pair| [&pair.expected, &pair.actual]);
        answers.any(|answer| silent(answer, &after) && !silent(answer, &before))
    }

    /// Every pair under all rules, with the differences that are left.
    fn rest(&self) -> Vec<(usize, Comparison)> {
        let book = self.book();
        self.observed.pairs.iter().map(|pair| (pair.request, compared(pair, &book))).collect()
    }

    /// What is left is ignored, at first where it is, and then one level higher.
    pub(super) fn escalate(&mut self) {
        for _ in 0..ROUNDS {
            let mut found: BTreeMap<String, (BTreeSet<usize>, Difference)> = BTreeMap::new();
            for (request, compared) in self.rest() {
                for difference in compared.differences.into_iter().filter(|one| one.kind != Kind::Status) {
                    let entry = found.entry(difference.general.clone());
                    entry.or_insert_with(|| (BTreeSet::new(), difference)).0.insert(request);
                }
            }
            let before = (self.proposed.len(), self.refused.len());
            for (place, (requests, difference)) in found {
                self.ignore(&place, requests.len(), &difference);
            }
            if before == (self.proposed.len(), self.refused.len()) {
                return;
            }
        }
    }

    fn ignore(&mut self, place: &str, requests: usize, difference: &Difference) {
        let mut place = place.to_owned();
        while !self.refused.keys().any(|refused| within(&place, refused)) {
            let known = |rule: &Rule| rule.ignore.as_deref() == Some(&place);
            if !self.proposed.iter().any(known) && !self.rules.iter().any(known) {
                let example = Some((difference.expected.as_str(), difference.actual.as_str()));
                return self.add(ignore(&place, said("differ here", requests, self.observed, example)));
            }
            match place.rfind('/') {
                Some(at) if at > 0 => place.truncate(at),
                _ => return,
            }
        }
    }

    /// Leaves out every rule without which no more differs; the widest are tried first.
    pub(super) fn without_the_needless(&mut self) {
        let count = |compared: &Comparison| compared.differences.len() + compared.more;
        let mut candidates = self.proposed.clone();
        candidates.sort_by_key(|rule| (rule.ignore.is_none(), rule.action().1.matches('/').count()));
        let mut rest = self.rest();
        for candidate in candidates {
            let Some(at) = self.proposed.iter().position(|rule| *rule == candidate) else { continue };
            let number = self.rules.len() + at;
            let rule = self.proposed.remove(at);
            let book = self.book();
            // Where it excused nothing it is not missed.
            let of_rule = self.observed.pairs.iter().zip(&rest).filter(|(_, (_, with))| with.hits.contains(&number));
            if of_rule.into_iter().all(|(pair, (_, with))| count(&compared(pair, &book)) == count(with)) {
                rest = self.rest();
            } else {
                self.proposed.insert(at, rule);
            }
        }
    }

    pub(super) fn left(&self) -> Vec<Left> {
        let mut left: BTreeMap<String, (BTreeSet<usize>, Difference)> = BTreeMap::new();
        for (request, compared) in self.rest() {
            for difference in compared.differences {
                let place = difference.general.clone();
                left.entry(place).or_insert_with(|| (BTreeSet::new(), difference)).0.insert(request);
            }
        }
        let of = |(place, (requests, difference)): (String, (BTreeSet<usize>, Difference))| {
            let example = Some((difference.expected.as_str(), difference.actual.as_str()));
            let seen = said("differ here", requests.len(), self.observed, example);
            let why = match difference.kind {
                Kind::Status => "a status is never ignored by a proposal: something fails at times",
                _ => self.why(&place),
            };
            Left { why: format!("{seen}; {why}"), place, requests: requests.len() }
        };
        left.into_iter().map(of).collect()
    }

    fn why(&self, place: &str) -> &str {
        let mut refused = self.refused.iter().filter(|(refused, _)| within(place, refused));
        refused.next_back().map_or("no rule was found that excuses it", |(_, why)| why)
    }
}

/// A pair under rules. Answers with different statuses are different answers: nothing in them is noise.
fn compared(pair: &Pair, book: &Rulebook) -> Comparison {
    let whole = || Difference {
        kind: Kind::Type,
        path: "body".to_owned(),
        general: "body".to_owned(),
        expected: "what its coding says".to_owned(),
        actual: "something else".to_owned(),
    };
    let mut compared = compare(&pair.expected, &pair.actual, book)
        .unwrap_or_else(|_| Comparison { differences: vec![whole()], ..Comparison::default() });
    if compared.differences.first().is_some_and(|first| first.kind == Kind::Status) {
        compared.differences.truncate(1);
        compared.more = 0;
    }
    compared
}

/// Whether a place is another one, or in it.
fn within(place: &str, outer: &str) -> bool {
    place.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}
