//! One request there, one answer back, at most one retry.

use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use http_body::Body as HttpBody;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use tokio::{sync::Semaphore, time::timeout};

use super::{
    body::{Body, BodyFault, Watched, chain, full},
    driven::{Arriving, Driven},
    failure::Failure,
    headers::{drop_fields, strip_hop_by_hop},
    inbound::Inbound,
    pool::{Lease, Pool},
    raw::KeepHead,
    timeouts::Timeouts,
};

/// A request to forward, its headers already prepared.
#[derive(Debug)]
pub struct Exchange {
    /// Method, origin-form target and headers.
    pub head: Request<()>,
    /// The client's body.
    pub body: Outgoing,
    /// Whether asking twice could lose something (a GET that hands a result out once).
    pub once: bool,
    /// Whether it has been asked before, on an idle connection that was dead.
    pub fresh: bool,
}

/// A body on its way to legacy.
#[derive(Debug)]
pub enum Outgoing {
    /// As it comes from the client.
    Stream(Inbound, Option<u64>),
    /// Already read.
    Whole(Bytes),
    /// None.
    Empty,
}

/// Forwards to legacy.
#[derive(Debug)]
pub struct Forwarder {
    /// Its connections.
    pub pool: Arc<Pool>,
    /// Room for websocket tunnels.
    pub tunnels: Arc<Semaphore>,
    /// How many there may be.
    pub max_tunnels: usize,
}

/// What became of one try.
enum Tried {
    Answered(Response<Incoming>, Box<Driven>),
    /// Nothing of it was written, or it is safe to ask again.
    Again(Body),
    Failed(Failure),
}

impl Forwarder {
    /// A forwarder with these caps.
    #[must_use]
    pub fn new(pool: Arc<Pool>, max_tunnels: usize) -> Self {
        Self { pool, tunnels: Arc::new(Semaphore::new(max_tunnels)), max_tunnels }
    }

    /// Sends a request and gives legacy's answer, its body still streaming. Dropping the future, or the answer's body,
    /// closes the connection, so that legacy learns the client is gone.
    ///
    /// A connection that turns out to be dead is replaced once: always when nothing of the request was written, and
    /// when it was, only for a method that may be repeated, without a body, before any byte of an answer, on a
    /// connection that had been idle.
    ///
    /// # Errors
    /// Why there is no answer.
    pub async fn send(&self, exchange: Exchange, timeouts: Timeouts) -> Result<Response<Body>, Failure> {
        let Exchange { mut head, body, once, mut fresh } = exchange;
        let replayable = !once && matches!(body, Outgoing::Empty) && head.method().is_idempotent();
        let fault = Arc::new(OnceLock::new());
        let (mut body, fault) = match body {
            Outgoing::Stream(inbound, limit) => {
                if inbound.size_hint().exact().is_none() && !inbound.is_end_stream() {
                    // Left to itself hyper drops a GET's body of unknown length.
                    head.headers_mut().insert(header::TRANSFER_ENCODING, HeaderValue::from_static("chunked"));
                }
                let watched = Watched::new(inbound, timeouts.body, limit);
                let fault = watched.fault();
                (watched.boxed_unsync(), fault)
            }
            Outgoing::Whole(bytes) => (full(bytes), fault),
            Outgoing::Empty => (full(Bytes::new()), fault),
        };
        loop {
            let lease = self.pool.lease(fresh, timeouts).await?;
            match attempt(lease, &head, body, replayable && !fresh, timeouts).await {
                Tried::Answered(response, connection) => return accept(response, connection, head.method(), timeouts),
                Tried::Again(unsent) if !fresh => {
                    fresh = true;
                    body = unsent;
                }
                Tried::Again(_) => return Err(Failure::Reset("twice in a row".into())),
                Tried::Failed(failure) => {
                    return Err(fault.get().map_or(failure, |fault: &BodyFault| Failure::Client(fault.clone())));
                }
            }
        }
    }
}

async fn attempt(lease: Lease, head: &Request<()>, body: Body, replayable: bool, timeouts: Timeouts) -> Tried {
    let mut connection = match Driven::over(lease).await {
        Ok(connection) => connection,
        Err(failure) => return Tried::Failed(failure),
    };
    if let Err(error) = connection.ready().await {
        tracing::debug!(%error, "an idle connection to legacy was closed");
        return Tried::Again(body);
    }
    let before = connection.meter.read();
    if head.extensions().get::<KeepHead>().is_some() {
        connection.meter.keep_head();
    }
    let request = head.clone().map(|()| body);
    let sending = connection.send(request);
    let sent = match timeouts.header {
        Some(bound) => match timeout(bound, sending).await {
            Ok(sent) => sent,
            Err(_) => return Tried::Failed(Failure::HeaderTimeout(bound)),
        },
        None => sending.await,
    };
    match sent {
        Ok(mut response) => {
            if let Some(raw) = connection.meter.take_head() {
                response.extensions_mut().insert(raw);
            }
            Tried::Answered(response, Box::new(connection))
        }
        Err(mut failed) => {
            if let Some(unsent) = failed.take_message() {
                return Tried::Again(unsent.into_body());
            }
            let error = failed.into_error();
            let silent = connection.meter.read() == before;
            if replayable && connection.slot.reused && silent {
                tracing::debug!(%error, "asking again on a fresh connection");
                return Tried::Again(full(Bytes::new()));
            }
            Tried::Failed(if error.is_parse() || error.is_parse_too_large() {
                Failure::Malformed(chain(&error))
            } else {
                Failure::Reset(chain(&error))
            })
        }
    }
}

/// Legacy's answer, ready to be passed on: connection headers off, the connection given back when the body ends.
fn accept(
    response: Response<Incoming>,
    mut connection: Box<Driven>,
    method: &Method,
    timeouts: Timeouts,
) -> Result<Response<Body>, Failure> {
    let (mut parts, incoming) = response.into_parts();
    if parts.status == StatusCode::SWITCHING_PROTOCOLS {
        return Err(Failure::UnaskedUpgrade);
    }
    let announced = parts.headers.get(header::CONTENT_LENGTH).is_some_and(|length| length != "0");
    let chunked = parts.headers.contains_key(header::TRANSFER_ENCODING);
    if parts.status == StatusCode::NO_CONTENT && (announced || chunked) {
        // The bytes may still be on their way, and would pass for the start of the next answer.
        connection.spoil();
        drop_fields(&mut parts.headers, |name| name == header::CONTENT_LENGTH);
    }
    if chunked {
        // RFC 9112 section 6.3: of two framings the chunks are the one that was read.
        drop_fields(&mut parts.headers, |name| name == header::CONTENT_LENGTH);
    }
    let mut lengths = parts.headers.get_all(header::CONTENT_LENGTH).iter();
    if let (Some(length), Some(_)) = (lengths.next().cloned(), lengths.next()) {
        // They are equal, or there would be no answer. To a HEAD hyper (1.12) does not take two.
        parts.headers.insert(header::CONTENT_LENGTH, length);
    }
    if parts.version == http::Version::HTTP_10 {
        // hyper would answer in kind and send the next request as HTTP/1.0.
        connection.spoil();
    }
    strip_hop_by_hop(&mut parts.headers);
    parts.extensions.remove::<hyper::upgrade::OnUpgrade>();
    parts.version = http::Version::HTTP_11;
    let bodiless = *method == Method::HEAD || incoming.is_end_stream();
    if bodiless {
        connection.give_back();
        return Ok(Response::from_parts(parts, full(Bytes::new())));
    }
    let body = Watched::new(Arriving::new(incoming, connection), timeouts.frame, None);
    Ok(Response::from_parts(parts, body.boxed_unsync()))
}
