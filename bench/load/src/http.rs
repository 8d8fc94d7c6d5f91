//! As much of HTTP/1.1 as a load generator needs: requests with a body of known length, answers with a
//! `Content-Length`, one at a time over a connection that is kept.

use bench_common::Error;
use serde::Deserialize;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// A request.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Request {
    method: String,
    target: String,
    headers: Vec<(String, String)>,
    body: Option<String>,
}

impl Request {
    /// As it goes over the wire.
    pub(crate) fn bytes(&self, host: &str) -> Vec<u8> {
        let mut text = format!("{} {} HTTP/1.1\r\nHost: {host}\r\n", self.method, self.target);
        for (name, value) in &self.headers {
            text += &format!("{name}: {value}\r\n");
        }
        if let Some(body) = &self.body {
            text += &format!("Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}", body.len());
        } else {
            text += "\r\n";
        }
        text.into_bytes()
    }

    /// The same with a body that is no text.
    pub(crate) fn with_payload(&self, host: &str, payload: Option<&[u8]>) -> Vec<u8> {
        let mut bytes = self.bytes(host);
        if let Some(payload) = payload {
            // The empty line goes after one header more.
            bytes.truncate(bytes.len() - 2);
            let header = format!("Content-Type: application/octet-stream\r\nContent-Length: {}\r\n\r\n", payload.len());
            bytes.extend_from_slice(header.as_bytes());
            bytes.extend_from_slice(payload);
        }
        bytes
    }
}

/// A connection that is kept.
#[derive(Debug)]
pub(crate) struct Connection {
    stream: TcpStream,
    received: Vec<u8>,
    acknowledging: Acknowledging,
}

/// When the kernel says that it has received something. A server that writes head and body apart, with Nagle's
/// algorithm on, sends the body only when the head has been acknowledged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Acknowledging {
    /// As for every client that asks for nothing else: up to 40 ms later, on Linux.
    Delayed,
    /// At once. Linux only, as [`Acknowledging::Delayed`] elsewhere.
    Quick,
}

/// An answer, as long as nothing else is asked.
#[derive(Debug)]
pub(crate) struct Answer<'a> {
    pub(crate) head: Head,
    /// The head as it came.
    pub(crate) lines: &'a [u8],
    pub(crate) body: &'a [u8],
}

/// What is of interest in an answer's head.
#[derive(Debug)]
pub(crate) struct Head {
    pub(crate) status: u16,
    /// `x-cutover-variant` and `x-cutover-reason`, which only the bridge sends.
    pub(crate) variant: Option<String>,
    pub(crate) reason: Option<String>,
    pub(crate) bytes: usize,
    body_bytes: usize,
}

impl Connection {
    /// Connects.
    pub(crate) async fn open(address: &str, acknowledging: Acknowledging) -> Result<Self, Error> {
        let stream = TcpStream::connect(address).await.map_err(|error| format!("connecting to {address}: {error}"))?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, received: Vec::new(), acknowledging })
    }

    /// Sends a request and waits for the whole of its answer.
    pub(crate) async fn exchange(&mut self, request: &[u8]) -> Result<Answer<'_>, Error> {
        self.received.clear();
        self.stream.write_all(request).await?;
        let head = loop {
            self.receive().await?;
            if let Some(head) = read_head(&self.received)? {
                break head;
            }
        };
        let end = head.bytes + head.body_bytes;
        while self.received.len() < end {
            self.receive().await?;
        }
        if self.received.len() > end {
            return Err("the answer is longer than its Content-Length".into());
        }
        let (lines, body) = self.received.split_at(head.bytes);
        Ok(Answer { head, lines, body })
    }

    async fn receive(&mut self) -> Result<(), Error> {
        self.received.reserve(64 * 1024);
        // The kernel falls back by itself, so it is told before every wait.
        #[cfg(target_os = "linux")]
        if self.acknowledging == Acknowledging::Quick {
            socket2::SockRef::from(&self.stream).set_tcp_quickack(true)?;
        }
        match self.stream.read_buf(&mut self.received).await? {
            0 => Err("the connection was closed before the answer was complete".into()),
            _ => Ok(()),
        }
    }
}

/// `None` if there is more to come.
pub(crate) fn read_head(received: &[u8]) -> Result<Option<Head>, Error> {
    let mut headers = [httparse::EMPTY_HEADER; 100];
    let mut response = httparse::Response::new(&mut headers);
    let httparse::Status::Complete(bytes) = response.parse(received)? else {
        return Ok(None);
    };
    let header = |name: &str| {
        let found = response.headers.iter().find(|header| header.name.eq_ignore_ascii_case(name));
        found.map(|header| String::from_utf8_lossy(header.value).into_owned())
    };
    let body_bytes = header("content-length").ok_or("the answer has no Content-Length")?.parse()?;
    Ok(Some(Head {
        status: response.code.unwrap_or_default(),
        variant: header("x-cutover-variant"),
        reason: header("x-cutover-reason"),
        bytes,
        body_bytes,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_says_how_long_its_body_is() {
        let request = Request {
            method: "POST".into(),
            target: "/a".into(),
            headers: vec![("x".into(), "1".into())],
            body: Some("{}".into()),
        };
        let expected = "POST /a HTTP/1.1\r\nHost: h:1\r\nx: 1\r\n\
                        Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}";
        assert_eq!(request.bytes("h:1"), expected.as_bytes());
    }

    #[test]
    fn a_head_is_read_once_it_is_complete() {
        let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 3\r\nX-Cutover-Variant: native\r\n\r\nabc";
        let head = read_head(answer).unwrap().unwrap();
        assert_eq!((head.status, head.body_bytes, head.variant.as_deref()), (200, 3, Some("native")));
        assert_eq!((&answer[head.bytes..], head.reason), (&b"abc"[..], None));
        assert!(read_head(&answer[..40]).unwrap().is_none());
    }

    #[test]
    fn an_answer_of_unknown_length_is_an_error() {
        assert!(read_head(b"HTTP/1.1 200 OK\r\n\r\n").is_err());
    }
}
