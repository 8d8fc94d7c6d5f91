//! A handler's run, and when there is none.

use std::{panic::AssertUnwindSafe, sync::Arc};

use futures_util::FutureExt;
use http::{HeaderMap, header, request::Parts};

use super::{bridge::Bridge, outward::the_origin};
use crate::{
    config::Access,
    handlers::{self, Context, Unanswered, handler::Outcome},
    routes::{Snapshot, matcher::Found},
    wire::{Answer, Cors},
};

/// A native answer and the CORS headers that go with it.
pub(super) type Native = Result<(Answer, Cors), Unanswered>;

impl Bridge {
    /// Runs the handler of a route. Whatever keeps it from answering, nothing was changed and the request is intact.
    pub(super) async fn native(&self, found: &Found, parts: &Parts, has_body: bool, snapshot: &Snapshot) -> Native {
        let cors = self.cors(&parts.headers)?;
        if has_body {
            return Err(Unanswered::declined("it has a body"));
        }
        if says_json(&parts.headers)? {
            // Legacy parses what says it is JSON before anything else, and nothing is no JSON.
            return Ok((Answer::unreadable_json(), cors));
        }
        let handler = handlers::find(found.route.handler)
            .ok_or_else(|| Unanswered::Failed(format!("no handler {}", found.route.handler)))?;
        let context = Context::new(
            parts.uri.query().unwrap_or_default().to_owned(),
            found.variables.clone(),
            Arc::clone(&self.session),
            snapshot.config.session.outage,
        );
        let running = AssertUnwindSafe((handler.run)(context)).catch_unwind();
        let outcome: Outcome = if handler.declared.access == Access::Writes {
            // A write is not broken off between commit and answer because its client went away.
            tokio::spawn(running).await.map_err(|error| Unanswered::Failed(error.to_string()))?
        } else {
            running.await
        }
        .unwrap_or_else(|_| Err(Unanswered::Failed("the handler panicked".into())));
        Ok((outcome?, cors))
    }

    /// The CORS headers of this request's answer, as legacy was seen to give them to the same Origin.
    pub(super) fn cors(&self, headers: &HeaderMap) -> Result<Cors, Unanswered> {
        let origin = the_origin(headers).map_err(|_| Unanswered::declined("it has several Origins"))?;
        self.session
            .with_facts(|facts| facts.cors(origin.as_ref()).cloned())
            .ok_or_else(|| Unanswered::declined("legacy has not shown yet what it answers to this Origin"))
    }
}

/// Whether the content type is JSON as Werkzeug sees it: `application/json` or `application/*+json`, in any case, with
/// any parameters.
fn says_json(headers: &HeaderMap) -> Result<bool, Unanswered> {
    let mut lines = headers.get_all(header::CONTENT_TYPE).iter();
    let Some(value) = lines.next() else { return Ok(false) };
    let (Ok(value), None) = (value.to_str(), lines.next()) else {
        return Err(Unanswered::declined("its content type is not one plain line"));
    };
    let kind = value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    Ok(kind == "application/json" || (kind.starts_with("application/") && kind.ends_with("+json")))
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn json_is_what_werkzeug_takes_for_json() {
        let of = |value: &'static str| {
            says_json(&HeaderMap::from_iter([(header::CONTENT_TYPE, HeaderValue::from_static(value))])).unwrap()
        };
        for value in ["application/json", "Application/JSON; charset=x", "application/problem+json"] {
            assert!(of(value), "{value}");
        }
        for value in ["text/json", "application/jsonx", "application/json, text/plain", ""] {
            assert!(!of(value), "{value}");
        }
    }
}
