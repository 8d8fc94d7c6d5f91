//! A closed loop: each of some connections asks again as soon as it has its answer. One thread, no runtime and no task for
//! each connection: where a proxy shares the cores with its client, what the client takes is what the proxy does not get.
//!
//! Every answer is checked: its status, and each byte of its body as it comes.

use std::{
    io::{ErrorKind, Read, Write},
    time::{Duration, Instant},
};

use bench_common::{
    Error,
    latency::{Latencies, Summary},
};
use bench_load::payload::payload;
use mio::{Events, Interest, Poll, Token, net::TcpStream};
use serde::Deserialize;

use crate::http::{Acknowledging, Request};

/// What is read at once at most.
const BUFFER: usize = 256 * 1024;
/// The longest time in which nothing happens on any connection.
const PATIENCE: Duration = Duration::from_secs(30);

/// Some seconds of it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ClosedLoop {
    address: String,
    request: Request,
    /// Bytes of [`payload`] that go with each request, in place of its body.
    upload: Option<usize>,
    expected: Content,
    connections: usize,
    acknowledging: Acknowledging,
    seconds: f64,
}

/// A body.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Content {
    Text(String),
    /// This much of it; the rest is another each time, and as long as the answer says.
    Begins(String),
    /// So many bytes of [`payload`].
    Payload(usize),
}

/// One of the connections.
struct Connection {
    stream: TcpStream,
    begun: Instant,
    /// Bytes of the request that are on their way.
    sent: usize,
    /// Of a head that is not complete yet.
    head: Vec<u8>,
    /// Bytes of the body so far; `None` before the head is complete.
    body: Option<usize>,
    /// Those of the whole body, once there is a head.
    length: usize,
}

/// What all connections send and expect.
struct Exchange {
    request: Vec<u8>,
    body: Vec<u8>,
    /// Whether this is all of the body.
    whole: bool,
    acknowledging: Acknowledging,
}

/// Everything that a loop works with.
struct Looping {
    exchange: Exchange,
    connections: Vec<Connection>,
    poll: Poll,
    events: Events,
    buffer: Vec<u8>,
}

impl ClosedLoop {
    /// Asks for as long as told. Every connection is open, and has asked once, before the clock starts.
    pub(crate) fn run(self) -> Result<Summary, Error> {
        let lasting = Duration::try_from_secs_f64(self.seconds)?;
        let mut looping = self.open()?;
        looping.drive(|_| false)?;
        let began = Instant::now();
        let latencies = looping.drive(|now| now - began < lasting)?;
        Ok(Summary::new(latencies, began.elapsed()))
    }

    fn open(self) -> Result<Looping, Error> {
        let poll = Poll::new()?;
        let mut connections = Vec::new();
        for number in 0..self.connections {
            let stream = std::net::TcpStream::connect(&self.address)
                .map_err(|error| format!("connecting to {}: {error}", self.address))?;
            stream.set_nodelay(true)?;
            stream.set_nonblocking(true)?;
            let mut stream = TcpStream::from_std(stream);
            poll.registry().register(&mut stream, Token(number), Interest::READABLE | Interest::WRITABLE)?;
            connections.push(Connection {
                stream,
                begun: Instant::now(),
                sent: 0,
                head: Vec::new(),
                body: None,
                length: 0,
            });
        }
        let sent = self.upload.map(payload);
        let whole = !matches!(self.expected, Content::Begins(_));
        let body = match self.expected {
            Content::Text(text) | Content::Begins(text) => text.into_bytes(),
            Content::Payload(bytes) => payload(bytes),
        };
        Ok(Looping {
            exchange: Exchange {
                request: self.request.with_payload(&self.address, sent.as_deref()),
                body,
                whole,
                acknowledging: self.acknowledging,
            },
            connections,
            poll,
            events: Events::with_capacity(1024),
            buffer: vec![0; BUFFER],
        })
    }
}

impl Looping {
    /// Every connection asks once, and once more after each answer for as long as it is told to go on.
    fn drive(&mut self, go_on: impl Fn(Instant) -> bool) -> Result<Latencies, Error> {
        let mut latencies = Latencies::default();
        let mut asking = self.connections.len();
        for connection in &mut self.connections {
            connection.ask(&self.exchange, Instant::now())?;
        }
        while asking > 0 {
            match self.poll.poll(&mut self.events, Some(PATIENCE)) {
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                polled => polled?,
            }
            if self.events.is_empty() {
                return Err(format!("nothing came in {} s", PATIENCE.as_secs()).into());
            }
            for event in &self.events {
                let connection = &mut self.connections[event.token().0];
                if event.is_writable() {
                    connection.send(&self.exchange)?;
                }
                if !(event.is_readable() || event.is_read_closed())
                    || !connection.receive(&self.exchange, &mut self.buffer, event.is_read_closed())?
                {
                    continue;
                }
                let now = Instant::now();
                latencies.record(now - connection.begun);
                if go_on(now) {
                    connection.ask(&self.exchange, now)?;
                } else {
                    asking -= 1;
                }
            }
        }
        Ok(latencies)
    }
}

impl Connection {
    fn ask(&mut self, exchange: &Exchange, now: Instant) -> Result<(), Error> {
        self.begun = now;
        self.sent = 0;
        self.body = None;
        self.send(exchange)
    }

    /// As much of the request as the kernel takes.
    fn send(&mut self, exchange: &Exchange) -> Result<(), Error> {
        while self.sent < exchange.request.len() {
            match self.stream.write(&exchange.request[self.sent..]) {
                Ok(bytes) => self.sent += bytes,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error.into()),
            }
            self.acknowledge(exchange)?;
        }
        Ok(())
    }

    /// The kernel falls back by itself, so it is told before every wait.
    fn acknowledge(&self, exchange: &Exchange) -> Result<(), Error> {
        #[cfg(target_os = "linux")]
        if exchange.acknowledging == Acknowledging::Quick {
            socket2::SockRef::from(&self.stream).set_tcp_quickack(true)?;
        }
        Ok(())
    }

    /// Reads what there is; whether the answer is complete with it. A read that did not fill the buffer has left nothing
    /// behind, so it is not tried again, unless the other side has closed and would not be heard of any more.
    fn receive(&mut self, exchange: &Exchange, buffer: &mut [u8], closed: bool) -> Result<bool, Error> {
        loop {
            let held = self.head.len();
            buffer[..held].copy_from_slice(&self.head);
            let filled = match self.stream.read(&mut buffer[held..]) {
                Ok(0) => return Err("the connection was closed before the answer was complete".into()),
                Ok(bytes) => held + bytes,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(false),
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Err(error.into()),
            };
            if self.take(exchange, &buffer[..filled])? {
                return Ok(true);
            }
            self.acknowledge(exchange)?;
            if filled < buffer.len() && !closed {
                return Ok(false);
            }
        }
    }

    /// Checks what has come; whether the answer is complete with it.
    fn take(&mut self, exchange: &Exchange, came: &[u8]) -> Result<bool, Error> {
        self.head.clear();
        let (before, body) = match self.body {
            Some(before) => (before, came),
            None => match end_of_head(came)? {
                Some(end) => {
                    self.length = if exchange.whole { exchange.body.len() } else { content_length(&came[..end])? };
                    (0, &came[end..])
                }
                None => {
                    self.head.extend_from_slice(came);
                    return Ok(false);
                }
            },
        };
        let after = before + body.len();
        let known = exchange.body.len();
        let expected = &exchange.body[before.min(known)..after.min(known)];
        if after > self.length || !body.starts_with(expected) {
            return Err(format!("another body than expected, somewhere in bytes {before} to {after}").into());
        }
        self.body = Some(after);
        let complete = after == self.length;
        if complete && self.sent < exchange.request.len() {
            return Err("answered before the request was complete".into());
        }
        Ok(complete)
    }
}

/// Where the head of an answer ends, once it is there. Where the body is known, no header needs reading: an answer that is
/// longer shows in place of the next one's status.
fn end_of_head(came: &[u8]) -> Result<Option<usize>, Error> {
    let Some(end) = memchr::memmem::find(came, b"\r\n\r\n") else {
        return if came.len() > BUFFER / 2 { Err("a head without end".into()) } else { Ok(None) };
    };
    if !came.starts_with(b"HTTP/1.1 200 ") {
        let line = came.split(|byte| *byte == b'\r').next().unwrap_or_default();
        return Err(format!("{:?} in place of 200", String::from_utf8_lossy(line)).into());
    }
    Ok(Some(end + 4))
}

fn content_length(head: &[u8]) -> Result<usize, Error> {
    let mut headers = [httparse::EMPTY_HEADER; 64];
    let mut response = httparse::Response::new(&mut headers);
    response.parse(head)?;
    let length = response.headers.iter().find(|header| header.name.eq_ignore_ascii_case("content-length"));
    Ok(std::str::from_utf8(length.ok_or("the answer has no Content-Length")?.value)?.trim().parse()?)
}

#[cfg(test)]
mod tests {
    use std::{net::TcpListener, thread};

    use super::*;

    /// A server that answers every request on one connection with these writes, one after another.
    fn answered(expected: &str, writes: &'static [&'static [u8]]) -> Result<Summary, Error> {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            stream.set_nodelay(true).unwrap();
            let mut request = [0; 1024];
            while stream.read(&mut request).is_ok_and(|bytes| bytes > 0) {
                for each in writes {
                    stream.write_all(each).unwrap();
                }
            }
        });
        let text = format!(
            r#"{{"address": "{address}", "request": {{"method": "GET", "target": "/", "headers": [], "body": null}},
                "upload": null, "expected": {expected}, "connections": 1, "acknowledging": "quick", "seconds": 0.01}}"#
        );
        serde_json::from_str::<ClosedLoop>(&text).unwrap().run()
    }

    const FOUR: &str = r#"{"text": "four"}"#;

    #[test]
    fn an_answer_in_any_pieces_is_one_answer() {
        assert!(answered(FOUR, &[b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfour"]).unwrap().reads > 0);
        assert!(answered(FOUR, &[b"HTTP/1.1 200 OK\r\nA: b\r", b"\n\r\nfo", b"ur"]).unwrap().reads > 0);
    }

    #[test]
    fn an_answer_of_which_the_beginning_is_known_is_as_long_as_it_says() {
        let begins = r#"{"begins": "fo"}"#;
        assert!(answered(begins, &[b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nfo", b"rm"]).unwrap().reads > 0);
        assert!(answered(begins, &[b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nfive"]).is_err());
        assert!(answered(begins, &[b"HTTP/1.1 200 OK\r\n\r\nfour"]).is_err());
    }

    #[test]
    fn an_answer_that_is_not_the_expected_one_ends_the_round() {
        const WRONG: [&[&[u8]]; 4] = [
            &[b"HTTP/1.1 503 Service Unavailable\r\n\r\nfour"],
            &[b"HTTP/1.1 200 OK\r\n\r\nfive"],
            &[b"HTTP/1.1 200 OK\r\n\r\nfour more"],
            &[b"HTTP/1.1 200 OK\r\n\r\nfo", b"rm"],
        ];
        for wrong in WRONG {
            assert!(answered(FOUR, wrong).is_err(), "{}", String::from_utf8_lossy(wrong[0]));
        }
    }
}
