//! One direction of a relay: a buffer, and what has become of its two ends.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll, ready},
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    task::coop::has_budget_remaining,
};

use super::boundary::Boundary;

/// Bytes buffered.
const BUFFER: usize = 16 * 1024;
/// Buffers passed on in one go, before it is the other direction's turn.
const ROUNDS: usize = 16;

/// How far a direction came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Passed {
    /// There may be more at once; the task is woken for it.
    Some,
    /// What was read is not all taken.
    Part,
    /// Everything there is so far.
    All,
    /// Everything, the end included.
    End,
}

/// Bytes on their way from one side to the other.
#[derive(Debug)]
pub(super) struct Way {
    buffer: Box<[u8]>,
    start: usize,
    end: usize,
    passed: u64,
    unflushed: bool,
    boundary: Option<Boundary>,
    /// The reading side has ended.
    ended: bool,
    /// The writing side has been told so.
    closed: bool,
}

impl Way {
    /// Begins with bytes that were read already.
    pub(super) fn starting_with(bytes: &[u8]) -> Self {
        let mut buffer = vec![0; bytes.len().max(BUFFER)].into_boxed_slice();
        buffer[..bytes.len()].copy_from_slice(bytes);
        let end = bytes.len();
        Self { buffer, start: 0, end, passed: 0, unflushed: false, boundary: None, ended: false, closed: false }
    }

    /// Has what is read followed as a server's frames.
    pub(super) fn following_frames(mut self) -> Self {
        let mut boundary = Boundary::default();
        boundary.pass(&self.buffer[self.start..self.end]);
        self.boundary = Some(boundary);
        self
    }

    /// Whether what was read so far ends inside a frame.
    pub(super) fn is_inside_frame(&self) -> bool {
        self.boundary.as_ref().is_some_and(Boundary::is_inside)
    }

    /// Bytes the writing side has taken.
    pub(super) fn passed(&self) -> u64 {
        self.passed
    }

    /// Whether nothing that was read waits to be taken.
    pub(super) fn is_empty(&self) -> bool {
        self.start == self.end
    }

    /// Whether the reading side has ended and the writing side does not know.
    pub(super) fn has_end_to_pass(&self) -> bool {
        self.ended && !self.closed
    }

    /// Reads as long as there is room and something comes.
    pub(super) fn poll_fill<R: AsyncRead>(&mut self, cx: &mut Context<'_>, mut from: Pin<&mut R>) -> io::Result<()> {
        while !self.ended && (self.start > 0 || self.end < self.buffer.len()) {
            if self.poll_read(cx, from.as_mut())?.is_pending() {
                break;
            }
        }
        Ok(())
    }

    /// Reads and writes in turn.
    pub(super) fn poll_pass<R: AsyncRead, W: AsyncWrite>(
        &mut self,
        cx: &mut Context<'_>,
        mut from: Pin<&mut R>,
        mut to: Pin<&mut W>,
    ) -> io::Result<Passed> {
        for _ in 0..ROUNDS {
            if self.is_empty() && !self.ended && self.poll_read(cx, from.as_mut())?.is_pending() {
                // The other side may wait for what is still in a buffer before it says more.
                if self.unflushed && to.as_mut().poll_flush(cx)?.is_pending() {
                    return Ok(Passed::Part);
                }
                self.unflushed = false;
                return Ok(unless_out_of_turn(Passed::All));
            }
            while !self.is_empty() {
                match to.as_mut().poll_write(cx, &self.buffer[self.start..self.end])? {
                    Poll::Ready(0) => return Err(io::ErrorKind::WriteZero.into()),
                    Poll::Ready(written) => {
                        self.start += written;
                        self.passed += written as u64;
                        self.unflushed = true;
                    }
                    Poll::Pending => return Ok(unless_out_of_turn(Passed::Part)),
                }
            }
            if self.ended {
                if !self.closed && to.as_mut().poll_shutdown(cx)?.is_pending() {
                    return Ok(Passed::Part);
                }
                self.closed = true;
                return Ok(Passed::End);
            }
        }
        cx.waker().wake_by_ref();
        Ok(Passed::Some)
    }

    /// Reads once, into room that the caller knows is there.
    fn poll_read<R: AsyncRead>(&mut self, cx: &mut Context<'_>, from: Pin<&mut R>) -> Poll<io::Result<()>> {
        if self.start > 0 {
            self.buffer.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.start = 0;
        }
        let mut space = ReadBuf::new(&mut self.buffer[self.end..]);
        ready!(from.poll_read(cx, &mut space))?;
        let got = space.filled();
        if let Some(boundary) = &mut self.boundary {
            boundary.pass(got);
        }
        self.ended = got.is_empty();
        self.end += got.len();
        Poll::Ready(Ok(()))
    }
}

/// A socket is not ready either when the task has had its share of the runtime's time, which says nothing of the socket.
/// The runtime wakes the task.
fn unless_out_of_turn(passed: Passed) -> Passed {
    if has_budget_remaining() { passed } else { Passed::Some }
}
