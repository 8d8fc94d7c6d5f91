//! A copy of a body, made while it streams by: bounded, and never in its way.

use std::{
    fmt,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use bytes::{Bytes, BytesMut};
use http_body::{Body as HttpBody, Frame, SizeHint};
use parking_lot::Mutex;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::body::{Body, BodyFault};

/// Bytes that one permit of the room for copies stands for.
pub const UNIT: usize = 1024;

/// Room for copies of so many bytes in all; without a bound, for as many as there can be.
#[must_use]
pub fn room(bytes: Option<u64>) -> Arc<Semaphore> {
    let units = bytes.map_or(Semaphore::MAX_PERMITS, |bytes| usize::try_from(bytes).unwrap_or(usize::MAX) / UNIT);
    Arc::new(Semaphore::new(units.min(Semaphore::MAX_PERMITS)))
}

/// Why there is no copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lost {
    /// The body is larger than a copy may be.
    TooLarge,
    /// All copies together hold as much as they may.
    NoRoom,
    /// The body broke off, or its reader went away.
    BrokenOff,
}

/// A copy in the making. Clones are the same copy.
#[derive(Clone)]
pub struct Copy(Arc<Mutex<State>>);

struct State {
    bytes: BytesMut,
    /// Of all that went by, kept or not.
    length: usize,
    limit: usize,
    room: Arc<Semaphore>,
    held: Option<OwnedSemaphorePermit>,
    whole: bool,
    lost: Option<Lost>,
}

/// Without what was copied: there may be secrets in it.
impl fmt::Debug for Copy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.0.lock();
        f.debug_struct("Copy").field("length", &state.length).field("lost", &state.lost).finish_non_exhaustive()
    }
}

/// A finished copy, and its place in the room.
#[derive(Debug)]
pub struct Copied {
    /// The whole body.
    pub bytes: Bytes,
    /// Given back when it is dropped.
    pub held: Option<OwnedSemaphorePermit>,
}

impl Copy {
    /// A copy of at most `limit` bytes, in the room that all copies share ([`UNIT`] bytes a permit).
    #[must_use]
    pub fn new(limit: usize, room: &Arc<Semaphore>) -> Self {
        Self(Arc::new(Mutex::new(State {
            bytes: BytesMut::new(),
            length: 0,
            limit,
            room: Arc::clone(room),
            held: None,
            whole: false,
            lost: None,
        })))
    }

    /// A copy of a body that is known already.
    #[must_use]
    pub fn of(bytes: &Bytes, limit: usize, room: &Arc<Semaphore>) -> Self {
        let copy = Self::new(limit, room);
        copy.add(bytes);
        copy.end();
        copy
    }

    /// A piece went by.
    pub fn add(&self, piece: &Bytes) {
        let mut state = self.0.lock();
        if state.lost.is_some() || piece.is_empty() {
            return;
        }
        state.length += piece.len();
        if state.length > state.limit {
            return state.lose(Lost::TooLarge);
        }
        let held = state.held.as_ref().map_or(0, OwnedSemaphorePermit::num_permits);
        let more = state.length.div_ceil(UNIT).saturating_sub(held);
        match Arc::clone(&state.room).try_acquire_many_owned(u32::try_from(more).unwrap_or(u32::MAX)) {
            Ok(permit) => match &mut state.held {
                Some(held) => held.merge(permit),
                none => *none = Some(permit),
            },
            Err(_) => return state.lose(Lost::NoRoom),
        }
        // Copied: what streams by is often a view into a larger buffer, which must not live as long as the copy; and in
        // one buffer, because a piece may be a single byte.
        state.bytes.extend_from_slice(piece);
    }

    /// So many bytes are announced, at least.
    pub fn expect(&self, length: u64) {
        let mut state = self.0.lock();
        if length > state.limit as u64 {
            state.lose(Lost::TooLarge);
        }
    }

    /// The body ended as it should.
    pub fn end(&self) {
        self.0.lock().whole = true;
    }

    /// The copy, if the body has ended.
    ///
    /// # Errors
    /// Why there is none.
    pub fn take(&self) -> Result<Copied, Lost> {
        let mut state = self.0.lock();
        if let Some(lost) = state.lost {
            return Err(lost);
        }
        if !state.whole {
            return Err(Lost::BrokenOff);
        }
        let bytes = std::mem::take(&mut state.bytes).freeze();
        Ok(Copied { bytes, held: state.held.take() })
    }
}

impl State {
    fn lose(&mut self, why: Lost) {
        self.lost = Some(why);
        self.bytes = BytesMut::new();
        self.held = None;
    }
}

/// A body that is copied while it is read; when it has ended, or is dropped, what was to happen then happens.
pub struct Copying {
    inner: Body,
    copy: Copy,
    then: Option<Box<dyn FnOnce() + Send>>,
}

impl fmt::Debug for Copying {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Copying").field("copy", &self.copy).finish_non_exhaustive()
    }
}

impl Copying {
    /// Copies a body; `then` is called once, and must not block.
    pub fn new(inner: Body, copy: Copy, then: impl FnOnce() + Send + 'static) -> Self {
        copy.expect(inner.size_hint().lower());
        let mut copying = Self { inner, copy, then: Some(Box::new(then)) };
        // Nobody reads on in a body that is known to be at its end.
        if copying.inner.is_end_stream() {
            copying.ended();
        }
        copying
    }

    fn ended(&mut self) {
        self.copy.end();
        self.finish();
    }

    fn finish(&mut self) {
        if let Some(then) = self.then.take() {
            then();
        }
    }
}

impl HttpBody for Copying {
    type Data = Bytes;
    type Error = BodyFault;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BodyFault>>> {
        let this = self.get_mut();
        let polled = Pin::new(&mut this.inner).poll_frame(cx);
        match &polled {
            Poll::Ready(Some(Ok(frame))) => {
                if let Some(data) = frame.data_ref() {
                    this.copy.add(data);
                }
                if this.inner.is_end_stream() {
                    this.ended();
                }
            }
            Poll::Ready(Some(Err(_))) => this.finish(),
            Poll::Ready(None) => this.ended(),
            Poll::Pending => {}
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

impl Drop for Copying {
    fn drop(&mut self) {
        self.finish();
    }
}
