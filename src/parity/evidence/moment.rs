//! Moments in the file: milliseconds since 1970.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Before 1970 is 1970.
pub(super) fn to_millis(moment: SystemTime) -> i64 {
    let since = moment.duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// What no clock can hold is 1970.
pub(super) fn from_millis(millis: i64) -> SystemTime {
    let since = Duration::from_millis(u64::try_from(millis).unwrap_or_default());
    UNIX_EPOCH.checked_add(since).unwrap_or(UNIX_EPOCH)
}

/// A count, as `SQLite` holds it.
pub(super) fn to_row(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// A count that was held by `SQLite`.
pub(super) fn from_row(count: i64) -> u64 {
    u64::try_from(count).unwrap_or_default()
}
