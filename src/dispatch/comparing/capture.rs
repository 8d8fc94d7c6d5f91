//! Both sides of an exchange with a user, copied while they stream by.

use std::{sync::Arc, time::Instant};

use http::{Response, header, request::Parts};
use http_body_util::BodyExt;
use hyper::ext::ReasonPhrase;

use super::{
    job::{Job, limit},
    judge,
    ruled::Ruled,
    sides::response,
    window::Window,
};
use crate::{
    config::{Access, Mode, Percent},
    dispatch::{Bridge, bridge::Asked},
    flags::{Decision, Reason, Variant},
    forward::{
        Body, Peer,
        copy::{Copy, Copying, Lost},
    },
    handlers::{self, Unanswered},
    parity::{Skip, Verdict},
    routes::{Snapshot, matcher::Found},
    session::Watched,
};

/// An exchange that will be compared: taken up before it is answered. Whatever becomes of it, it has one verdict.
#[derive(Debug)]
pub struct Capture(Option<Box<Taken>>);

#[derive(Debug)]
struct Taken {
    bridge: Arc<Bridge>,
    found: Found,
    came: Instant,
    rules: Arc<Ruled>,
    parts: Parts,
    body: Copy,
    peer: Peer,
    snapshot: Arc<Snapshot>,
    window: Window,
    by: Variant,
}

impl Bridge {
    /// Takes up an exchange, if its route is compared and it is drawn. Of a canary that are those which legacy answers:
    /// the handler is asked beside it, which costs legacy nothing. So it is while a breaker is open: how else would be
    /// seen whether the handler still fails?
    pub(in crate::dispatch) fn capture(
        self: &Arc<Self>,
        asked: &mut Asked,
        snapshot: &Arc<Snapshot>,
        came: Instant,
        Decision { variant: by, reason, .. }: Decision,
    ) -> Option<Capture> {
        let found = asked.found.as_ref().filter(|found| match reason {
            // Whoever asked for one side by header gets that one alone.
            Reason::Static => matches!(found.route.mode, Mode::Shadow | Mode::Verify),
            Reason::Split => by == Variant::Legacy,
            Reason::Breaker => true,
            _ => false,
        })?;
        if found.route.access == Access::Writes {
            return None;
        }
        let share = snapshot.config.parity.sample.basis_points();
        if share < Percent::FULL.basis_points() && rand::random_range(0..Percent::FULL.basis_points()) >= share {
            return None;
        }
        let rules = self.comparer.rules(&found.route);
        let handler = handlers::find(found.route.handler)?;
        if Watched::consumes(&asked.parts.method, &asked.target) {
            self.comparer.note(&found.route, came, &rules, Verdict::Skipped(Skip::Once), None);
            return None;
        }
        let body = Copy::new(limit(snapshot), &self.comparer.room);
        asked.body.copy_to(body.clone());
        let mut parts = asked.parts.clone();
        parts.extensions.clear();
        Some(Capture(Some(Box::new(Taken {
            bridge: Arc::clone(self),
            found: found.clone(),
            came,
            rules,
            parts,
            body,
            peer: asked.peer,
            snapshot: Arc::clone(snapshot),
            window: Window::open(&self.comparer.writes, &self.comparer.readings, &self.session, handler),
            by,
        }))))
    }
}

impl Capture {
    /// The exchange has its answer, whose body is still to come: it is copied on its way to the user, and compared when
    /// it has ended.
    #[must_use]
    pub fn answered(capture: Option<Self>, answer: Response<Body>) -> Response<Body> {
        let Some(mut capture) = capture else { return answer };
        let Some(taken) = capture.0.take() else { return answer };
        let kind = answer.headers().get(header::CONTENT_TYPE).map(|kind| kind.as_bytes().to_ascii_lowercase());
        if kind.is_some_and(|kind| kind.starts_with(b"text/event-stream")) {
            taken.note(Verdict::Skipped(Skip::Streaming));
            return answer;
        }
        let (parts, body) = answer.into_parts();
        let copy = Copy::new(limit(&taken.snapshot), &taken.bridge.comparer.room);
        let head = head_of(&parts);
        let copied = copy.clone();
        let copying = Copying::new(body, copy, move || taken.ended(&head, &copied));
        Response::from_parts(parts, copying.boxed_unsync())
    }

    /// There is no answer to compare with.
    pub fn skip(mut self, why: Skip) {
        if let Some(taken) = self.0.take() {
            taken.note(Verdict::Skipped(why));
        }
    }

    /// The handler was to answer, and gave none.
    pub fn unanswered(mut self, unanswered: &Unanswered) {
        if let Some(taken) = self.0.take() {
            taken.note(judge::without(unanswered));
        }
    }
}

/// The client went away before its answer.
impl Drop for Capture {
    fn drop(&mut self) {
        if let Some(taken) = self.0.take() {
            taken.note(Verdict::Skipped(Skip::BrokenOff));
        }
    }
}

/// What a comparison looks at of a response's head.
pub(in crate::dispatch) fn head_of(parts: &http::response::Parts) -> Response<()> {
    let mut head = Response::new(());
    *head.status_mut() = parts.status;
    head.headers_mut().clone_from(&parts.headers);
    if let Some(phrase) = parts.extensions.get::<ReasonPhrase>() {
        head.extensions_mut().insert(phrase.clone());
    }
    head
}

impl Taken {
    fn note(&self, verdict: Verdict) {
        self.bridge.comparer.note(&self.found.route, self.came, &self.rules, verdict, None);
    }

    fn ended(self, head: &Response<()>, answer: &Copy) {
        let both = self.body.take().and_then(|body| Ok((body, answer.take()?)));
        let (body, answer) = match both {
            Ok(both) => both,
            Err(Lost::TooLarge) => return self.note(Verdict::Skipped(Skip::BodyTooLarge)),
            Err(Lost::NoRoom) => return self.note(Verdict::Skipped(Skip::Overload)),
            Err(Lost::BrokenOff) => return self.note(Verdict::Skipped(Skip::BrokenOff)),
        };
        let Self { bridge, found, came, rules, parts, peer, snapshot, window, by, .. } = self;
        bridge.comparer.submit(Job {
            found,
            asked: came,
            rules,
            parts,
            body: body.bytes,
            peer,
            answered: response(head, answer.bytes),
            by,
            snapshot,
            window: Some(window),
            _held: body.held.into_iter().chain(answer.held).collect(),
        });
    }
}
