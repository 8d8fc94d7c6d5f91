//! How long a client may take: to send a head, to ask again, to take what it is sent.

use std::{
    future::Future as _,
    io,
    task::{Context, Poll, ready},
};

use tokio::time::{Instant, sleep};

use super::{
    rejection::Rejection,
    stream::{Guarded, Stage},
};

impl Guarded {
    /// The clock on a client that is expected to send a head.
    pub(super) fn poll_clock(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if !matches!(self.stage, Stage::Head(_)) {
            return Poll::Pending;
        }
        self.begun |= !self.raw.is_empty();
        let begun = self.begun;
        let bound = if begun || self.fresh { self.limits.header_timeout } else { self.limits.keep_alive_timeout };
        let Some(bound) = bound else { return Poll::Pending };
        // The clock of a head starts with its first byte, not with the end of the idle time before it.
        let running = self.read_timer.take().filter(|(for_begun, _)| *for_begun == begun);
        let (_, timer) = self.read_timer.insert(running.unwrap_or_else(|| (begun, Box::pin(sleep(bound)))));
        loop {
            ready!(timer.as_mut().poll(cx));
            if begun {
                break;
            }
            // The clock of an idle connection is not set anew for each request: it is looked at when it has run down. hyper
            // reads on while a request is answered, to hear of a client that leaves; that time is not idle.
            match self.gate.idle_since().filter(|_| !self.blocked) {
                Some(since) if since.elapsed() >= bound => break,
                since => timer.as_mut().reset(since.unwrap_or_else(Instant::now) + bound),
            }
        }
        self.read_timer = None;
        if begun {
            let message = format!("the request's head did not arrive within {bound:?} (listen.header_timeout)");
            self.refuse(Rejection::new(408, "header-timeout", message));
            return Poll::Ready(Ok(()));
        }
        // An unused connection ends without a word.
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }

    /// Bounds the time in which a client takes nothing.
    pub(super) fn timed(&mut self, cx: &mut Context<'_>, polled: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        self.blocked = polled.is_pending();
        let Some(bound) = self.limits.write_timeout.filter(|_| self.blocked) else {
            self.write_timer = None;
            return polled;
        };
        let timer = self.write_timer.get_or_insert_with(|| Box::pin(sleep(bound)));
        ready!(timer.as_mut().poll(cx));
        self.write_timer = None;
        Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, "the client takes nothing")))
    }
}
