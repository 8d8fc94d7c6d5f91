//! From observations to proposals, proved by comparing all of them again.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Lesson, Observed, Pair,
    decide::{decide, ignore},
    lesson::Left,
    look::Look,
    seen::{Named, Places},
    silence::silent,
    words::said,
};
use crate::{
    config::{Place, Rule},
    parity::{Comparison, Difference, Kind, Rulebook, coding::decoded, compare, path::Path, rulebook::Action, tree},
};

/// Rounds in which what a rule did not excuse is ignored one level higher; nobody nests deeper.
const ROUNDS: usize = 64;
/// Pairs of answers that are looked through for whether anything is left to compare.
const LISTENED: usize = 20;

/// Proposes rules for a route that has some already. Every pair agrees under both, or what still differs is listed.
///
/// Knows no I/O. Takes time in proportion to the bodies and to the rules that are proposed.
#[must_use]
pub fn propose(rules: &[Rule], observed: &Observed) -> Lesson {
    let mut draft = Draft { rules, observed, proposed: Vec::new(), refused: BTreeMap::new() };
    let (own, none) = (Rulebook::new(rules), Rulebook::default());
    let requests = |book: &Rulebook| {
        let differs = |pair: &&Pair| !agrees(pair, book);
        observed.pairs.iter().filter(differs).map(|pair| pair.request).collect::<BTreeSet<_>>().len()
    };
    let (noisy, unruled) = (requests(&none), requests(&own));
    for (place, seen) in look(observed, &own) {
        match seen.blocked {
            Some(why) => _ = draft.refused.insert(place, why),
            None => decide(&place, &seen, observed).into_iter().for_each(|rule| draft.add(rule)),
        }
    }
    draft.escalate();
    draft.without_the_needless();
    let left = draft.left();
    Lesson { noisy, unruled, proposed: draft.proposed, left }
}

fn agrees(pair: &Pair, book: &Rulebook) -> bool {
    compare(&pair.expected, &pair.actual, book).is_ok_and(|compared| compared.differences.is_empty())
}

/// Walks every pair that can be walked.
fn look(observed: &Observed, own: &Rulebook) -> Places {
    let (mut places, named) = (Places::new(), Named::new());
    for pair in observed.pairs.iter().filter(|pair| pair.expected.status == pair.actual.status) {
        let Ok(compared) = compare(&pair.expected, &pair.actual, own) else { continue };
        for header in compared.differences.iter().filter(|one| one.path.starts_with("header:")) {
            let seen = places.entry(header.general.clone()).or_default();
            seen.other("differ here", pair.request, &header.expected, &header.actual);
        }
        let (Ok(expected), Ok(actual)) = (decoded(&pair.expected), decoded(&pair.actual)) else { continue };
        let read = |body| std::str::from_utf8(body).ok().and_then(tree::read);
        if let (Some(expected), Some(actual)) = (read(&expected), read(&actual)) {
            let path = Path::default();
            Look { rules: own, named: &named, places: &mut places, request: pair.request, path }
                .documents(&expected, &actual);
        }
    }
    places
}

/// Proposals in the making.
struct Draft<'a> {
    rules: &'a [Rule],
    observed: &'a Observed,
    proposed: Vec<Rule>,
    /// Places for which no rule is proposed, and why.
    refused: BTreeMap<String, String>,
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
    fn add(&mut self, rule: Rule) {
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

    /// Every pair under all rules, with the differences that are left. Answers with different statuses are different
    /// answers: nothing in them is noise.
    fn rest(&self) -> Vec<(usize, Comparison)> {
        let book = self.book();
        let of = |pair: &Pair| {
            let mut compared = compare(&pair.expected, &pair.actual, &book).unwrap_or_else(|_| Comparison {
                differences: vec![Difference {
                    kind: Kind::Type,
                    path: "body".to_owned(),
                    general: "body".to_owned(),
                    expected: "what its coding says".to_owned(),
                    actual: "something else".to_owned(),
                }],
                ..Comparison::default()
            });
            if compared.differences.first().is_some_and(|first| first.kind == Kind::Status) {
                compared.differences.truncate(1);
                compared.more = 0;
            }
            (pair.request, compared)
        };
        self.observed.pairs.iter().map(of).collect()
    }

    /// What is left is ignored, at first where it is, and then one level higher.
    fn escalate(&mut self) {
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
    fn without_the_needless(&mut self) {
        let counts = |rest: Vec<(usize, Comparison)>| -> Vec<usize> {
            rest.into_iter().map(|(_, compared)| compared.differences.len() + compared.more).collect()
        };
        let all = counts(self.rest());
        let mut candidates = self.proposed.clone();
        candidates.sort_by_key(|rule| (rule.ignore.is_none(), rule.action().1.matches('/').count()));
        for candidate in candidates {
            let Some(at) = self.proposed.iter().position(|rule| *rule == candidate) else { continue };
            let rule = self.proposed.remove(at);
            if counts(self.rest()) != all {
                self.proposed.insert(at, rule);
            }
        }
    }

    fn left(&self) -> Vec<Left> {
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

/// Whether a place is another one, or in it.
fn within(place: &str, outer: &str) -> bool {
    place.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}
