//! One exchange, from the one socket to the other.

use std::{
    fmt, io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::{Duration, Instant},
};

use bytes::{Buf as _, Bytes, BytesMut};
use tokio::{
    io::{AsyncRead, ReadBuf},
    net::TcpStream,
};

use super::{
    answer::{Added, Head},
    clock::Clock,
    legacy::Legacy,
    remains::Remains,
};
use crate::forward::{
    failure::Failure,
    pool::{Lease, Pool},
    space,
    timeouts::Timeouts,
};

/// Most bytes of further requests that are kept while one is passed on.
const AHEAD: usize = 64 * 1024;

/// Hears of the answer before the client does.
pub trait Listen {
    /// The head of legacy's answer has come; gives what is added to it.
    fn answered(&mut self, head: &Head<'_>) -> Added;

    /// So many bytes of its body have come, and go to the client.
    fn passed(&mut self, bytes: usize);
}

/// A request to pass on.
#[derive(Debug)]
pub struct Ask {
    /// Its head as it came.
    pub head: Bytes,
    /// Its head as legacy gets it.
    pub request: BytesMut,
    /// Whether it is a HEAD.
    pub to_head: bool,
    /// Bounds on waiting for legacy.
    pub timeouts: Timeouts,
    /// How long the client may take nothing.
    pub patience: Option<Duration>,
}

/// How an exchange ended.
#[derive(Debug)]
pub enum Ended {
    /// The client has its answer, and has sent these bytes meanwhile; whether its connection ends now.
    Answered(BytesMut, bool),
    /// The other way has to answer the request with this head, and these bytes came after it.
    Instead(Bytes, Instead, BytesMut),
    /// The client is gone.
    Gone,
    /// The answer broke off.
    Broken(io::Error),
}

/// What the other way has to do with a request.
#[derive(Debug, Clone)]
pub enum Instead {
    /// Say why there is no answer.
    Failed(Failure),
    /// Ask again on a new connection: an idle one was dead.
    Again,
}

/// One exchange. Dropped before its end, it closes the connection to legacy, so that legacy learns that the client is
/// gone.
pub struct Passing<L> {
    pub(super) ask: Ask,
    pub(super) listener: L,
    pub(super) stage: Stage,
    pub(super) legacy: Option<Legacy>,
    /// Legacy began with nothing, or said nothing more, or the client took nothing, since then.
    pub(super) since: Instant,
    /// Something has moved, so that `since` is over.
    pub(super) moved: bool,
    /// A part of the answer's head.
    pub(super) part: BytesMut,
    /// Of the answer, not taken by the client yet.
    pub(super) out: BytesMut,
    /// What is known of the answer's end once its head has come: whether the connection to legacy is kept then, and
    /// whether the client's ends.
    pub(super) keeps: bool,
    pub(super) closes: bool,
    /// What the client sent meanwhile.
    pub(super) ahead: BytesMut,
}

pub(super) enum Stage {
    Leasing(Pin<Box<dyn Future<Output = Result<Lease, Failure>> + Send>>),
    Sending,
    /// The head of the answer is waited for.
    Waiting,
    /// Its body is.
    Body(Remains),
    /// It was read, or put together, to its end.
    Over,
}

/// Why an exchange does not go on.
pub(super) enum Halt {
    Instead(Instead),
    Gone,
    Broken(io::Error),
}

impl From<Failure> for Halt {
    fn from(failure: Failure) -> Self {
        Self::Instead(Instead::Failed(failure))
    }
}

impl<L> fmt::Debug for Passing<L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Passing").field("legacy", &self.legacy).finish_non_exhaustive()
    }
}

impl<L: Listen> Passing<L> {
    /// Begins with a request.
    pub fn new(pool: &Arc<Pool>, ask: Ask, listener: L) -> Self {
        let leased = pool.lease_idle();
        let stage = if leased.is_some() {
            Stage::Sending
        } else {
            let (pool, timeouts) = (Arc::clone(pool), ask.timeouts);
            Stage::Leasing(Box::pin(async move { pool.lease(false, timeouts).await }))
        };
        Self {
            ask,
            listener,
            stage,
            legacy: leased.map(Legacy::new),
            since: Instant::now(),
            moved: false,
            part: BytesMut::new(),
            out: BytesMut::new(),
            keeps: false,
            closes: false,
            ahead: BytesMut::new(),
        }
    }

    /// Who hears of the answer.
    pub fn listener(&mut self) -> &mut L {
        &mut self.listener
    }

    /// Goes on as far as it can.
    pub fn poll(&mut self, cx: &mut Context<'_>, client: &mut TcpStream, clock: &mut Clock) -> Poll<Ended> {
        let ended = ready!(self.poll_stages(cx, client, clock));
        let ahead = std::mem::take(&mut self.ahead);
        Poll::Ready(match ended {
            Ok(()) => Ended::Answered(ahead, self.closes),
            Err(Halt::Instead(instead)) => Ended::Instead(std::mem::take(&mut self.ask.head), instead, ahead),
            Err(Halt::Gone) => Ended::Gone,
            Err(Halt::Broken(error)) => Ended::Broken(error),
        })
    }

    fn poll_stages(
        &mut self,
        cx: &mut Context<'_>,
        client: &mut TcpStream,
        clock: &mut Clock,
    ) -> Poll<Result<(), Halt>> {
        loop {
            let step = match &mut self.stage {
                Stage::Leasing(leasing) => leasing.as_mut().poll(cx).map(|leased| {
                    self.legacy = Some(Legacy::new(leased?));
                    (self.stage, self.moved) = (Stage::Sending, true);
                    Ok(())
                }),
                Stage::Sending => self.poll_send(cx),
                Stage::Waiting => self.poll_head(cx, clock),
                Stage::Body(_) => {
                    ready!(self.poll_flush(cx, client, clock))?;
                    self.poll_body(cx, client, clock)
                }
                Stage::Over => return self.poll_flush(cx, client, clock),
            };
            match step {
                Poll::Ready(done) => done?,
                Poll::Pending => return self.poll_client(cx, client).map(Err),
            }
        }
    }

    /// Hears of a client that leaves, and keeps what it says besides.
    fn poll_client(&mut self, cx: &mut Context<'_>, client: &mut TcpStream) -> Poll<Halt> {
        while self.ahead.len() < AHEAD {
            let came = space::with(|space| {
                let mut buf = ReadBuf::new(space);
                ready!(Pin::new(&mut *client).poll_read(cx, &mut buf))?;
                self.ahead.extend_from_slice(buf.filled());
                Poll::Ready(Ok::<_, io::Error>(buf.filled().len()))
            });
            if matches!(ready!(came), Ok(0) | Err(_)) {
                return Poll::Ready(Halt::Gone);
            }
        }
        Poll::Pending
    }

    fn poll_send(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Halt>> {
        let Some(legacy) = &mut self.legacy else { return Poll::Ready(Err(lost())) };
        while !self.ask.request.is_empty() {
            match ready!(legacy.poll_write(cx, &self.ask.request)) {
                Ok(written) => self.ask.request.advance(written),
                // What it may have answered before is still there to be read: that decides.
                Err(_) => break,
            }
        }
        (self.stage, self.moved) = (Stage::Waiting, true);
        Poll::Ready(Ok(()))
    }
}

/// There is always a connection where this would be said.
pub(super) fn lost() -> Halt {
    Failure::Reset("no connection".into()).into()
}
