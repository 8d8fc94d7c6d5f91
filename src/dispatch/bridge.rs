//! Everything a request needs, and the decision made with it.

use std::{
    net::IpAddr,
    sync::{Arc, atomic::AtomicBool},
    time::Instant,
};

use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, Uri, Version, header, request::Parts};
use http_body::Body as _;
use hyper::body::Incoming;
use tokio::sync::{OwnedSemaphorePermit, watch};

use super::{
    answers::Answers,
    casing,
    targeting::{self, Source},
};
use crate::{
    config::Sticky,
    flags::{Decision, Reason, Variant, decide, decision::Circumstances},
    forward::{
        Body, Exchange, Failure, Forwarder, Peer, Timeouts,
        exchange::Outgoing,
        headers::{self, REASON, VARIANT, upgrades_to_websocket},
        tunnel::Answered,
    },
    handlers::Unanswered,
    routes::{Live, Snapshot, matcher::Found, target::Target},
    session::{Session, Watched},
    telemetry::{Counters, Record},
    wire::Cors,
};

/// The bridge.
#[derive(Debug)]
pub struct Bridge {
    /// Configuration and routes in force.
    pub live: Arc<Live>,
    /// The way to legacy.
    pub forwarder: Forwarder,
    /// Who is logged in.
    pub session: Arc<Session>,
    /// Responses of our own.
    pub answers: Answers,
    /// Requests by route, variant and reason.
    pub counters: Arc<Counters>,
    /// Whether legacy has been asked once.
    pub ready: AtomicBool,
    stopping: watch::Receiver<bool>,
}

/// The client of a request.
#[derive(Debug, Clone)]
pub struct Client {
    /// Address of its socket.
    pub address: IpAddr,
    /// Held as long as the connection, tunnel included, lives: its place among the allowed connections.
    pub place: Arc<OwnedSemaphorePermit>,
}

/// One request, taken apart.
struct Asked {
    parts: Parts,
    body: Incoming,
    target: Target,
    peer: Peer,
    found: Option<Found>,
}

impl Bridge {
    /// Puts a bridge together.
    pub async fn new(
        live: Arc<Live>,
        forwarder: Forwarder,
        session: Arc<Session>,
        stopping: watch::Receiver<bool>,
    ) -> Arc<Self> {
        let answers = Answers::new(casing::learn().await);
        let ready = AtomicBool::new(false);
        Arc::new(Self { live, forwarder, session, answers, counters: Arc::default(), ready, stopping })
    }

    /// Answers one request. The snapshot taken at the start holds to the end.
    pub async fn handle(self: &Arc<Self>, request: Request<Incoming>, client: &Client) -> Response<Body> {
        let started = Instant::now();
        let snapshot = self.live.snapshot();
        let trusted = |address: IpAddr| snapshot.config.listen.trusted_proxies.iter().any(|net| net.contains(&address));
        let peer = Peer { address: client.address, trusted: trusted(client.address) };
        let (parts, body) = request.into_parts();
        let target = Target::of(parts.uri.path());
        let found = snapshot.table.matcher.find(&parts.method, &target);
        let mut record =
            Record::begin(&parts.method, parts.uri.path(), found.as_ref().map(|found| &found.route), &self.counters);
        let asked = Asked { parts, body, target, peer, found };

        let mut decision = self.decision(&asked, &snapshot, trusted);
        let is_upgrade = asked.parts.method == Method::GET
            && asked.parts.version == Version::HTTP_11
            && upgrades_to_websocket(&asked.parts.headers);
        let head = asked.parts.method == Method::HEAD;
        let has_body = !asked.body.is_end_stream();
        let cors = self.cors(&asked.parts.headers).ok();
        let answered = if is_upgrade {
            decision = Decision::new(Variant::Legacy, Reason::Default);
            self.tunnel(asked, &snapshot, client).await
        } else {
            self.decided(asked, &snapshot, &mut decision, &mut record).await
        };
        let broken = has_body && answered.is_err();
        let mut response = answered.unwrap_or_else(|failure| {
            record.failure = Some(failure.to_string());
            let mut response = self.answers.failure(&failure, head);
            // Without these a page of another origin could not read why.
            if let Some(cors) = &cors {
                cors.apply(response.headers_mut());
            }
            response
        });
        let refused = is_upgrade && (response.status().is_client_error() || response.status().is_server_error());
        // A body that was not read to its end ends the connection, and the client should know. What follows a refused upgrade was never meant as a request.
        if broken || refused {
            response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        if snapshot.config.flags.answer_headers && response.status() != StatusCode::SWITCHING_PROTOCOLS {
            let headers = response.headers_mut();
            headers.insert(VARIANT, HeaderValue::from_static(decision.variant.as_str()));
            headers.insert(REASON, HeaderValue::from_static(decision.reason.as_str()));
        }
        record.end(decision, response.status(), started.elapsed());
        response
    }

    fn decision(&self, asked: &Asked, snapshot: &Snapshot, trusted: impl Fn(IpAddr) -> bool) -> Decision {
        let Some(found) = &asked.found else { return Decision::new(Variant::Legacy, Reason::Default) };
        let headers = &asked.parts.headers;
        let flags = &snapshot.config.flags;
        let user = match found.route.sticky {
            Sticky::User => self.session.view(None).ok().and_then(|view| view.who.name().map(str::to_owned)),
            _ => None,
        };
        let client = headers::client_address(headers, asked.peer, trusted);
        let key = targeting::key(&found.route.sticky, Source { headers, client, user: user.as_deref() });
        let circumstances = Circumstances {
            killed: self.live.killed(snapshot),
            asked: flags.override_header.then(|| asked_variant(headers)).flatten(),
            targeting_key: key.as_deref(),
            native_writes: flags.native_writes,
        };
        decide(&found.route, circumstances)
    }

    async fn decided(
        self: &Arc<Self>,
        asked: Asked,
        snapshot: &Snapshot,
        decision: &mut Decision,
        record: &mut Record,
    ) -> Result<Response<Body>, Failure> {
        if let (Variant::Native, Some(found)) = (decision.variant, &asked.found) {
            match self.native(found, &asked.parts, !asked.body.is_end_stream(), snapshot).await {
                Ok((answer, cors)) => {
                    return Ok(self.answers.native(answer, asked.parts.method == Method::HEAD, &cors));
                }
                Err(unanswered) => {
                    decision.variant = Variant::Legacy;
                    decision.reason = match &unanswered {
                        Unanswered::Declined(_) => Reason::Declined,
                        Unanswered::Failed(_) => Reason::Error,
                    };
                    record.unanswered = Some(unanswered.to_string());
                }
            }
        }
        self.forward(asked, snapshot).await
    }

    async fn forward(self: &Arc<Self>, asked: Asked, snapshot: &Snapshot) -> Result<Response<Body>, Failure> {
        let Asked { parts, body, target, peer, found } = asked;
        let timeouts = timeouts(snapshot);
        let once = Watched::consumes(&parts.method, &target);
        let watched = Watched::of(&parts.method, &target).filter(|watched| self.session.cares_about(watched));
        let origin = the_origin(&parts.headers);
        let head = self.head(parts, peer, None)?;
        let body = match body.is_end_stream() {
            true => Outgoing::Empty,
            false => Outgoing::Stream(body, snapshot.config.listen.max_body),
        };
        let exchange = Exchange { head, body, once };
        let response = match watched {
            Some(watched) => self.pass_watched(watched, exchange, timeouts).await?,
            None => self.pass(exchange, timeouts).await?,
        };
        // An answer to a migrated route shows what native answers to the same Origin must carry. One that the server
        // gave before it reached the API (to a HEAD with a body, say) shows nothing: it lacks the API's mark.
        if let (Some(_), Ok(origin), true) = (found, origin, response.headers().contains_key("mimetype")) {
            self.session.learn(|facts| facts.learn_cors(origin.as_ref(), Cors::of(response.headers())));
        }
        Ok(response)
    }

    async fn tunnel(
        self: &Arc<Self>,
        asked: Asked,
        snapshot: &Snapshot,
        client: &Client,
    ) -> Result<Response<Body>, Failure> {
        let Asked { mut parts, peer, .. } = asked;
        let on_upgrade = parts.extensions.remove::<hyper::upgrade::OnUpgrade>();
        let merged = merge_slashes(&parts.uri);
        let head = self.head(parts, peer, merged)?;
        match self.forwarder.upgrade(head, timeouts(snapshot)).await? {
            Answered::Refused(response) => Ok(response),
            Answered::Granted(response, tunnel) => {
                if let Some(on_upgrade) = on_upgrade {
                    let (stopping, place) = (self.stopping.clone(), Arc::clone(&client.place));
                    tokio::spawn(async move {
                        tunnel.run(on_upgrade, stopping).await;
                        drop(place);
                    });
                }
                Ok(response)
            }
        }
    }

    /// The head to forward: origin-form target, byte for byte unless a rewritten one is given, and prepared headers.
    fn head(&self, mut parts: Parts, peer: Peer, rewritten: Option<Uri>) -> Result<Request<()>, Failure> {
        // RFC 9112 section 3.2.2: the authority of an absolute-form target replaces the Host.
        let authority = parts.uri.authority().and_then(|authority| HeaderValue::from_str(authority.as_str()).ok());
        let host = authority
            .or_else(|| parts.headers.get(header::HOST).filter(|host| !host.is_empty()).cloned())
            .or_else(|| HeaderValue::from_str(&self.forwarder.pool.url().authority()).ok())
            .unwrap_or(HeaderValue::from_static("localhost"));
        headers::prepare(&mut parts.headers, peer, &host);
        parts.extensions.remove::<hyper::upgrade::OnUpgrade>();
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

/// What the override header asks for.
fn asked_variant(headers: &HeaderMap) -> Option<Variant> {
    match headers.get(VARIANT)?.as_bytes() {
        b"legacy" => Some(Variant::Legacy),
        b"native" => Some(Variant::Native),
        _ => None,
    }
}

fn timeouts(snapshot: &Snapshot) -> Timeouts {
    let (legacy, listen) = (&snapshot.config.legacy, &snapshot.config.listen);
    Timeouts {
        queue: legacy.queue_timeout,
        connect: legacy.connect_timeout,
        header: legacy.header_timeout,
        frame: legacy.frame_timeout,
        body: listen.body_timeout,
    }
}

/// The frontend asks for `//ws/`, which legacy would upgrade and close at once; nginx in front of it merges slashes.
fn merge_slashes(uri: &Uri) -> Option<Uri> {
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
