//! Moments, shares and settings as a person reads them.

use std::time::{SystemTime, UNIX_EPOCH};

use super::told::{Setting, Who};
use crate::parity::report::visible;

/// Seconds since 1970.
pub fn now() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64())
}

/// `canary 12.5%`, `native`.
#[must_use]
pub fn setting(mode: &str, percent: f64) -> String {
    if mode == "canary" { format!("canary {percent}%") } else { visible(mode).into_owned() }
}

/// The same of a setting, or that there is none.
#[must_use]
pub fn setting_of(setting: Option<&Setting>) -> String {
    setting.map_or_else(nothing, |of| self::setting(&of.mode, of.percent))
}

/// What stands where there is nothing.
#[must_use]
pub fn nothing() -> String {
    "-".to_owned()
}

/// `ann`, `a guardrail`.
#[must_use]
pub fn who(who: &Who) -> String {
    match (who.name.as_deref(), who.kind.as_str()) {
        (Some(name), "guardrail") => format!("guardrail {}", visible(name)),
        (Some(name), _) => visible(name).into_owned(),
        (None, "person") => "somebody".to_owned(),
        (None, kind) => visible(kind).into_owned(),
    }
}

/// `99.98%`: two decimals, cut, so that only all of them are 100%.
#[must_use]
pub fn share(share: Option<f64>) -> String {
    share.map_or_else(nothing, |share| {
        let cut = (share * 10_000.0 + 1e-6).floor() / 100.0;
        format!("{cut}%")
    })
}

/// `850 ms`, `1.2 ms`.
#[must_use]
pub fn millis(millis: Option<f64>) -> String {
    millis.map_or_else(
        nothing,
        |millis| {
            if millis < 100.0 { format!("{millis:.1} ms") } else { format!("{millis:.0} ms") }
        },
    )
}

/// `12 s`, `5 min`, `3 h 12 min`, `2 d 3 h`.
#[must_use]
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "bounded below by 0; seconds fit")]
pub fn lasting(seconds: f64) -> String {
    let seconds = seconds.max(0.0) as u64;
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds} s"),
        (0, 0, minutes) => format!("{minutes} min"),
        (0, hours, minutes) => format!("{hours} h {} min", minutes % 60),
        (days, hours, _) => format!("{days} d {} h", hours % 24),
    }
}

/// `5 min ago`.
#[must_use]
pub fn ago(at: Option<f64>, now: f64) -> String {
    at.map_or_else(nothing, |at| format!("{} ago", lasting(now - at)))
}

/// An RFC 3339 moment to the second: `2026-11-22 01:02:03`, in UTC as it came.
#[must_use]
pub fn moment(at: &str) -> String {
    visible(at.get(..19).unwrap_or(at)).replace('T', " ")
}

/// Who asks, as the shell knows.
#[must_use]
pub fn user() -> Option<String> {
    ["USER", "LOGNAME"].iter().find_map(|name| std::env::var(name).ok()).filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_cut_and_times_are_short() {
        let shares = [1.0, 0.999_999, 0.9998, 0.1, 0.0].map(|of| share(Some(of)));
        assert_eq!(shares, ["100%", "99.99%", "99.98%", "10%", "0%"]);
        let times = [-1.0, 59.9, 60.0, 3599.0, 11_520.0, 183_600.0].map(lasting);
        assert_eq!(times, ["0 s", "59 s", "1 min", "59 min", "3 h 12 min", "2 d 3 h"]);
        assert_eq!([Some(1.23), Some(850.4), None].map(millis), ["1.2 ms", "850 ms", "-"]);
        assert_eq!(moment("2026-11-22T01:02:03.456Z"), "2026-11-22 01:02:03");
        assert_eq!(moment("x"), "x");
        assert_eq!((setting("canary", 12.5).as_str(), setting("native", 0.0).as_str()), ("canary 12.5%", "native"));
    }
}
