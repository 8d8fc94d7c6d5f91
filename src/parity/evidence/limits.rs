//! The bounds of evidence: in memory, in the file, and of what waits in between.

use std::time::Duration;

/// Bounds. Whatever is beyond one of them is still counted, under the name `…`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Samples kept of one place of a route: the first, and the latest.
    pub samples_per_place: u32,
    /// Samples kept in all.
    pub samples: u32,
    /// Bytes of all samples kept, as they are stored.
    pub bytes: u64,
    /// Routes that are told apart.
    pub routes: u32,
    /// Places that are told apart, in all.
    pub places: u32,
    /// Places that are told apart on one route: of differences this many, and of noise as many again.
    pub places_per_route: u32,
    /// Samples that may wait for the file.
    pub queue: usize,
    /// How often the latest sample of a place that has enough of them is replaced, at most, for callers that ask
    /// [`wants_sample`](super::Evidence::wants_sample).
    pub refresh: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            samples_per_place: 5,
            samples: 1000,
            bytes: 64 << 20,
            routes: 1000,
            places: 10_000,
            places_per_route: 200,
            queue: 256,
            refresh: Duration::from_secs(60),
        }
    }
}

/// Bytes of a path, a reason, a rule or a route's name that are kept.
pub(super) const TEXT: usize = 300;
/// Different reasons that are told apart, per route and verdict.
pub(super) const REASONS: usize = 12;
/// Different rules that are counted, per route.
pub(super) const RULES: usize = 100;
/// Differences stored with a sample.
pub(super) const DIFFERENCES: usize = 200;
/// Largest body that is read back, in bytes: what claims to inflate to more is damaged.
pub(super) const BODY: u64 = 256 << 20;

/// What is counted together because its own name is beyond a bound.
pub const REST: &str = "…";

/// Bytes of a page of the file.
pub(super) const PAGE: u64 = 4096;

impl Limits {
    /// Bytes of one sample, as it is stored.
    pub(super) fn sample_bytes(&self) -> u64 {
        self.bytes / 8
    }

    /// Bytes of all samples that wait for the file, before they are deflated.
    pub(super) fn waiting_bytes(&self) -> u64 {
        (self.bytes / 4).min(BODY)
    }

    /// Pages of the file, which `SQLite` enforces: the samples, each with pages begun; the counts; and the trees above.
    pub(super) fn pages(&self) -> i64 {
        let samples = self.bytes + u64::from(self.samples) * 2 * PAGE;
        let text = TEXT as u64;
        let places = (u64::from(self.places) + 20 * u64::from(self.routes)) * (2 * text + 100);
        // What the rollout keeps of a route takes two pages at most.
        let routes = u64::from(self.routes) * (text * (3 * REASONS + RULES) as u64 + 3 * PAGE);
        i64::try_from((samples + places + routes) / PAGE * 5 / 4 + 256).unwrap_or(i64::MAX)
    }
}

/// A text cut to what is kept of it.
pub(super) fn cut(text: &str) -> String {
    if text.len() <= TEXT {
        return text.to_owned();
    }
    let mut end = TEXT - REST.len();
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}{REST}", &text[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_between_characters() {
        assert_eq!(cut("short"), "short");
        for long in ["ü".repeat(1000), "x".repeat(301), "€".repeat(200)] {
            let cut = cut(&long);
            assert!(cut.len() <= TEXT && cut.len() > TEXT - 8 && cut.ends_with(REST), "{cut}");
        }
    }
}
