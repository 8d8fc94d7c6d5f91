//! Latencies, and what is said of them.

use std::time::Duration;

use serde::Serialize;

/// Nanoseconds of every read of one task; none is left out or rounded.
#[derive(Debug, Default)]
pub struct Latencies(Vec<u64>);

impl Latencies {
    /// Adds one.
    pub fn record(&mut self, latency: Duration) {
        self.0.push(u64::try_from(latency.as_nanos()).unwrap_or(u64::MAX));
    }

    /// Adds another task's.
    pub fn merge(&mut self, other: Self) {
        self.0.extend(other.0);
    }
}

/// One round of reads.
#[derive(Debug, Serialize)]
pub struct Summary {
    /// How many reads.
    pub reads: usize,
    /// How long the round took.
    pub seconds: f64,
    /// Reads per second.
    pub per_second: f64,
    /// Microseconds of a read: mean, median, 99th percentile, worst.
    pub mean_us: f64,
    /// Median.
    pub p50_us: f64,
    /// 99th percentile.
    pub p99_us: f64,
    /// 99.9th percentile.
    pub p999_us: f64,
    /// Worst.
    pub max_us: f64,
}

impl Summary {
    /// Sums up a round.
    #[must_use]
    #[allow(clippy::cast_precision_loss, reason = "no round counts 2^52 of anything")]
    pub fn new(latencies: Latencies, took: Duration) -> Self {
        let mut nanos = latencies.0;
        nanos.sort_unstable();
        let reads = nanos.len();
        let micros = |nanos: u64| nanos as f64 / 1_000.0;
        // Nearest rank: the smallest that is no less than that share of all.
        let permille = |share: usize| {
            let rank = (reads * share).div_ceil(1000).max(1);
            nanos.get(rank - 1).copied().map_or(0.0, micros)
        };
        Self {
            reads,
            seconds: took.as_secs_f64(),
            per_second: reads as f64 / took.as_secs_f64(),
            mean_us: micros(nanos.iter().sum()) / reads.max(1) as f64,
            p50_us: permille(500),
            p99_us: permille(990),
            p999_us: permille(999),
            max_us: permille(1000),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_nearest_ranks() {
        let mut latencies = Latencies::default();
        for micros in (1..=200).rev() {
            latencies.record(Duration::from_micros(micros));
        }
        let summary = Summary::new(latencies, Duration::from_secs(2));
        assert_eq!((summary.reads, summary.per_second), (200, 100.0));
        assert_eq!((summary.mean_us, summary.p50_us), (100.5, 100.0));
        assert_eq!((summary.p99_us, summary.p999_us, summary.max_us), (198.0, 200.0, 200.0));
    }

    #[test]
    fn a_round_without_reads_is_no_fault() {
        let summary = Summary::new(Latencies::default(), Duration::from_secs(1));
        assert_eq!((summary.reads, summary.mean_us, summary.max_us), (0, 0.0, 0.0));
    }
}
