//! One line: the Common Log Format, the combined one (<https://httpd.apache.org/docs/2.4/logs.html>), JSON.

use std::{
    fmt::Write as _,
    time::{Duration, SystemTime},
};

use serde_json::json;

use super::Detail;
use crate::{
    config::settings::AccessFormat,
    telemetry::event::{Event, millis},
};

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// A request as a line, its end included.
pub(super) fn of(format: AccessFormat, event: &Event<'_>, detail: &Detail) -> String {
    let query = detail.query.as_ref().map(|query| format!("?{query}")).unwrap_or_default();
    let target = format!("{}{query}", event.path);
    let mut line = match format {
        AccessFormat::Json => json(event, detail, &target),
        AccessFormat::Common | AccessFormat::Combined => common(event, &target),
    };
    if format == AccessFormat::Combined {
        for text in [&detail.referer, &detail.agent] {
            let text = text.as_deref().unwrap_or("-");
            _ = write!(line, " \"{}\"", Escaped(text));
        }
    }
    line.push('\n');
    line
}

/// With the size of the body, and `-` for none, as the format has it. The user is never named.
fn common(event: &Event<'_>, target: &str) -> String {
    let sent = if event.sent == 0 { "-".to_owned() } else { event.sent.to_string() };
    let (client, at, method, target) = (event.client, moment(began(event)), Escaped(event.method), Escaped(target));
    format!("{client} - - [{at}] \"{method} {target} {}\" {} {sent}", event.protocol(), event.status)
}

fn json(event: &Event<'_>, detail: &Detail, target: &str) -> String {
    let line = json!({
        "at": humantime::format_rfc3339_millis(began(event)).to_string(),
        "client": event.client,
        "method": event.method,
        "target": target,
        "protocol": event.protocol(),
        "status": event.status,
        "received": event.received,
        "sent": event.sent,
        "latency_ms": event.latency.map(millis),
        "duration_ms": millis(event.duration),
        "route": event.route,
        "mode": event.mode,
        "variant": event.variant,
        "reason": event.reason,
        "why": event.failure.or(event.unanswered),
        "request": event.request,
        "trace": event.trace.map(|trace| trace.id()),
        "referer": detail.referer,
        "agent": detail.agent,
    });
    line.to_string()
}

fn began(event: &Event<'_>) -> SystemTime {
    event.ended.checked_sub(event.duration).unwrap_or(event.ended)
}

/// `22/Nov/2026:18:16:41 +0000`.
fn moment(at: SystemTime) -> String {
    // Years beyond 9999 have no such form, and no clock that is right shows one.
    let at = at.min(SystemTime::UNIX_EPOCH + Duration::from_secs(253_402_300_799));
    let text = humantime::format_rfc3339_seconds(at).to_string();
    let (date, time) = text.split_once('T').unwrap_or_default();
    let mut date = date.split('-');
    let (year, month, day) =
        (date.next().unwrap_or_default(), date.next().unwrap_or_default(), date.next().unwrap_or_default());
    let month = month.parse::<usize>().ok().and_then(|month| MONTHS.get(month.wrapping_sub(1))).unwrap_or(&"-");
    format!("{day}/{month}/{year}:{} +0000", time.trim_end_matches('Z'))
}

/// What would end the text, or is no visible letter, as web servers write it.
struct Escaped<'t>(&'t str);

impl std::fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for byte in self.0.bytes() {
            match byte {
                b'"' | b'\\' => write!(f, "\\{}", char::from(byte))?,
                b' '..=b'~' => f.write_char(byte.into())?,
                _ => write!(f, "\\x{byte:02x}")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use http::Version;

    use super::*;

    fn event() -> Event<'static> {
        Event {
            ended: SystemTime::UNIX_EPOCH + Duration::from_millis(1_795_371_402_500),
            client: "192.0.2.7".parse().unwrap(),
            method: "GET",
            path: "/api/1/tags".into(),
            protocol: Version::HTTP_11,
            route: Some("tags_list"),
            mode: Some("canary"),
            variant: Some("native"),
            reason: Some("SPLIT"),
            status: 200,
            latency: Some(Duration::from_micros(1500)),
            duration: Duration::from_millis(500),
            received: 0,
            sent: 1234,
            request: "00f067aa0ba902b7".into(),
            trace: None,
            unanswered: None,
            failure: None,
        }
    }

    #[test]
    fn a_line_of_each_format_is_as_others_write_it() {
        let detail = Detail::of(Some("a=b"), Some(b"http://h/"), Some(b"curl/8 \"x\"\n\xff"), &[]);
        let of = |format| super::of(format, &event(), &detail);
        let common = "192.0.2.7 - - [22/Nov/2026:18:16:42 +0000] \"GET /api/1/tags?a=b HTTP/1.1\" 200 1234";
        assert_eq!(of(AccessFormat::Common), format!("{common}\n"));
        let agent = r#""curl/8 \"x\"\x0a\xef\xbf\xbd""#;
        assert_eq!(of(AccessFormat::Combined), format!("{common} \"http://h/\" {agent}\n"));
        let line: serde_json::Value = serde_json::from_str(&of(AccessFormat::Json)).unwrap();
        assert_eq!((&line["at"], &line["duration_ms"]), (&json!("2026-11-22T18:16:42.000Z"), &json!(500.0)));
        assert_eq!(
            (&line["variant"], &line["reason"], &line["trace"]),
            (&json!("native"), &json!("SPLIT"), &json!(null))
        );
    }

    #[test]
    fn a_client_that_left_and_one_that_says_nothing_have_a_dash() {
        let event = Event { sent: 0, status: 499, variant: None, reason: None, latency: None, ..event() };
        let line = super::of(AccessFormat::Combined, &event, &Detail::default());
        assert!(line.ends_with(" \"GET /api/1/tags HTTP/1.1\" 499 - \"-\" \"-\"\n"), "{line}");
    }
}
