//! Forwarding, with an eye on what it says about the session.

use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use http::{Response, StatusCode};
use http_body_util::{BodyExt, StreamBody};
use zeroize::Zeroize;

use super::bridge::Bridge;
use crate::{
    forward::{
        Body, BodyFault, Exchange, Failure, Inbound, Timeouts,
        body::{Watched as Bounded, full},
        exchange::Outgoing,
    },
    session::{Observation, Watched},
};

/// Largest body of a login or the like; the real ones are below 1 KiB.
const ASKED: u64 = 1 << 20;
/// Largest answer that is looked into; a longer one passes unseen.
const ANSWERED: usize = 8 << 20;

impl Bridge {
    /// Forwards a request of which nothing has to be learned.
    pub(super) async fn pass(&self, exchange: Exchange, timeouts: Timeouts) -> Result<Response<Body>, Failure> {
        let answered = self.forwarder.send(exchange, timeouts).await;
        self.heard(&answered);
        answered
    }

    /// Forwards a request that says something about the session.
    ///
    /// One that touches the user's files goes on even if its client leaves: what legacy made of it must be known, and
    /// the files must stay closed until it is through.
    pub(super) async fn pass_watched(
        self: &Arc<Self>,
        watched: Watched,
        exchange: Exchange,
        timeouts: Timeouts,
    ) -> Result<Response<Body>, Failure> {
        let bridge = Arc::clone(self);
        let whole = watched.releases_files();
        let passing = async move { bridge.observed(watched, exchange, timeouts).await };
        if whole {
            tokio::spawn(passing).await.unwrap_or_else(|error| Err(Failure::Reset(error.to_string())))
        } else {
            passing.await
        }
    }

    async fn observed(
        &self,
        watched: Watched,
        exchange: Exchange,
        timeouts: Timeouts,
    ) -> Result<Response<Body>, Failure> {
        let Exchange { head, body, once, fresh } = exchange;
        let mut asked = BytesMut::new();
        let outgoing = match body {
            Outgoing::Stream(body, limit) if watched.reads_request() => {
                asked = read_whole(body, limit.map_or(ASKED, |limit| limit.min(ASKED)), timeouts).await?;
                Outgoing::Whole(Bytes::copy_from_slice(&asked))
            }
            body => body,
        };
        let releasing = watched.releases_files();
        let hold = if releasing { Some(self.session.files.release().await) } else { None };
        let observation = Observation::begin(watched, &asked, hold, self.session.epoch());
        asked.as_mut().zeroize();
        let answered = self.forwarder.send(Exchange { head, body: outgoing, once, fresh }, timeouts).await;
        self.heard(&answered);
        let response = match answered {
            Ok(response) => response,
            Err(failure) => {
                self.session.observe_nothing(observation, failure.may_have_begun());
                return Err(failure);
            }
        };
        let (parts, mut body) = response.into_parts();
        // The session is up to date before the client has the answer, and so before its next request.
        match look_into(&mut body).await {
            Seen::Whole(bytes) => {
                self.session.observe(observation, parts.status, &bytes);
                self.follow_session();
                if releasing {
                    let session = Arc::clone(&self.session);
                    tokio::spawn(async move { session.warm_up().await });
                }
                Ok(Response::from_parts(parts, full(bytes)))
            }
            Seen::Part(bytes) => {
                self.session.observe_nothing(observation, true);
                let first = futures_util::stream::once(async { Ok(http_body::Frame::data(bytes)) });
                let both = futures_util::StreamExt::chain(first, http_body_util::BodyStream::new(body));
                Ok(Response::from_parts(parts, StreamBody::new(both).boxed_unsync()))
            }
            Seen::Broken(fault) => {
                self.session.observe_nothing(observation, true);
                Err(Failure::Reset(fault.to_string()))
            }
        }
    }

    /// What any exchange says about legacy: that it is there, that nobody is logged in.
    fn heard(&self, answered: &Result<Response<Body>, Failure>) {
        if let Ok(response) = answered {
            self.heard_status(response.status());
        }
    }

    /// What the status of any answer of legacy's says.
    pub(super) fn heard_status(&self, status: StatusCode) {
        if status == StatusCode::UNAUTHORIZED {
            // Nobody is in, it seems, whatever was known.
            self.session.doubt_user();
        } else if self.session.away().is_some() {
            // Legacy is back before the bridge's own question found out, and with whom is not known yet.
            self.session.doubt();
        }
    }
}

async fn read_whole(body: Inbound, limit: u64, timeouts: Timeouts) -> Result<BytesMut, Failure> {
    let mut bounded = std::pin::pin!(Bounded::new(body, timeouts.body, Some(limit)));
    let mut whole = BytesMut::new();
    while let Some(frame) = bounded.frame().await {
        let frame = frame.map_err(Failure::Client)?;
        if let Some(data) = frame.data_ref() {
            whole.extend_from_slice(data);
        }
    }
    Ok(whole)
}

enum Seen {
    Whole(Bytes),
    Part(Bytes),
    Broken(BodyFault),
}

async fn look_into(body: &mut Body) -> Seen {
    let mut seen = BytesMut::new();
    loop {
        match body.frame().await {
            Some(Ok(frame)) => {
                if let Some(data) = frame.data_ref() {
                    seen.extend_from_slice(data);
                }
            }
            Some(Err(fault)) => return Seen::Broken(fault),
            None => return Seen::Whole(seen.freeze()),
        }
        if seen.len() > ANSWERED {
            return Seen::Part(seen.freeze());
        }
    }
}
