//! The guarded connection itself: reads are judged, slow clients are timed.

use std::{
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::{Buf, BytesMut};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, ReadBuf},
    net::TcpStream,
    time::{Sleep, sleep, timeout},
};

use super::{
    chunks::Chunks,
    gate::{Gate, Upgrade},
    head::{Framing, end_of_head, judge, judge_partial},
    rejection::Rejection,
};
use crate::{dispatch::Place, server::limits::Limits};

/// Handed to hyper in place of a request that may not come in; the service answers it from the gate.
const REJECTED: &[u8] = b"GET /rejected HTTP/1.1\r\nhost: rejected\r\nconnection: close\r\n\r\n";
/// Bytes read at once.
const STEP: usize = 16 * 1024;
/// The same of bytes that nobody wants. It is part of a task, of which there are as many as clients refused at once.
const SINK: usize = 2 * 1024;
/// Most bytes kept while an upgrade is being decided.
const HELD: usize = 64 * 1024;
/// A refused client's unread bytes are read for this long, so that closing does not reset the answer away.
const LINGER: Duration = Duration::from_millis(500);

/// What the next bytes from the client are.
#[derive(Debug)]
enum Stage {
    /// A head; this much of it has been searched for its end.
    Head(usize),
    /// So many bytes of a body.
    Length(u64),
    /// A chunked body.
    Chunked(Chunks),
    /// Undecided: an upgrade was asked for.
    Paused,
    /// Not HTTP any more.
    Tunnel,
    /// Of no interest: the request was refused.
    Refused,
}

/// A client connection that lets only well-formed requests through.
#[derive(Debug)]
pub struct Guarded {
    /// Taken out on drop alone.
    stream: Option<TcpStream>,
    limits: Arc<Limits>,
    gate: Arc<Gate>,
    stage: Stage,
    /// Read, not judged yet.
    raw: BytesMut,
    /// Judged, not handed over yet.
    good: BytesMut,
    /// The clock on a head, and whether it runs for one that has begun.
    read_timer: Option<(bool, Pin<Box<Sleep>>)>,
    write_timer: Option<Pin<Box<Sleep>>>,
    /// Nothing was let in yet.
    fresh: bool,
    /// Bytes of a head have come; stays so when they turn out to be an empty line, or those could be sent forever.
    begun: bool,
    /// The client has not taken yet what was written last.
    blocked: bool,
    /// Its place among the connections, which it keeps until its last bytes are read.
    place: Option<Place>,
}

impl Guarded {
    /// Guards a connection.
    #[must_use]
    pub fn new(stream: TcpStream, limits: Arc<Limits>, gate: Arc<Gate>, place: Place) -> Self {
        Self {
            stream: Some(stream),
            limits,
            gate,
            stage: Stage::Head(0),
            raw: BytesMut::new(),
            good: BytesMut::new(),
            read_timer: None,
            write_timer: None,
            fresh: true,
            begun: false,
            blocked: false,
            place: Some(place),
        }
    }

    /// The connection itself, once it is not HTTP any more, and what was read of it and not handed over.
    #[must_use]
    pub fn into_parts(mut self) -> Option<(TcpStream, BytesMut)> {
        let mut read = std::mem::take(&mut self.good);
        read.unsplit(std::mem::take(&mut self.raw));
        self.stream.take().map(|stream| (stream, read))
    }

    fn stream(&mut self) -> io::Result<Pin<&mut TcpStream>> {
        self.stream.as_mut().map(Pin::new).ok_or_else(|| io::ErrorKind::NotConnected.into())
    }

    /// Judges what is in `raw` and moves what passes to `good`. Gives whether anything can be handed over.
    fn advance(&mut self) -> io::Result<bool> {
        while self.good.is_empty() && !self.raw.is_empty() {
            match &mut self.stage {
                Stage::Head(_) => {
                    if !self.advance_head() {
                        break;
                    }
                }
                Stage::Length(left) => {
                    let step = usize::try_from(*left).unwrap_or(usize::MAX).min(self.raw.len());
                    *left -= step as u64;
                    let over = *left == 0;
                    self.good.unsplit(self.raw.split_to(step));
                    if over {
                        self.stage = Stage::Head(0);
                    }
                }
                Stage::Chunked(chunks) => match chunks.take(&self.raw) {
                    Ok(step) => {
                        let over = chunks.done();
                        self.good.unsplit(self.raw.split_to(step));
                        if over {
                            self.stage = Stage::Head(0);
                        }
                    }
                    Err(rejection) => {
                        // The request is already being answered; its body can only be broken off.
                        self.stage = Stage::Refused;
                        self.raw.clear();
                        return Err(io::Error::new(io::ErrorKind::InvalidData, rejection.message));
                    }
                },
                Stage::Tunnel => self.good.unsplit(self.raw.split()),
                Stage::Refused => self.raw.clear(),
                Stage::Paused => break,
            }
        }
        Ok(!self.good.is_empty())
    }

    /// Looks for a whole head in `raw`. Gives whether the stage went on.
    fn advance_head(&mut self) -> bool {
        let Stage::Head(searched) = self.stage else { return false };
        if searched == 0 {
            // RFC 9112 section 2.2: an empty line before a request is passed over.
            while self.raw.starts_with(b"\r\n") {
                self.raw.advance(2);
            }
            if self.raw.is_empty() || &self.raw[..] == b"\r" {
                return false;
            }
        }
        let end = end_of_head(&self.raw, searched);
        let head = &self.raw[..end.unwrap_or(self.raw.len())];
        let judged = match end {
            Some(_) => judge(head, &self.limits).map(Some),
            None => judge_partial(head, &self.limits).map(|()| None),
        };
        match (judged, end) {
            (Ok(Some(framing)), Some(end)) => {
                self.gate.let_in(&self.raw[..end]);
                self.good.unsplit(self.raw.split_to(end));
                self.read_timer = None;
                self.fresh = false;
                self.begun = false;
                self.stage = match framing {
                    Framing::None | Framing::Length(0) => Stage::Head(0),
                    Framing::Length(length) => Stage::Length(length),
                    Framing::Chunked => Stage::Chunked(Chunks::default()),
                    Framing::Upgrade => {
                        self.gate.upgrade_asked();
                        Stage::Paused
                    }
                };
                true
            }
            (Err(rejection), _) => {
                self.refuse(rejection);
                true
            }
            _ => {
                self.stage = Stage::Head(self.raw.len());
                false
            }
        }
    }

    fn refuse(&mut self, rejection: Rejection) {
        self.gate.reject(rejection);
        self.raw.clear();
        self.good.extend_from_slice(REJECTED);
        self.read_timer = None;
        self.stage = Stage::Refused;
    }

    /// Reads more into `raw`; gives whether anything came.
    fn poll_more(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<bool>> {
        let mut space = [0u8; STEP];
        let mut buf = ReadBuf::new(&mut space);
        ready!(self.stream()?.poll_read(cx, &mut buf))?;
        self.raw.extend_from_slice(buf.filled());
        Poll::Ready(Ok(!buf.filled().is_empty()))
    }

    /// The clock on a client that is expected to send a head.
    fn poll_clock(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if !matches!(self.stage, Stage::Head(_)) {
            return Poll::Pending;
        }
        self.begun |= !self.raw.is_empty();
        let begun = self.begun;
        // hyper reads on while a request is answered, to hear of a client that leaves. That time is not idle.
        if !begun && (self.blocked || self.gate.is_busy(cx.waker())) {
            self.read_timer = None;
            return Poll::Pending;
        }
        let bound = if begun || self.fresh { self.limits.header_timeout } else { self.limits.keep_alive_timeout };
        let Some(bound) = bound else { return Poll::Pending };
        // The clock of a head starts with its first byte, not with the end of the idle time before it.
        let running = self.read_timer.take().filter(|(for_begun, _)| *for_begun == begun);
        let (_, timer) = self.read_timer.insert(running.unwrap_or_else(|| (begun, Box::pin(sleep(bound)))));
        ready!(timer.as_mut().poll(cx));
        self.read_timer = None;
        if begun {
            let message = format!("the request's head did not arrive within {bound:?} (listen.header_timeout)");
            self.refuse(Rejection::new(408, "header-timeout", message));
            return Poll::Ready(Ok(()));
        }
        // An unused connection ends without a word.
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }

    fn hand_over(&mut self, buf: &mut ReadBuf<'_>) {
        let step = self.good.len().min(buf.remaining());
        buf.put_slice(&self.good[..step]);
        self.good.advance(step);
    }
}

use std::future::Future as _;

impl AsyncRead for Guarded {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        loop {
            if matches!(this.stage, Stage::Paused) {
                match this.gate.poll_upgrade(cx.waker()) {
                    Upgrade::Granted => this.stage = Stage::Tunnel,
                    Upgrade::Declined => this.stage = Stage::Head(0),
                    Upgrade::None | Upgrade::Waiting => {}
                }
            }
            if !this.good.is_empty() || this.advance()? {
                this.hand_over(buf);
                return Poll::Ready(Ok(()));
            }
            match this.stage {
                // The answer is being written; an end of input here would make hyper drop it.
                Stage::Refused => return Poll::Pending,
                Stage::Tunnel => return this.stream()?.poll_read(cx, buf),
                // Straight into the caller's buffer, but not beyond the body.
                Stage::Length(left) => {
                    let most = usize::try_from(left).unwrap_or(usize::MAX).min(buf.remaining());
                    let mut part = ReadBuf::new(buf.initialize_unfilled_to(most));
                    ready!(this.stream()?.poll_read(cx, &mut part))?;
                    let got = part.filled().len();
                    buf.advance(got);
                    this.stage = if left == got as u64 { Stage::Head(0) } else { Stage::Length(left - got as u64) };
                    return Poll::Ready(Ok(()));
                }
                Stage::Paused if this.raw.len() >= HELD => return Poll::Pending,
                Stage::Head(_) | Stage::Chunked(_) | Stage::Paused => match this.poll_more(cx) {
                    Poll::Ready(Ok(true)) => {}
                    Poll::Ready(Ok(false)) => return Poll::Ready(Ok(())),
                    Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                    Poll::Pending => ready!(this.poll_clock(cx))?,
                },
            }
        }
    }
}

impl AsyncWrite for Guarded {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let polled = this.stream()?.poll_write(cx, buf);
        this.timed(cx, polled)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let polled = this.stream()?.poll_write_vectored(cx, bufs);
        this.timed(cx, polled)
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.get_mut().stream()?.poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.get_mut().stream()?.poll_shutdown(cx)
    }
}

impl Guarded {
    /// Bounds the time in which a client takes nothing.
    fn timed(&mut self, cx: &mut Context<'_>, polled: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
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

impl Drop for Guarded {
    /// Closing a socket with unread bytes resets it, and a reset can overtake the answer that said why. Where an answer
    /// broke off unnoticeably, a reset is what is wanted.
    fn drop(&mut self) {
        let unread = matches!(self.stage, Stage::Refused | Stage::Length(_) | Stage::Chunked(_));
        let Some(mut stream) = self.stream.take() else { return };
        if self.gate.is_broken() {
            let _ = socket2::SockRef::from(&stream).set_linger(Some(Duration::ZERO));
            return;
        }
        if !unread {
            return;
        }
        if tokio::runtime::Handle::try_current().is_ok() {
            let place = self.place.take();
            tokio::spawn(async move {
                let mut sink = [0u8; SINK];
                let drain = async { while matches!(stream.read(&mut sink).await, Ok(n) if n > 0) {} };
                let _ = timeout(LINGER, drain).await;
                drop(place);
            });
        }
    }
}
