//! Two JSON documents, walked side by side.

use std::collections::HashMap;

use super::{
    Difference, Kind,
    findings::{Findings, excerpt},
    lists,
    path::Path,
    rulebook::{Action, Rulebook, within},
    tree::{Content, Document, Item, Member, Node},
};
use crate::wire::Decimal;

/// A walk through two documents. Only what is written differently is looked into: equal text is equal.
pub(super) struct Walk<'f, 'r, 't> {
    findings: &'f mut Findings<'r>,
    path: Path<'t>,
}

impl<'f, 'r, 't> Walk<'f, 'r, 't> {
    pub(super) fn new(findings: &'f mut Findings<'r>) -> Self {
        Self { findings, path: Path::default() }
    }

    pub(super) fn documents(&mut self, expected: &'t Document<'t>, actual: &'t Document<'t>) {
        self.nodes(&expected.root, &actual.root);
        let around = |document: &Document<'_>| format!("{:?} and {:?} around it", document.before, document.after);
        if (expected.before, expected.after) != (actual.before, actual.after) {
            self.found(Kind::Format, &around(expected), &around(actual));
        }
    }

    fn nodes(&mut self, expected: &'t Node<'t>, actual: &'t Node<'t>) {
        if expected.text == actual.text {
            return;
        }
        let ignore = |action: &Action| matches!(action, Action::Ignore).then_some(());
        if let Some((rule, ())) = self.findings.rules.at(&self.path.texts(), ignore) {
            return self.findings.excused(rule);
        }
        match (&expected.content, &actual.content) {
            (Content::List(theirs, close), Content::List(ours, other)) => {
                self.lists(theirs, ours);
                self.glue(close, other);
            }
            (Content::Object(theirs, close), Content::Object(ours, other)) => {
                self.objects(theirs, ours);
                self.glue(close, other);
            }
            _ => self.scalars(expected, actual),
        }
    }

    fn lists(&mut self, expected: &'t [Item<'t>], actual: &'t [Item<'t>]) {
        let rules = self.findings.rules;
        match rules.at(&self.path.texts(), unordered) {
            Some((rule, by)) => {
                let pairs = match by {
                    Some(by) => lists::pairs_by(expected, actual, by),
                    None => lists::pairs_of_any(expected, actual),
                };
                if !pairs.is_sorted_by_key(|(_, other)| *other) {
                    self.findings.excused(rule);
                }
                self.items(expected, actual, &pairs);
            }
            None if lists::is_permutation(expected, actual) => {
                if let Some(at) = expected.iter().zip(actual).position(|(a, b)| a.value.text != b.value.text) {
                    let shown = |items: &[Item<'_>]| format!("at {at}: {}", items[at].value.text);
                    self.found(Kind::Order, &shown(expected), &shown(actual));
                }
            }
            None => self.items(expected, actual, &lists::aligned(expected, actual)),
        }
        // Blanks and commas between the items, in their places.
        if let Some(at) = expected.iter().zip(actual).position(|(a, b)| a.glue != b.glue) {
            self.path.index(at);
            self.glue(expected[at].glue, actual[at].glue);
            self.path.back();
        }
    }

    fn items(&mut self, expected: &'t [Item<'t>], actual: &'t [Item<'t>], pairs: &lists::Pairs) {
        if expected.len() != actual.len() {
            self.found(Kind::Length, &format!("{} items", expected.len()), &format!("{} items", actual.len()));
        }
        let (mut seen, mut seen_too) = (vec![false; expected.len()], vec![false; actual.len()]);
        for (at, other) in pairs {
            (seen[*at], seen_too[*other]) = (true, true);
            self.path.index(*at);
            self.nodes(&expected[*at].value, &actual[*other].value);
            self.path.back();
        }
        for (kind, items, seen) in [(Kind::Missing, expected, seen), (Kind::Extra, actual, seen_too)] {
            for at in (0..items.len()).filter(|at| !seen[*at]) {
                self.path.index(at);
                self.unpaired(kind, &items[at].value);
                self.path.back();
            }
        }
    }

    fn objects(&mut self, expected: &'t [Member<'t>], actual: &'t [Member<'t>]) {
        // A key may stand there twice: the first belongs to the first.
        let mut left: HashMap<&str, Vec<usize>> = HashMap::new();
        for (at, member) in actual.iter().enumerate().rev() {
            left.entry(&member.key).or_default().push(at);
        }
        let mut pairs = Vec::new();
        for (at, member) in expected.iter().enumerate() {
            self.path.key(&member.key);
            match left.get_mut(&*member.key).and_then(Vec::pop) {
                Some(other) => {
                    pairs.push((at, other));
                    self.nodes(&member.value, &actual[other].value);
                }
                None => self.unpaired(Kind::Missing, &member.value),
            }
            self.path.back();
        }
        let mut extra: Vec<usize> = left.into_values().flatten().collect();
        extra.sort_unstable();
        for at in extra {
            self.path.key(&actual[at].key);
            self.unpaired(Kind::Extra, &actual[at].value);
            self.path.back();
        }
        self.order_of_keys(expected, actual, &pairs);
    }

    /// What is left to compare once the values are: the order of the keys, and what stands between them.
    fn order_of_keys(&mut self, expected: &'t [Member<'t>], actual: &'t [Member<'t>], pairs: &[(usize, usize)]) {
        let ordered = pairs.is_sorted_by_key(|(_, at)| *at);
        if !ordered {
            match self.findings.rules.at(&self.path.texts(), unordered) {
                Some((rule, _)) => self.findings.excused(rule),
                None => {
                    let theirs: Vec<&str> = pairs.iter().map(|(at, _)| &*expected[*at].key).collect();
                    let mut places: Vec<usize> = pairs.iter().map(|(_, at)| *at).collect();
                    places.sort_unstable();
                    let ours: Vec<&str> = places.iter().map(|at| &*actual[*at].key).collect();
                    let from = theirs.iter().zip(&ours).take_while(|(a, b)| a == b).count();
                    self.found(Kind::Order, &theirs[from..].join(", "), &ours[from..].join(", "));
                }
            }
        }
        // Where keys are missing, added or moved, what stands between them has moved with them.
        let whole = ordered && pairs.len() == expected.len() && pairs.len() == actual.len();
        for (theirs, ours) in pairs.iter().map(|(at, other)| (&expected[*at], &actual[*other])) {
            let written = |member: &Member<'_>| {
                let glue = if whole { member.glue } else { "" };
                format!("{glue}{}{}", member.written, member.colon)
            };
            let (theirs_written, ours_written) = (written(theirs), written(ours));
            if theirs_written != ours_written {
                self.path.key(&theirs.key);
                self.found(Kind::Format, &theirs_written, &ours_written);
                self.path.back();
            }
        }
    }

    fn scalars(&mut self, expected: &Node<'_>, actual: &Node<'_>) {
        if let Some(rule) = excuse(self.findings.rules, &self.path.texts(), expected, actual) {
            return self.findings.excused(rule);
        }
        let kind = match (&expected.content, &actual.content) {
            (Content::Text(theirs), Content::Text(ours)) if theirs == ours => Kind::Format,
            (Content::Float, Content::Float) if same_number(expected, actual) => Kind::Format,
            _ if expected.type_name() == actual.type_name() => Kind::Value,
            _ => Kind::Type,
        };
        self.found(kind, expected.text, actual.text);
    }

    /// Something that only one side has.
    fn unpaired(&mut self, kind: Kind, value: &Node<'_>) {
        let ignore = |action: &Action| matches!(action, Action::Ignore).then_some(());
        match (self.findings.rules.at(&self.path.texts(), ignore), kind) {
            (Some((rule, ())), _) => self.findings.excused(rule),
            (None, Kind::Missing) => self.found(kind, value.text, ""),
            (None, _) => self.found(kind, "", value.text),
        }
    }

    /// Blanks before a closing bracket, or between two items.
    fn glue(&mut self, expected: &str, actual: &str) {
        if expected != actual {
            self.found(Kind::Format, &format!("{expected:?}"), &format!("{actual:?}"));
        }
    }

    fn found(&mut self, kind: Kind, expected: &str, actual: &str) {
        let (path, general) = self.path.names();
        let (expected, actual) = (excerpt(expected), excerpt(actual));
        self.findings.found(Difference { kind, path, general, expected, actual });
    }
}

fn unordered(action: &Action) -> Option<&Option<Vec<String>>> {
    match action {
        Action::Unordered(by) => Some(by),
        _ => None,
    }
}

/// The rule that excuses the difference of two values at a place, by a mask or a tolerance.
pub(super) fn excuse<'r>(rules: &'r Rulebook, path: &[&str], expected: &Node<'_>, actual: &Node<'_>) -> Option<usize> {
    // Another way to write the same text is no business of a mask's.
    if expected.type_name() != actual.type_name() || plain(expected) == plain(actual) {
        return None;
    }
    let mask = |action: &'r Action| match action {
        Action::Mask(pattern) => Some(pattern),
        _ => None,
    };
    let tolerance = |action: &'r Action| match action {
        Action::Tolerance(absolute, relative) => Some((absolute.as_ref(), relative.as_ref())),
        _ => None,
    };
    if let Some((rule, pattern)) = rules.at(path, mask)
        && pattern.replace_all(plain(expected), "…") == pattern.replace_all(plain(actual), "…")
    {
        return Some(rule);
    }
    if let Some((rule, (absolute, relative))) = rules.at(path, tolerance)
        && let (Some(theirs), Some(ours)) = (number(expected), number(actual))
        && within(&theirs, &ours, absolute, relative)
    {
        return Some(rule);
    }
    None
}

/// What a mask or a tolerance looks at: a text without its quotes, or the digits of a number.
pub(super) fn plain<'n>(node: &'n Node<'_>) -> &'n str {
    match &node.content {
        Content::Text(text) => text,
        _ => node.text,
    }
}

pub(super) fn number(node: &Node<'_>) -> Option<Decimal> {
    match node.content {
        Content::Int | Content::Float | Content::Text(_) => Decimal::read(plain(node)).ok().filter(Decimal::is_finite),
        _ => None,
    }
}

fn same_number(expected: &Node<'_>, actual: &Node<'_>) -> bool {
    let (theirs, ours) = (number(expected), number(actual));
    theirs.zip(ours).is_some_and(|(theirs, ours)| theirs.compare(&ours) == Ok(std::cmp::Ordering::Equal))
}
