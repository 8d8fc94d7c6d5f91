//! Nanoseconds of the monotonic clock. It is one clock for all processes of the machine, and the one that Python calls
//! `time.monotonic_ns`.

use rustix::time::{ClockId, clock_gettime};

/// Now.
#[must_use]
pub fn now_ns() -> u64 {
    let now = clock_gettime(ClockId::Monotonic);
    u64::try_from(now.tv_sec).unwrap_or_default() * 1_000_000_000 + u64::try_from(now.tv_nsec).unwrap_or_default()
}
