//! One request, one decision, one record.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use http::{Method, StatusCode};

use super::{Telemetry, series::Answered, tail::Ended};
use crate::{
    flags::Decision,
    routes::{Route, target::Target},
};

/// What happened to a request, in the words of the flags. Never its query or its body: both can hold secrets.
///
/// A record that is dropped before its end is that of a client who went away before the answer: counted as such, and no
/// failure of anyone's.
#[derive(Debug)]
pub struct Record {
    method: Method,
    path: String,
    /// The route, if one matched.
    route: Option<Arc<Route>>,
    /// Its place among the backend's endpoints.
    endpoint: Option<usize>,
    /// Why the handler gave no answer.
    pub unanswered: Option<String>,
    /// Why legacy gave none.
    pub failure: Option<String>,
    telemetry: Arc<Telemetry>,
    ended: bool,
}

impl Record {
    /// Begins a record.
    #[must_use]
    pub fn begin(
        method: &Method,
        path: &str,
        target: &Target,
        route: Option<&Arc<Route>>,
        telemetry: &Arc<Telemetry>,
    ) -> Self {
        Self {
            method: method.clone(),
            path: path.to_owned(),
            route: route.cloned(),
            endpoint: telemetry.series.endpoints.find(method, target),
            unanswered: None,
            failure: None,
            telemetry: Arc::clone(telemetry),
            ended: false,
        }
    }

    /// Ends it, counts it, and tells it to the log: failures as warnings, the rest for whoever wants to see every request.
    pub fn end(mut self, decision: Decision, status: StatusCode, latency: Duration) {
        self.ended = true;
        self.count(decision, status, latency);
        let (route, mode) = (self.route(), self.mode());
        let Self { method, path, unanswered, failure, .. } = &self;
        let (variant, reason) = (decision.variant.as_str(), decision.reason.as_str());
        let status = status.as_u16();
        if let Some(failure) = failure {
            tracing::warn!(%method, path, route, mode, variant, reason, status, ?latency, failure, "request failed");
        } else {
            tracing::debug!(%method, path, route, mode, variant, reason, status, ?latency, unanswered, "request");
        }
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
}

impl Drop for Record {
    fn drop(&mut self) {
        if self.ended {
            return;
        }
        let (route, mode) = (self.route(), self.mode());
        let Self { method, path, .. } = &*self;
        // 499 is nginx's number for it; no client sees it.
        tracing::debug!(%method, path, route, mode, status = 499, "client gone");
        self.telemetry.counters.count_gone();
    }
}
