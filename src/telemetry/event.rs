//! The one event that is told of a request when it has ended: to the log, to the access log, to whoever collects spans.

use std::{
    borrow::Cow,
    net::IpAddr,
    time::{Duration, SystemTime},
};

use http::Version;
use percent_encoding::percent_decode_str;

use super::trace::Trace;
use crate::parity::redact::stand_in;

/// Everything that is known of a request that has ended, but for its secrets.
#[derive(Debug)]
pub struct Event<'r> {
    /// When it ended.
    pub ended: SystemTime,
    /// Who asked.
    pub client: IpAddr,
    /// Its method.
    pub method: &'r str,
    /// Its path, without the query and the names of users.
    pub path: Cow<'r, str>,
    /// What its client speaks.
    pub protocol: Version,
    /// Its route.
    pub route: Option<&'r str>,
    /// The route's mode.
    pub mode: Option<&'static str>,
    /// Who answered; none if the client left before that.
    pub variant: Option<&'static str>,
    /// Why that side.
    pub reason: Option<&'static str>,
    /// Status of the answer; 499 if the client left before it.
    pub status: u16,
    /// From its head to that of the answer.
    pub latency: Option<Duration>,
    /// From its head to the end of the answer.
    pub duration: Duration,
    /// Bytes of its body.
    pub received: u64,
    /// Bytes of the answer's body.
    pub sent: u64,
    /// Tells its lines from those of others; its span, if it is part of a trace.
    pub request: String,
    /// Of whose trace it is a part.
    pub trace: Option<Trace>,
    /// Why the handler gave no answer.
    pub unanswered: Option<&'r str>,
    /// Why legacy gave none.
    pub failure: Option<&'r str>,
}

impl Event<'_> {
    /// Failures are warnings; the rest is for whoever wants to see every request.
    pub(super) fn log(&self) {
        let Self { method, route, mode, variant, reason, status, received, sent, unanswered, failure, .. } = self;
        let (path, client, protocol, request) = (&*self.path, self.client, self.protocol(), &*self.request);
        let (latency_ms, duration_ms) = (self.latency.map(millis), millis(self.duration));
        let trace = self.trace.map(|trace| trace.id());
        let parent = self.trace.and_then(|trace| trace.parent).map(|parent| format!("{parent:016x}"));
        let (trace, parent) = (trace.as_deref(), parent.as_deref());
        // The macro wants each field in the place where it is told.
        macro_rules! told {
            ($level:ident, $said:literal) => {
                tracing::$level!(
                    target: "cutover::telemetry::record",
                    %method, path, route, mode, variant, reason, status, latency_ms, duration_ms, received, sent, %client,
                    protocol, request, trace, parent, unanswered, failure, $said
                )
            };
        }
        match (failure, variant) {
            (Some(_), _) => told!(warn, "request failed"),
            (None, None) => told!(debug, "client gone"),
            (None, Some(_)) => told!(debug, "request"),
        }
    }

    /// As request lines have it.
    #[must_use]
    pub fn protocol(&self) -> &'static str {
        if self.protocol == Version::HTTP_10 { "HTTP/1.0" } else { "HTTP/1.1" }
    }
}

/// Milliseconds, to the microsecond.
#[allow(clippy::cast_precision_loss, reason = "no request takes 200 years")]
pub(super) fn millis(duration: Duration) -> f64 {
    duration.as_micros() as f64 / 1000.0
}

/// A path as it may be seen: what stands behind `/users/` is somebody's name.
#[must_use]
pub fn shown_path(path: &str) -> Cow<'_, str> {
    let mut behind_users = false;
    let is_name = |segment: &str| {
        let name = behind_users && !segment.is_empty();
        // A server takes several slashes in a row, or none of it; either way they are not the name.
        behind_users = (behind_users && segment.is_empty()) || percent_decode_str(segment).eq("users".bytes());
        name
    };
    let name: Vec<bool> = path.split('/').map(is_name).collect();
    if !name.contains(&true) {
        return Cow::Borrowed(path);
    }
    let segments = path.split('/').zip(name);
    let shown =
        segments.map(|(segment, name)| if name { Cow::Owned(stand_in(segment)) } else { Cow::Borrowed(segment) });
    Cow::Owned(shown.collect::<Vec<_>>().join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_shown_without_the_name_of_a_user() {
        for path in
            ["/api/1/users/ada", "/api/1/users/ada/password", "/api/1/%75sers/ada", "/users//ada", "/users/users/ada"]
        {
            let shown = shown_path(path);
            assert!(!shown.contains("ada") && shown.contains("/redacted"), "{path}: {shown}");
        }
        assert_eq!(shown_path("/api/1/users/ada"), shown_path("/api/1/users/ada"), "it can be told from others");
        assert_ne!(shown_path("/api/1/users/ada"), shown_path("/api/1/users/bob"));
        for path in ["/", "", "/api/1/users", "/api/1/users/", "/api/1/tags", "/users-/x"] {
            assert_eq!(shown_path(path), path);
        }
    }

    #[test]
    fn times_are_milliseconds_to_the_microsecond() {
        assert!((millis(Duration::from_nanos(1_234_567)) - 1.234).abs() < 1e-9);
    }
}
