//! All that was seen at one place of a route's answers.

use std::collections::{BTreeMap, BTreeSet};

use regex::Regex;

use super::shares::{NEAR, apart};
use crate::{
    config::rules,
    parity::{
        tree::{Content, Node},
        walk::{number, plain},
    },
};

/// Texts of one place that are kept to make a pattern from.
const TEXTS: usize = 200;

/// Places by their general path.
pub(super) type Places = BTreeMap<String, Seen>;

/// All that was seen at one place.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// The order of a list's items.
    pub(super) items: Option<Items>,
    /// The order of an object's keys.
    pub(super) keys: Option<Count>,
    /// Numbers and texts.
    pub(super) scalars: Option<Scalars>,
    /// Anything else: what, as a person says it.
    pub(super) other: Option<(&'static str, Count)>,
    /// A rule that the route has here excuses less than what was seen: what to do about it.
    pub(super) blocked: Option<String>,
}

/// In which requests, with the first example.
#[derive(Debug, Default)]
pub(super) struct Count {
    pub(super) requests: BTreeSet<usize>,
    pub(super) example: (String, String),
}

/// A list whose items came in another order.
#[derive(Debug, Default)]
pub(super) struct Items {
    pub(super) count: Count,
    /// Whether paired items differ, so that something has to tell them apart.
    pub(super) differ: bool,
    /// What tells them apart in every pair so far, the best first.
    pub(super) by: Option<Vec<String>>,
}

/// Numbers and texts of the same type.
#[derive(Debug)]
pub(super) struct Scalars {
    pub(super) count: Count,
    /// Whether all are equal once moments are masked.
    pub(super) moments: bool,
    /// Whether all are equal once UUIDs are masked.
    pub(super) uuids: bool,
    /// The largest difference as a share; none if one pair is too far apart, or is no numbers.
    pub(super) share: Option<f64>,
    /// Texts that are more than a number; none if there is anything else among them.
    pub(super) texts: Option<Vec<(String, String)>>,
}

/// The patterns that have names.
#[derive(Debug)]
pub(super) struct Named {
    moment: Option<Regex>,
    uuid: Option<Regex>,
}

impl Named {
    pub(super) fn new() -> Self {
        Self { moment: rules::pattern("timestamp").ok(), uuid: rules::pattern("uuid").ok() }
    }
}

impl Count {
    pub(super) fn add(&mut self, request: usize, expected: &str, actual: &str) {
        if self.requests.is_empty() {
            self.example = (excerpt(expected), excerpt(actual));
        }
        self.requests.insert(request);
    }
}

/// More than is ever shown of an example.
fn excerpt(text: &str) -> String {
    text.chars().take(80).collect()
}

impl Seen {
    pub(super) fn other(&mut self, what: &'static str, request: usize, expected: &str, actual: &str) {
        self.other.get_or_insert_with(|| (what, Count::default())).1.add(request, expected, actual);
    }

    /// Two values that differ, and are neither lists nor objects.
    pub(super) fn scalars(&mut self, request: usize, expected: &Node<'_>, actual: &Node<'_>, named: &Named) {
        let (theirs, ours) = (plain(expected), plain(actual));
        if expected.type_name() != actual.type_name() {
            return self.other("are not of the same type here", request, expected.text, actual.text);
        }
        // A placeholder says that something differs, not what.
        let hidden = |text: &str| text.starts_with("[redacted");
        if matches!(expected.content, Content::Word) || hidden(theirs) || hidden(ours) {
            return self.other("differ here", request, theirs, ours);
        }
        let scalars = self.scalars.get_or_insert_with(|| Scalars {
            count: Count::default(),
            moments: true,
            uuids: true,
            share: Some(0.0),
            texts: Some(Vec::new()),
        });
        scalars.count.add(request, theirs, ours);
        let equal = |pattern: &Option<Regex>| {
            pattern.as_ref().is_some_and(|pattern| pattern.replace_all(theirs, "…") == pattern.replace_all(ours, "…"))
        };
        scalars.moments &= equal(&named.moment);
        scalars.uuids &= equal(&named.uuid);
        let numbers = number(expected).zip(number(actual));
        let share = numbers.as_ref().and_then(|(theirs, ours)| apart(theirs, ours)).filter(|share| *share <= NEAR);
        scalars.share = scalars.share.zip(share).map(|(known, share)| known.max(share));
        if numbers.is_some() || !matches!(expected.content, Content::Text(_)) {
            scalars.texts = None;
        }
        if let Some(texts) = &mut scalars.texts
            && texts.len() < TEXTS
        {
            texts.push((theirs.to_owned(), ours.to_owned()));
        }
    }

    /// Two lists with the same items (or items with the same identifiers) in another order.
    pub(super) fn reordered(&mut self, request: usize, differ: bool, by: Vec<String>, example: (&str, &str)) {
        let items = self.items.get_or_insert_default();
        items.count.add(request, example.0, example.1);
        items.differ |= differ;
        items.by = Some(match items.by.take() {
            Some(known) => known.into_iter().filter(|key| by.contains(key)).collect(),
            None => by,
        });
    }
}
