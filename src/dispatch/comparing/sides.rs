//! Asking legacy and the handler for a comparison.

use std::{sync::OnceLock, time::Instant};

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method, Response, request::Parts};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::ext::ReasonPhrase;

use super::job::Job;
use crate::{
    dispatch::{Bridge, native::Given, outward::timeouts},
    flags::Variant,
    forward::{Exchange, exchange::Outgoing},
    handlers::Unanswered,
    parity::{self, Skip, message::lines},
    rollout::{Ended, Seen},
};

/// Marks a request that is made for a comparison.
pub const SHADOW: HeaderName = HeaderName::from_static("x-cutover-shadow");

impl Bridge {
    /// Asks legacy, with the request as it would be forwarded and a header that says what for.
    pub(super) async fn ask_legacy(&self, job: &Job, again: bool) -> Result<parity::Response, Skip> {
        let mut head = self.head(job.parts.clone(), job.peer, None).map_err(|_| Skip::LegacyFailed)?;
        head.headers_mut().insert(SHADOW, HeaderValue::from_static("1"));
        let body = if job.body.is_empty() { Outgoing::Empty } else { Outgoing::Whole(job.body.clone()) };
        let exchange = Exchange { head, body, once: false, fresh: false };
        let started = Instant::now();
        let answered = self.pass(exchange, timeouts(&job.snapshot)).await;
        let ended = answered.as_ref().map_or(Ended::Failed, |answer| Ended::with(answer.status().as_u16()));
        let took = answered.is_ok().then(|| started.elapsed());
        // Where legacy answered the user it was counted then, and however often it is asked it counts once.
        if job.by == Variant::Native && !again {
            let seen = Seen { variant: Variant::Legacy, took, ended, beside: true };
            self.rollout().seen(&job.found.route, job.asked, seen);
        }
        let answered = answered.map_err(|_| Skip::LegacyFailed)?;
        let (parts, body) = answered.into_parts();
        let body = Limited::new(body, job.limit())
            .collect()
            .await
            .map_err(|error| if error.is::<LengthLimitError>() { Skip::BodyTooLarge } else { Skip::BrokenOff })?;
        Ok(response(&Response::from_parts(parts, ()), body.to_bytes()))
    }

    /// Asks the handler, as if it were to answer.
    pub(super) async fn ask_native(&self, job: &Job) -> Result<parity::Response, Unanswered> {
        let begun = OnceLock::new();
        let given = self.run_handler(&job.found, &job.parts, &job.body, &job.snapshot, &begun).await;
        let ended = match &given {
            Ok((Given::Answer(answer), _)) => Some(Ended::with(answer.status)),
            Err(Unanswered::Failed(_)) => Some(Ended::Failed),
            Ok((Given::Later(_), _)) | Err(Unanswered::Declined(_)) => None,
        };
        if let Some(ended) = ended.filter(|_| job.by == Variant::Legacy) {
            let took = begun.get().filter(|_| given.is_ok()).map(Instant::elapsed);
            let seen = Seen { variant: Variant::Native, took, ended, beside: true };
            self.rollout().seen(&job.found.route, job.asked, seen);
        }
        let (given, cors) = given?;
        let Given::Answer(answer) = given else { return Err(Unanswered::declined("it asks for a task")) };
        let head = job.parts.method == Method::HEAD;
        let body = if head { Bytes::new() } else { answer.body.clone() };
        Ok(response(&self.answers.native(answer, head, &cors).map(|_| ()), body))
    }
}

/// A response as it is compared.
pub(in crate::dispatch) fn response(head: &Response<()>, body: Bytes) -> parity::Response {
    let phrase = head.extensions().get::<ReasonPhrase>().map(|phrase| String::from_utf8_lossy(phrase.as_bytes()));
    let canonical = || head.status().canonical_reason().unwrap_or_default().into();
    parity::Response {
        status: head.status().as_u16(),
        reason: phrase.unwrap_or_else(canonical).into_owned(),
        headers: lines(head.headers()),
        spelled: false,
        body,
    }
}

/// A request as it is stored.
pub(in crate::dispatch) fn request(parts: &Parts, body: &Bytes) -> parity::Request {
    let target = parts.uri.path_and_query().map_or("/", http::uri::PathAndQuery::as_str);
    parity::Request {
        method: parts.method.as_str().to_owned(),
        target: target.to_owned(),
        headers: lines(&parts.headers),
        body: body.clone(),
    }
}
