//! What the notifier keeps, merged into legacy's `GET /api/1/messages`.
//!
//! Legacy hands each message out once, to whoever asks first. What the bridge received and could deliver to nobody is
//! older than what legacy has queued since, because legacy queues only once nobody is subscribed: so it comes first.

use std::sync::Arc;

use http::{HeaderValue, Method, Response, StatusCode, header};
use http_body::Body as _;
use http_body_util::{BodyExt, Limited};

use super::{
    bridge::{Asked, Bridge},
    handed::Handed,
};
use crate::{
    forward::{Body, Failure, body::full},
    notifier::{Link, message::messages},
    routes::Snapshot,
};

/// Largest answer that is merged into. A larger one is passed on, and ours wait for the next.
const LARGEST: usize = 64 << 20;

impl Bridge {
    /// Forwards a request; if it asks for messages, the answer has ours in it too.
    pub(super) async fn forward_or_merge(
        self: &Arc<Self>,
        asked: Asked,
        snapshot: &Snapshot,
    ) -> Result<Response<Body>, Failure> {
        let ours = asked.parts.method == Method::GET
            && asked.target.may_match()
            && asked.target.path() == "api/1/messages"
            && (self.notifier.link() != Link::Idle || self.notifier.kept().0 > 0);
        if !ours {
            return self.forward(asked, snapshot).await;
        }
        // While the notifier fetches what its clients missed, legacy would give part of it to this one.
        let turn = self.notifier.turn().await;
        let answered = self.forward(asked, snapshot).await;
        drop(turn);
        let response = answered?;
        if response.status() != StatusCode::OK || self.notifier.kept().0 == 0 {
            return Ok(response);
        }
        self.merge(response).await
    }

    async fn merge(&self, response: Response<Body>) -> Result<Response<Body>, Failure> {
        let (mut parts, body) = response.into_parts();
        let encoded = parts.headers.contains_key(header::CONTENT_ENCODING);
        if encoded || body.size_hint().lower() > LARGEST as u64 {
            return Ok(Response::from_parts(parts, body));
        }
        let whole = Limited::new(body, LARGEST).collect().await.map_err(|error| Failure::Reset(error.to_string()))?;
        let whole = whole.to_bytes();
        let taken = self.notifier.take_kept();
        let entries: Vec<_> = taken.entries.iter().map(|kept| kept.entry.clone()).collect();
        let Some(merged) = messages::merge(&whole, &entries) else {
            // Not what legacy answers to this; whatever it is, it is the client's.
            self.notifier.put_back(taken);
            return Ok(Response::from_parts(parts, full(whole)));
        };
        if parts.headers.contains_key(header::CONTENT_LENGTH) {
            parts.headers.insert(header::CONTENT_LENGTH, HeaderValue::from(merged.len()));
        }
        let notifier = Arc::clone(&self.notifier);
        let body = Handed::new(full(merged), move || notifier.put_back(taken));
        Ok(Response::from_parts(parts, body.boxed_unsync()))
    }
}
