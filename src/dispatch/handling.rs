//! One request, from its head to its answer.

use std::{
    net::IpAddr,
    sync::{Arc, OnceLock},
    time::{Duration, Instant},
};

use http::{HeaderValue, Method, Request, Response, StatusCode, Version, header};
use http_body::Body as _;
use hyper::body::Incoming;

use super::{
    bridge::{Asked, Bridge, Client},
    comparing::capture::Capture,
    gate::may_write,
    handover::Inside,
    outward::the_origin,
    recording::Take,
    tasks::asked::AboutTasks,
};
use crate::{
    config::{Access, settings::Native},
    flags::{Decision, Reason, Variant},
    forward::{
        Body, Failure, Inbound, Peer,
        headers::{self, DETAIL, REASON, VARIANT, upgrades_to_websocket},
        trace::{self, TRACE},
    },
    handlers::Unanswered,
    parity::Skip,
    rollout::{Ended, Seen},
    routes::{Route, Snapshot, target::Target},
    telemetry::{self, Ending, Record, access::Detail},
};

/// A client that leaves after this part of a handler's deadline has waited for what will not come.
const IMPATIENT: u32 = 3;

/// A client may leave before the handler of its read has answered. If it waited long, that is the handler's failure: one
/// that hangs would otherwise never be seen to, as long as clients give up before its deadline.
struct Leaving<'a> {
    bridge: &'a Bridge,
    route: Option<(&'a Arc<Route>, Duration)>,
    native: &'a Native,
    /// When the handler began, if it did: that it had to wait for its turn is not its failure.
    begun: &'a OnceLock<Instant>,
    /// When its request came.
    came: Instant,
}

impl Drop for Leaving<'_> {
    fn drop(&mut self) {
        let Some((route, patience)) = self.route.take() else { return };
        if self.begun.get().is_some_and(|begun| begun.elapsed() >= patience) {
            let seen = Seen { variant: Variant::Native, took: None, ended: Ended::Failed, beside: false };
            self.bridge.rollout().handled(route, true, self.native);
            self.bridge.rollout().seen(route, self.came, seen);
        }
    }
}

impl Bridge {
    /// Answers one request, which came at `started` and was let in. The snapshot taken at the start holds to the end. What is told of it
    /// waits for the answer to be through.
    pub async fn handle(
        self: &Arc<Self>,
        request: Request<Incoming>,
        client: &Client,
        started: Instant,
        inside: Inside,
    ) -> (Response<Body>, Ending) {
        let snapshot = self.live.snapshot();
        let trusted = |address: IpAddr| snapshot.config.listen.trusted_proxies.iter().any(|net| net.contains(&address));
        let peer = Peer { address: client.address, trusted: trusted(client.address) };
        let (parts, body) = request.into_parts();
        let target = Target::of(parts.uri.path());
        let found = snapshot.table.matcher.find(&parts.method, &target);
        let route = found.as_ref().map(|found| &found.route);
        let asked = telemetry::Asked {
            method: &parts.method,
            path: parts.uri.path(),
            target: &target,
            version: parts.version,
            route,
            client: headers::client_address(&parts.headers, peer, trusted),
            came: started,
        };
        let mut record = Record::begin(&asked, &self.telemetry);
        record.detail(|| {
            let field = |name| parts.headers.get(name).map(HeaderValue::as_bytes);
            let names = &snapshot.config.parity.redact;
            Detail::of(parts.uri.query(), field(header::REFERER), field(header::USER_AGENT), names)
        });
        let _writing = may_write(&parts.method, found.as_ref()).then(|| self.comparer.writes.begin());
        let mut asked = Asked { parts, body: Inbound::from(body), target, peer, found, inside: Some(inside) };

        let mut decision = self.decision(&asked, &snapshot, trusted);
        let is_upgrade = asked.parts.method == Method::GET
            && asked.parts.version == Version::HTTP_11
            && upgrades_to_websocket(&asked.parts.headers);
        let head = asked.parts.method == Method::HEAD;
        let has_body = !asked.body.is_end_stream();
        if has_body {
            asked.body.count_into(record.receives());
        }
        let origin = the_origin(&asked.parts.headers);
        let take = if is_upgrade { None } else { self.take_up(&mut asked, &snapshot) };
        // What is recorded is what the client sent.
        record.trace = trace::join(&mut asked.parts.headers, snapshot.config.trace.context);
        let answered = if is_upgrade {
            decision = Decision::new(Variant::Legacy, Reason::Default);
            if self.alone {
                Err(Failure::Alone)
            } else {
                Box::pin(self.websocket(asked, &snapshot, client)).await.map(|(response, variant)| {
                    if variant == Variant::Native {
                        decision = Decision::new(variant, Reason::Static);
                    }
                    response
                })
            }
        } else {
            self.decided(asked, &snapshot, started, &mut decision, &mut record).await
        };
        let broken = has_body && answered.is_err();
        let answered = Take::answered(take, answered, decision.variant);
        let mut response = answered.unwrap_or_else(|failure| {
            // Where there is no legacy it is no news that it did not answer.
            record.failure = (!self.alone).then(|| failure.to_string());
            let mut response = self.answers.failure(&failure, head);
            if let Some(trace) = record.trace.and_then(|trace| HeaderValue::from_str(&trace.to_string()).ok()) {
                response.headers_mut().insert(TRACE, trace);
            }
            // Without these a page of another origin could not read why.
            if let Ok(cors) = self.cors_of(origin) {
                cors.apply(response.headers_mut());
            }
            response
        });
        let refused = is_upgrade && (response.status().is_client_error() || response.status().is_server_error());
        // A body that was not read to its end ends the connection, and the client should know. What follows a refused
        // upgrade was never meant as a request.
        if broken || refused {
            response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        if snapshot.config.flags.answer_headers && response.status() != StatusCode::SWITCHING_PROTOCOLS {
            let headers = response.headers_mut();
            headers.insert(VARIANT, HeaderValue::from_static(decision.variant.as_str()));
            headers.insert(REASON, HeaderValue::from_static(decision.reason.as_str()));
            if let Some(why) = record.unanswered.as_deref().filter(|_| self.alone)
                && let Ok(why) = HeaderValue::from_bytes(why.replace(char::is_control, " ").as_bytes())
            {
                headers.insert(DETAIL, why);
            }
        }
        let ending = record.end(decision, response.status(), started.elapsed());
        (response, ending)
    }

    async fn decided(
        self: &Arc<Self>,
        mut asked: Asked,
        snapshot: &Arc<Snapshot>,
        came: Instant,
        decision: &mut Decision,
        record: &mut Record,
    ) -> Result<Response<Body>, Failure> {
        if !self.alone
            && let Some(about) = AboutTasks::of(&asked.parts.method, &asked.target)
        {
            let (response, variant) = Box::pin(self.about_tasks(about, asked, snapshot)).await?;
            decision.variant = variant;
            return Ok(response);
        }
        let route = asked.found.as_ref().map(|found| Arc::clone(&found.route));
        // What a developer asked for by header says nothing about users.
        let mut route = route.filter(|_| decision.reason != Reason::TargetingMatch && !self.alone);
        let mut capture = self.capture(&mut asked, snapshot, came, *decision);
        let started = Instant::now();
        if let (Variant::Native, Some(found)) = (decision.variant, &asked.found) {
            let patience = snapshot.config.native.deadline.map(|deadline| deadline / IMPATIENT);
            let reads = route.as_ref().filter(|route| route.access == Access::Reads);
            let begun = OnceLock::new();
            let native = &snapshot.config.native;
            let mut leaving = Leaving { bridge: self, route: reads.zip(patience), native, begun: &begun, came };
            // Not part of every request's own future, which is moved about.
            let given = Box::pin(self.native(found, &asked.parts, &mut asked.body, asked.peer, snapshot, &begun)).await;
            leaving.route = None;
            drop(leaving);
            match given {
                Ok((answer, cors, is_task)) => {
                    // Legacy would begin a task that nobody asks for.
                    if is_task && let Some(capture) = capture.take() {
                        capture.skip(Skip::Once);
                    }
                    let ended = if answer.broken { Ended::Failed } else { Ended::with(answer.status) };
                    let response = self.answers.native(answer, asked.parts.method == Method::HEAD, &cors);
                    // A task is counted when it is done.
                    if let Some(route) = route.as_ref().filter(|_| !is_task) {
                        let took = Some(begun.get().unwrap_or(&started).elapsed());
                        self.rollout().handled(route, ended == Ended::Failed, &snapshot.config.native);
                        let seen = Seen { variant: Variant::Native, took, ended, beside: false };
                        self.rollout().seen(route, came, seen);
                    }
                    return Ok(Capture::answered(capture, response));
                }
                Err(unanswered) => {
                    if let Some(capture) = capture.take() {
                        capture.unanswered(&unanswered);
                    }
                    // What it declines says nothing about it.
                    if let Some(route) = route.take().filter(|_| matches!(unanswered, Unanswered::Failed(_))) {
                        let seen = Seen { variant: Variant::Native, took: None, ended: Ended::Failed, beside: false };
                        self.rollout().handled(&route, true, &snapshot.config.native);
                        self.rollout().seen(&route, came, seen);
                    }
                    decision.variant = Variant::Legacy;
                    decision.reason = match &unanswered {
                        Unanswered::Declined(_) => Reason::Declined,
                        Unanswered::Failed(_) => Reason::Error,
                    };
                    record.unanswered = Some(unanswered.to_string());
                }
            }
        }
        if self.alone {
            return Err(Failure::Alone);
        }
        let answered = self.forward_or_merge(asked, snapshot).await;
        // What the handler left to it is no fair sample of legacy.
        if let Some(route) = &route
            && !matches!(answered, Err(Failure::Client(_)))
        {
            let ended = answered.as_ref().map_or(Ended::Failed, |answer| Ended::with(answer.status().as_u16()));
            let took = answered.is_ok().then(|| started.elapsed());
            self.rollout().seen(route, came, Seen { variant: Variant::Legacy, took, ended, beside: false });
        }
        match answered {
            Ok(response) => Ok(Capture::answered(capture, response)),
            Err(failure) => {
                if let Some(capture) = capture {
                    let client = matches!(failure, Failure::Client(_));
                    capture.skip(if client { Skip::BrokenOff } else { Skip::LegacyFailed });
                }
                Err(failure)
            }
        }
    }
}
