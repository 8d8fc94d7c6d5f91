//! From observations to proposals, proved by comparing all of them again.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Lesson, Observed, Pair,
    decide::decide,
    draft::Draft,
    look::Look,
    seen::{Named, Places},
};
use crate::{
    config::Rule,
    parity::{Rulebook, coding::decoded, compare, path::Path, tree},
};

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
