//! From what was seen at a place to the narrowest rule that excuses all of it.

use super::{
    Observed, keys, masks,
    seen::{Count, Seen},
    shares,
    words::said,
};
use crate::config::Rule;

/// The rules for one place: one for the order of what is there, and one for what it is. Those that ignore it stand alone.
pub(super) fn decide(place: &str, seen: &Seen, observed: &Observed) -> Vec<Rule> {
    if let Some((what, count)) = &seen.other {
        let scalars = seen.scalars.iter().flat_map(|scalars| &scalars.count.requests);
        let orders = seen.items.iter().map(|items| &items.count).chain(&seen.keys);
        let all = count.requests.iter().chain(scalars).chain(orders.flat_map(|count| &count.requests));
        let count = Count { requests: all.copied().collect(), example: count.example.clone() };
        return vec![ignore(place, reason(what, &count, observed))];
    }
    let mut rules = Vec::new();
    if let Some(items) = &seen.items {
        let what = "have the same items in another order";
        let mut rule = Rule {
            unordered: Some(place.to_owned()),
            reason: said(what, items.count.requests.len(), observed, None),
            ..Rule::default()
        };
        if items.differ {
            rule.by = items.by.as_ref().and_then(|by| by.first()).map(|key| keys::pointer(key));
        }
        rules.push(rule);
    } else if let Some(count) = &seen.keys {
        let reason = said("have the same keys in another order", count.requests.len(), observed, None);
        rules.push(Rule { unordered: Some(place.to_owned()), reason, ..Rule::default() });
    }
    if let Some(scalars) = &seen.scalars {
        let count = &scalars.count;
        let mask = |pattern: String, what: &str| Rule {
            mask: Some(place.to_owned()),
            pattern: Some(pattern),
            reason: reason(what, count, observed),
            ..Rule::default()
        };
        rules.push(if scalars.moments {
            mask("timestamp".to_owned(), "differ here by the time")
        } else if scalars.uuids {
            mask("uuid".to_owned(), "differ here by a UUID")
        } else if let Some(share) = scalars.share {
            let what = format!("differ here by up to {}", shares::percent(share));
            Rule {
                tolerance: Some(place.to_owned()),
                relative: Some(shares::bound(share)),
                reason: reason(&what, count, observed),
                ..Rule::default()
            }
        } else if let Some(pattern) = scalars.texts.as_deref().and_then(masks::pattern) {
            mask(pattern, "differ here by a part")
        } else {
            ignore(place, reason("differ here", count, observed))
        });
    }
    rules
}

/// A rule that ignores a place.
pub(super) fn ignore(place: &str, reason: String) -> Rule {
    Rule { ignore: Some(place.to_owned()), reason, ..Rule::default() }
}

fn reason(what: &str, count: &Count, observed: &Observed) -> String {
    let (a, b) = &count.example;
    let example = if a == b { None } else { Some((a.as_str(), b.as_str())) };
    said(what, count.requests.len(), observed, example)
}
