//! The guarded connection itself, as hyper reads and writes it.

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
    time::{Sleep, timeout},
};

use super::{
    fast::Fast,
    gate::{Gate, Upgrade},
};
use crate::{
    dispatch::{Place, express::Express},
    forward::{chunks::Chunks, fast::Clock, space},
    server::limits::Limits,
};

/// Bytes read at once of those that nobody wants. It is part of a task, of which there are as many as clients refused at
/// once.
const SINK: usize = 2 * 1024;
/// Most bytes kept while an upgrade is being decided.
const HELD: usize = 64 * 1024;
/// A refused client's unread bytes are read for this long, so that closing does not reset the answer away.
const LINGER: Duration = Duration::from_millis(500);

/// What the next bytes from the client are.
#[derive(Debug)]
pub(super) enum Stage {
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
    pub(super) stream: Option<TcpStream>,
    pub(super) limits: Arc<Limits>,
    pub(super) gate: Arc<Gate>,
    pub(super) stage: Stage,
    /// Read, not judged yet.
    pub(super) raw: BytesMut,
    /// Judged, not handed over yet.
    pub(super) good: BytesMut,
    /// The clock on a head, and whether it runs for one that has begun.
    pub(super) read_timer: Option<(bool, Pin<Box<Sleep>>)>,
    pub(super) write_timer: Option<Pin<Box<Sleep>>>,
    /// Nothing was let in yet.
    pub(super) fresh: bool,
    /// Bytes of a head have come; stays so when they turn out to be an empty line, or those could be sent forever.
    pub(super) begun: bool,
    /// The client has not taken yet what was written last.
    pub(super) blocked: bool,
    /// Its place among the connections, which it keeps until its last bytes are read.
    pub(super) place: Option<Place>,
    pub(super) fast: Fast,
    /// The request that is passed on as bytes, while hyper waits for one.
    pub(super) passing: Option<Box<Express>>,
    pub(super) clock: Clock,
}

impl Guarded {
    /// Guards a connection.
    #[must_use]
    pub fn new(stream: TcpStream, limits: Arc<Limits>, gate: Arc<Gate>, place: Place, fast: Fast) -> Self {
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
            fast,
            passing: None,
            clock: Clock::default(),
        }
    }

    /// The connection itself, once it is not HTTP any more, and what was read of it and not handed over.
    #[must_use]
    pub fn into_parts(mut self) -> Option<(TcpStream, BytesMut)> {
        let mut read = std::mem::take(&mut self.good);
        read.unsplit(std::mem::take(&mut self.raw));
        self.stream.take().map(|stream| (stream, read))
    }

    pub(super) fn stream(&mut self) -> io::Result<Pin<&mut TcpStream>> {
        self.stream.as_mut().map(Pin::new).ok_or_else(|| io::ErrorKind::NotConnected.into())
    }

    /// Reads more into `raw`; gives whether anything came.
    fn poll_more(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<bool>> {
        space::with(|space| {
            let mut buf = ReadBuf::new(space);
            ready!(self.stream()?.poll_read(cx, &mut buf))?;
            self.raw.extend_from_slice(buf.filled());
            Poll::Ready(Ok(!buf.filled().is_empty()))
        })
    }

    fn hand_over(&mut self, buf: &mut ReadBuf<'_>) {
        let step = self.good.len().min(buf.remaining());
        buf.put_slice(&self.good[..step]);
        self.good.advance(step);
    }
}

impl AsyncRead for Guarded {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        loop {
            if !ready!(this.poll_passing(cx))? {
                return Poll::Ready(Ok(()));
            }
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
            if this.passing.is_some() {
                continue;
            }
            match this.stage {
                // The answer is being written; an end of input here would make hyper drop it.
                Stage::Refused => return Poll::Pending,
                Stage::Tunnel => return this.stream()?.poll_read(cx, buf),
                // Straight into the caller's buffer, but not beyond the body.
                Stage::Length(left) => {
                    let before = buf.filled().len();
                    match usize::try_from(left) {
                        Ok(left) if left < buf.remaining() => {
                            // To lend a part of it, it has to be filled with zeros first.
                            let mut part = ReadBuf::new(buf.initialize_unfilled_to(left));
                            ready!(this.stream()?.poll_read(cx, &mut part))?;
                            let got = part.filled().len();
                            buf.advance(got);
                        }
                        _ => ready!(this.stream()?.poll_read(cx, buf))?,
                    }
                    let left = left - (buf.filled().len() - before) as u64;
                    this.stage = if left == 0 { Stage::Head(0) } else { Stage::Length(left) };
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
        let this = self.get_mut();
        // hyper calls this when it has no bytes left of its own.
        this.gate.written();
        this.stream()?.poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.get_mut().stream()?.poll_shutdown(cx)
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
