//! Judging evidence against its bounds: pass, fail, or not enough to say.
//!
//! A bound is crossed when the evidence says so beyond chance: the lower end of the interval in which the true share lies
//! with 95 % confidence (Wilson's score interval, 1927) is above the bound. One failure among a few is not that.

use std::time::Duration;

use serde_json::{Value, json};

use super::counts::{Counts, ratio};
use crate::config::{Guardrails, Percent};

/// What is bounded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Guardrail {
    /// The share of comparisons that are mismatched.
    Mismatch,
    /// The share of errors natively, less that with legacy.
    Errors,
    /// The 95th percentile natively, as a multiple of that with legacy.
    P95,
}

impl Guardrail {
    /// Its word, as in routes.toml.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Mismatch => "mismatch",
            Self::Errors => "errors",
            Self::P95 => "p95",
        }
    }
}

/// What came of judging.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Within the bound.
    Pass,
    /// Beyond it.
    Fail,
    /// Not enough was seen.
    Inconclusive,
    /// There is no bound.
    Off,
}

impl Outcome {
    /// Its word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Inconclusive => "inconclusive",
            Self::Off => "off",
        }
    }
}

/// One bound, and what the evidence says about it.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// Which.
    pub guardrail: Guardrail,
    /// The bound: a share, or a multiple.
    pub bound: Option<f64>,
    /// What was seen.
    pub value: Option<f64>,
    /// What is true with confidence at least.
    pub lower: Option<f64>,
    /// Requests, or comparisons, that it rests on.
    pub requests: u64,
    /// How many it takes.
    pub needed: u64,
    /// What came of it.
    pub outcome: Outcome,
    /// The same in a sentence.
    pub text: String,
}

impl Finding {
    /// As the admin API shows it.
    #[must_use]
    pub fn shown(&self) -> Value {
        json!({
            "name": self.guardrail.as_str(), "bound": self.bound, "value": self.value, "lower": self.lower,
            "requests": self.requests, "needed": self.needed, "verdict": self.outcome.as_str(), "text": self.text,
        })
    }
}

/// Share of the slowest that the 95th percentile leaves out.
const SLOWEST: f64 = 0.05;

/// Judges what was seen.
#[must_use]
pub fn judge(counts: &Counts, bounds: &Guardrails) -> [Finding; 3] {
    [mismatch(counts, bounds), errors(counts, bounds), p95(counts, bounds)]
}

fn mismatch(counts: &Counts, bounds: &Guardrails) -> Finding {
    let (requests, wrong) = (counts.judged(), counts.verdict("mismatched"));
    let text = format!("{wrong} of {requests} comparisons mismatched; the bound is {} %", bounds.mismatch);
    let finding = share(Guardrail::Mismatch, bounds.mismatch, (wrong, requests), 0.0, bounds.min_requests, text);
    // One is looked at again and again while few come after it; that alone is no evidence.
    let outcome = if wrong < 2 && finding.outcome == Outcome::Fail { Outcome::Inconclusive } else { finding.outcome };
    Finding { outcome, ..finding }
}

fn errors(counts: &Counts, bounds: &Guardrails) -> Finding {
    let (legacy, native) = (&counts.legacy, &counts.native);
    let requests = native.requests;
    // Without legacy beside it nobody can say whether a 500 is its own answer as well.
    let (wrong, usual, beside) = if legacy.requests >= bounds.min_requests {
        let beside = format!("{} of {} with legacy", legacy.errors, legacy.requests);
        (native.errors, legacy.error_rate(), beside)
    } else {
        (native.failures, 0.0, "legacy had too few to compare".to_owned())
    };
    let unit = if bounds.errors.basis_points() == 100 { "point" } else { "points" };
    let text =
        format!("{wrong} of {requests} requests failed natively, {beside}; the bound is {} {unit} more", bounds.errors);
    share(Guardrail::Errors, bounds.errors, (wrong, requests), usual, bounds.min_requests, text)
}

/// Judges a share, less what is usual, against its bound; one of 100 % is none.
fn share(
    guardrail: Guardrail,
    bound: Percent,
    (wrong, requests): (u64, u64),
    usual: f64,
    needed: u64,
    text: String,
) -> Finding {
    let value = ratio(wrong, requests).map(|share| share - usual);
    let lower = wilson_lower(wrong, requests).map(|share| share - usual);
    let outcome = match (value, lower) {
        _ if bound == Percent::FULL => Outcome::Off,
        (Some(value), Some(lower)) if requests >= needed => {
            if lower > bound.share() {
                Outcome::Fail
            } else if value <= bound.share() {
                Outcome::Pass
            } else {
                Outcome::Inconclusive
            }
        }
        _ => Outcome::Inconclusive,
    };
    Finding { guardrail, bound: Some(bound.share()), value, lower, requests, needed, outcome, text }
}

/// The 95th percentile is above a bound where more than a twentieth of the requests are; that many of them are, with
/// confidence, is the same question as for the others.
fn p95(counts: &Counts, bounds: &Guardrails) -> Finding {
    let (legacy, native) = (&counts.legacy.latency, &counts.native.latency);
    let requests = native.count().min(legacy.count());
    let mut finding = Finding {
        guardrail: Guardrail::P95,
        bound: bounds.p95_ratio,
        value: None,
        lower: None,
        requests,
        needed: bounds.min_requests,
        outcome: Outcome::Inconclusive,
        text: String::new(),
    };
    let times = legacy.quantile(1.0 - SLOWEST).zip(native.quantile(1.0 - SLOWEST));
    let shown = |took: Duration| format!("{:.1} ms", took.as_secs_f64() * 1000.0);
    let slack = bounds.p95_slack.as_secs_f64() * 1000.0;
    finding.text = match (times, bounds.p95_ratio) {
        (_, None) => "no bound".to_owned(),
        (None, Some(bound)) => format!("too few requests to compare; the bound is {bound} times legacy's"),
        (Some((legacy, native)), Some(bound)) => format!(
            "p95 is {} natively and {} with legacy; the bound is {bound} times that, and {slack} ms more",
            shown(native),
            shown(legacy),
        ),
    };
    let Some(bound) = bounds.p95_ratio else {
        finding.outcome = Outcome::Off;
        return finding;
    };
    let Some((usual, slow)) = times else { return finding };
    let usual_seconds = usual.as_secs_f64().max(1e-6);
    finding.value = Some(slow.as_secs_f64() / usual_seconds);
    let limit = usual.mul_f64(bound).max(usual + bounds.p95_slack);
    let beyond = wilson_lower(native.above(limit), native.count()).unwrap_or(0.0);
    finding.outcome = if requests < bounds.min_requests {
        Outcome::Inconclusive
    } else if beyond > SLOWEST {
        Outcome::Fail
    } else if slow <= limit {
        Outcome::Pass
    } else {
        Outcome::Inconclusive
    };
    finding
}

/// The lower end of Wilson's interval for a share, at 95 % confidence; none of none.
#[must_use]
#[allow(clippy::cast_precision_loss, reason = "counts below 2^52")]
pub fn wilson_lower(part: u64, whole: u64) -> Option<f64> {
    const Z: f64 = 1.959_964;
    let share = ratio(part, whole)?;
    let n = whole as f64;
    let spread = Z * (share * (1.0 - share) / n + Z * Z / (4.0 * n * n)).sqrt();
    Some(((share + Z * Z / (2.0 * n) - spread) / (1.0 + Z * Z / n)).clamp(0.0, share))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{
        flags::Variant,
        rollout::counts::{Ended, Seen},
    };

    fn bounds() -> Guardrails {
        Guardrails {
            mismatch: "0.1".parse().unwrap(),
            errors: "1".parse().unwrap(),
            p95_ratio: Some(2.0),
            p95_slack: Duration::from_millis(50),
            min_requests: 20,
            ..Guardrails::default()
        }
    }

    fn compared(matched: u64, mismatched: u64) -> Counts {
        let mut counts = Counts::default();
        (0..matched).for_each(|_| counts.compared("matched"));
        (0..mismatched).for_each(|_| counts.compared("mismatched"));
        counts
    }

    fn served(native: &[(u64, bool)], legacy: &[(u64, bool)]) -> Counts {
        let mut counts = Counts::default();
        for (variant, served) in [(Variant::Native, native), (Variant::Legacy, legacy)] {
            for (millis, failed) in served {
                let ended = if *failed { Ended::Failed } else { Ended::Well };
                counts.seen(Seen { variant, took: Some(Duration::from_millis(*millis)), ended, beside: false });
            }
        }
        counts
    }

    fn outcome(counts: &Counts, at: usize) -> Outcome {
        judge(counts, &bounds())[at].outcome
    }

    #[test]
    fn the_interval_is_wilsons() {
        // The first four are those of Newcombe (1998), table I; where all are, it is n / (n + z²).
        for (part, whole, lower) in
            [(81, 263, 0.2553), (15, 148, 0.0624), (0, 20, 0.0), (1, 29, 0.0061), (20, 20, 0.8389)]
        {
            assert!((wilson_lower(part, whole).unwrap() - lower).abs() < 1e-4, "{part}/{whole}");
        }
        assert_eq!(wilson_lower(0, 0), None);
    }

    #[test]
    fn a_few_mismatches_among_too_few_comparisons_say_nothing_and_enough_of_them_do() {
        assert_eq!(outcome(&compared(0, 19), 0), Outcome::Inconclusive);
        assert_eq!(outcome(&compared(0, 20), 0), Outcome::Fail);
        assert_eq!(outcome(&compared(20, 0), 0), Outcome::Pass);
        assert_eq!(outcome(&compared(999, 1), 0), Outcome::Pass);
        assert_eq!(outcome(&compared(19, 1), 0), Outcome::Inconclusive, "one alone");
        assert_eq!(outcome(&compared(18, 2), 0), Outcome::Fail);
        // More than the bound, and it may be chance.
        assert_eq!(outcome(&compared(499, 1), 0), Outcome::Inconclusive);
        assert_eq!(outcome(&compared(997, 9), 0), Outcome::Fail);
    }

    #[test]
    fn errors_count_against_what_is_usual_with_legacy() {
        let (good, bad) = ((1, false), (1, true));
        assert_eq!(outcome(&served(&[bad; 20], &[good; 20]), 1), Outcome::Fail);
        assert_eq!(outcome(&served(&[bad; 20], &[bad; 20]), 1), Outcome::Pass, "no worse than legacy");
        assert_eq!(outcome(&served(&[good; 20], &[]), 1), Outcome::Pass, "nothing fails");
        assert_eq!(outcome(&served(&[bad; 19], &[good; 20]), 1), Outcome::Inconclusive);
        let one_of = |all: usize| [vec![bad], vec![good; all - 1]].concat();
        assert_eq!(outcome(&served(&one_of(20), &[good; 20]), 1), Outcome::Inconclusive, "it may be chance");
    }

    #[test]
    fn a_500_of_a_handler_is_an_error_only_where_legacy_is_there_to_compare_with() {
        let mut counts = served(&[], &[(1, false); 20]);
        let took = Some(Duration::from_millis(1));
        let seen = Seen { variant: Variant::Native, took, ended: Ended::with(500), beside: false };
        (0..20).for_each(|_| counts.seen(seen));
        assert_eq!(outcome(&counts, 1), Outcome::Fail);
        counts.legacy = crate::rollout::counts::Side::default();
        assert_eq!(outcome(&counts, 1), Outcome::Pass, "legacy may say so too");
    }

    #[test]
    fn a_slow_handler_is_one_that_is_slow_by_ratio_and_by_what_can_be_felt() {
        let all = |millis: u64| vec![(millis, false); 100];
        assert_eq!(outcome(&served(&all(300), &all(100)), 2), Outcome::Fail);
        assert_eq!(outcome(&served(&all(110), &all(100)), 2), Outcome::Pass);
        assert_eq!(outcome(&served(&all(20), &all(1)), 2), Outcome::Pass, "nobody feels 19 ms");
        assert_eq!(outcome(&served(&all(300), &[]), 2), Outcome::Inconclusive, "there is nothing to compare with");
        let mixed = [vec![(300, false); 6], vec![(100, false); 94]].concat();
        assert_eq!(outcome(&served(&mixed, &all(100)), 2), Outcome::Inconclusive, "6 % may be chance");
        let off = Guardrails { p95_ratio: None, ..bounds() };
        assert_eq!(judge(&served(&all(300), &all(1)), &off)[2].outcome, Outcome::Off);
    }

    #[test]
    fn what_was_found_is_said_in_a_sentence() {
        let counts = served(&[(10, false), (120, true)], &[(5, false)]);
        let said = judge(&counts, &bounds()).map(|finding| format!("{}: {}", finding.guardrail.as_str(), finding.text));
        insta::assert_snapshot!(said.join("\n"));
    }

    proptest! {
        #[test]
        fn the_lower_end_is_below_the_share_and_rises_with_it(part in 0_u64..500, more in 0_u64..500) {
            let whole = part + more;
            prop_assume!(whole > 0);
            let lower = wilson_lower(part, whole).unwrap();
            prop_assert!((0.0..=1.0).contains(&lower));
            prop_assert!(lower <= ratio(part, whole).unwrap());
            prop_assert!(lower <= wilson_lower(part + 1, whole + 1).unwrap());
        }
    }
}
