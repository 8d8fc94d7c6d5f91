//! The rules of one route, ready to be applied.

use regex::Regex;

use crate::{
    config::{Place, Rule, rules},
    wire::Decimal,
};

/// The rules of one route, in their order.
#[derive(Debug, Default)]
pub struct Rulebook {
    rules: Vec<Compiled>,
}

#[derive(Debug)]
struct Compiled {
    place: Place,
    action: Action,
}

/// What a rule does at its place.
#[derive(Debug)]
pub(super) enum Action {
    /// Nothing there is compared.
    Ignore,
    /// The order there means nothing; the pointer leads, within an item, to what tells items apart.
    Unordered(Option<Vec<String>>),
    /// A number may be off by so much: absolutely, or as a share of the expected one.
    Tolerance(Option<Decimal>, Option<Decimal>),
    /// What the pattern finds is not compared.
    Mask(Regex),
    /// Nothing there is stored.
    Redact,
}

impl Rulebook {
    /// Compiles rules. They were checked when the configuration was read; one that is of no use all the same is passed
    /// over, and then excuses nothing.
    #[must_use]
    pub fn new(rules: &[Rule]) -> Self {
        Self { rules: rules.iter().map(compile).collect() }
    }

    /// The first rule that covers this place in the body and does what is looked for: its place in the list, and what
    /// was found.
    pub(super) fn at<'r, T>(&'r self, path: &[&str], wanted: impl Fn(&'r Action) -> Option<T>) -> Option<(usize, T)> {
        self.find(|place| place.covers(path), wanted)
    }

    /// The rule that ignores the status, or this header.
    pub(super) fn ignores(&self, place: &Place) -> Option<usize> {
        self.find(|of| of == place, |action| matches!(action, Action::Ignore).then_some(())).map(|(number, ())| number)
    }

    /// Whether a header is never to be stored.
    pub(super) fn redacts_header(&self, name: &str) -> bool {
        let place = Place::Header(name.to_ascii_lowercase());
        self.find(|of| *of == place, |action| matches!(action, Action::Redact).then_some(())).is_some()
    }

    /// Whether this place in the body is never to be stored.
    pub(super) fn redacts(&self, path: &[&str]) -> bool {
        self.at(path, |action| matches!(action, Action::Redact).then_some(())).is_some()
    }

    /// Whether any place in the body is never to be stored.
    pub(super) fn redacts_anything(&self) -> bool {
        let redacts = |rule: &Compiled| matches!((&rule.action, &rule.place), (Action::Redact, Place::Body(_)));
        self.rules.iter().any(redacts)
    }

    fn find<'r, T>(
        &'r self,
        covers: impl Fn(&Place) -> bool,
        wanted: impl Fn(&'r Action) -> Option<T>,
    ) -> Option<(usize, T)> {
        let covering = self.rules.iter().enumerate().filter(|(_, rule)| covers(&rule.place));
        covering.into_iter().find_map(|(number, rule)| Some((number, wanted(&rule.action)?)))
    }
}

fn compile(rule: &Rule) -> Compiled {
    let number = |text: &Option<String>| text.as_deref().and_then(|text| Decimal::read(text).ok());
    let (word, place) = rule.action();
    let action = match word {
        "unordered" => Action::Unordered(rule.by.as_deref().map(steps)),
        "tolerance" => Action::Tolerance(number(&rule.absolute), number(&rule.relative)),
        "mask" => match rule.pattern.as_deref().map(rules::pattern) {
            Some(Ok(pattern)) => Action::Mask(pattern),
            _ => Action::Redact,
        },
        "redact" => Action::Redact,
        _ => Action::Ignore,
    };
    Compiled { place: place.parse().unwrap_or(Place::Body(Vec::new())), action }
}

/// The keys of a plain pointer.
fn steps(pointer: &str) -> Vec<String> {
    pointer.split('/').skip(1).map(|step| step.replace("~1", "/").replace("~0", "~")).collect()
}

/// Whether two numbers are within a tolerance of each other.
pub(super) fn within(
    expected: &Decimal,
    actual: &Decimal,
    absolute: Option<&Decimal>,
    relative: Option<&Decimal>,
) -> bool {
    let magnitude = |number: Decimal| if number.is_negative() { number.negated() } else { number };
    let Ok(off) = expected.subtract(actual).map(magnitude) else { return false };
    let at_most = |bound: &Decimal| off.compare(bound).is_ok_and(std::cmp::Ordering::is_le);
    let share = relative.and_then(|share| magnitude(expected.clone()).multiply(share).ok());
    absolute.is_some_and(at_most) || share.as_ref().is_some_and(at_most)
}
