//! Bytes seen on an upstream connection: tells whether legacy had begun to answer when a connection broke, lets an answer
//! be read that came before it broke, and keeps the head of an answer for whoever wants it as it came.

use std::{
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use bytes::BytesMut;
use parking_lot::Mutex;
use pin_project_lite::pin_project;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
};

use super::raw::RawHead;

/// Most bytes that are kept for a head. hyper reads no longer one either.
const LONGEST: usize = 256 * 1024;

/// A count of bytes read.
#[derive(Debug, Clone, Default)]
pub struct Meter(Arc<State>);

#[derive(Debug, Default)]
struct State {
    read: AtomicU64,
    expects: AtomicBool,
    keeps: AtomicBool,
    kept: Mutex<BytesMut>,
}

impl Meter {
    /// Bytes read so far.
    #[must_use]
    pub fn read(&self) -> u64 {
        self.0.read.load(Ordering::Acquire)
    }

    /// Says whether more of an answer has to come before anything can go on. What has come is acknowledged then as soon as
    /// there is no more of it.
    pub fn expects(&self, more: bool) {
        self.0.expects.store(more, Ordering::Relaxed);
    }

    /// Has what is read from here on kept, up to the length of the longest head.
    pub fn keep_head(&self) {
        self.0.kept.lock().clear();
        self.0.keeps.store(true, Ordering::Release);
    }

    /// What was kept; nothing more is. None if it was not to be kept.
    #[must_use]
    pub fn take_head(&self) -> Option<RawHead> {
        let kept = self.0.keeps.swap(false, Ordering::AcqRel);
        kept.then(|| RawHead(std::mem::take(&mut *self.0.kept.lock()).freeze()))
    }

    fn seen(&self, bytes: &[u8]) {
        self.0.read.fetch_add(bytes.len() as u64, Ordering::AcqRel);
        if self.0.keeps.load(Ordering::Acquire) {
            let mut kept = self.0.kept.lock();
            let step = bytes.len().min(LONGEST.saturating_sub(kept.len()));
            kept.extend_from_slice(&bytes[..step]);
        }
    }
}

pin_project! {
    /// A connection whose reads are counted, and decide how it ended.
    ///
    /// A server that answers before it has read the whole request, and closes, makes the next write fail. Its answer is
    /// still there to be read, but hyper gives up at the failed write. So such a write passes for done, until reading
    /// has come to the end: there is the answer, or the lack of one.
    pub struct Metered {
        #[pin]
        inner: TcpStream,
        meter: Meter,
        read_to_end: bool,
        // Something was read since the kernel was last told to acknowledge at once.
        unacknowledged: bool,
    }
}

impl Metered {
    /// Counts what is read from a connection.
    pub fn new(inner: TcpStream, meter: Meter) -> Self {
        Self { inner, meter, read_to_end: false, unacknowledged: false }
    }

    /// The connection itself.
    pub fn into_inner(self) -> TcpStream {
        self.inner
    }

    /// Has it reset when it is dropped, instead of ended in good order.
    pub fn reset_on_drop(&self) {
        // It is gone in any case.
        let _ = socket2::SockRef::from(&self.inner).set_linger(Some(Duration::ZERO));
    }
}

impl AsyncRead for Metered {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.project();
        let before = buf.filled().len();
        let mut inner = this.inner;
        let polled = inner.as_mut().poll_read(cx, buf);
        let count = buf.filled().len() - before;
        if count > 0 {
            *this.unacknowledged = true;
            this.meter.seen(&buf.filled()[before..]);
        } else if *this.unacknowledged && polled.is_pending() && this.meter.0.expects.load(Ordering::Relaxed) {
            *this.unacknowledged = false;
            acknowledge(&inner);
        }
        *this.read_to_end |= match &polled {
            Poll::Ready(Ok(())) => count == 0 && buf.remaining() > 0,
            Poll::Ready(Err(_)) => true,
            Poll::Pending => false,
        };
        polled
    }
}

/// Has the kernel acknowledge what was read at once instead of some 40 ms later. Legacy's server sends the head and the
/// body of an answer as two small packets and holds the second back until the first is acknowledged (Nagle's algorithm),
/// so that on a kept connection every answer would wait for it. An answer that came whole is acknowledged with the next
/// request. The option does not last: it is set each time.
pub(super) fn acknowledge(stream: &TcpStream) {
    #[cfg(target_os = "linux")]
    {
        // Not needed for correctness.
        let _ = socket2::SockRef::from(stream).set_tcp_quickack(true);
    }
    #[cfg(not(target_os = "linux"))]
    let _ = stream;
}

/// What a write comes to.
fn written(polled: Poll<io::Result<usize>>, length: usize, read_to_end: bool) -> Poll<io::Result<usize>> {
    match polled {
        Poll::Ready(Err(error)) if !read_to_end && is_closed(&error) => Poll::Ready(Ok(length)),
        polled => polled,
    }
}

pub(super) fn is_closed(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionReset)
}

impl AsyncWrite for Metered {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.project();
        written(this.inner.poll_write(cx, buf), buf.len(), *this.read_to_end)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.project().inner.poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.project().inner.poll_shutdown(cx)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.project();
        let length = bufs.iter().map(|buf| buf.len()).sum();
        written(this.inner.poll_write_vectored(cx, bufs), length, *this.read_to_end)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }
}
