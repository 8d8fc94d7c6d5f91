//! A response off the wire.

use std::io;

use bytes::{Buf, Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt};

use super::{
    ClientError, Doing,
    framing::{self, Framing},
};
use crate::parity::{Response, message::Headers};

/// Largest head, and largest trailers.
const HEAD: usize = 64 * 1024;
/// Longest line that gives a chunk's size: extensions are of no use to anyone.
const CHUNK_LINE: usize = 16 * 1024;

/// Why a response could not be read; the caller knows from whom.
#[derive(Debug)]
pub(super) enum Fault {
    /// The connection ended: orderly, or as the system said.
    Ended(Option<io::Error>),
    /// It is no HTTP/1.
    NotHttp(String),
    /// It is larger than what is read.
    TooLarge(ClientError),
}

/// Reads one response.
pub(super) struct Reading<'a, R> {
    from: R,
    /// The bytes that came and were not taken yet.
    buffer: BytesMut,
    max_body: usize,
    /// How far it is, for whoever has to say so if it is broken off.
    doing: &'a mut Doing,
    /// Bytes of interim heads.
    passed: usize,
}

/// The status line and header lines.
struct Head {
    version: u8,
    status: u16,
    reason: String,
    headers: Headers,
}

impl<'a, R: AsyncRead + Unpin> Reading<'a, R> {
    /// A response that has not begun, with a body of at most so many bytes.
    pub(super) fn new(from: R, max_body: usize, doing: &'a mut Doing) -> Self {
        Self { from, buffer: BytesMut::with_capacity(4096), max_body, doing, passed: 0 }
    }

    /// The final response to a request with this method, and whether the connection can carry another one.
    pub(super) async fn response(&mut self, method: &str) -> Result<(Response, bool), Fault> {
        let head = loop {
            let head = self.head().await?;
            // An interim response is none; a switch of protocols is the last word in this one.
            if !(100..200).contains(&head.status) || head.status == 101 {
                break head;
            }
        };
        let framing = framing::of(method, head.status, &head.headers).map_err(Fault::NotHttp)?;
        let body = match framing {
            Framing::None => Bytes::new(),
            Framing::Length(length) => self.of_length(length).await?,
            Framing::Chunks => self.of_chunks().await?,
            Framing::Connection => self.up_to_the_end().await?,
        };
        let stays = framing != Framing::Connection
            && head.status != 101
            && self.buffer.is_empty()
            && framing::stays(head.version, &head.headers);
        let Head { status, reason, headers, .. } = head;
        Ok((Response { status, reason, headers, spelled: true, body }, stays))
    }

    async fn head(&mut self) -> Result<Head, Fault> {
        let mut searched = 0;
        let end = loop {
            if let Some(end) = end_of_head(&self.buffer, searched) {
                break end;
            }
            searched = self.buffer.len();
            // What is no HTTP at all may never have an end.
            let begun = searched.min(5);
            if self.buffer[..begun] != b"HTTP/"[..begun] {
                return Err(Fault::NotHttp(format!("it begins with {:?}", excerpt(&self.buffer))));
            }
            if searched > HEAD {
                return Err(Fault::TooLarge(ClientError::HeadTooLarge(HEAD)));
            }
            let seen = self.passed + searched;
            *self.doing = if seen == 0 { Doing::Waiting } else { Doing::Head(seen as u64) };
            self.more().await?;
        };
        if end > HEAD {
            return Err(Fault::TooLarge(ClientError::HeadTooLarge(HEAD)));
        }
        self.passed += end;
        *self.doing = Doing::Head(self.passed as u64);
        let bytes = self.buffer.split_to(end);
        parsed(&bytes).map_err(|error| Fault::NotHttp(format!("{error} in a head that begins {:?}", excerpt(&bytes))))
    }

    async fn of_length(&mut self, length: u64) -> Result<Bytes, Fault> {
        let wanted = usize::try_from(length).ok().filter(|length| *length <= self.max_body);
        let wanted = wanted.ok_or_else(|| self.too_large())?;
        loop {
            *self.doing = Doing::Body(self.buffer.len().min(wanted) as u64, Some(length));
            if self.buffer.len() >= wanted {
                return Ok(self.buffer.split_to(wanted).freeze());
            }
            self.more().await?;
        }
    }

    async fn up_to_the_end(&mut self) -> Result<Bytes, Fault> {
        loop {
            *self.doing = Doing::Body(self.buffer.len() as u64, None);
            if self.buffer.len() > self.max_body {
                return Err(self.too_large());
            }
            match self.more().await {
                Ok(()) => {}
                // A reset is no orderly end: bytes may be missing.
                Err(Fault::Ended(None)) => return Ok(self.buffer.split().freeze()),
                Err(fault) => return Err(fault),
            }
        }
    }

    async fn of_chunks(&mut self) -> Result<Bytes, Fault> {
        let mut body = BytesMut::new();
        loop {
            *self.doing = Doing::Body(body.len() as u64, None);
            let line = self.line(CHUNK_LINE).await?;
            let mut left = chunk_size(&line)
                .ok_or_else(|| Fault::NotHttp(format!("{:?} is no size of a chunk", excerpt(&line))))?;
            if left == 0 {
                break;
            }
            if left > (self.max_body - body.len()) as u64 {
                return Err(self.too_large());
            }
            while left > 0 {
                let here = usize::try_from(left).unwrap_or(usize::MAX).min(self.buffer.len());
                body.extend_from_slice(&self.buffer[..here]);
                self.buffer.advance(here);
                left -= here as u64;
                *self.doing = Doing::Body(body.len() as u64, None);
                if left > 0 {
                    self.more().await?;
                }
            }
            if !self.line(2).await?.is_empty() {
                return Err(Fault::NotHttp("a chunk is longer than its size".to_owned()));
            }
        }
        let mut trailers = 0;
        loop {
            let line = self.line(HEAD).await?;
            trailers += line.len() + 2;
            if trailers > HEAD {
                return Err(Fault::TooLarge(ClientError::HeadTooLarge(HEAD)));
            }
            if line.is_empty() {
                return Ok(body.freeze());
            }
        }
    }

    /// A line without its end, which may be a bare line feed.
    async fn line(&mut self, longest: usize) -> Result<BytesMut, Fault> {
        loop {
            if let Some(at) = self.buffer.iter().position(|byte| *byte == b'\n') {
                let mut line = self.buffer.split_to(at + 1);
                line.truncate(at);
                if line.ends_with(b"\r") {
                    line.truncate(at - 1);
                }
                return Ok(line);
            }
            if self.buffer.len() > longest {
                return Err(Fault::NotHttp(format!("a line of its chunks is longer than {longest} bytes")));
            }
            self.more().await?;
        }
    }

    async fn more(&mut self) -> Result<(), Fault> {
        match self.from.read_buf(&mut self.buffer).await {
            Ok(0) => Err(Fault::Ended(None)),
            Ok(_) => Ok(()),
            Err(error) => Err(Fault::Ended(Some(error))),
        }
    }

    fn too_large(&self) -> Fault {
        Fault::TooLarge(ClientError::BodyTooLarge(self.max_body))
    }
}

/// One past the first empty line; what was searched already is not searched again.
fn end_of_head(bytes: &[u8], searched: usize) -> Option<usize> {
    let begin = searched.saturating_sub(2);
    bytes[begin..].iter().enumerate().filter(|(_, byte)| **byte == b'\n').find_map(|(at, _)| {
        let rest = &bytes[begin + at + 1..];
        let empty = if rest.starts_with(b"\r\n") { 2 } else { usize::from(rest.starts_with(b"\n")) };
        (empty > 0).then_some(begin + at + 1 + empty)
    })
}

fn parsed(bytes: &[u8]) -> Result<Head, httparse::Error> {
    let lines = bytes.split(|byte| *byte == b'\n').count();
    let mut headers = vec![httparse::EMPTY_HEADER; lines];
    let mut response = httparse::Response::new(&mut headers);
    if response.parse(bytes)?.is_partial() {
        return Err(httparse::Error::Status);
    }
    Ok(Head {
        version: response.version.unwrap_or_default(),
        status: response.code.unwrap_or_default(),
        reason: reason(bytes),
        headers: response.headers.iter().map(|line| (line.name.to_owned(), text(line.value))).collect(),
    })
}

/// The reason phrase, which httparse leaves out where it is no ASCII.
fn reason(bytes: &[u8]) -> String {
    let line = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    line.splitn(3, |byte| *byte == b' ').nth(2).map(text).unwrap_or_default()
}

/// Bytes as Latin-1.
fn text(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| char::from(*byte)).collect()
}

/// The size at the beginning of a chunk; extensions after a semicolon mean nothing here.
fn chunk_size(line: &[u8]) -> Option<u64> {
    let digits = line.split(|byte| *byte == b';').next()?.trim_ascii_end();
    let plain = (1..=16).contains(&digits.len()) && digits.iter().all(u8::is_ascii_hexdigit);
    std::str::from_utf8(digits).ok().filter(|_| plain).and_then(|digits| u64::from_str_radix(digits, 16).ok())
}

fn excerpt(bytes: &[u8]) -> String {
    String::from_utf8_lossy(&bytes[..bytes.len().min(20)]).into_owned()
}
