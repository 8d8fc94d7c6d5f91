//! One request, one decision, one record.

use std::{
    net::IpAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant, SystemTime},
};

use http::{Method, StatusCode, Version};

use super::{
    Telemetry,
    access::Detail,
    event::{Event, shown_path},
    series::Answered,
    tail::Ended,
    trace::{Trace, request_id},
};
use crate::{
    flags::Decision,
    routes::{Route, target::Target},
};

/// Of a client that went away before its answer: nginx's number for it; no client sees it.
const GONE: u16 = 499;

/// A request, as it came.
#[derive(Debug)]
pub struct Asked<'a> {
    /// Its method.
    pub method: &'a Method,
    /// Its path, without the query: that can hold secrets.
    pub path: &'a str,
    /// The same, taken apart.
    pub target: &'a Target,
    /// The version of HTTP that its client speaks.
    pub version: Version,
    /// The route, if one matched.
    pub route: Option<&'a Arc<Route>>,
    /// Who asks, as far as proxies that are trusted tell.
    pub client: IpAddr,
    /// When its head was there.
    pub came: Instant,
}

/// What happened to a request, in the words of the flags. Never its query or its body: both can hold secrets.
///
/// A record that is dropped before its end is that of a client who went away before the answer: counted as such, and no
/// failure of anyone's.
#[derive(Debug)]
pub struct Record {
    method: Method,
    path: String,
    version: Version,
    client: IpAddr,
    /// Of whose trace it is a part.
    pub trace: Option<Trace>,
    came: Instant,
    /// The route, if one matched.
    route: Option<Arc<Route>>,
    /// Its place among the backend's endpoints.
    endpoint: Option<usize>,
    /// Bytes of its body so far; none if it has no body.
    received: Option<Arc<AtomicU64>>,
    /// What only an access log wants.
    detail: Option<Box<Detail>>,
    /// Why the handler gave no answer.
    pub unanswered: Option<String>,
    /// Why legacy gave none.
    pub failure: Option<String>,
    telemetry: Arc<Telemetry>,
    ended: bool,
}

/// A request whose answer has begun. It is told of when this is dropped: when the answer is through, or broke off.
#[derive(Debug)]
pub struct Ending {
    record: Record,
    decision: Decision,
    status: StatusCode,
    latency: Duration,
    sent: u64,
}

impl Record {
    /// Begins a record.
    #[must_use]
    pub fn begin(asked: &Asked<'_>, telemetry: &Arc<Telemetry>) -> Self {
        Self {
            method: asked.method.clone(),
            path: asked.path.to_owned(),
            version: asked.version,
            client: asked.client,
            trace: None,
            came: asked.came,
            route: asked.route.cloned(),
            endpoint: telemetry.series.endpoints.find(asked.method, asked.target),
            received: None,
            detail: None,
            unanswered: None,
            failure: None,
            telemetry: Arc::clone(telemetry),
            ended: false,
        }
    }

    /// Keeps what an access log wants of it, if there is one.
    pub fn detail(&mut self, detail: impl FnOnce() -> Detail) {
        if self.telemetry.access.get().is_some() {
            self.detail = Some(Box::new(detail()));
        }
    }

    /// Where the bytes of its body are counted.
    pub fn receives(&mut self) -> Arc<AtomicU64> {
        Arc::clone(self.received.get_or_insert_default())
    }

    /// Its answer begins: it is counted now, and told of when the answer has ended.
    #[must_use]
    pub fn end(mut self, decision: Decision, status: StatusCode, latency: Duration) -> Ending {
        self.ended = true;
        self.count(decision, status, latency);
        Ending { record: self, decision, status, latency, sent: 0 }
    }

    /// Ends it without a word: another record is made of the same request.
    pub fn forget(mut self) {
        self.ended = true;
    }

    fn route(&self) -> Option<&str> {
        self.route.as_ref().map(|route| route.name.as_str())
    }

    fn mode(&self) -> Option<&'static str> {
        self.route.as_ref().map(|route| route.mode.as_str())
    }

    fn count(&self, decision: Decision, status: StatusCode, latency: Duration) {
        let Telemetry { counters, series, tail, .. } = &*self.telemetry;
        let (endpoint, route, variant) = (self.endpoint, self.route(), decision.variant);
        counters.count(route, decision, status);
        // Where legacy failed, the answer is a 5xx of ours; where it is a 4xx, the client's own body did.
        series.count(Answered { endpoint, route, variant, error: status.is_server_error(), latency });
        tail.show(|| Ended {
            at: SystemTime::now(),
            method: self.method.clone(),
            path: self.path.clone(),
            route: self.route().map(str::to_owned),
            mode: self.mode(),
            variant: variant.as_str(),
            reason: decision.reason.as_str(),
            status: status.as_u16(),
            latency,
            why: self.failure.clone().or_else(|| self.unanswered.clone()),
        });
    }

    /// Whether somebody collects spans, and this one is to be among them.
    #[cfg(feature = "otlp")]
    fn is_collected(&self) -> bool {
        self.telemetry.spans.get().is_some() && self.trace.is_none_or(|trace| trace.is_sampled())
    }

    /// Nobody does.
    #[cfg(not(feature = "otlp"))]
    #[allow(clippy::unused_self, reason = "the other one asks it")]
    fn is_collected(&self) -> bool {
        false
    }

    /// The one event that is told of it, to whoever wants it.
    fn tell(&self, decision: Option<Decision>, status: u16, latency: Option<Duration>, sent: u64) {
        let access = self.telemetry.access.get().zip(self.detail.as_deref());
        let logged = self.failure.is_some() || tracing::enabled!(tracing::Level::DEBUG);
        if !logged && access.is_none() && !self.is_collected() {
            return;
        }
        // Collected, it is a trace of its own if it is part of none; its lines in the logs say which.
        let trace = self.trace.or_else(|| self.is_collected().then(Trace::begin));
        let event = Event {
            ended: SystemTime::now(),
            client: self.client,
            method: self.method.as_str(),
            path: shown_path(&self.path),
            protocol: self.version,
            route: self.route(),
            mode: self.mode(),
            variant: decision.map(|decision| decision.variant.as_str()),
            reason: decision.map(|decision| decision.reason.as_str()),
            status,
            latency,
            duration: self.came.elapsed(),
            received: self.received.as_ref().map_or(0, |received| received.load(Ordering::Relaxed)),
            sent,
            request: trace.map_or_else(request_id, |trace| trace.request()),
            trace,
            unanswered: self.unanswered.as_deref(),
            failure: self.failure.as_deref(),
        };
        if logged {
            event.log();
        }
        if let Some((access, detail)) = access {
            access.write(&event, detail);
        }
        #[cfg(feature = "otlp")]
        if let (Some(spans), Some(trace), true) = (self.telemetry.spans.get(), trace, self.is_collected()) {
            let pattern = self.route.as_ref().map(|route| route.pattern.path());
            spans.add(super::spans::span::of(&event, &trace, pattern.as_deref()));
        }
    }
}

impl Ending {
    /// So many bytes of the answer's body went out.
    pub fn sent(&mut self, bytes: usize) {
        self.sent = self.sent.saturating_add(bytes as u64);
    }
}

impl Drop for Ending {
    fn drop(&mut self) {
        self.record.tell(Some(self.decision), self.status.as_u16(), Some(self.latency), self.sent);
    }
}

impl Drop for Record {
    fn drop(&mut self) {
        if !self.ended {
            self.tell(None, GONE, None, 0);
            self.telemetry.counters.count_gone();
        }
    }
}
