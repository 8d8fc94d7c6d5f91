//! Which requests take the fast path ([`crate::forward::fast`]), and what is counted of them.
//!
//! Those whose answer is legacy's whatever is in it, and of which nothing has to be learned but what its head shows: a
//! read without a body, of no route or of one that is legacy's for everyone, that nobody records, compares or merges
//! anything into. Everything else, and whatever goes wrong on this path, is answered by [`super::handling`].

use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Instant,
};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Uri, Version, header};

use super::{
    bridge::Bridge,
    outward::{CORS, timeouts},
    tasks::asked::AboutTasks,
};
use crate::{
    config::{Access, Host, Mode, names, settings},
    flags::{Decision, Reason, Variant, decide, decision::Circumstances},
    forward::{
        Peer,
        fast::{
            Passing,
            answer::{Added, Head},
            passing::{Ask, Listen},
            request::Line,
        },
        headers,
    },
    rollout::{Ended, Seen},
    routes::{Route, Snapshot, target::Target},
    session::Watched,
    telemetry::{Asked, Ending, Record, access::Detail},
    wire::Cors,
};

/// The client of a connection, as far as it is the same for all its requests.
#[derive(Debug)]
pub struct Caller {
    address: IpAddr,
    text: String,
    local: Option<SocketAddr>,
}

impl Caller {
    /// A client at this address, connected to that one.
    #[must_use]
    pub fn new(address: IpAddr, local: Option<SocketAddr>) -> Self {
        Self { address, text: address.to_string(), local }
    }
}

/// A request on the fast path.
pub type Express = Passing<Told>;

/// Counts a request as any other, when its answer has come.
#[derive(Debug)]
pub struct Told {
    bridge: Arc<Bridge>,
    snapshot: Arc<Snapshot>,
    route: Option<Arc<Route>>,
    decision: Decision,
    origin: Option<HeaderValue>,
    record: Option<Record>,
    /// The same, once the answer has begun.
    ending: Option<Ending>,
    came: Instant,
    /// Whether the client wants its connection to end.
    closes: bool,
}

impl Bridge {
    /// Begins with a request that has this head and no body, if it may take the fast path.
    #[must_use]
    pub fn express(self: &Arc<Self>, head: &Bytes, caller: &Caller) -> Option<Box<Express>> {
        let line = Line::of(head)?;
        if self.alone || self.recorder.is_listening() || !self.handover.is_here() {
            return None;
        }
        let came = Instant::now();
        let snapshot = self.live.snapshot();
        let target = Target::of(line.path());
        let special = Watched::consumes(&line.method, &target)
            || Watched::writes_though_it_reads(&line.method, &target)
            || AboutTasks::of(&line.method, &target).is_some()
            || Watched::of(&line.method, &target).is_some_and(|watched| self.session.cares_about(&watched));
        if special {
            return None;
        }
        let route = snapshot.table.matcher.find(&line.method, &target).map(|found| found.route);
        let decision = match &route {
            Some(route) => self.legacys(route, &snapshot)?,
            None => Decision::new(Variant::Legacy, Reason::Default),
        };
        let listen = &snapshot.config.listen;
        let trusted = listen.trusted_proxies.iter().any(|net| net.contains(&caller.address));
        let peer = Peer { address: caller.address, trusted };
        let (request, lines) = line.rewritten(peer, &caller.text, snapshot.config.trace.context)?;
        if !listen.hosts.is_empty() && !is_for(lines.host, caller, &listen.hosts) {
            return None;
        }
        let origin = lines.origin.map(HeaderValue::from_bytes).transpose().ok()?;
        let asked = Asked {
            method: &line.method,
            path: line.path(),
            target: &target,
            version: Version::HTTP_11,
            route: route.as_ref(),
            client: if trusted { told_client(&line, peer, listen) } else { caller.address },
            came,
        };
        let mut record = Record::begin(&asked, &self.telemetry);
        record.trace = lines.trace;
        record.detail(|| {
            let query = line.target.split_once('?').map(|(_, query)| query);
            let first = |name| line.values(name).next();
            Detail::of(query, first("referer"), first("user-agent"), &snapshot.config.parity.redact)
        });
        let ask = Ask {
            head: head.clone(),
            request,
            to_head: line.method == http::Method::HEAD,
            timeouts: timeouts(&snapshot),
            patience: listen.write_timeout,
        };
        let bridge = Arc::clone(self);
        let told = Told {
            bridge,
            snapshot,
            route,
            decision,
            origin,
            record: Some(record),
            ending: None,
            came,
            closes: lines.closes,
        };
        Some(Box::new(Passing::new(&self.forwarder.pool, ask, told)))
    }

    /// The decision about a read of this route, if it does not depend on the request and nothing is compared.
    fn legacys(&self, route: &Route, snapshot: &Snapshot) -> Option<Decision> {
        let killed = self.live.killed(snapshot);
        if !killed && (route.mode != Mode::Legacy || route.access == Access::Writes) {
            return None;
        }
        let circumstances = Circumstances { killed, ..Circumstances::default() };
        Some(decide(route, circumstances)).filter(|decision| decision.variant == Variant::Legacy)
    }
}

/// The client, as proxies that are trusted tell.
fn told_client(line: &Line<'_>, peer: Peer, listen: &settings::Listen) -> IpAddr {
    let name = HeaderName::from_static("x-forwarded-for");
    let values = line.values(name.as_str()).filter_map(|value| HeaderValue::from_bytes(value).ok());
    let mut headers = HeaderMap::new();
    for value in values {
        headers.append(name.clone(), value);
    }
    headers::client_address(&headers, peer, |address| listen.trusted_proxies.iter().any(|net| net.contains(&address)))
}

/// Whether a request for this Host is for this listener.
fn is_for(host: &[u8], caller: &Caller, hosts: &[Host]) -> bool {
    let Ok(host) = HeaderValue::from_bytes(host) else { return false };
    let headers = HeaderMap::from_iter([(header::HOST, host)]);
    caller.local.is_some_and(|local| names::judge(&headers, &Uri::default(), local, hosts).is_ok())
}

impl Told {
    /// Says that the other way answers, and counts.
    pub fn hand_over(&mut self) -> Instant {
        if let Some(record) = self.record.take() {
            record.forget();
        }
        self.came
    }
}

impl Listen for Told {
    fn answered(&mut self, head: &Head<'_>) -> Added {
        let Self { bridge, snapshot, route, decision, origin, came, .. } = self;
        bridge.heard_status(head.status);
        if let Some(route) = route {
            if let Some(cors) = Cors::shown_by(&head.fields(&CORS)) {
                bridge.session.learn(|facts| facts.learn_cors(origin.as_ref(), cors));
            }
            let ended = Ended::with(head.status.as_u16());
            let took = Some(came.elapsed());
            bridge.rollout().seen(route, *came, Seen { variant: Variant::Legacy, took, ended, beside: false });
        }
        if let Some(record) = self.record.take() {
            self.ending = Some(record.end(*decision, head.status, came.elapsed()));
        }
        let shown = snapshot.config.flags.answer_headers;
        Added {
            decision: shown.then(|| (decision.variant.as_str(), decision.reason.as_str())),
            closes: self.closes || *bridge.stopping.borrow(),
        }
    }

    fn passed(&mut self, bytes: usize) {
        if let Some(ending) = &mut self.ending {
            ending.sent(bytes);
        }
    }
}
