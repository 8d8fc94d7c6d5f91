//! An answer on its way to the client: the guard is told when it is through, and when it broke off.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{Response, Version, header};
use http_body::{Body as HttpBody, Frame, SizeHint};
use http_body_util::BodyExt;

use super::guard::Gate;
use crate::{
    forward::{Body, BodyFault},
    telemetry::Ending,
};

/// The body of an answer, watched for its end.
#[derive(Debug)]
pub struct Answering {
    body: Body,
    gate: Arc<Gate>,
    /// Told of when this is dropped.
    ending: Option<Ending>,
    /// Whether the client takes the end of the connection for the end of the body.
    ends_with_connection: bool,
}

impl Answering {
    /// Watches the answer to a request of this version.
    #[must_use]
    pub fn over(
        mut response: Response<Body>,
        version: Version,
        gate: Arc<Gate>,
        ending: Option<Ending>,
    ) -> Response<Body> {
        let ends_with_connection =
            version == Version::HTTP_10 && !response.headers().contains_key(header::CONTENT_LENGTH);
        if ends_with_connection {
            // To an answer of HTTP/1.1 hyper would add that the connection is kept.
            *response.version_mut() = Version::HTTP_10;
        }
        response.map(|body| Self { body, gate, ending, ends_with_connection }.boxed_unsync())
    }
}

impl HttpBody for Answering {
    type Data = Bytes;
    type Error = BodyFault;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BodyFault>>> {
        let polled = Pin::new(&mut self.body).poll_frame(cx);
        if self.ends_with_connection && matches!(polled, Poll::Ready(Some(Err(_)))) {
            self.gate.broke();
        }
        if let (Poll::Ready(Some(Ok(frame))), Some(ending)) = (&polled, &mut self.ending) {
            ending.sent(frame.data_ref().map_or(0, Bytes::len));
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Answering {
    fn drop(&mut self) {
        self.gate.answered();
    }
}
