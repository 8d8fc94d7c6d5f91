//! How long before a retry, and what a service says about that.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::{HeaderMap, StatusCode, header::RETRY_AFTER};
use rand::RngExt as _;

use super::service::Limits;

/// The longest that a service is left alone because it says so.
const LONGEST: Duration = Duration::from_secs(3600);

/// The pause before the retry after so many tries: doubled with each, and any part of that, so that those who failed
/// together do not come back together ("full jitter").
#[must_use]
pub fn backoff(limits: &Limits, tries: u32) -> Duration {
    rand::rng().random_range(Duration::ZERO..=bound(limits, tries))
}

fn bound(limits: &Limits, tries: u32) -> Duration {
    let factor = 2_u32.saturating_pow(tries.saturating_sub(1));
    limits.pause.saturating_mul(factor).min(limits.longest_pause)
}

/// Whether a retry may find another status: too many questions, or something in front of the server has no answer of it
/// just now. A 500 is the server's own, and mostly stays.
#[must_use]
pub fn is_transient(status: StatusCode) -> bool {
    matches!(status.as_u16(), 429 | 502 | 503 | 504)
}

/// For how long the service wants to be left alone: `Retry-After` in seconds or as a date (RFC 9110 section 10.2.3), and
/// GitHub's `x-ratelimit-*` once nothing remains.
#[must_use]
pub fn wanted(status: StatusCode, headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    if !matches!(status.as_u16(), 403 | 429 | 503) {
        return None;
    }
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    let until = |moment: SystemTime| moment.duration_since(now).unwrap_or_default();
    let after = text(RETRY_AFTER.as_str()).and_then(|text| match text.parse() {
        Ok(seconds) => Some(Duration::from_secs(seconds)),
        Err(_) => httpdate::parse_http_date(text).ok().map(until),
    });
    let used_up = || {
        let reset: u64 =
            text("x-ratelimit-reset").filter(|_| text("x-ratelimit-remaining") == Some("0"))?.parse().ok()?;
        UNIX_EPOCH.checked_add(Duration::from_secs(reset)).map(until)
    };
    after.or_else(used_up).map(|wanted| wanted.min(LONGEST))
}

#[cfg(test)]
mod tests {
    use http::HeaderName;

    use super::*;
    use crate::outbound::Service;

    fn wanted_by(status: u16, headers: &[(&'static str, &str)]) -> Option<u64> {
        let now = UNIX_EPOCH + Duration::from_secs(1_000_000_000);
        let headers = headers.iter().map(|(name, value)| (HeaderName::from_static(name), value.parse().unwrap()));
        wanted(status.try_into().unwrap(), &headers.collect(), now).map(|wanted| wanted.as_secs())
    }

    #[test]
    fn a_pause_is_wanted_in_seconds_as_a_date_or_by_a_rate_that_is_used_up() {
        assert_eq!(wanted_by(503, &[("retry-after", "7")]), Some(7));
        assert_eq!(wanted_by(429, &[("retry-after", "Sun, 09 Sep 2001 01:47:00 GMT")]), Some(20));
        assert_eq!(wanted_by(429, &[("retry-after", "Sun, 09 Sep 2001 01:40:00 GMT")]), Some(0), "it is past");
        let used_up = [("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "1000000060")];
        assert_eq!(wanted_by(403, &used_up), Some(60));
        assert_eq!(wanted_by(200, &used_up), None, "the last one that was allowed");
        assert_eq!(wanted_by(403, &[("x-ratelimit-remaining", "1"), used_up[1]]), None);
        assert_eq!(wanted_by(503, &[("retry-after", "soon")]), None);
        assert_eq!(wanted_by(503, &[("retry-after", "99999999999")]), Some(3600), "an hour at most");
    }

    #[test]
    fn pauses_grow_up_to_a_bound_and_are_never_longer() {
        let limits = Service::Github.limits();
        let bounds: Vec<u128> = [1, 2, 3, 99].map(|tries| bound(&limits, tries).as_millis()).to_vec();
        assert_eq!(bounds, [200, 400, 800, 5000]);
        for tries in 1..50 {
            assert!(backoff(&limits, tries) <= bound(&limits, tries));
        }
    }
}
