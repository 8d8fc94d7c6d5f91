//! The answer of an exchange: its head, its body, and what of it waits for the client.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll, ready},
    time::{Duration, Instant},
};

use bytes::{Buf as _, BytesMut};
use tokio::{io::AsyncWrite, net::TcpStream};

use super::{
    answer::{self, Read},
    clock::Clock,
    legacy::Legacy,
    passing::{Halt, Instead, Listen, Passing, Stage, lost},
    remains::Remains,
};
use crate::forward::{connecting::MAX_HEAD, failure::Failure, space};

/// What the head of an answer says.
struct Begun {
    remains: Remains,
    keeps: bool,
    closes: bool,
}

impl<L: Listen> Passing<L> {
    pub(super) fn poll_head(&mut self, cx: &mut Context<'_>, clock: &mut Clock) -> Poll<Result<(), Halt>> {
        let Some(legacy) = &mut self.legacy else { return Poll::Ready(Err(lost())) };
        let Self { part, ask, listener, out, .. } = self;
        let read = space::with(|space| {
            let read = match ready!(legacy.poll_read(cx, space, !part.is_empty())) {
                Ok(read) => &space[..read],
                Err(error) => return Poll::Ready(Err(format!("connection error: {error}"))),
            };
            if read.is_empty() {
                return Poll::Ready(Err("connection closed before message completed".into()));
            }
            // Nearly always it comes as a whole, and need not be kept.
            if part.is_empty() {
                let begun = begin(read, ask.to_head, listener, out);
                if matches!(begun, Ok(None)) {
                    part.extend_from_slice(read);
                }
                return Poll::Ready(Ok(begun));
            }
            part.extend_from_slice(read);
            Poll::Ready(Ok(begin(part, ask.to_head, listener, out)))
        });
        let begun = match read {
            Poll::Ready(Ok(begun)) => begun?,
            Poll::Ready(Err(why)) => return Poll::Ready(Err(self.unanswered(why))),
            Poll::Pending => {
                let bound = self.ask.timeouts.header;
                let late = bound.filter(|_| self.is_late(cx, clock, bound));
                return late.map_or(Poll::Pending, |bound| Poll::Ready(Err(Failure::HeaderTimeout(bound).into())));
            }
        };
        self.moved = true;
        match begun {
            Some(Begun { remains, keeps, closes }) => {
                (self.keeps, self.closes, self.stage) = (keeps, closes, Stage::Body(remains));
                self.end_if_over();
                Poll::Ready(Ok(()))
            }
            None if self.part.len() > MAX_HEAD => {
                Poll::Ready(Err(Failure::Malformed("message head is too large".into()).into()))
            }
            None => Poll::Ready(Ok(())),
        }
    }

    /// The connection ended before a head. An idle one may have been dead all along, and a read may be asked again.
    fn unanswered(&self, why: String) -> Halt {
        let reused = self.legacy.as_ref().is_some_and(Legacy::is_reused);
        if reused && self.part.is_empty() {
            tracing::debug!(why, "asking again on a fresh connection");
            return Halt::Instead(Instead::Again);
        }
        Failure::Reset(why).into()
    }

    pub(super) fn poll_body(
        &mut self,
        cx: &mut Context<'_>,
        client: &mut TcpStream,
        clock: &mut Clock,
    ) -> Poll<Result<(), Halt>> {
        let (Stage::Body(remains), Some(legacy)) = (&mut self.stage, &mut self.legacy) else {
            return Poll::Ready(Err(lost()));
        };
        if let Some(fault) = remains.fault() {
            return Poll::Ready(Err(broken(io::ErrorKind::InvalidData, fault.to_string())));
        }
        let (out, listener) = (&mut self.out, &mut self.listener);
        let read = space::with(|space| {
            let read = ready!(legacy.poll_read(cx, space, true))?;
            let plain = remains.take(&space[..read], out);
            listener.passed(remains.passed());
            if !plain.is_empty() {
                // What the client does not take at once waits for it, and nothing is read meanwhile.
                let taken = match Pin::new(client).poll_write(cx, plain) {
                    Poll::Ready(taken) => taken?,
                    Poll::Pending => 0,
                };
                out.extend_from_slice(&plain[taken..]);
            }
            Poll::Ready(Ok::<_, io::Error>(read))
        });
        match read {
            Poll::Ready(Ok(0)) => {
                if !remains.end(out) {
                    return Poll::Ready(Err(broken(io::ErrorKind::UnexpectedEof, "legacy broke its answer off")));
                }
            }
            Poll::Ready(Ok(_)) => {}
            Poll::Ready(Err(error)) => return Poll::Ready(Err(Halt::Broken(error))),
            Poll::Pending => {
                return match self.is_late(cx, clock, self.ask.timeouts.frame) {
                    true => Poll::Ready(Err(broken(io::ErrorKind::TimedOut, "legacy does not go on with its answer"))),
                    false => Poll::Pending,
                };
            }
        }
        self.moved = true;
        self.end_if_over();
        Poll::Ready(Ok(()))
    }

    /// Once the body was read the connection is free for others, though the client may not have all of it.
    fn end_if_over(&mut self) {
        let Stage::Body(remains) = &self.stage else { return };
        if !remains.is_over() {
            return;
        }
        let sound = self.keeps && !remains.has_surplus();
        if let Some(legacy) = self.legacy.take().filter(|_| sound) {
            legacy.give_back();
        }
        self.stage = Stage::Over;
    }

    /// Has the client take what waits for it.
    pub(super) fn poll_flush(
        &mut self,
        cx: &mut Context<'_>,
        client: &mut TcpStream,
        clock: &mut Clock,
    ) -> Poll<Result<(), Halt>> {
        while !self.out.is_empty() {
            match Pin::new(&mut *client).poll_write(cx, &self.out) {
                Poll::Ready(Ok(0)) => return Poll::Ready(Err(Halt::Gone)),
                Poll::Ready(Ok(taken)) => {
                    self.out.advance(taken);
                    self.moved = true;
                }
                Poll::Ready(Err(error)) => return Poll::Ready(Err(Halt::Broken(error))),
                Poll::Pending => {
                    return match self.is_late(cx, clock, self.ask.patience) {
                        true => Poll::Ready(Err(broken(io::ErrorKind::TimedOut, "the client takes nothing"))),
                        false => Poll::Pending,
                    };
                }
            }
        }
        Poll::Ready(Ok(()))
    }

    fn is_late(&mut self, cx: &mut Context<'_>, clock: &mut Clock, bound: Option<Duration>) -> bool {
        if std::mem::take(&mut self.moved) {
            self.since = Instant::now();
        }
        clock.is_late(cx, self.since, bound)
    }
}

/// Begins with the answer, if its head is whole: the head is put into `out`, and what came of its body.
fn begin<L: Listen>(
    mut bytes: &[u8],
    to_head: bool,
    listener: &mut L,
    out: &mut BytesMut,
) -> Result<Option<Begun>, Failure> {
    loop {
        let read = answer::read(bytes, to_head, |head| {
            let added = listener.answered(head);
            head.write(out, added);
            let mut remains = Remains::of(head.framing);
            let plain = remains.take(&bytes[head.length..], out);
            out.extend_from_slice(plain);
            listener.passed(remains.passed());
            Begun { remains, keeps: head.keeps, closes: added.closes }
        })?;
        match read {
            Read::Part => return Ok(None),
            Read::Skip(length) => bytes = &bytes[length..],
            Read::Whole(begun) => return Ok(Some(begun)),
        }
    }
}

fn broken(kind: io::ErrorKind, why: impl Into<String>) -> Halt {
    Halt::Broken(io::Error::new(kind, why.into()))
}
