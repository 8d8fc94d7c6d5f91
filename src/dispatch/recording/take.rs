//! One exchange, copied on its way.

use std::{
    sync::Arc,
    time::{Instant, SystemTime},
};

use bytes::Bytes;
use http::{Response, header};
use http_body_util::BodyExt;

use super::{
    Exchange, Recorder,
    exchange::{Answered, Asked as Head},
    recorder::Listener,
};
use crate::{
    dispatch::{
        Bridge,
        bridge::Asked,
        comparing::{capture::head_of, job::limit, ruled::Ruled, sides::SHADOW},
    },
    flags::Variant,
    forward::{
        Body, Failure, KeepHead, RawHead,
        copy::{Copy, Copying, Lost},
    },
    routes::Snapshot,
};

/// An exchange that somebody records: taken up before it is answered. Whatever becomes of it, it is told once.
#[derive(Debug)]
pub struct Take(Option<Box<Taken>>);

struct Taken {
    recorder: Arc<Recorder>,
    listeners: Vec<Arc<Listener>>,
    started: SystemTime,
    began: Instant,
    asked: Head,
    body: Copy,
    rules: Option<Arc<Ruled>>,
    snapshot: Arc<Snapshot>,
}

impl std::fmt::Debug for Taken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Taken").field("listeners", &self.listeners.len()).finish_non_exhaustive()
    }
}

impl Bridge {
    /// Takes up an exchange, if somebody records its route.
    pub(in crate::dispatch) fn take_up(&self, asked: &mut Asked, snapshot: &Arc<Snapshot>) -> Option<Take> {
        let route = asked.found.as_ref().map(|found| &found.route);
        let listeners = self.recorder.wanting(route.map(|route| route.name.as_str()));
        // What another bridge asks to compare was asked by no user.
        if listeners.is_empty() || asked.parts.headers.contains_key(SHADOW) {
            return None;
        }
        let rules = route.map(|route| self.comparer.rules(route));
        let body = Copy::new(limit(snapshot), &self.recorder.room);
        asked.body.copy_to(body.clone());
        let raw = asked.parts.extensions.remove::<RawHead>();
        let mut parts = asked.parts.clone();
        parts.extensions.clear();
        asked.parts.extensions.insert(KeepHead);
        Some(Take(Some(Box::new(Taken {
            recorder: Arc::clone(&self.recorder),
            listeners,
            started: SystemTime::now(),
            began: Instant::now(),
            asked: Head { parts, raw },
            body,
            rules,
            snapshot: Arc::clone(snapshot),
        }))))
    }
}

impl Take {
    /// The exchange has its answer, whose body is still to come and is copied on its way to the user; or it has none.
    pub(in crate::dispatch) fn answered(
        take: Option<Self>,
        answered: Result<Response<Body>, Failure>,
        variant: Variant,
    ) -> Result<Response<Body>, Failure> {
        let Some(taken) = take.and_then(|mut take| take.0.take()) else { return answered };
        let answer = match answered {
            Ok(answer) => answer,
            Err(failure) => {
                taken.told(Err(format!("the bridge had no answer: {failure}")), None, None);
                return Err(failure);
            }
        };
        let (mut parts, body) = answer.into_parts();
        let raw = parts.extensions.remove::<RawHead>();
        let kind = parts.headers.get(header::CONTENT_TYPE).map(|kind| kind.as_bytes().to_ascii_lowercase());
        if kind.is_some_and(|kind| kind.starts_with(b"text/event-stream")) {
            let why = "its answer is a stream of events".to_owned();
            taken.told(Err(why), Some(variant), Some(parts.status.as_u16()));
            return Ok(Response::from_parts(parts, body));
        }
        let copy = Copy::new(limit(&taken.snapshot), &taken.recorder.room);
        let head = Answered { head: head_of(&parts), raw };
        let copied = copy.clone();
        let copying = Copying::new(body, copy, move || taken.ended(head, variant, &copied));
        Ok(Response::from_parts(parts, copying.boxed_unsync()))
    }
}

/// The client went away before its answer.
impl Drop for Take {
    fn drop(&mut self) {
        if let Some(taken) = self.0.take() {
            taken.told(Err("the client went away before it was answered".to_owned()), None, None);
        }
    }
}

impl Taken {
    fn ended(self, head: Answered, variant: Variant, copy: &Copy) {
        let status = head.head.status().as_u16();
        match copy.take() {
            Ok(copied) => self.told(Ok((head, copied.bytes, copied.held)), Some(variant), Some(status)),
            Err(Lost::NoRoom) => self.lost(),
            Err(Lost::TooLarge) => {
                self.told(Err("its answer is larger than parity.max_body".to_owned()), Some(variant), Some(status));
            }
            Err(Lost::BrokenOff) => {
                let why = "its answer broke off, or the client went away before the end of it".to_owned();
                self.told(Err(why), Some(variant), Some(status));
            }
        }
    }

    fn lost(&self) {
        self.listeners.iter().for_each(|listener| listener.lose());
    }

    fn told(
        self,
        answer: Result<(Answered, Bytes, Option<tokio::sync::OwnedSemaphorePermit>), String>,
        variant: Option<Variant>,
        status: Option<u16>,
    ) {
        let (body, mut held, unread) = match self.body.take() {
            Ok(copied) => (copied.bytes, Vec::from_iter(copied.held), None),
            Err(Lost::NoRoom) => return self.lost(),
            Err(Lost::TooLarge) => (Bytes::new(), Vec::new(), Some("its body is larger than parity.max_body")),
            Err(Lost::BrokenOff) => (Bytes::new(), Vec::new(), Some("its body was not read to its end")),
        };
        // An answer to half a question is no answer to what will be asked.
        let answer = match (answer, unread) {
            (Err(why), _) => Err(why),
            (Ok(_), Some(why)) => Err(why.to_owned()),
            (Ok((head, body, more)), None) => {
                held.extend(more);
                Ok((head, body))
            }
        };
        let exchange = Arc::new(Exchange {
            started: self.started,
            took: self.began.elapsed(),
            asked: self.asked,
            body,
            answer,
            variant,
            status,
            rules: self.rules,
            snapshot: self.snapshot,
            _held: held,
        });
        self.listeners.iter().for_each(|listener| listener.offer(Arc::clone(&exchange)));
    }
}
