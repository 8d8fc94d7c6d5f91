//! Legacy's side of an exchange.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll},
};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::forward::{meter::acknowledge, pool::Lease};

/// A connection that is ours for one exchange.
#[derive(Debug)]
pub(super) struct Legacy {
    lease: Lease,
    /// The kernel has not been told to acknowledge what was read last.
    unacknowledged: bool,
}

impl Legacy {
    pub(super) fn new(lease: Lease) -> Self {
        Self { lease, unacknowledged: false }
    }

    /// Whether it has carried a request before.
    pub(super) fn is_reused(&self) -> bool {
        self.lease.slot.reused
    }

    pub(super) fn poll_write(&mut self, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.lease.stream).poll_write(cx, bytes)
    }

    /// Reads; nothing is the end. `begun` says whether more has to come before anything can go on: then what has come is
    /// acknowledged as soon as there is no more of it ([`acknowledge`]).
    pub(super) fn poll_read(&mut self, cx: &mut Context<'_>, space: &mut [u8], begun: bool) -> Poll<io::Result<usize>> {
        let mut buf = ReadBuf::new(space);
        let polled = Pin::new(&mut self.lease.stream).poll_read(cx, &mut buf);
        if polled.is_pending() && begun && self.unacknowledged {
            acknowledge(&self.lease.stream);
        }
        self.unacknowledged = polled.is_ready();
        polled.map_ok(|()| buf.filled().len())
    }

    /// Gives it back: the answer was read to its end, and nothing came behind that.
    pub(super) fn give_back(self) {
        self.lease.give_back();
    }
}
