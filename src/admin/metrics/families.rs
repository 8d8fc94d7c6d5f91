//! Families of metrics and their samples.

use std::fmt;

use prometheus_client::{
    encoding::{DescriptorEncoder, EncodeGaugeValue, MetricEncoder, NoLabelSet},
    metrics::MetricType,
};

use crate::db::histogram::Recorded;

/// Names and values of the labels of one sample.
pub(super) type Labels<'a, const N: usize> = [(&'static str, &'a str); N];

/// What families are written to. Counters are named without their `_total`.
pub(super) struct Families<'a>(DescriptorEncoder<'a>);

impl<'a> Families<'a> {
    pub(super) fn new(encoder: DescriptorEncoder<'a>) -> Self {
        Self(encoder)
    }

    /// One counter without labels.
    pub(super) fn counter(&mut self, name: &str, help: &str, value: u64) -> fmt::Result {
        self.counters(name, help, [([], value)])
    }

    /// Counters with labels.
    pub(super) fn counters<'l, const N: usize>(
        &mut self,
        name: &str,
        help: &str,
        samples: impl IntoIterator<Item = (Labels<'l, N>, u64)>,
    ) -> fmt::Result {
        let mut family = self.0.encode_descriptor(name, help, None, MetricType::Counter)?;
        for (labels, value) in samples {
            each(&mut family, &labels, |metric| metric.encode_counter::<NoLabelSet, u64, u64>(&value, None))?;
        }
        Ok(())
    }

    /// A counter of seconds, which is named with its unit.
    pub(super) fn seconds(&mut self, name: &str, help: &str, value: f64) -> fmt::Result {
        let name = format!("{name}_seconds");
        self.0
            .encode_descriptor(&name, help, None, MetricType::Counter)?
            .encode_counter::<NoLabelSet, f64, u64>(&value, None)
    }

    /// One gauge without labels.
    pub(super) fn gauge(&mut self, name: &str, help: &str, value: impl EncodeGaugeValue) -> fmt::Result {
        self.gauges(name, help, [([], value)])
    }

    /// Gauges with labels.
    pub(super) fn gauges<'l, const N: usize, V: EncodeGaugeValue>(
        &mut self,
        name: &str,
        help: &str,
        samples: impl IntoIterator<Item = (Labels<'l, N>, V)>,
    ) -> fmt::Result {
        let mut family = self.0.encode_descriptor(name, help, None, MetricType::Gauge)?;
        for (labels, value) in samples {
            each(&mut family, &labels, |metric| metric.encode_gauge(&value))?;
        }
        Ok(())
    }

    /// Histograms of durations, in seconds.
    pub(super) fn durations<'l, const N: usize>(
        &mut self,
        name: &str,
        help: &str,
        samples: impl IntoIterator<Item = (Labels<'l, N>, Recorded)>,
    ) -> fmt::Result {
        let mut family = self.0.encode_descriptor(name, help, None, MetricType::Histogram)?;
        for (labels, recorded) in samples {
            let bound = |bound: Option<std::time::Duration>| bound.map_or(f64::INFINITY, |bound| bound.as_secs_f64());
            let buckets: Vec<(f64, u64)> = recorded.buckets().map(|(upper, count)| (bound(upper), count)).collect();
            let (sum, count) = (recorded.sum.as_secs_f64(), recorded.count());
            each(&mut family, &labels, |metric| metric.encode_histogram::<NoLabelSet>(sum, count, &buckets, None))?;
        }
        Ok(())
    }

    /// What does not change while the bridge runs, as labels.
    pub(super) fn info<const N: usize>(&mut self, name: &str, help: &str, labels: Labels<'_, N>) -> fmt::Result {
        self.0.encode_descriptor(name, help, None, MetricType::Info)?.encode_info(&labels)
    }
}

/// One sample, with its labels if it has any.
fn each<const N: usize>(
    family: &mut MetricEncoder<'_>,
    labels: &Labels<'_, N>,
    encode: impl Fn(&mut MetricEncoder<'_>) -> fmt::Result,
) -> fmt::Result {
    if N == 0 { encode(family) } else { encode(&mut family.encode_family(labels)?) }
}
