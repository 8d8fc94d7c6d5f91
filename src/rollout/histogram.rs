//! How long requests took: counts in buckets that are a quarter of a power of two wide, so that a share of them is
//! known to within a fifth or so, whatever its size.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Buckets; the last one takes all from 134 s on.
pub const BUCKETS: usize = 104;

/// Counted durations.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Sparse", into = "Sparse")]
pub struct Histogram {
    counts: [u32; BUCKETS],
}

impl Default for Histogram {
    fn default() -> Self {
        Self { counts: [0; BUCKETS] }
    }
}

/// The lower bound of a bucket, in microseconds. Buckets 0 to 3 are a microsecond wide.
const fn floor(bucket: usize) -> u64 {
    let (octave, quarter) = (bucket / 4, (bucket % 4) as u64);
    if octave == 0 { quarter } else { (4 + quarter) << (octave - 1) }
}

fn bucket(micros: u64) -> usize {
    if micros < 4 {
        return usize::try_from(micros).unwrap_or(0);
    }
    let octave = micros.ilog2() as usize - 1;
    let quarter = usize::try_from(micros >> (octave - 1) & 3).unwrap_or(0);
    (octave * 4 + quarter).min(BUCKETS - 1)
}

impl Histogram {
    /// Counts one.
    pub fn record(&mut self, took: Duration) {
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        let count = &mut self.counts[bucket(micros)];
        *count = count.saturating_add(1);
    }

    /// Adds another's counts.
    pub fn add(&mut self, other: &Self) {
        for (count, more) in self.counts.iter_mut().zip(&other.counts) {
            *count = count.saturating_add(*more);
        }
    }

    /// How many.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.counts.iter().map(|count| u64::from(*count)).sum()
    }

    /// The time within which a share (0 to 1) of them was done, drawn evenly within its bucket; none of none.
    #[must_use]
    #[allow(clippy::cast_precision_loss, reason = "counts below 2^52")]
    pub fn quantile(&self, share: f64) -> Option<Duration> {
        let wanted = self.count() as f64 * share;
        let mut before = 0.0;
        for (bucket, count) in self.counts.iter().enumerate().filter(|(_, count)| **count > 0) {
            let count = f64::from(*count);
            if before + count >= wanted {
                let (low, high) = (floor(bucket) as f64, floor(bucket + 1) as f64);
                let within = ((wanted - before) / count).clamp(0.0, 1.0);
                return Some(Duration::from_secs_f64((low + (high - low) * within) / 1e6));
            }
            before += count;
        }
        None
    }

    /// How many surely took longer: those in the bucket of the bound itself are taken for shorter.
    #[must_use]
    pub fn above(&self, bound: Duration) -> u64 {
        let at = bucket(u64::try_from(bound.as_micros()).unwrap_or(u64::MAX));
        self.counts[at + 1..].iter().map(|count| u64::from(*count)).sum()
    }

    /// Upper bounds of the buckets in milliseconds, and the counts; one count more than bounds, for the rest.
    #[must_use]
    #[allow(clippy::cast_precision_loss, reason = "bounds below 2^52")]
    pub fn drawn(&self) -> (Vec<f64>, Vec<u64>) {
        // Half an octave a bar: as fine as an eye can use.
        let bars = self.counts.chunks(2).map(|pair| pair.iter().map(|count| u64::from(*count)).sum());
        let bounds = (1..BUCKETS / 2).map(|bar| floor(bar * 2) as f64 / 1000.0);
        (bounds.collect(), bars.collect())
    }
}

/// As it is kept: the buckets that have something in them.
#[derive(Serialize, Deserialize)]
struct Sparse(Vec<(usize, u32)>);

impl From<Histogram> for Sparse {
    fn from(histogram: Histogram) -> Self {
        Self(histogram.counts.into_iter().enumerate().filter(|(_, count)| *count > 0).collect())
    }
}

impl From<Sparse> for Histogram {
    fn from(Sparse(pairs): Sparse) -> Self {
        let mut histogram = Self::default();
        for (bucket, count) in pairs.into_iter().filter(|(bucket, _)| *bucket < BUCKETS) {
            histogram.counts[bucket] = count;
        }
        histogram
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(micros: &[u64]) -> Histogram {
        let mut histogram = Histogram::default();
        for micros in micros {
            histogram.record(Duration::from_micros(*micros));
        }
        histogram
    }

    proptest! {
        #[test]
        fn a_duration_is_within_its_bucket(micros in 0_u64..1 << 27) {
            let at = bucket(micros);
            prop_assert!(floor(at) <= micros, "{at} {}", floor(at));
            prop_assert!(at == BUCKETS - 1 || micros < floor(at + 1), "{at} {}", floor(at + 1));
        }

        #[test]
        fn a_quantile_is_off_by_a_bucket_at_most(mut all in prop::collection::vec(1_u64..10_000_000, 1..200), share in 0.0_f64..1.0) {
            let found = of(&all).quantile(share).unwrap();
            all.sort_unstable();
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)]
            let at = ((all.len() as f64 * share).ceil() as usize).clamp(1, all.len()) - 1;
            let true_bucket = bucket(all[at]);
            let micros = found.as_secs_f64() * 1e6;
            #[allow(clippy::cast_precision_loss)]
            let (low, high) = (floor(true_bucket) as f64, floor(true_bucket + 1) as f64);
            prop_assert!(micros >= low - 0.01 && micros <= high + 0.01, "{micros} not in {low}..{high}");
        }

        #[test]
        fn what_is_kept_of_it_is_all_of_it(all in prop::collection::vec(any::<u64>(), 0..50)) {
            let histogram = of(&all);
            let text = serde_json::to_string(&histogram).unwrap();
            prop_assert_eq!(serde_json::from_str::<Histogram>(&text).unwrap(), histogram);
        }
    }

    #[test]
    fn what_is_above_a_bound_is_surely_above_it() {
        let histogram = of(&[100, 100, 1000, 1100, 5000]);
        assert_eq!(histogram.above(Duration::from_millis(1)), 2);
        assert_eq!(histogram.above(Duration::from_micros(1050)), 1, "1100 is in the bucket of the bound");
        assert_eq!(histogram.above(Duration::from_micros(50)), 5);
        assert_eq!(histogram.above(Duration::from_secs(1000)), 0);
        let (bounds, counts) = histogram.drawn();
        assert_eq!((bounds.len() + 1, counts.iter().sum::<u64>()), (counts.len(), 5));
    }
}
