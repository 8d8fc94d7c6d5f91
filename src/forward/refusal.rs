//! Legacy's refusal of a handshake, made whole.
//!
//! Legacy's websocket server announces a body with its 400, 402 and 426, sends none, and closes. Passed on as it comes, a
//! body that breaks off before its first byte takes the head with it, and the client gets an empty connection instead
//! of the reason. So a refusal is read first, and one that breaks off is given the length that it has.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::{HeaderValue, Response, header};
use http_body::Frame;
use http_body_util::{BodyExt, BodyStream, StreamBody};
use hyper::body::Incoming;
use tokio::time::{Instant, timeout_at};

use super::{
    body::{Body, Watched, full},
    headers::{drop_fields, strip_hop_by_hop},
};

/// Longest body that is waited for; those of legacy are below 1 KiB.
const LONGEST: usize = 64 * 1024;
/// How long it is waited for. Legacy closes at once.
const WAIT: Duration = Duration::from_secs(2);

/// Makes a refusal fit for the client. One whose body is longer, or takes longer, is passed on as it comes.
pub(super) async fn whole(response: Response<Incoming>, silence: Option<Duration>) -> Response<Body> {
    let (mut parts, incoming) = response.into_parts();
    if parts.headers.contains_key(header::TRANSFER_ENCODING) {
        // RFC 9112 section 6.3: of two framings the chunks are the one that is read.
        drop_fields(&mut parts.headers, |name| name == header::CONTENT_LENGTH);
    }
    strip_hop_by_hop(&mut parts.headers);
    let mut body = Watched::new(incoming, silence, None).boxed_unsync();
    let mut came = BytesMut::new();
    let until = Instant::now() + WAIT;
    while came.len() <= LONGEST {
        match timeout_at(until, body.frame()).await {
            Ok(Some(Ok(frame))) => came.extend_from_slice(frame.data_ref().map_or(&[], |data| data)),
            Ok(None) => return Response::from_parts(parts, full(came)),
            Ok(Some(Err(fault))) => {
                tracing::debug!(%fault, came = came.len(), "legacy announced more of a refusal than it sent");
                parts.headers.insert(header::CONTENT_LENGTH, HeaderValue::from(came.len()));
                return Response::from_parts(parts, full(came));
            }
            Err(_) => break,
        }
    }
    let first = futures_util::stream::once(async { Ok(Frame::data(Bytes::from(came))) });
    let both = futures_util::StreamExt::chain(first, BodyStream::new(body));
    Response::from_parts(parts, StreamBody::new(both).boxed_unsync())
}
