//! One client: its handshake, its frames, and the order of its messages.

use std::{io::Write, net::TcpStream, time::Duration};

use bench_common::Error;
use bench_ws::{
    frame::{self, Frame},
    head,
    message::{Stamp, Template},
};

/// The example of RFC 6455 section 1.3, and its answer.
const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";
const ACCEPT: &str = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

/// The longest that a handshake may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// Shakes hands. Gives what came after the head.
pub(crate) fn shake_hands(mut stream: &TcpStream, address: &str) -> Result<Vec<u8>, Error> {
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    write!(
        stream,
        "GET /ws HTTP/1.1\r\nHost: {address}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {KEY}\r\n\r\n"
    )?;
    let mut received = Vec::new();
    let head = head::next(&mut stream, &mut received)?.ok_or("closed before the handshake was answered")?;
    if !head.starts_with("HTTP/1.1 101 ") || head::header(&head, "sec-websocket-accept") != Some(ACCEPT) {
        return Err(format!("the handshake was refused: {}", head.lines().next().unwrap_or_default()).into());
    }
    stream.set_read_timeout(None)?;
    Ok(received)
}

/// Which message comes next.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Sequence {
    pub(crate) next: u64,
    pub(crate) end: u64,
}

/// What is to be done after a frame that is no message.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// A message has come, the next in its order.
    Message(Stamp),
    /// This has to be answered, with these bytes.
    Ping(Vec<u8>),
    /// A pong, which nobody asked for and nobody forbids.
    Pong,
}

impl Sequence {
    /// The next frame, if all of it is there, and its bytes.
    pub(crate) fn next_frame(&mut self, template: &Template, received: &[u8]) -> Result<Option<(Event, usize)>, Error> {
        let Some(frame) = Frame::first(received)? else { return Ok(None) };
        let payload = &received[frame.head..frame.bytes];
        let event = match frame.opcode {
            _ if frame.mask.is_some() => return Err("the server masks".into()),
            frame::TEXT => Event::Message(self.message(template, payload)?),
            frame::PING => Event::Ping(frame::from_client(frame::PONG, payload)),
            frame::PONG => Event::Pong,
            frame::CLOSE => return Err(format!("the server closes: {payload:?}").into()),
            other => return Err(format!("a frame of opcode {other}").into()),
        };
        Ok(Some((event, frame.bytes)))
    }

    fn message(&mut self, template: &Template, payload: &[u8]) -> Result<Stamp, Error> {
        let stamp = template.read(payload)?;
        if stamp.number != self.next || stamp.number >= self.end {
            let Self { next, end } = self;
            return Err(format!("message {} came in place of {next}, of those before {end}", stamp.number).into());
        }
        self.next += 1;
        Ok(stamp)
    }

    /// Whether all that were expected have come.
    pub(crate) fn complete(&self) -> bool {
        self.next == self.end
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(template: &Template, number: u64) -> Vec<u8> {
        frame::from_server(frame::TEXT, template.text(Stamp { number, at_ns: 9 }).as_bytes())
    }

    #[test]
    fn every_message_has_to_come_once_and_in_its_order() {
        let template = Template::default();
        let mut sequence = Sequence { next: 3, end: 5 };
        for number in 3..5 {
            let frame = message(&template, number);
            let found = sequence.next_frame(&template, &frame).unwrap();
            assert_eq!(found, Some((Event::Message(Stamp { number, at_ns: 9 }), frame.len())));
        }
        assert!(sequence.complete());
        for number in [4, 5] {
            assert!(sequence.next_frame(&template, &message(&template, number)).is_err(), "{number}");
        }
        let mut skipped = Sequence { next: 3, end: 5 };
        assert!(skipped.next_frame(&template, &message(&template, 4)).is_err());
    }

    #[test]
    fn a_ping_is_answered_with_what_it_says_and_a_close_is_an_error() {
        let template = Template::default();
        let mut sequence = Sequence::default();
        let found = sequence.next_frame(&template, &frame::from_server(frame::PING, b"hi")).unwrap();
        assert_eq!(found, Some((Event::Ping(frame::from_client(frame::PONG, b"hi")), 4)));
        assert!(sequence.next_frame(&template, &frame::from_server(frame::CLOSE, b"")).is_err());
    }
}
