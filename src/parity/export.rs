//! Samples of online comparisons as HAR entries, which can be opened, and asked again.

use super::{evidence::Sample, har::Entry};

/// A sample with both its answers: what was expected is the response, what came instead stands beside it as `_native`.
#[must_use]
pub fn entry(sample: &Sample) -> Entry {
    let exchange = &sample.exchange;
    let expected = exchange.expected.clone().ok_or_else(|| "nothing was expected".to_owned());
    let mut entry = Entry::new(exchange.at, exchange.request.clone(), expected);
    entry.native.clone_from(&exchange.actual);
    entry.note("_route", sample.route.as_str());
    entry.note("_mode", exchange.mode.as_str());
    entry.note("_verdict", sample.verdict.as_str());
    entry.note("_sample", sample.id);
    entry.note("_version", exchange.version.as_str());
    let told: Vec<String> = sample
        .verdict
        .differences()
        .iter()
        .map(|difference| {
            let (kind, path) = (difference.kind, &difference.path);
            format!("{kind} {path}: {} → {}", difference.expected, difference.actual)
        })
        .collect();
    entry.comment = Some(format!("{}: {}", sample.verdict.as_str(), told.join("; ")));
    entry
}
