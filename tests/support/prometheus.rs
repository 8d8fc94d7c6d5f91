//! A strict reader of the text format of `OpenMetrics` 1.0, as far as the bridge uses it.

use std::collections::{BTreeMap, BTreeSet};

/// One sample: its name, its labels, its value.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    pub name: String,
    pub labels: BTreeMap<String, String>,
    pub value: f64,
}

/// Reads a whole text. Panics at what Prometheus would refuse, or its conventions do not allow.
pub fn read(text: &str) -> Vec<Sample> {
    let body = text.strip_suffix("# EOF\n").expect("it ends with the mark of its end");
    let (mut samples, mut seen, mut families) = (Vec::new(), BTreeSet::new(), BTreeSet::new());
    let mut family: Option<(String, String)> = None;
    let mut helped = None;
    for line in body.lines() {
        if let Some(rest) = line.strip_prefix("# HELP ") {
            let (name, help) = rest.split_once(' ').expect(line);
            assert!(!help.is_empty(), "{line}");
            helped = Some(name.to_owned());
        } else if let Some(rest) = line.strip_prefix("# TYPE ") {
            let (name, kind) = rest.split_once(' ').expect(line);
            assert!(["counter", "gauge", "histogram", "info"].contains(&kind), "{line}");
            assert_eq!(helped.take().as_deref(), Some(name), "a family has one HELP before its TYPE: {line}");
            assert!(families.insert(name.to_owned()), "a family is there once: {line}");
            assert_is_name(name);
            assert!(name.starts_with("cutover_") || name.starts_with("process_"), "{line}");
            let base = ["_ms", "_micros", "_milliseconds", "_kilobytes", "_minutes"];
            assert!(!base.iter().any(|unit| name.ends_with(unit)), "base units: {line}");
            assert!(!name.ends_with("_total") && !name.ends_with("_info"), "the suffix is the sample's: {line}");
            family = Some((name.to_owned(), kind.to_owned()));
        } else {
            let sample = sample(line);
            let (of, kind) = family.as_ref().expect("a sample is of a family");
            let suffix = sample.name.strip_prefix(of.as_str()).unwrap_or_else(|| panic!("{line} is not of {of}"));
            let suffixes: &[&str] = match kind.as_str() {
                "counter" => &["_total"],
                "gauge" => &[""],
                "info" => &["_info"],
                _ => &["_sum", "_count", "_bucket"],
            };
            assert!(suffixes.contains(&suffix), "{kind} {line}");
            assert!(sample.value >= 0.0, "{line}");
            assert!(seen.insert(format!("{} {:?}", sample.name, sample.labels)), "a sample is there once: {line}");
            samples.push(sample);
        }
    }
    assert_histograms(&samples);
    samples
}

fn sample(line: &str) -> Sample {
    let at = line.find(['{', ' ']).expect(line);
    let (name, rest) = line.split_at(at);
    assert_is_name(name);
    let mut labels = BTreeMap::new();
    let value = match rest.strip_prefix('{') {
        None => rest,
        Some(mut inner) => loop {
            let (label, tail) = inner.split_once("=\"").expect(line);
            assert_is_name(label);
            let end = tail.find('"').expect(line);
            assert!(!tail[..end].contains('\\'), "none of our labels needs an escape: {line}");
            assert!(labels.insert(label.to_owned(), tail[..end].to_owned()).is_none(), "{line}");
            match tail[end + 1..].strip_prefix(',') {
                Some(more) => inner = more,
                None => break tail[end + 1..].strip_prefix('}').expect(line),
            }
        },
    };
    let value = value.strip_prefix(' ').expect(line).parse().expect(line);
    Sample { name: name.to_owned(), labels, value }
}

fn assert_is_name(name: &str) {
    let first = name.starts_with(|c: char| c.is_ascii_lowercase());
    assert!(first && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_'), "{name}");
}

/// Buckets grow, and the last of them is all.
fn assert_histograms(samples: &[Sample]) {
    let mut buckets: BTreeMap<String, Vec<(f64, f64)>> = BTreeMap::new();
    for sample in samples.iter().filter(|sample| sample.name.ends_with("_bucket")) {
        let mut labels = sample.labels.clone();
        let bound: f64 = labels.remove("le").expect("a bucket has its bound").parse().unwrap();
        let name = sample.name.strip_suffix("_bucket").unwrap();
        buckets.entry(format!("{name} {labels:?}")).or_default().push((bound, sample.value));
    }
    for sample in samples.iter().filter(|sample| sample.name.ends_with("_count")) {
        let name = sample.name.strip_suffix("_count").unwrap();
        let buckets = &buckets[&format!("{name} {:?}", sample.labels)];
        assert!(buckets.is_sorted_by(|one, next| one.0 < next.0 && one.1 <= next.1), "{buckets:?}");
        assert_eq!(*buckets.last().unwrap(), (f64::INFINITY, sample.value), "{sample:?}");
    }
}

/// The value of the one sample of this name with these labels among its own.
pub fn value(samples: &[Sample], name: &str, labels: &[(&str, &str)]) -> f64 {
    let has = |sample: &&Sample| {
        sample.name == name && labels.iter().all(|(name, value)| sample.labels.get(*name).is_some_and(|v| v == value))
    };
    let found: Vec<&Sample> = samples.iter().filter(has).collect();
    assert_eq!(found.len(), 1, "{name} {labels:?}: {found:?}");
    found[0].value
}
