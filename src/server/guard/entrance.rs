//! What of the bytes that were read comes in, and by which way: each request is judged, and goes on as bytes, or to hyper.

use std::{
    io,
    task::{Context, Poll, ready},
};

use bytes::{Buf as _, BytesMut};

use super::{
    gate::Handed,
    head::{Framing, end_of_head, judge, judge_partial},
    rejection::Rejection,
    stream::{Guarded, Stage},
};
use crate::forward::{chunks::Chunks, fast::Ended};

/// Handed to hyper in place of a request that may not come in; the service answers it from the gate.
const REJECTED: &[u8] = b"GET /rejected HTTP/1.1\r\nhost: rejected\r\nconnection: close\r\n\r\n";

impl Guarded {
    /// Judges what is in `raw` and moves what passes to `good`. Gives whether anything can be handed over.
    pub(super) fn advance(&mut self) -> io::Result<bool> {
        while self.good.is_empty() && self.passing.is_none() && !self.raw.is_empty() {
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
                    Err(error) => {
                        // The request is already being answered; its body can only be broken off.
                        self.stage = Stage::Refused;
                        self.raw.clear();
                        return Err(io::Error::new(io::ErrorKind::InvalidData, error));
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
                let head = if end == self.raw.len() { std::mem::take(&mut self.raw) } else { self.raw.split_to(end) };
                self.let_in(head, framing);
                self.read_timer = self.read_timer.take().filter(|(for_begun, _)| !for_begun && !self.fresh);
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

    /// Lets a request in, by the one way or the other.
    fn let_in(&mut self, head: BytesMut, framing: Framing) {
        let head = head.freeze();
        if framing == Framing::None && self.gate.is_settled() {
            self.passing = self.fast.bridge.express(&head, &self.fast.caller);
        }
        if self.passing.is_some() {
            self.gate.pass();
        } else {
            self.gate.let_in(&head);
            self.good = BytesMut::from(head);
        }
    }

    /// Goes on with the request that is on the fast path. Ready without one, or with the end of the connection: gives
    /// whether it goes on.
    pub(super) fn poll_passing(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<bool>> {
        let (Some(passing), Some(stream)) = (&mut self.passing, &mut self.stream) else {
            return Poll::Ready(Ok(true));
        };
        let ended = ready!(passing.poll(cx, stream, &mut self.clock));
        self.gate.passed();
        let goes_on = match ended {
            Ended::Answered(ahead, closes) => {
                self.raw.unsplit(ahead);
                Ok(!closes)
            }
            Ended::Instead(head, instead, ahead) => {
                self.gate.hand_over(&head, Handed { instead, came: passing.listener().hand_over() });
                self.good = BytesMut::from(head);
                self.raw.unsplit(ahead);
                Ok(true)
            }
            Ended::Gone => {
                tracing::debug!("client connection ended: it left before it had its answer");
                Ok(false)
            }
            // hyper, which knows of no request, ends without a word.
            Ended::Broken(error) => {
                tracing::debug!(%error, "client connection ended");
                Err(error)
            }
        };
        self.passing = None;
        Poll::Ready(goes_on)
    }

    pub(super) fn refuse(&mut self, rejection: Rejection) {
        self.gate.reject(rejection);
        self.raw.clear();
        self.good.extend_from_slice(REJECTED);
        self.read_timer = None;
        self.stage = Stage::Refused;
    }
}
