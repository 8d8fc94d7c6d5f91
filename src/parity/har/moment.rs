//! Moments and spans of time, as HAR has them: ISO 8601 with an offset, and milliseconds.

use std::{
    fmt::Write as _,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

/// Length of `2018-02-14T00:28:07`, after which a fraction and an offset may follow.
const SECONDS: usize = 19;

/// A moment in any offset; in UTC if it has none.
pub(super) fn read(text: &str) -> Option<SystemTime> {
    let at = text.get(SECONDS..)?.rfind(['+', '-']).map(|at| at + SECONDS);
    let (local, offset) = at.map_or((text, ""), |at| text.split_at(at));
    let moment = humantime::parse_rfc3339_weak(local).ok()?;
    if offset.is_empty() {
        return Some(moment);
    }
    let digits: String = offset[1..].chars().filter(|c| *c != ':').collect();
    let (hours, minutes) = digits.split_at_checked(2)?;
    let minutes = match minutes.len() {
        0 => 0,
        2 => minutes.parse::<u64>().ok()?,
        _ => return None,
    };
    let ahead = Duration::from_secs((hours.parse::<u64>().ok()? * 60 + minutes) * 60);
    if offset.starts_with('+') { moment.checked_sub(ahead) } else { moment.checked_add(ahead) }
}

/// In UTC with milliseconds. What no such text can hold, years before 1970 or after 9999, is the beginning of 1970.
pub(super) fn write(moment: SystemTime) -> String {
    let mut text = String::new();
    let written = write!(text, "{}", humantime::format_rfc3339_millis(moment.max(UNIX_EPOCH)));
    written.map_or_else(|_| "1970-01-01T00:00:00.000Z".to_owned(), |()| text)
}

/// A span of milliseconds. HAR has -1 for "not known", which is none.
pub(super) fn span(milliseconds: f64) -> Duration {
    Duration::try_from_secs_f64(milliseconds / 1000.0).unwrap_or_default()
}

/// The span in milliseconds, to the nanosecond.
pub(super) fn milliseconds(span: Duration) -> f64 {
    span.div_duration_f64(Duration::from_millis(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_read_in_any_offset() {
        let noon = UNIX_EPOCH + Duration::from_millis(1_784_116_800_250);
        for text in [
            "2026-07-15T12:00:00.250Z",
            "2026-07-15T12:00:00.250",
            "2026-07-15T14:00:00.250+02:00",
            "2026-07-15T14:00:00.2500000+0200",
            "2026-07-15T04:00:00.25-08",
            "2026-07-15 12:00:00.25+00:00",
        ] {
            assert_eq!(read(text), Some(noon), "{text}");
        }
        assert_eq!(write(noon), "2026-07-15T12:00:00.250Z");
    }

    #[test]
    fn what_is_no_moment_is_none() {
        for text in [
            "",
            "yesterday",
            "2026-07-15",
            "2026-07-15T12:00:00+ä",
            "2026-07-15T12:00:00+1",
            "2026-07-15T12:00:00+0118446744073709551615",
            "2026-13-15T12:00:00Z",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn a_moment_that_no_text_can_hold_is_written_all_the_same() {
        for moment in [UNIX_EPOCH - Duration::from_secs(1), UNIX_EPOCH + Duration::from_secs(1 << 40)] {
            assert_eq!(write(moment), "1970-01-01T00:00:00.000Z");
        }
    }

    #[test]
    fn a_span_keeps_its_nanoseconds() {
        let took = Duration::from_nanos(160_280_001);
        assert_eq!(span(milliseconds(took)), took);
        assert!((milliseconds(Duration::from_micros(160_280)) - 160.28).abs() < f64::EPSILON);
        assert_eq!(span(-1.0), Duration::ZERO);
    }
}
