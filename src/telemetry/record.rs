//! One request, one decision, one record.

use std::{sync::Arc, time::Duration};

use http::{Method, StatusCode};

use super::Counters;
use crate::{flags::Decision, routes::Route};

/// What happened to a request, in the words of the flags. Never its query or its body: both can hold secrets.
///
/// A record that is dropped before its end is that of a client who went away before the answer: counted as such, and no
/// failure of anyone's.
#[derive(Debug)]
pub struct Record {
    method: Method,
    path: String,
    /// The route's name, if one matched.
    pub route: Option<String>,
    mode: Option<&'static str>,
    /// Why the handler gave no answer.
    pub unanswered: Option<String>,
    /// Why legacy gave none.
    pub failure: Option<String>,
    counters: Arc<Counters>,
    ended: bool,
}

impl Record {
    /// Begins a record.
    #[must_use]
    pub fn begin(method: &Method, path: &str, route: Option<&Arc<Route>>, counters: &Arc<Counters>) -> Self {
        Self {
            method: method.clone(),
            path: path.to_owned(),
            route: route.map(|route| route.name.clone()),
            mode: route.map(|route| route.mode.as_str()),
            unanswered: None,
            failure: None,
            counters: Arc::clone(counters),
            ended: false,
        }
    }

    /// Ends it, counts it, and tells it to the log: failures as warnings, the rest for whoever wants to see every request.
    pub fn end(mut self, decision: Decision, status: StatusCode, latency: Duration) {
        self.ended = true;
        self.counters.count(self.route.as_deref(), decision);
        let Self { method, path, route, mode, unanswered, failure, .. } = &self;
        let (variant, reason) = (decision.variant.as_str(), decision.reason.as_str());
        let status = status.as_u16();
        if let Some(failure) = failure {
            tracing::warn!(%method, path, route, mode, variant, reason, status, ?latency, failure, "request failed");
        } else {
            tracing::debug!(%method, path, route, mode, variant, reason, status, ?latency, unanswered, "request");
        }
    }
}

impl Drop for Record {
    fn drop(&mut self) {
        if self.ended {
            return;
        }
        let Self { method, path, route, mode, .. } = &*self;
        // 499 is nginx's number for it; no client sees it.
        tracing::debug!(%method, path, route, mode, status = 499, "client gone");
        self.counters.count_gone();
    }
}
