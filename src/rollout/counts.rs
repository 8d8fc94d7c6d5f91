//! What was seen of a route: comparisons by verdict, and of both variants requests, errors and latencies.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::histogram::Histogram;
use crate::{flags::Variant, parity::Verdict};

/// One variant.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Side {
    /// Requests that it was to answer.
    pub requests: u64,
    /// Those of them that were users' own, and not asked beside for a comparison.
    pub served: u64,
    /// Those it failed: no answer, or one of the 500s.
    pub errors: u64,
    /// Those of them that had no answer. Some 500s are what legacy says to some requests, and a handler that says so too is
    /// right.
    pub failures: u64,
    /// How long its answers took.
    pub latency: Histogram,
}

/// What one request says about a variant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    /// Which.
    pub variant: Variant,
    /// How long it took until there was an answer; none if there was none.
    pub took: Option<Duration>,
    /// How it ended.
    pub ended: Ended,
    /// Whether it was asked beside another, for a comparison.
    pub beside: bool,
}

/// How a request ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// With an answer.
    Well,
    /// With one of the 500s.
    Error,
    /// With no answer of its own.
    Failed,
}

impl Ended {
    /// By the status of an answer.
    #[must_use]
    pub fn with(status: u16) -> Self {
        if status < 500 { Self::Well } else { Self::Error }
    }
}

impl Side {
    fn count(&mut self, seen: Seen) {
        more(&mut self.requests, 1);
        more(&mut self.served, u64::from(!seen.beside));
        more(&mut self.errors, u64::from(seen.ended != Ended::Well));
        more(&mut self.failures, u64::from(seen.ended == Ended::Failed));
        if let Some(took) = seen.took {
            self.latency.record(took);
        }
    }

    fn add(&mut self, other: &Self) {
        more(&mut self.requests, other.requests);
        more(&mut self.served, other.served);
        more(&mut self.errors, other.errors);
        more(&mut self.failures, other.failures);
        self.latency.add(&other.latency);
    }

    /// Share of errors, 0 of none.
    #[must_use]
    pub fn error_rate(&self) -> f64 {
        ratio(self.errors, self.requests).unwrap_or(0.0)
    }

    /// As the admin API shows it.
    #[must_use]
    pub fn shown(&self) -> Value {
        let millis = |share| self.latency.quantile(share).map(|took| (took.as_secs_f64() * 1e5).round() / 100.0);
        json!({
            "requests": self.requests, "served": self.served, "errors": self.errors,
            "p50_ms": millis(0.5), "p95_ms": millis(0.95), "p99_ms": millis(0.99),
        })
    }
}

/// All of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Counts {
    /// Comparisons, in the order of [`Verdict::WORDS`].
    verdicts: [u64; Verdict::WORDS.len()],
    /// Legacy.
    pub legacy: Side,
    /// The handler.
    pub native: Side,
}

impl Counts {
    /// Counts a request.
    pub fn seen(&mut self, seen: Seen) {
        match seen.variant {
            Variant::Legacy => self.legacy.count(seen),
            Variant::Native => self.native.count(seen),
        }
    }

    /// Counts a comparison, by the word of its verdict.
    pub fn compared(&mut self, word: &str) {
        if let Some(at) = Verdict::WORDS.iter().position(|known| *known == word) {
            more(&mut self.verdicts[at], 1);
        }
    }

    /// Adds another's.
    pub fn add(&mut self, other: &Self) {
        for (count, others) in self.verdicts.iter_mut().zip(&other.verdicts) {
            more(count, *others);
        }
        self.legacy.add(&other.legacy);
        self.native.add(&other.native);
    }

    /// Comparisons with this verdict.
    #[must_use]
    pub fn verdict(&self, word: &str) -> u64 {
        Verdict::WORDS.iter().zip(&self.verdicts).find(|(known, _)| **known == word).map_or(0, |(_, count)| *count)
    }

    /// Comparisons of two answers that say something: equal, equal under the rules, or different.
    #[must_use]
    pub fn judged(&self) -> u64 {
        ["matched", "ignored", "mismatched"].iter().map(|word| self.verdict(word)).fold(0, u64::saturating_add)
    }

    /// Comparisons in which the handler was to answer, and did or failed.
    #[must_use]
    pub fn tried(&self) -> u64 {
        self.judged().saturating_add(self.verdict("handler failed"))
    }

    /// The share of those that were right.
    #[must_use]
    pub fn match_rate(&self) -> Option<f64> {
        ratio(self.verdict("matched").saturating_add(self.verdict("ignored")), self.tried())
    }

    /// Comparisons by verdict.
    #[must_use]
    pub fn verdicts(&self) -> Value {
        let pairs = Verdict::WORDS.iter().zip(&self.verdicts);
        Value::Object(pairs.map(|(word, count)| ((*word).to_owned(), json!(count))).collect())
    }

    /// As the admin API shows it, without latencies one by one.
    #[must_use]
    pub fn shown(&self) -> Value {
        json!({
            "verdicts": self.verdicts(), "match_rate": self.match_rate(),
            "legacy": self.legacy.shown(), "native": self.native.shown(),
        })
    }
}

/// Counts so many more. Some of the counts come from a file, which may say anything.
fn more(count: &mut u64, by: u64) {
    *count = count.saturating_add(by);
}

/// A share; none of none.
#[must_use]
#[allow(clippy::cast_precision_loss, reason = "counts below 2^52")]
pub fn ratio(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_variants_and_all_verdicts_are_counted_and_added() {
        let mut counts = Counts::default();
        for word in ["matched", "matched", "ignored", "mismatched", "noise", "handler failed", "unheard of"] {
            counts.compared(word);
        }
        let seen = |variant, ended| Seen { variant, ended, took: Some(Duration::from_millis(1)), beside: true };
        counts.seen(seen(Variant::Native, Ended::with(542)));
        counts.seen(seen(Variant::Native, Ended::Failed));
        counts.seen(seen(Variant::Native, Ended::with(404)));
        counts.seen(seen(Variant::Legacy, Ended::Well));
        let mut twice = counts.clone();
        twice.add(&counts);
        assert_eq!((twice.judged(), twice.tried(), twice.verdict("noise")), (8, 10, 2));
        assert_eq!(twice.match_rate(), Some(0.6));
        assert_eq!((twice.native.requests, twice.native.errors, twice.native.failures), (6, 4, 2));
        assert_eq!((twice.legacy.requests, twice.legacy.errors, twice.legacy.served), (2, 0, 0));
    }

    #[test]
    fn counts_stop_at_the_largest_whatever_a_file_says() {
        let full = json!({"requests": u64::MAX, "served": u64::MAX, "errors": u64::MAX, "failures": u64::MAX, "latency": [[3, u32::MAX]]});
        let verdicts = [u64::MAX; Verdict::WORDS.len()];
        let kept = json!({"verdicts": verdicts, "legacy": full, "native": full});
        let mut counts: Counts = serde_json::from_value(kept).unwrap();
        let before = counts.clone();
        counts.seen(Seen {
            variant: Variant::Native,
            ended: Ended::Failed,
            took: Some(Duration::from_micros(3)),
            beside: false,
        });
        counts.compared("matched");
        counts.add(&before);
        assert_eq!(counts, before);
        assert_eq!((counts.judged(), counts.tried(), counts.match_rate()), (u64::MAX, u64::MAX, Some(1.0)));
        assert!(counts.shown().is_object());
    }
}
