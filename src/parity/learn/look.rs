//! Two answers walked side by side, for what is different and how. What a rule of the route excuses is not seen.

use std::collections::HashMap;

use super::{
    keys,
    seen::{Named, Places, Seen},
};
use crate::parity::{
    Rulebook,
    lists::{aligned, is_permutation, pairs_by, pairs_of_any},
    path::Path,
    rulebook::Action,
    tree::{Content, Document, Item, Member, Node},
    walk::excuse,
};

/// A walk through two answers to one request.
pub(super) struct Look<'a, 't> {
    pub(super) rules: &'a Rulebook,
    pub(super) named: &'a Named,
    pub(super) places: &'a mut Places,
    pub(super) request: usize,
    pub(super) path: Path<'t>,
}

impl<'a, 't> Look<'a, 't> {
    pub(super) fn documents(&mut self, expected: &'t Document<'t>, actual: &'t Document<'t>) {
        self.nodes(&expected.root, &actual.root);
    }

    fn nodes(&mut self, expected: &'t Node<'t>, actual: &'t Node<'t>) {
        let ignore = |action: &Action| matches!(action, Action::Ignore).then_some(());
        if expected.text == actual.text || self.rules.at(&self.path.texts(), ignore).is_some() {
            return;
        }
        match (&expected.content, &actual.content) {
            (Content::List(theirs, close), Content::List(ours, other)) => {
                self.lists(theirs, ours);
                let glue = |items: &[Item<'t>]| items.iter().map(|item| item.glue).collect::<Vec<_>>();
                if close != other || (theirs.len() == ours.len() && glue(theirs) != glue(ours)) {
                    self.written();
                }
            }
            (Content::Object(theirs, close), Content::Object(ours, other)) => {
                self.objects(theirs, ours);
                if close != other {
                    self.written();
                }
            }
            _ if excuse(self.rules, &self.path.texts(), expected, actual).is_some() => {}
            _ => {
                let (request, named) = (self.request, self.named);
                self.here().scalars(request, expected, actual, named);
            }
        }
    }

    fn here(&mut self) -> &mut Seen {
        let (_, general) = self.path.names();
        self.places.entry(general).or_default()
    }

    fn other(&mut self, what: &'static str, expected: &str, actual: &str) {
        let request = self.request;
        self.here().other(what, request, expected, actual);
    }

    fn written(&mut self) {
        let request = self.request;
        let what = ("are written differently here", super::seen::Count::default());
        self.here().other.get_or_insert(what).1.requests.insert(request);
    }

    fn objects(&mut self, expected: &'t [Member<'t>], actual: &'t [Member<'t>]) {
        // A key may stand there twice: the first belongs to the first, as in a comparison.
        let mut left: HashMap<&str, Vec<usize>> = HashMap::new();
        for (at, member) in actual.iter().enumerate().rev() {
            left.entry(&member.key).or_default().push(at);
        }
        let mut places = Vec::new();
        for member in expected {
            self.path.key(&member.key);
            match left.get_mut(&*member.key).and_then(Vec::pop) {
                Some(at) => {
                    places.push(at);
                    self.nodes(&member.value, &actual[at].value);
                }
                None => self.other("do not both have it", member.value.text, ""),
            }
            self.path.back();
        }
        let mut extra: Vec<usize> = left.into_values().flatten().collect();
        extra.sort_unstable();
        for member in extra.into_iter().map(|at| &actual[at]) {
            self.path.key(&member.key);
            self.other("do not both have it", "", member.value.text);
            self.path.back();
        }
        if !places.is_sorted() {
            let from = expected.iter().zip(actual).find(|(a, b)| a.key != b.key);
            let (a, b) = from.map_or(("", ""), |(a, b)| (&*a.key, &*b.key));
            let request = self.request;
            self.here().keys.get_or_insert_default().add(request, a, b);
        }
    }

    fn lists(&mut self, expected: &'t [Item<'t>], actual: &'t [Item<'t>]) {
        let first = expected.iter().zip(actual).find(|(a, b)| a.value.text != b.value.text);
        let example = first.map_or(("", ""), |(a, b)| (a.value.text, b.value.text));
        let request = self.request;
        let by = keys::telling(expected, actual);
        let telling = by.first().map(|key| pairs_by(expected, actual, std::slice::from_ref(key)));
        if let Some(pairs) = self.ruled(expected, actual, telling.as_ref()) {
            return self.items(expected, actual, &pairs);
        }
        if is_permutation(expected, actual) {
            if example != ("", "") {
                self.here().reordered(request, false, by, example);
            }
            return;
        }
        match telling {
            Some(pairs) => {
                if !pairs.is_sorted_by_key(|(_, other)| *other) {
                    self.here().reordered(request, true, by, example);
                }
                self.items(expected, actual, &pairs);
            }
            None => self.items(expected, actual, &aligned(expected, actual)),
        }
    }

    /// Which items belong together by a rule of the route. One that lacks a key is as good as it can be, and is in the way
    /// of a better one.
    fn ruled(
        &mut self,
        expected: &'t [Item<'t>],
        actual: &'t [Item<'t>],
        telling: Option<&Vec<(usize, usize)>>,
    ) -> Option<Vec<(usize, usize)>> {
        let unordered = |action: &'a Action| match action {
            Action::Unordered(by) => Some(by),
            _ => None,
        };
        match (self.rules.at(&self.path.texts(), unordered)?.1, telling) {
            (Some(by), _) => Some(pairs_by(expected, actual, by)),
            (None, Some(telling)) => {
                let any = pairs_of_any(expected, actual);
                if any != *telling && !is_permutation(expected, actual) {
                    let key = keys::telling(expected, actual).into_iter().next().unwrap_or_default();
                    let by = keys::pointer(&key);
                    self.here().blocked = Some(format!("the route's rule unordered there needs by = \"{by}\""));
                    return Some(Vec::new());
                }
                Some(any)
            }
            (None, None) => Some(pairs_of_any(expected, actual)),
        }
    }

    fn items(&mut self, expected: &'t [Item<'t>], actual: &'t [Item<'t>], pairs: &[(usize, usize)]) {
        if expected.len() != actual.len() {
            // Nothing within it can be told: which item is missing is as uncertain as how many.
            let (theirs, ours) = (format!("{} items", expected.len()), format!("{} items", actual.len()));
            return self.other("have lists of different lengths here", &theirs, &ours);
        }
        if pairs.len() != expected.len() {
            let first = expected.iter().zip(actual).find(|(a, b)| a.value.text != b.value.text);
            let (a, b) = first.map_or(("", ""), |(a, b)| (a.value.text, b.value.text));
            return self.other("do not have the same items here", a, b);
        }
        for (at, other) in pairs {
            self.path.index(*at);
            self.nodes(&expected[*at].value, &actual[*other].value);
            self.path.back();
        }
    }
}
