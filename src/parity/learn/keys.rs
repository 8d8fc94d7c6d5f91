//! What tells the items of a list apart, if anything does.

use std::collections::HashSet;

use crate::parity::tree::{Content, Item, Node};

/// Names that identifiers have, the best first. Any other name comes after them, as the items have it.
const NAMES: [&str; 9] = ["identifier", "id", "uuid", "hash", "key", "name", "address", "slug", "symbol"];

/// The keys by which the items of two lists can be told apart, the best first: every item is an object that has it, its
/// value is a number or a text, no two items of a list share one, and both lists have the same.
pub(super) fn telling(expected: &[Item<'_>], actual: &[Item<'_>]) -> Vec<String> {
    let Some(first) = expected.first() else { return Vec::new() };
    let Content::Object(members, _) = &first.value.content else { return Vec::new() };
    if expected.len() != actual.len() {
        return Vec::new();
    }
    let mut names: Vec<&str> = Vec::new();
    for member in members {
        if !names.contains(&&*member.key) {
            names.push(&member.key);
        }
    }
    names.sort_by_key(|name| NAMES.iter().position(|known| known == name).unwrap_or(NAMES.len()));
    let tells = |name: &&str| match (distinct(expected, name), distinct(actual, name)) {
        (Some(theirs), Some(ours)) => theirs == ours,
        _ => false,
    };
    names.into_iter().filter(tells).map(ToOwned::to_owned).collect()
}

/// The values that items have under a key, if each has one of its own.
fn distinct<'t>(items: &'t [Item<'t>], key: &str) -> Option<HashSet<&'t str>> {
    let mut values = HashSet::with_capacity(items.len());
    items.iter().all(|item| value(&item.value, key).is_some_and(|value| values.insert(value))).then_some(values)
}

fn value<'t>(item: &'t Node<'t>, key: &str) -> Option<&'t str> {
    let Content::Object(members, _) = &item.content else { return None };
    let value = &members.iter().find(|member| member.key == key)?.value;
    matches!(value.content, Content::Int | Content::Text(_)).then_some(value.text)
}

/// The same key as a pointer within an item.
pub(super) fn pointer(key: &str) -> String {
    format!("/{}", key.replace('~', "~0").replace('/', "~1"))
}
