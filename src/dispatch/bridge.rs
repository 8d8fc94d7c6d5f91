//! Everything a request needs, and the decision made with it.

use std::{
    any::Any,
    net::IpAddr,
    sync::{Arc, atomic::AtomicBool},
};

use bytes::BytesMut;
use http::{HeaderMap, request::Parts};
use hyper::upgrade::Upgraded;
use tokio::{net::TcpStream, sync::watch};

use super::{
    answers::Answers,
    background::Leased,
    casing,
    classes::Classes,
    comparing::Comparer,
    gate::WriteGate,
    handover::{Handover, Inside},
    recording::Recorder,
    targeting::{self, Source},
    tasks::Adopted,
};
use crate::{
    compat::Attachment,
    config::{Caches, Sticky},
    flags::{Decision, Reason, Variant, decide, decision::Circumstances},
    forward::{
        Forwarder, Inbound, Peer,
        headers::{self, VARIANT},
        pool::Pool,
    },
    notifier::Notifier,
    outbound::{self, proxy::Environment},
    rollout::Rollout,
    routes::{Live, Snapshot, matcher::Found, target::Target},
    session::Session,
    tasks::{Queries, Tasks},
    telemetry::Telemetry,
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
    /// Legacy's writes and ours take turns.
    pub gate: WriteGate,
    /// The places that handlers take.
    pub classes: Arc<Classes>,
    /// The package inside legacy.
    pub attachment: Arc<Attachment>,
    /// The websocket's clients.
    pub notifier: Arc<Notifier>,
    /// What compares the answers of the two sides.
    pub comparer: Comparer,
    /// What copies exchanges for whoever records them.
    pub recorder: Arc<Recorder>,
    /// What runs without a request that waits for it.
    pub tasks: Arc<Tasks>,
    /// The tasks that clients have asked for.
    pub queries: Arc<Queries>,
    pub(super) adopted: Adopted,
    /// Background tasks of legacy's that are done here.
    pub leased: Leased,
    /// The way to servers of others.
    pub outbound: Arc<outbound::Client>,
    /// What is counted and shown of requests.
    pub telemetry: Arc<Telemetry>,
    /// Whether legacy has been asked once.
    pub ready: AtomicBool,
    /// Whether requests are answered here.
    pub handover: Handover,
    /// Whether it was told to stop.
    pub leaving: AtomicBool,
    pub(super) stopping: watch::Receiver<bool>,
    /// Whether there is no legacy at all: what no handler answers is answered with why.
    pub(super) alone: bool,
}

/// The client of a request.
#[derive(Debug, Clone)]
pub struct Client {
    /// Address of its socket.
    pub address: IpAddr,
    /// Held as long as the connection, tunnel included, lives: its place among the allowed connections.
    pub place: Place,
    /// Takes the socket out of an upgraded connection.
    pub release: Release,
}

/// A place among the allowed connections. It is free again when nobody holds it any more.
pub type Place = Arc<dyn Any + Send + Sync>;

/// Takes the socket out of an upgraded connection, and what was read of it behind the request; none if it is another
/// kind of connection than the listener makes.
pub type Release = fn(Upgraded) -> Option<(TcpStream, BytesMut)>;

/// One request, taken apart.
pub(super) struct Asked {
    pub(super) parts: Parts,
    pub(super) body: Inbound,
    pub(super) target: Target,
    pub(super) peer: Peer,
    pub(super) found: Option<Found>,
    /// As long as what comes of it is this process's to know.
    pub(super) inside: Option<Inside>,
}

impl Bridge {
    /// Puts a bridge together.
    pub async fn new(
        live: Arc<Live>,
        forwarder: Forwarder,
        session: Arc<Session>,
        comparer: Comparer,
        stopping: watch::Receiver<bool>,
    ) -> Arc<Self> {
        Arc::new(Self::put_together(live, forwarder, session, comparer, stopping).await)
    }

    /// One without a legacy behind it: what no handler answers is refused, and `x-cutover-detail` says why it was not
    /// answered. Live, such reasons are for the log alone: they name files.
    pub async fn alone(
        live: Arc<Live>,
        session: Arc<Session>,
        comparer: Comparer,
        stopping: watch::Receiver<bool>,
    ) -> Arc<Self> {
        let pool = Pool::new(live.snapshot().config.legacy.url.clone(), 0, None);
        let bridge = Self::put_together(live, Forwarder::new(pool, 0), session, comparer, stopping).await;
        Arc::new(Self { alone: true, ..bridge })
    }

    async fn put_together(
        live: Arc<Live>,
        forwarder: Forwarder,
        session: Arc<Session>,
        comparer: Comparer,
        stopping: watch::Receiver<bool>,
    ) -> Self {
        let answers = Answers::new(casing::learn().await);
        let notifier = Notifier::new(Arc::clone(&live), Arc::clone(&session));
        let recorder = Arc::new(Recorder::new(&live.snapshot().config.parity, stopping.clone()));
        let tasks = Tasks::new(live.snapshot().config.tasks.max);
        let queries = Queries::new(Arc::clone(&tasks), usize::MAX);
        let telemetry = Telemetry::new(Arc::clone(&live.snapshot().endpoints));
        let classes = Classes::new(&live.snapshot().config.native, session.files.readers());
        let told = Arc::clone(&notifier);
        tasks.report_to(Box::new(move |error| told.report_error(&error)));
        Self {
            live,
            forwarder,
            session,
            answers,
            gate: WriteGate::default(),
            classes: Arc::new(classes),
            attachment: Arc::default(),
            notifier,
            comparer,
            recorder,
            tasks,
            queries,
            adopted: Adopted::default(),
            leased: Leased::default(),
            outbound: Arc::new(outbound::Client::new(Environment::of_the_process())),
            telemetry,
            ready: AtomicBool::new(false),
            handover: Handover::default(),
            leaving: AtomicBool::new(false),
            stopping,
            alone: false,
        }
    }

    /// How far each route goes.
    #[must_use]
    pub fn rollout(&self) -> &Arc<Rollout> {
        &self.comparer.rollout
    }

    /// Turns true when the bridge stops.
    #[must_use]
    pub fn stopping(&self) -> watch::Receiver<bool> {
        self.stopping.clone()
    }

    /// Who answers, and why.
    pub(super) fn decision(&self, asked: &Asked, snapshot: &Snapshot, trusted: impl Fn(IpAddr) -> bool) -> Decision {
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
            attached: self.alone || self.attachment.is_attached(),
            dropped: if self.alone { Caches::ALL } else { self.attachment.caches() },
        };
        let decision = decide(&found.route, circumstances);
        // Whoever asks for a variant by header gets it.
        let by_mode = matches!(decision.reason, Reason::Static | Reason::Split);
        if decision.variant == Variant::Native
            && by_mode
            && !self.alone
            && !self.rollout().admits(&found.route, &snapshot.config.native)
        {
            return Decision { variant: Variant::Legacy, reason: Reason::Breaker, ..decision };
        }
        decision
    }
}

/// What the override header asks for.
fn asked_variant(headers: &HeaderMap) -> Option<Variant> {
    match headers.get(VARIANT)?.as_bytes() {
        b"legacy" => Some(Variant::Legacy),
        b"native" => Some(Variant::Native),
        _ => None,
    }
}
