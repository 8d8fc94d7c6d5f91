//! The way out to legacy: what is sent there, in which form, and what the answer teaches.

use std::sync::Arc;

use http::{HeaderMap, HeaderName, HeaderValue, Request, Response, Uri, header, request::Parts};
use http_body::Body as _;
use hyper::upgrade::OnUpgrade;
use tokio::sync::watch;

use super::{
    bridge::{Asked, Bridge, Client},
    gate::{self, may_write},
};
use crate::{
    config::NativeWrites,
    forward::{
        Body, Exchange, Failure, Peer, Timeouts,
        exchange::Outgoing,
        fast::Instead,
        headers, hops,
        tunnel::{Answered, Caller, Tunnel},
    },
    handlers,
    routes::{Snapshot, matcher::Found},
    schema::needs::Database,
    session::Watched,
    wire::Cors,
};

/// What [`Cors::shown_by`] looks at.
pub(super) const CORS: [HeaderName; 3] =
    [HeaderName::from_static("mimetype"), header::ACCESS_CONTROL_ALLOW_ORIGIN, header::VARY];

impl Bridge {
    /// Forwards a request as it came.
    pub(super) async fn forward(
        self: &Arc<Self>,
        asked: Asked,
        snapshot: &Snapshot,
    ) -> Result<Response<Body>, Failure> {
        let Asked { mut parts, body, target, peer, found, inside } = asked;
        let fresh = match parts.extensions.remove::<Instead>() {
            Some(Instead::Failed(failure)) => return Err(failure),
            again => again.is_some(),
        };
        if !hops::count_down(&parts.method, &mut parts.headers) {
            return Ok(self.answers.last_hop(&parts.method));
        }
        let timeouts = timeouts(snapshot);
        let once = Watched::consumes(&parts.method, &target);
        let writes =
            may_write(&parts.method, found.as_ref()) || Watched::writes_though_it_reads(&parts.method, &target);
        let watched = Watched::of(&parts.method, &target).filter(|watched| self.session.cares_about(watched));
        let origin = the_origin(&parts.headers);
        let head = self.head(parts, peer, None)?;
        let body = if body.is_end_stream() {
            Outgoing::Empty
        } else {
            Outgoing::Stream(body, snapshot.config.listen.max_body)
        };
        let exchange = Exchange { head, body, once, fresh };
        let turn = if writes { Box::pin(self.turn_to_write(found.as_ref(), snapshot)).await } else { None };
        // What is just passed on is as good in one process as in another.
        let inside = inside.filter(|_| watched.is_some() || turn.is_some());
        let response = match watched {
            Some(watched) => Box::pin(self.pass_watched(watched, exchange, timeouts)).await?,
            None => self.pass(exchange, timeouts).await?,
        };
        // Legacy has committed, or has not, before it begins its answer.
        drop((turn, inside));
        // An answer to a migrated route shows what native answers to the same Origin must carry.
        if let (Some(_), Ok(origin), Some(cors)) = (found, origin, Cors::shown_by(response.headers())) {
            self.session.learn(|facts| facts.learn_cors(origin.as_ref(), cors));
        }
        Ok(response)
    }

    /// A forwarded request's turn at the write gate. Where nothing is written natively there is nothing to wait for.
    pub(super) async fn turn_to_write(&self, found: Option<&Found>, snapshot: &Snapshot) -> Option<gate::Forwarded> {
        if snapshot.config.flags.native_writes == NativeWrites::Off || self.attachment.has_immediate_transactions() {
            return None;
        }
        let handler = found.and_then(|found| handlers::find(found.route.handler));
        let changed: Vec<Database> = match handler {
            Some(handler) => handler.changes.iter().map(|(database, _)| *database).collect(),
            // What it touches is legacy's to know.
            None => Database::ALL.to_vec(),
        };
        Some(self.gate.forwarded(&changed, snapshot.config.native.write_wait.unwrap_or(gate::UNBOUNDED)).await)
    }

    /// Asks legacy for an upgrade, and has the tunnel run if it is granted.
    pub(super) async fn tunnel(
        self: &Arc<Self>,
        asked: Asked,
        snapshot: &Snapshot,
        client: &Client,
    ) -> Result<Response<Body>, Failure> {
        let Asked { mut parts, peer, inside, .. } = asked;
        drop(inside);
        let on_upgrade = parts.extensions.remove::<OnUpgrade>();
        let merged = merge_slashes(&parts.uri);
        let head = self.head(parts, peer, merged)?;
        match self.forwarder.upgrade(head, timeouts(snapshot)).await? {
            Answered::Refused(response) => Ok(response),
            Answered::Granted(response, tunnel) => {
                if let Some(upgrade) = on_upgrade {
                    tokio::spawn(dug(tunnel, upgrade, snapshot, client, self.stopping.clone()));
                }
                Ok(response)
            }
        }
    }

    /// The head to forward: origin-form target, byte for byte unless a rewritten one is given, and prepared headers.
    pub(super) fn head(&self, mut parts: Parts, peer: Peer, rewritten: Option<Uri>) -> Result<Request<()>, Failure> {
        // RFC 9112 section 3.2.2: the authority of an absolute-form target replaces the Host.
        let authority = parts.uri.authority().and_then(|authority| HeaderValue::from_str(authority.as_str()).ok());
        let host = authority
            .or_else(|| parts.headers.get(header::HOST).filter(|host| !host.is_empty()).cloned())
            .or_else(|| HeaderValue::from_str(&self.forwarder.pool.url().authority()).ok())
            .unwrap_or(HeaderValue::from_static("localhost"));
        headers::prepare(&mut parts.headers, peer, &host, parts.version);
        parts.extensions.remove::<OnUpgrade>();
        let origin_form = match (rewritten, parts.uri.path_and_query().map_or("/", http::uri::PathAndQuery::as_str)) {
            (Some(uri), _) => Ok(uri),
            // An absolute-form target may go from the authority straight to the query.
            (None, query) if query.starts_with('?') => format!("/{query}").parse::<Uri>(),
            (None, target) => target.parse::<Uri>(),
        };
        parts.uri = origin_form.map_err(|error| Failure::Malformed(error.to_string()))?;
        parts.version = http::Version::HTTP_11;
        Ok(Request::from_parts(parts, ()))
    }
}

/// A request has several Origins, which legacy joins into one that nobody sent.
#[derive(Debug)]
pub(super) struct SeveralOrigins;

/// The Origin of a request, if it has one.
pub(super) fn the_origin(headers: &HeaderMap) -> Result<Option<HeaderValue>, SeveralOrigins> {
    let mut lines = headers.get_all(header::ORIGIN).iter();
    let first = lines.next().cloned();
    lines.next().map_or(Ok(first), |_| Err(SeveralOrigins))
}

/// A granted upgrade, until it ends or `stopping` says so. The client keeps its place as long.
pub(super) fn dug(
    tunnel: Tunnel,
    upgrade: OnUpgrade,
    snapshot: &Snapshot,
    client: &Client,
    stopping: watch::Receiver<bool>,
) -> impl Future<Output = ()> + use<> {
    let patience = snapshot.config.listen.write_timeout;
    let caller = Caller { upgrade, release: client.release, patience };
    let place = Arc::clone(&client.place);
    async move {
        tunnel.run(caller, stopping).await;
        drop(place);
    }
}

pub(super) fn timeouts(snapshot: &Snapshot) -> Timeouts {
    let (legacy, listen) = (&snapshot.config.legacy, &snapshot.config.listen);
    Timeouts {
        queue: legacy.queue_timeout,
        waiting: Some(legacy.max_waiting),
        connect: legacy.connect_timeout,
        header: legacy.header_timeout,
        frame: legacy.frame_timeout,
        body: listen.body_timeout,
    }
}

/// The frontend asks for `//ws/`, which legacy would upgrade and close at once; nginx in front of it merges slashes.
pub(super) fn merge_slashes(uri: &Uri) -> Option<Uri> {
    let path = uri.path();
    if !path.contains("//") {
        return None;
    }
    let mut merged = String::with_capacity(path.len());
    for c in path.chars() {
        if c != '/' || !merged.ends_with('/') {
            merged.push(c);
        }
    }
    let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
    format!("{merged}{query}").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slashes_of_an_upgrade_are_merged_and_its_query_kept() {
        let merged = |text: &str| merge_slashes(&text.parse().unwrap()).map(|uri| uri.to_string());
        assert_eq!(merged("//ws/"), Some("/ws/".into()));
        assert_eq!(merged("//ws//x?a=//b"), Some("/ws/x?a=//b".into()));
        assert_eq!(merged("/ws"), None);
    }
}
