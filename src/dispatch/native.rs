//! A handler's run, and when there is none.

use std::{
    panic::AssertUnwindSafe,
    pin::Pin,
    sync::{Arc, OnceLock},
    time::Instant,
};

use bytes::Bytes;
use futures_util::FutureExt;
use http::{HeaderMap, HeaderValue, Method, header, request::Parts};
use http_body::Body as _;

#[cfg(debug_assertions)]
use super::mutation;
use super::{
    bridge::Bridge,
    gate::{self, UNBOUNDED},
    outward::{SeveralOrigins, the_origin},
    tasks::adopting::Again,
};
use crate::{
    compat::Stale,
    config::{Access, Caches},
    forward::{Inbound, Peer},
    handlers::{
        self, Class, Context, Stop, Unanswered,
        handler::{Answering, Outcome},
        staleness::Staleness,
        stop::Later,
        upload::Upload,
    },
    routes::{Snapshot, matcher::Found, pattern::Segment},
    schema::needs::Database,
    wire::{
        Answer, Cors, Style, Value,
        parse::{Unparsed, parse},
    },
};

/// What a handler gives.
pub(super) enum Given {
    /// An answer.
    Answer(Answer),
    /// Work to be done as a task.
    Later(Answering),
}

/// What a handler gives, and the CORS headers that go with its answer.
pub(super) type Native = Result<(Given, Cors), Unanswered>;

/// An answer for the client, its CORS headers, and whether it is the id of a task.
pub(super) type Told = Result<(Answer, Cors, bool), Unanswered>;

impl Bridge {
    /// Runs the handler of a route. Whatever keeps it from answering, nothing was changed and the request is intact:
    /// what was read of its body is kept in it. `begun` is when the handler began: the time before is the client's, who
    /// sends, and that of others, who have their turn.
    pub(super) async fn native(
        self: &Arc<Self>,
        found: &Found,
        parts: &Parts,
        body: &mut Inbound,
        peer: Peer,
        snapshot: &Arc<Snapshot>,
        begun: &OnceLock<Instant>,
    ) -> Told {
        if parts.method == Method::HEAD && !body.is_end_stream() {
            return Err(head_with_a_body());
        }
        let (listen, native) = (&snapshot.config.listen, &snapshot.config.native);
        let limit = [listen.max_body, native.max_body].into_iter().flatten().min();
        let whole = body.collect(listen.body_timeout, limit).await;
        let whole = whole.ok_or_else(|| Unanswered::declined("its body is too large, or broke off"))?;
        // Before the handler looks who is in: what is that user's is not the next one's.
        let login = self.follow_session();
        match self.run_handler(found, parts, &whole, snapshot, begun).await? {
            (Given::Answer(answer), cors) => Ok((answer, cors, false)),
            (Given::Later(_), _) if self.alone || parts.method == Method::HEAD => {
                Err(Unanswered::declined("it asks for a task"))
            }
            (Given::Later(work), cors) => {
                let mut parts = parts.clone();
                parts.extensions.clear();
                let again = Again { found: found.clone(), parts, body: whole, peer, snapshot: Arc::clone(snapshot) };
                Ok((self.begin_task(work, login, again)?, cors, true))
            }
        }
    }

    /// The same, with the body at hand.
    pub(super) async fn run_handler(
        &self,
        found: &Found,
        parts: &Parts,
        whole: &Bytes,
        snapshot: &Snapshot,
        begun: &OnceLock<Instant>,
    ) -> Native {
        let cors = self.cors(&parts.headers)?;
        let says_json = says_json(&parts.headers)?;
        if parts.method == Method::HEAD && !whole.is_empty() {
            return Err(head_with_a_body());
        }
        let handler = handlers::find(found.route.handler)
            .ok_or_else(|| Unanswered::Failed(format!("no handler {}", found.route.handler)))?;
        let class = Class::of(handler);
        // Before the body is parsed: what it is parsed into takes up many times as much, and nobody should wait with that.
        let place = self.classes.enter(class, &snapshot.config.native).await?;
        let _ = begun.set(Instant::now());
        // Legacy parses what says it is JSON before anything else, whatever the method; and nothing is no JSON.
        let json = match says_json.then(|| parse(whole)).transpose() {
            Ok(json) => json,
            Err(Unparsed::Malformed) => return Ok((Given::Answer(Answer::unreadable_json()), cors)),
            Err(odd) => return Err(Unanswered::declined(odd.to_string())),
        };
        let context = Context::new(
            parts.uri.query().unwrap_or_default().to_owned(),
            variables(found)?,
            json,
            Arc::clone(&self.session),
            snapshot.config.session.outage,
        );
        let staleness = self.staleness(found);
        let mut context = context.uploading(upload(&parts.headers, whole)).telling(staleness.clone());
        // Without legacy there is nobody in whose place to ask, and a replay is to come out the same each time.
        if !self.alone {
            context = context.reaching(Arc::clone(&self.outbound), snapshot.config.outbound.clone());
        }
        let changed: Vec<Database> = handler.changes.iter().map(|(database, _)| *database).collect();
        let turn = if changed.is_empty() || self.alone || self.attachment.has_immediate_transactions() {
            None
        } else {
            let bound = snapshot.config.native.write_wait.unwrap_or(UNBOUNDED);
            let turn = self.gate.native(&changed, bound).await;
            Some(turn.ok_or_else(|| Unanswered::declined("legacy is busy with requests that may write"))?)
        };
        let running = handler.answer(context);
        #[cfg(debug_assertions)]
        let running = spoilt(running, &found.route.name);
        let outcome: Outcome = if handler.declared.access == Access::Writes {
            // A write is not broken off between commit and answer because its client went away.
            let telling = Box::pin(self.telling(found, staleness));
            let written = tokio::spawn(async move {
                let outcome = finishing(running, turn, telling).await;
                drop(place);
                outcome
            });
            let written = written.await;
            written.unwrap_or_else(|error| Err(Stop::too_late(&error)))
        } else {
            let running = AssertUnwindSafe(running).catch_unwind();
            let failed = |why: &str| Err(Unanswered::Failed(why.into()).into());
            match snapshot.config.native.deadline.filter(|_| !self.alone) {
                Some(deadline) => match tokio::time::timeout(deadline, running).await {
                    Ok(outcome) => outcome.unwrap_or_else(|_| failed("the handler panicked")),
                    // Dropped, it interrupts its query.
                    Err(_) => failed("the handler was not done in time (native.deadline)"),
                },
                None => running.await.unwrap_or_else(|_| failed("the handler panicked")),
            }
        };
        let answer = match outcome {
            Ok(answer) | Err(Stop::Refused(answer)) => answer,
            Err(Stop::Unanswered(why)) => return Err(why),
            // A write has its turn already, and others wait for that.
            Err(Stop::Later(Later(work))) if class == Class::Write => return Ok((Given::Later(work), cors)),
            Err(Stop::Later(Later(work))) => return Ok((Given::Later(self.in_turn(class, work)), cors)),
        };
        if parts.method == Method::HEAD && answer.style == Style::Flask {
            return Err(Unanswered::declined("a HEAD with wrong arguments, on which legacy fails in its own way"));
        }
        Ok((Given::Answer(answer), cors))
    }

    /// Work to be done as a task takes a place as well, once it is its turn.
    fn in_turn(&self, class: Class, work: Answering) -> Answering {
        let classes = Arc::clone(&self.classes);
        Box::pin(async move {
            let _place = classes.enter_as_task(class).await;
            work.await
        })
    }

    /// What legacy drops when it is told, and what the route always leaves stale there.
    fn staleness(&self, found: &Found) -> Staleness {
        let stale = found.route.stale;
        #[cfg(debug_assertions)]
        let stale = if mutation::leaves_stale(&found.route.name) {
            <crate::config::Cache as crate::config::Worded>::ALL
        } else {
            stale
        };
        // Without legacy there is no memory of it.
        let dropped = if self.alone { Caches::ALL } else { self.attachment.caches() };
        Staleness::new(dropped, stale)
    }

    /// Has legacy drop what it holds in memory of what a handler changes, before anybody hears that it is changed.
    fn telling(&self, found: &Found, staleness: Staleness) -> impl Future<Output = ()> + Send + use<> {
        let (attachment, route) = (Arc::clone(&self.attachment), found.route.name.clone());
        let alone = self.alone;
        async move {
            let caches: Vec<Stale> = staleness.named().into_iter().map(Stale::from).collect();
            if !(caches.is_empty() || alone)
                && let Err(error) = attachment.invalidate(caches).await
            {
                tracing::error!(route, %error, "legacy still has in memory what a native write has changed");
            }
        }
    }

    /// The CORS headers of this request's answer, as legacy was seen to give them to the same Origin.
    pub(super) fn cors(&self, headers: &HeaderMap) -> Result<Cors, Unanswered> {
        self.cors_of(the_origin(headers))
    }

    /// The same, of an Origin that was looked for already.
    pub(super) fn cors_of(&self, origin: Result<Option<HeaderValue>, SeveralOrigins>) -> Result<Cors, Unanswered> {
        let origin = origin.map_err(|_| Unanswered::declined("it has several Origins"))?;
        self.session
            .with_facts(|facts| facts.cors(origin.as_ref()).cloned())
            .ok_or_else(|| Unanswered::declined("legacy has not shown yet what it answers to this Origin"))
    }
}

/// A write to its end: legacy is told what is stale before anybody else may write, or hears that it is done. Work that is
/// to be done as a task has its end then.
fn finishing(
    running: Answering,
    turn: Option<gate::Native>,
    telling: Pin<Box<dyn Future<Output = ()> + Send>>,
) -> Answering {
    Box::pin(async move {
        let outcome = match AssertUnwindSafe(running).catch_unwind().await {
            Ok(Err(Stop::Later(Later(work)))) => return Err(Stop::Later(Later(finishing(work, turn, telling)))),
            Ok(outcome) => outcome,
            // Nobody knows whether something was committed: it is too late for legacy's turn.
            Err(_) => Err(Stop::too_late(&"the handler panicked")),
        };
        if !matches!(outcome, Err(Stop::Unanswered(_))) {
            telling.await;
        }
        drop(turn);
        outcome
    })
}

/// With the fault that a test wants to see caught.
#[cfg(debug_assertions)]
fn spoilt(running: handlers::handler::Answering, route: &str) -> handlers::handler::Answering {
    match mutation::of(route) {
        Some(fault) => Box::pin(async move {
            mutation::delay(&fault).await;
            match running.await {
                Ok(answer) | Err(Stop::Refused(answer)) => Ok(mutation::spoil(answer, &fault)),
                Err(Stop::Later(Later(work))) => Err(Stop::Later(Later(mutation::spoil_later(work, &fault)))),
                unanswered => unanswered,
            }
        }),
        None => running,
    }
}

fn head_with_a_body() -> Unanswered {
    Unanswered::declined("it is a HEAD with a body, which legacy's server judges before its API")
}

/// The variables of the path, those of `{name:int}` as ints.
fn variables(found: &Found) -> Result<Vec<(String, Value)>, Unanswered> {
    let named = found.route.pattern.segments.iter().filter(|segment| segment.name().is_some());
    let typed = named.zip(&found.variables).map(|(segment, (name, value))| {
        let value = match segment {
            Segment::Int(_) => {
                Value::Int(value.parse().map_err(|_| Unanswered::declined("an int of an unusual kind"))?)
            }
            _ => Value::text(value),
        };
        Ok((name.clone(), value))
    });
    typed.collect()
}

/// Whether the content type is JSON as Werkzeug sees it: `application/json` or `application/*+json`, in any case, with
/// any parameters.
fn says_json(headers: &HeaderMap) -> Result<bool, Unanswered> {
    let mut lines = headers.get_all(header::CONTENT_TYPE).iter();
    let Some(value) = lines.next() else { return Ok(false) };
    let (Ok(value), None) = (value.to_str(), lines.next()) else {
        return Err(Unanswered::declined("its content type is not one plain line"));
    };
    let kind = value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    Ok(kind == "application/json" || (kind.starts_with("application/") && kind.ends_with("+json")))
}

/// A body that says what it is, and is no JSON.
fn upload(headers: &HeaderMap, whole: &Bytes) -> Option<Upload> {
    let content_type = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    let is_json = says_json(headers).unwrap_or_default();
    (!is_json).then(|| Upload { content_type: content_type.to_owned(), body: whole.clone() })
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn json_is_what_werkzeug_takes_for_json() {
        let of = |value: &'static str| {
            says_json(&HeaderMap::from_iter([(header::CONTENT_TYPE, HeaderValue::from_static(value))])).unwrap()
        };
        for value in ["application/json", "Application/JSON; charset=x", "application/problem+json"] {
            assert!(of(value), "{value}");
        }
        for value in ["text/json", "application/jsonx", "application/json, text/plain", ""] {
            assert!(!of(value), "{value}");
        }
    }
}
