//! A request's body on its way in: still streaming, or read for a handler and kept, so that it can be forwarded as it came.

use std::{
    collections::VecDeque,
    fmt,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use bytes::{Bytes, BytesMut};
use http_body::{Body as HttpBody, Frame, SizeHint};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use tokio::time::timeout;

use super::{body::BodyFault, copy::Copy};

/// A request's body: what was read of it so far, and the rest.
pub struct Inbound {
    read: VecDeque<Bytes>,
    rest: Incoming,
    /// The length that was announced; without one it came in chunks, and goes on in chunks.
    length: Option<u64>,
    fault: Option<BodyFault>,
    /// In chunks, and its end was not passed on yet: it may be known to be empty and still is a body.
    open: bool,
    /// Where what arrives is copied to.
    copies: Vec<Copy>,
    /// Where the bytes that arrive are counted.
    count: Option<Arc<AtomicU64>>,
}

/// Without what was read: there may be passwords in it.
impl fmt::Debug for Inbound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inbound").field("length", &self.length).field("fault", &self.fault).finish_non_exhaustive()
    }
}

impl From<Incoming> for Inbound {
    fn from(rest: Incoming) -> Self {
        let length = rest.size_hint().exact();
        let open = length.is_none() && !rest.is_end_stream();
        Self { read: VecDeque::new(), rest, length, fault: None, open, copies: Vec::new(), count: None }
    }
}

impl Inbound {
    /// Has whatever arrives copied. To be called before anything is read.
    pub fn copy_to(&mut self, copy: Copy) {
        copy.expect(self.length.unwrap_or(0));
        if self.is_end_stream() {
            copy.end();
        }
        self.copies.push(copy);
    }

    /// Has the bytes of whatever arrives counted. To be called before anything is read.
    pub fn count_into(&mut self, count: Arc<AtomicU64>) {
        self.count = Some(count);
    }

    /// Data arrived, or the end did.
    fn arrived(&self, data: Option<&Bytes>) {
        if let (Some(count), Some(data)) = (&self.count, data) {
            count.fetch_add(data.len() as u64, Ordering::Relaxed);
        }
        for copy in &self.copies {
            if let Some(data) = data {
                copy.add(data);
            }
            // Whoever knows the length does not ask for more than that.
            if data.is_none() || self.rest.is_end_stream() {
                copy.end();
            }
        }
    }

    /// Reads it to its end and keeps what was read; `None` if there is more than the limit, or it breaks off. The body
    /// is whole in either case: what was read comes first when it is forwarded, and so does the fault after it.
    ///
    /// `silence` bounds the wait for each piece, `limit` the bytes in all.
    pub async fn collect(&mut self, silence: Option<Duration>, limit: Option<u64>) -> Option<Bytes> {
        let over = |length: u64| limit.is_some_and(|limit| length > limit);
        // What is known to be too long is not begun, and who waits to be told to continue goes on waiting.
        if self.length.is_some_and(over) {
            return None;
        }
        let mut seen = 0;
        while !self.rest.is_end_stream() {
            let frame = match silence {
                Some(silence) => match timeout(silence, self.rest.frame()).await {
                    Ok(frame) => frame,
                    Err(_) => {
                        self.fault = Some(BodyFault::Silent(silence));
                        return None;
                    }
                },
                None => self.rest.frame().await,
            };
            match frame {
                Some(Ok(frame)) => {
                    // Anything else than data are trailers, which are not relayed.
                    if let Ok(data) = frame.into_data() {
                        seen += data.len() as u64;
                        self.arrived(Some(&data));
                        self.read.push_back(data);
                    }
                }
                Some(Err(error)) => {
                    self.fault = Some(error.into());
                    return None;
                }
                None => {
                    self.arrived(None);
                    break;
                }
            }
            if over(seen) {
                return None;
            }
        }
        let mut whole = BytesMut::new();
        for data in &self.read {
            whole.extend_from_slice(data);
        }
        Some(whole.freeze())
    }
}

impl HttpBody for Inbound {
    type Data = Bytes;
    type Error = BodyFault;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BodyFault>>> {
        let this = self.get_mut();
        if let Some(data) = this.read.pop_front() {
            this.length = this.length.map(|length| length.saturating_sub(data.len() as u64));
            return Poll::Ready(Some(Ok(Frame::data(data))));
        }
        if let Some(fault) = this.fault.take() {
            return Poll::Ready(Some(Err(fault)));
        }
        let polled = Pin::new(&mut this.rest).poll_frame(cx);
        if let Poll::Ready(None) = &polled {
            this.open = false;
            this.arrived(None);
        }
        if let Poll::Ready(Some(Ok(frame))) = &polled {
            let read = frame.data_ref().map_or(0, Bytes::len) as u64;
            this.length = this.length.map(|length| length.saturating_sub(read));
            this.arrived(frame.data_ref());
        }
        polled.map_err(BodyFault::from)
    }

    fn is_end_stream(&self) -> bool {
        !self.open && self.read.is_empty() && self.fault.is_none() && self.rest.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.length.map_or_else(SizeHint::default, SizeHint::with_exact)
    }
}
