//! A connection that goes on while somebody waits for it, and in that one's own task.
//!
//! hyper would have a connection be a task, to which every request goes by a channel, and every answer comes back by
//! another: two tasks that wake each other for each message, on two threads at times. Here whoever waits for an answer,
//! or for a piece of its body, drives the connection itself. hyper has it for one request: between two of them it is a
//! socket of the pool's, which may as well carry one that is passed on without hyper ([`super::fast`]).

use std::{
    fmt,
    future::{Future as _, poll_fn},
    pin::{Pin, pin},
    task::{Context, Poll, Waker},
    time::Duration,
};

use bytes::Bytes;
use http::{Request, Response};
use http_body::{Body as HttpBody, Frame, SizeHint};
use hyper::{
    body::Incoming,
    client::conn::{
        TrySendError,
        http1::{Parts, SendRequest},
    },
};
use tokio::time::timeout;

use super::{
    body::{Body, BodyFault},
    connecting::{Speaking, speak},
    failure::Failure,
    meter::Meter,
    pool::{Lease, Slot},
};

/// How long a connection may take until it can carry another request, once an answer was read to its end.
const SETTLING: Duration = Duration::from_secs(5);

/// A connection to legacy, for one request.
pub(super) struct Driven {
    sender: SendRequest<Body>,
    /// None once it has ended.
    speaking: Option<Box<Speaking>>,
    /// Bytes read from it.
    pub(super) meter: Meter,
    /// Its slot.
    pub(super) slot: Slot,
    spoilt: bool,
}

impl fmt::Debug for Driven {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Driven")
            .field("open", &self.speaking.is_some())
            .field("slot", &self.slot)
            .finish_non_exhaustive()
    }
}

impl Driven {
    /// Has hyper speak on it.
    ///
    /// # Errors
    /// As [`speak`] has them.
    pub(super) async fn over(lease: Lease) -> Result<Self, Failure> {
        let Lease { stream, slot } = lease;
        let (sender, speaking, meter) = speak(stream).await?;
        Ok(Self { sender, speaking: Some(Box::new(speaking)), meter, slot, spoilt: false })
    }

    /// Has it closed instead of given back.
    pub(super) fn spoil(&mut self) {
        self.spoilt = true;
    }

    /// Gives it back once it is ready for another request.
    pub(super) fn give_back(mut self) {
        if self.spoilt {
            return;
        }
        if self.stands() {
            return self.release();
        }
        if self.speaking.is_some() && !self.sender.is_closed() {
            tokio::spawn(async move {
                if timeout(SETTLING, self.ready()).await.is_ok_and(|ready| ready.is_ok()) {
                    self.release();
                }
            });
        }
    }

    /// Gives the socket back, unless legacy sent more than its answer.
    fn release(self) {
        let Some(Parts { io, read_buf, .. }) = self.speaking.map(|speaking| speaking.into_parts()) else { return };
        if read_buf.is_empty() {
            Lease { stream: io.into_inner().into_inner(), slot: self.slot }.give_back();
        }
    }

    /// Reads and writes as far as it goes now. The waker is woken when it goes further; what comes of it is found at
    /// once, so nothing else needs it.
    fn drive(&mut self, cx: &mut Context<'_>) {
        drive(&mut self.speaking, cx);
    }

    /// Whether it can take a request now.
    fn stands(&mut self) -> bool {
        self.drive(&mut Context::from_waker(Waker::noop()));
        self.speaking.is_some() && self.sender.is_ready()
    }

    /// Waits until it can take a request.
    ///
    /// # Errors
    /// It has ended.
    pub(super) async fn ready(&mut self) -> hyper::Result<()> {
        // Driven with the waker of a task, it would wake that as soon as it is handed a request.
        if self.stands() {
            return Ok(());
        }
        poll_fn(|cx| {
            self.drive(cx);
            self.sender.poll_ready(&mut Context::from_waker(Waker::noop()))
        })
        .await
    }

    /// Sends a request and waits for the head of its answer.
    ///
    /// # Errors
    /// There is none; the request comes back if nothing of it was written.
    pub(super) async fn send(
        &mut self,
        request: Request<Body>,
    ) -> Result<Response<Incoming>, TrySendError<Request<Body>>> {
        self.meter.expects(false);
        let before = self.meter.read();
        let mut answered = pin!(self.sender.try_send_request(request));
        let (speaking, meter) = (&mut self.speaking, &self.meter);
        poll_fn(|cx| {
            drive(speaking, cx);
            let answered = answered.as_mut().poll(&mut Context::from_waker(Waker::noop()));
            if answered.is_pending() && meter.read() != before {
                // A part of a head, which is rare. The next read that finds nothing has it acknowledged.
                meter.expects(true);
            }
            answered
        })
        .await
    }
}

fn drive(speaking: &mut Option<Box<Speaking>>, cx: &mut Context<'_>) {
    if speaking.as_mut().is_some_and(|speaking| Pin::new(speaking).poll(cx).is_ready()) {
        // Whoever still waits for an answer hears that there is none, and what went wrong.
        *speaking = None;
    }
}

/// The body of an answer, which drives the connection that it comes by, and gives it back at its end. Dropped before
/// that, it closes the connection.
#[derive(Debug)]
pub(super) struct Arriving {
    body: Incoming,
    connection: Option<Box<Driven>>,
}

impl Arriving {
    pub(super) fn new(body: Incoming, connection: Box<Driven>) -> Self {
        Self { body, connection: Some(connection) }
    }

    fn ended(&mut self) {
        if let Some(connection) = self.connection.take() {
            connection.give_back();
        }
    }
}

impl HttpBody for Arriving {
    type Data = Bytes;
    type Error = BodyFault;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BodyFault>>> {
        let this = &mut *self;
        let mut quietly = Context::from_waker(Waker::noop());
        let mut polled = Pin::new(&mut this.body).poll_frame(&mut quietly);
        if let (true, Some(connection)) = (polled.is_pending(), &mut this.connection) {
            connection.meter.expects(true);
            connection.drive(cx);
            polled = Pin::new(&mut this.body).poll_frame(&mut quietly);
        }
        // Whoever knows the length does not ask for more than that, and so never hears of the end.
        if matches!(polled, Poll::Ready(None)) || (polled.is_ready() && this.body.is_end_stream()) {
            this.ended();
        }
        polled.map_err(BodyFault::from)
    }

    fn is_end_stream(&self) -> bool {
        // It is read to its end in any case: that is where the connection is given back.
        self.connection.is_none() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
