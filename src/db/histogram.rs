//! Durations counted in fixed buckets: a few atomic additions, no lock.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

/// Upper bounds in microseconds, inclusive; a last bucket takes the rest.
const BOUNDS: [u64; 16] =
    [10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 500_000, 1_000_000, 5_000_000];

/// Counts durations.
#[derive(Debug, Default)]
pub(crate) struct Histogram {
    buckets: [AtomicU64; BOUNDS.len() + 1],
    micros: AtomicU64,
}

impl Histogram {
    pub(crate) fn record(&self, duration: Duration) {
        let micros = u64::try_from(duration.as_micros()).unwrap_or(u64::MAX);
        let at = BOUNDS.partition_point(|bound| *bound < micros);
        self.buckets[at].fetch_add(1, Ordering::Relaxed);
        self.micros.fetch_add(micros, Ordering::Relaxed);
    }

    pub(crate) fn recorded(&self) -> Recorded {
        Recorded {
            buckets: self.buckets.each_ref().map(|count| count.load(Ordering::Relaxed)),
            sum: Duration::from_micros(self.micros.load(Ordering::Relaxed)),
        }
    }
}

/// Counted durations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    buckets: [u64; BOUNDS.len() + 1],
    /// All of them together.
    pub sum: Duration,
}

impl Recorded {
    /// How many.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.buckets.iter().sum()
    }

    /// Each bucket's inclusive upper bound, none for the last, and its own count (not cumulative).
    pub fn buckets(&self) -> impl Iterator<Item = (Option<Duration>, u64)> {
        let bounds = BOUNDS.iter().map(|micros| Some(Duration::from_micros(*micros))).chain([None]);
        bounds.zip(self.buckets)
    }

    /// The bound below which a share (0 to 1) of them lies: exact to the bucket. `None` when there are none, or when it
    /// lies in the last bucket, which has no bound.
    #[must_use]
    #[allow(clippy::cast_precision_loss, reason = "counts below 2^52")]
    pub fn quantile(&self, share: f64) -> Option<Duration> {
        let wanted = self.count() as f64 * share;
        let mut seen = 0;
        self.buckets().find_map(|(bound, count)| {
            seen += count;
            (count > 0 && seen as f64 >= wanted).then_some(bound)
        })?
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_fall_into_the_bucket_whose_bound_holds_them() {
        let histogram = Histogram::default();
        for micros in [0, 10, 11, 1_000, 1_001, 6_000_000] {
            histogram.record(Duration::from_micros(micros));
        }
        let recorded = histogram.recorded();
        let of = |micros: u64| recorded.buckets().find(|(b, _)| *b == Some(Duration::from_micros(micros))).unwrap().1;
        assert_eq!([of(10), of(25), of(1_000), of(2_500), of(5_000_000)], [2, 1, 1, 1, 0]);
        assert_eq!((recorded.buckets().last().unwrap(), recorded.count()), ((None, 1), 6));
        assert_eq!(recorded.sum, Duration::from_micros(6_002_022));
    }

    #[test]
    fn a_quantile_is_the_bound_of_its_bucket() {
        let histogram = Histogram::default();
        assert_eq!(histogram.recorded().quantile(0.5), None);
        for micros in [5, 5, 5, 400] {
            histogram.record(Duration::from_micros(micros));
        }
        let recorded = histogram.recorded();
        assert_eq!(recorded.quantile(0.5), Some(Duration::from_micros(10)));
        assert_eq!(recorded.quantile(0.99), Some(Duration::from_micros(500)));
    }
}
