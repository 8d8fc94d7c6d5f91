//! Counts by verdict, in all and per route, and the share that agrees.

use std::collections::BTreeMap;

use crate::parity::{Case, Run, Verdict};

/// How requests without a route are listed.
pub const NO_ROUTE: &str = "(not migrated)";

/// Counts of one route, or of all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    /// By the verdict's word, in the order of [`Verdict::WORDS`].
    counts: [u64; Verdict::WORDS.len()],
    skips: BTreeMap<&'static str, u64>,
    agreeing: u64,
    judged: u64,
}

impl Tally {
    /// The counts of these cases.
    pub fn of<'c>(cases: impl IntoIterator<Item = &'c Case>) -> Self {
        let mut tally = Self::default();
        for case in cases {
            tally.add(&case.verdict);
        }
        tally
    }

    /// The counts of every route of the run, by name; those without a route ([`NO_ROUTE`]) come last.
    #[must_use]
    pub fn by_route(run: &Run) -> Vec<(&str, Self)> {
        let mut routes: BTreeMap<(bool, &str), Self> = BTreeMap::new();
        for case in &run.cases {
            let route = case.route.as_deref();
            routes.entry((route.is_none(), route.unwrap_or(NO_ROUTE))).or_default().add(&case.verdict);
        }
        routes.into_iter().map(|((_, route), tally)| (route, tally)).collect()
    }

    /// The same, those that do not agree first.
    #[must_use]
    pub fn worst_first(run: &Run) -> Vec<(&str, Self)> {
        let mut routes = Self::by_route(run);
        routes.sort_by_key(|(_, tally)| tally.disagreeing() == 0);
        routes
    }

    fn add(&mut self, verdict: &Verdict) {
        for (count, word) in self.counts.iter_mut().zip(Verdict::WORDS) {
            *count += u64::from(word == verdict.as_str());
        }
        if let Verdict::Skipped(why) = verdict {
            *self.skips.entry(why.as_str()).or_default() += 1;
        }
        if let Some(agrees) = verdict.agrees() {
            self.judged += 1;
            self.agreeing += u64::from(agrees);
        }
    }

    /// Cases with this verdict, given by its word.
    #[must_use]
    pub fn count(&self, word: &str) -> u64 {
        Verdict::WORDS.iter().zip(self.counts).find_map(|(known, count)| (*known == word).then_some(count)).unwrap_or(0)
    }

    /// Every word with its count, in the order of [`Verdict::WORDS`].
    pub fn counts(&self) -> impl Iterator<Item = (&'static str, u64)> {
        Verdict::WORDS.into_iter().zip(self.counts)
    }

    /// Why cases were skipped, with their counts.
    pub fn skips(&self) -> impl Iterator<Item = (&'static str, u64)> {
        self.skips.iter().map(|(why, count)| (*why, *count))
    }

    /// All cases.
    #[must_use]
    pub fn cases(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// Cases that were judged. With [`Tally::agreeing`] the exact share.
    #[must_use]
    pub fn judged(&self) -> u64 {
        self.judged
    }

    /// Judged cases that agree.
    #[must_use]
    pub fn agreeing(&self) -> u64 {
        self.agreeing
    }

    /// Judged cases that do not agree.
    #[must_use]
    pub fn disagreeing(&self) -> u64 {
        self.judged - self.agreeing
    }

    /// The share that agrees, with two decimals that are cut, not rounded: "100%" says that all do. None if nothing was
    /// judged.
    #[must_use]
    pub fn percentage(&self) -> Option<String> {
        let hundredths = (u128::from(self.agreeing) * 10_000).checked_div(u128::from(self.judged))?;
        Some(match hundredths {
            10_000 => "100%".to_owned(),
            cut => format!("{}.{:02}%", cut / 100, cut % 100),
        })
    }

    /// Whether the share that agrees is at least this many percent. Nothing judged is no proof: it never passes.
    #[must_use]
    #[allow(clippy::cast_precision_loss, reason = "counts below 2^52")]
    pub fn passes(&self, fail_under: f64) -> bool {
        self.judged > 0 && self.agreeing as f64 * 100.0 >= fail_under * self.judged as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parity::{
        Skip,
        report::sample::{case, run},
    };

    fn of(matched: usize, mismatched: usize) -> Tally {
        let case = |verdict| case(0, Some("tags_list"), verdict);
        let mut cases = vec![case(Verdict::Matched); matched];
        cases.extend(vec![case(Verdict::Mismatched(Vec::new())); mismatched]);
        Tally::of(&cases)
    }

    #[test]
    fn the_percentage_says_100_only_if_all_agree() {
        let shown = |matched, mismatched| of(matched, mismatched).percentage();
        assert_eq!(shown(0, 0), None);
        assert_eq!(shown(7, 0).as_deref(), Some("100%"));
        assert_eq!(shown(99_999, 1).as_deref(), Some("99.99%"));
        assert_eq!(shown(1, 2).as_deref(), Some("33.33%"));
        assert_eq!(shown(0, 2).as_deref(), Some("0.00%"));
    }

    #[test]
    fn a_run_passes_by_its_exact_share_and_never_without_a_judgement() {
        assert!(of(3, 0).passes(100.0));
        assert!(!of(99_999, 1).passes(100.0));
        assert!(of(99_999, 1).passes(99.999));
        assert!(!of(99_999, 1).passes(99.9991));
        assert!(!of(0, 0).passes(0.0));
        assert!(!of(3, 0).passes(f64::NAN));
        let skipped = Tally::of(&[case(0, None, Verdict::Skipped(Skip::Once))]);
        assert!(!skipped.passes(0.0));
    }

    #[test]
    fn what_is_not_judged_counts_neither_way() {
        let tally = Tally::of(&run().cases);
        assert_eq!(tally.cases(), 11);
        assert_eq!((tally.agreeing(), tally.judged()), (3, 6));
        assert_eq!(tally.counts().map(|(_, count)| count).collect::<Vec<_>>(), [2, 1, 2, 1, 1, 1, 1, 2]);
        assert_eq!(tally.skips().collect::<Vec<_>>(), [("answered once", 1), ("not native", 1)]);
    }

    #[test]
    fn routes_are_listed_by_name_and_those_not_migrated_last() {
        let run = run();
        let names = |routes: Vec<(&str, Tally)>| routes.iter().map(|(name, _)| (*name).to_owned()).collect::<Vec<_>>();
        assert_eq!(names(Tally::by_route(&run)), ["assets_owned", "notes_list", "tags_list", NO_ROUTE]);
        assert_eq!(names(Tally::worst_first(&run)), ["notes_list", "tags_list", "assets_owned", NO_ROUTE]);
    }
}
