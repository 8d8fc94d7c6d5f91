//! Reasons and how often each came: a bounded number of them.

use serde::{Deserialize, Serialize};

use super::{
    limits::REST,
    limits::{REASONS, cut},
};

/// At most [`REASONS`] of them, and one for the rest.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Reasons(Vec<(String, u64)>);

impl Reasons {
    pub(super) fn count(&mut self, reason: &str) {
        let reason = cut(reason);
        let known = |name: &str, list: &[(String, u64)]| list.iter().position(|(reason, _)| reason == name);
        let place = known(&reason, &self.0).or_else(|| {
            let told_apart = self.0.iter().filter(|(reason, _)| reason != REST).count();
            if told_apart < REASONS { None } else { known(REST, &self.0) }
        });
        match place {
            Some(place) => self.0[place].1 = self.0[place].1.saturating_add(1),
            None if self.0.len() < REASONS => self.0.push((reason, 1)),
            None => self.0.push((REST.to_owned(), 1)),
        }
    }

    /// The most frequent first, the rest last.
    pub(super) fn sorted(&self) -> Vec<(String, u64)> {
        let mut sorted = self.0.clone();
        sorted.sort_by(|(one, often), (other, oftener)| {
            (one == REST).cmp(&(other == REST)).then(oftener.cmp(often)).then_with(|| one.cmp(other))
        });
        sorted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_beyond_the_bound_are_counted_together_and_come_last() {
        let mut reasons = Reasons::default();
        for number in 0..1000 {
            reasons.count(&format!("reason {number}"));
            reasons.count("reason 7");
        }
        let sorted = reasons.sorted();
        assert_eq!(sorted.len(), REASONS + 1);
        assert_eq!(sorted.first().unwrap().0, "reason 7");
        assert_eq!(sorted.last().unwrap().0, REST);
        assert_eq!(sorted.iter().map(|(_, count)| count).sum::<u64>(), 2000);
    }

    #[test]
    fn a_long_reason_is_cut() {
        let mut reasons = Reasons::default();
        reasons.count(&"ü".repeat(100_000));
        assert!(reasons.sorted()[0].0.len() < 1000);
    }
}
