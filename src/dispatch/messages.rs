//! What the notifier keeps, merged into legacy's `GET /api/1/messages`.
//!
//! Legacy hands each message out once, to whoever asks first. What the bridge received and could deliver to nobody is
//! older than what legacy has queued since, because legacy queues only once nobody is subscribed: so it comes first.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{HeaderValue, Method, Response, StatusCode, header};
use http_body::{Body as HttpBody, Frame, SizeHint};
use http_body_util::{BodyExt, Limited};

use super::bridge::{Asked, Bridge};
use crate::{
    forward::{Body, BodyFault, Failure, body::full},
    notifier::{Link, Notifier, kept::Taken, message::messages},
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
            && asked.target.segments().as_deref() == Some(&["api", "1", "messages"])
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
        let body = Handed { bytes: Some(merged), taken: Some((Arc::clone(&self.notifier), taken)) };
        Ok(Response::from_parts(parts, body.boxed_unsync()))
    }
}

/// An answer with messages of ours in it: if the client leaves before it is written, they are kept for the next one.
struct Handed {
    bytes: Option<Bytes>,
    taken: Option<(Arc<Notifier>, Taken)>,
}

impl HttpBody for Handed {
    type Data = Bytes;
    type Error = BodyFault;

    fn poll_frame(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BodyFault>>> {
        let this = self.get_mut();
        // It is written from here on.
        this.taken = None;
        Poll::Ready(this.bytes.take().map(|bytes| Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        self.bytes.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.bytes.as_ref().map_or(0, |bytes| bytes.len() as u64))
    }
}

impl Drop for Handed {
    fn drop(&mut self) {
        if let Some((notifier, taken)) = self.taken.take() {
            notifier.put_back(taken);
        }
    }
}
