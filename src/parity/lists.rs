//! Two lists: which item of one belongs to which of the other.

use std::collections::HashMap;

use similar::{Algorithm, DiffOp, capture_diff_slices};

use super::tree::{Content, Item, Node};

/// Longest list whose items are aligned; those of a longer one are compared one by one in their places.
const ALIGNED: usize = 1000;

/// Which item belongs to which, by their indices.
pub(super) type Pairs = Vec<(usize, usize)>;

/// Whether both have the same items, in whatever order.
pub(super) fn is_permutation(expected: &[Item<'_>], actual: &[Item<'_>]) -> bool {
    let (mut theirs, mut ours) = (texts(expected), texts(actual));
    theirs.sort_unstable();
    ours.sort_unstable();
    theirs == ours
}

fn texts<'i>(items: &'i [Item<'_>]) -> Vec<&'i str> {
    items.iter().map(|item| item.value.text).collect()
}

/// Equal items belong together, in order; those between two equal ones belong together in their turn.
pub(super) fn aligned(expected: &[Item<'_>], actual: &[Item<'_>]) -> Pairs {
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
pub(super) fn pairs_of_any(expected: &[Item<'_>], actual: &[Item<'_>]) -> Pairs {
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
pub(super) fn pairs_by(expected: &[Item<'_>], actual: &[Item<'_>], by: &[String]) -> Pairs {
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
