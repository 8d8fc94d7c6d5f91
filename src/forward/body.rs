//! Bodies as streams: limits on silence and size, no trailers, nothing collected.

use std::{
    pin::Pin,
    sync::{Arc, OnceLock},
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use http_body::{Body as HttpBody, Frame, SizeHint};
use http_body_util::{BodyExt, Full, combinators::UnsyncBoxBody};
use pin_project_lite::pin_project;
use thiserror::Error;
use tokio::time::{Instant, Sleep, sleep};

/// A body in either direction.
pub type Body = UnsyncBoxBody<Bytes, BodyFault>;

/// Why a body broke off.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum BodyFault {
    /// Nothing came for too long.
    #[error("nothing came for {0:?}")]
    Silent(Duration),
    /// More came than is allowed.
    #[error("larger than {0} bytes")]
    TooLarge(u64),
    /// The sender broke off, or sent what is no body.
    #[error("broken off: {0}")]
    Broken(String),
}

impl From<hyper::Error> for BodyFault {
    fn from(error: hyper::Error) -> Self {
        Self::Broken(chain(&error))
    }
}

/// An error with its causes; the outer one of a body that the guard broke off says only that it could not be read.
pub(super) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}

/// A body that is already whole.
#[must_use]
pub fn full(bytes: impl Into<Bytes>) -> Body {
    Full::new(bytes.into()).map_err(|never| match never {}).boxed_unsync()
}

pin_project! {
    /// A body under watch. Frames other than data are dropped: a bridge does not relay trailers.
    pub struct Watched<B> {
        #[pin]
        inner: B,
        #[pin]
        timer: Option<Sleep>,
        silence: Option<Duration>,
        limit: Option<u64>,
        seen: u64,
        fault: Arc<OnceLock<BodyFault>>,
    }
}

impl<B> Watched<B> {
    /// Watches a body. `silence` bounds the wait for each frame, `limit` the bytes in all.
    pub fn new(inner: B, silence: Option<Duration>, limit: Option<u64>) -> Self {
        let fault = Arc::default();
        Self { inner, timer: None, silence, limit, seen: 0, fault }
    }

    /// Where a fault will be found.
    #[must_use]
    pub fn fault(&self) -> Arc<OnceLock<BodyFault>> {
        Arc::clone(&self.fault)
    }
}

impl<B> HttpBody for Watched<B>
where
    B: HttpBody<Data = Bytes>,
    B::Error: Into<BodyFault>,
{
    type Data = Bytes;
    type Error = BodyFault;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BodyFault>>> {
        let mut this = self.project();
        let fail = |fault: BodyFault, into: &Arc<OnceLock<BodyFault>>| {
            let _ = into.set(fault.clone());
            Poll::Ready(Some(Err(fault)))
        };
        loop {
            match this.inner.as_mut().poll_frame(cx) {
                Poll::Ready(Some(Ok(frame))) => {
                    this.timer.set(None);
                    let Ok(data) = frame.into_data() else { continue };
                    *this.seen += data.len() as u64;
                    if let Some(limit) = this.limit.filter(|limit| *this.seen > *limit) {
                        return fail(BodyFault::TooLarge(limit), this.fault);
                    }
                    return Poll::Ready(Some(Ok(Frame::data(data))));
                }
                Poll::Ready(Some(Err(error))) => return fail(error.into(), this.fault),
                Poll::Ready(None) => return Poll::Ready(None),
                Poll::Pending => {}
            }
            let Some(silence) = *this.silence else { return Poll::Pending };
            if this.timer.is_none() {
                this.timer.set(Some(sleep(silence)));
            }
            // The timer was just set if it was not there.
            let Some(timer) = this.timer.as_mut().as_pin_mut() else { return Poll::Pending };
            debug_assert!(timer.deadline() <= Instant::now() + silence);
            return match timer.poll(cx) {
                Poll::Ready(()) => fail(BodyFault::Silent(silence), this.fault),
                Poll::Pending => Poll::Pending,
            };
        }
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

use std::future::Future as _;
