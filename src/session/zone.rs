//! The time zone of a process, as far as it can be told: by the hour, over the years that there are transactions. What legacy
//! puts on a day depends on it, and only the package inside legacy can say which one it is.

use serde::Deserialize;

/// The offset from Greenwich in seconds at the beginning, and each one that comes later, with the first full hour at which
/// it holds.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
pub struct Zone(Vec<(i64, i64)>);

impl Zone {
    /// The beginning of 2015 and that of 2038, in seconds since 1970.
    pub const YEARS: std::ops::Range<i64> = 1_420_070_400..2_145_916_800;
    /// How far apart the moments are at which it is looked at.
    pub const STEP: i64 = 3600;

    /// A zone by its offsets, one for each [`Zone::STEP`] of [`Zone::YEARS`].
    #[must_use]
    pub fn of(offsets: impl IntoIterator<Item = (i64, i64)>) -> Self {
        let mut changes: Vec<(i64, i64)> = Vec::new();
        for (at, offset) in offsets {
            if changes.last().is_none_or(|(_, last)| *last != offset) {
                changes.push((at, offset));
            }
        }
        Self(changes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zone_is_its_changes() {
        let said: Zone = serde_json::from_str("[[0, 3600], [7200, 0]]").unwrap();
        assert_eq!(Zone::of([(0, 3600), (3600, 3600), (7200, 0), (10_800, 0)]), said);
        assert_ne!(Zone::of([(0, 3600), (3600, 0)]), said);
    }
}
