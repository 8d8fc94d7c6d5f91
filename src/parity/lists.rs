//! Two lists: in order, in any order, or by what tells their items apart.

use std::collections::HashMap;

use similar::{Algorithm, DiffOp, capture_diff_slices};

use super::{
    Kind,
    rulebook::Action,
    tree::{Content, Item, Node},
    walk::Walk,
};

/// Longest list whose items are aligned; those of a longer one are compared one by one in their places.
const ALIGNED: usize = 4000;

/// Compares two lists that are not written the same.
pub(super) fn compare<'t>(walk: &mut Walk<'_, '_, 't>, expected: &'t [Item<'t>], actual: &'t [Item<'t>]) {
    let rules = walk.findings.rules;
    match rules.at(&walk.path.texts(), unordered) {
        Some((rule, by)) => {
            let pairs = match by {
                Some(by) => pairs_by(expected, actual, by),
                None => pairs_of_any(expected, actual),
            };
            if !pairs.is_sorted_by_key(|(_, other)| *other) {
                walk.findings.excused(rule);
            }
            paired(walk, expected, actual, &pairs);
        }
        None if is_permutation(expected, actual) => out_of_order(walk, expected, actual),
        None => paired(walk, expected, actual, &aligned(expected, actual)),
    }
    between(walk, expected, actual);
}

fn unordered(action: &Action) -> Option<&Option<Vec<String>>> {
    match action {
        Action::Unordered(by) => Some(by),
        _ => None,
    }
}

/// Which item belongs to which, by their indices.
type Pairs = Vec<(usize, usize)>;

fn paired<'t>(walk: &mut Walk<'_, '_, 't>, expected: &'t [Item<'t>], actual: &'t [Item<'t>], pairs: &Pairs) {
    if expected.len() != actual.len() {
        walk.found(Kind::Length, &format!("{} items", expected.len()), &format!("{} items", actual.len()));
    }
    let (mut seen, mut seen_too) = (vec![false; expected.len()], vec![false; actual.len()]);
    for (at, other) in pairs {
        (seen[*at], seen_too[*other]) = (true, true);
        walk.path.index(*at);
        walk.nodes(&expected[*at].value, &actual[*other].value);
        walk.path.back();
    }
    for (kind, items, seen) in [(Kind::Missing, expected, seen), (Kind::Extra, actual, seen_too)] {
        for at in (0..items.len()).filter(|at| !seen[*at]) {
            walk.path.index(at);
            walk.unpaired(kind, &items[at].value);
            walk.path.back();
        }
    }
}

fn out_of_order<'t>(walk: &mut Walk<'_, '_, 't>, expected: &'t [Item<'t>], actual: &'t [Item<'t>]) {
    let first = expected.iter().zip(actual).position(|(a, b)| a.value.text != b.value.text);
    if let Some(at) = first {
        let shown = |items: &[Item<'_>]| format!("at {at}: {}", items[at].value.text);
        walk.found(Kind::Order, &shown(expected), &shown(actual));
    }
}

/// Blanks and commas between the items, in their places.
fn between<'t>(walk: &mut Walk<'_, '_, 't>, expected: &'t [Item<'t>], actual: &'t [Item<'t>]) {
    if let Some(at) = expected.iter().zip(actual).position(|(a, b)| a.glue != b.glue) {
        walk.path.index(at);
        walk.glue(expected[at].glue, actual[at].glue);
        walk.path.back();
    }
}

fn is_permutation(expected: &[Item<'_>], actual: &[Item<'_>]) -> bool {
    let (mut theirs, mut ours) = (texts(expected), texts(actual));
    theirs.sort_unstable();
    ours.sort_unstable();
    theirs == ours
}

fn texts<'i>(items: &'i [Item<'_>]) -> Vec<&'i str> {
    items.iter().map(|item| item.value.text).collect()
}

/// Equal items belong together, in order; those between two equal ones belong together in their turn.
fn aligned(expected: &[Item<'_>], actual: &[Item<'_>]) -> Pairs {
    if expected.len().max(actual.len()) > ALIGNED {
        return (0..expected.len().min(actual.len())).map(|at| (at, at)).collect();
    }
    let mut pairs = Pairs::new();
    for op in capture_diff_slices(Algorithm::Myers, &texts(expected), &texts(actual)) {
        let (old, new, len) = match op {
            DiffOp::Equal { old_index, new_index, len } => (old_index, new_index, len),
            DiffOp::Replace { old_index, old_len, new_index, new_len } => (old_index, new_index, old_len.min(new_len)),
            DiffOp::Delete { .. } | DiffOp::Insert { .. } => continue,
        };
        pairs.extend((0..len).map(|at| (old + at, new + at)));
    }
    pairs
}

/// Equal items belong together wherever they stand; what is left belongs together in its order.
fn pairs_of_any(expected: &[Item<'_>], actual: &[Item<'_>]) -> Pairs {
    let mut pairs = pair_up(expected, actual, |item| Some(item.value.text));
    let (mut seen, mut seen_too) = (vec![false; expected.len()], vec![false; actual.len()]);
    for (at, other) in &pairs {
        (seen[*at], seen_too[*other]) = (true, true);
    }
    let left = (0..expected.len()).filter(|at| !seen[*at]);
    pairs.extend(left.zip((0..actual.len()).filter(|at| !seen_too[*at])));
    pairs.sort_unstable();
    pairs
}

/// Items of which this part is the same belong together.
fn pairs_by(expected: &[Item<'_>], actual: &[Item<'_>], by: &[String]) -> Pairs {
    pair_up(expected, actual, |item| part(&item.value, by))
}

fn pair_up<'t>(
    expected: &'t [Item<'t>],
    actual: &'t [Item<'t>],
    key: impl Fn(&'t Item<'t>) -> Option<&'t str>,
) -> Pairs {
    let mut left: HashMap<&str, Vec<usize>> = HashMap::new();
    for (at, item) in actual.iter().enumerate().rev() {
        if let Some(key) = key(item) {
            left.entry(key).or_default().push(at);
        }
    }
    let found = |item: &'t Item<'t>| left.get_mut(key(item)?)?.pop();
    let others: Vec<Option<usize>> = expected.iter().map(found).collect();
    others.into_iter().enumerate().filter_map(|(at, other)| Some((at, other?))).collect()
}

/// The text of a part of an item.
fn part<'t>(node: &'t Node<'t>, steps: &[String]) -> Option<&'t str> {
    let Some((step, later)) = steps.split_first() else { return Some(node.text) };
    let inner = match &node.content {
        Content::Object(members, _) => &members.iter().find(|member| member.key == *step)?.value,
        Content::List(items, _) => &items.get(step.parse::<usize>().ok()?)?.value,
        _ => return None,
    };
    part(inner, later)
}
