//! Bytes to messages, with limits; violations with the codes they are answered with.

use bytes::{Bytes, BytesMut};

use super::{
    close::{self, Code},
    header::{Header, LONGEST, Opcode, apply_mask},
    utf8::Utf8,
};

/// Which end reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// What comes is a client's: masked.
    Server,
    /// What comes is a server's: not masked. Legacy's closes are taken whatever is in them (it answers a reason with
    /// the text `bytearray(b'…')`), and a message over the limit is passed over, because it can not be asked again.
    Client,
}

/// Bounds, in bytes.
#[derive(Debug, Clone, Copy, Default)]
pub struct Limits {
    /// Of one frame.
    pub frame: Option<u64>,
    /// Of one message, which may come in several frames.
    pub message: Option<u64>,
}

/// Something that arrived whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A text message, valid UTF-8.
    Text(Bytes),
    /// A binary message.
    Binary(Bytes),
    /// A ping, to be answered with its payload.
    Ping(Bytes),
    /// A pong, asked for or not.
    Pong,
    /// The other end closes. Nothing comes after it.
    Close(Option<Code>),
    /// A message of so many bytes was passed over ([`Role::Client`] alone).
    Oversized(u64),
}

/// What the other end did wrong. The connection is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Violation {
    /// The code to close with.
    pub code: Code,
    /// What it was.
    pub what: &'static str,
}

const fn protocol(what: &'static str) -> Violation {
    Violation { code: Code::PROTOCOL_ERROR, what }
}

/// Reads one direction of one connection. Holds nothing between messages.
#[derive(Debug)]
pub struct Decoder {
    role: Role,
    limits: Limits,
    head: [u8; LONGEST],
    /// Bytes of `head` that have come.
    headed: usize,
    frame: Option<Frame>,
    message: Option<Message>,
    control: BytesMut,
    closed: bool,
}

/// The frame whose payload is arriving.
#[derive(Debug)]
struct Frame {
    opcode: Opcode,
    fin: bool,
    mask: Option<[u8; 4]>,
    length: u64,
    done: u64,
}

/// The message whose frames are arriving.
#[derive(Debug)]
struct Message {
    text: bool,
    payload: BytesMut,
    utf8: Utf8,
    /// Bytes in all its frames so far.
    length: u64,
    oversized: bool,
}

impl Decoder {
    /// A decoder at the start of a connection.
    #[must_use]
    pub fn new(role: Role, limits: Limits) -> Self {
        let head = [0; LONGEST];
        Self { role, limits, head, headed: 0, frame: None, message: None, control: BytesMut::new(), closed: false }
    }

    /// Whether the last frame is complete. Legacy answers a control frame at once, even in the middle of a frame that
    /// it is sending: while this is false it must be sent none.
    #[must_use]
    pub fn is_between_frames(&self) -> bool {
        self.headed == 0 && self.frame.is_none()
    }

    /// Reads what came, and unmasks it in place. What comes after a close is passed over.
    ///
    /// # Errors
    /// The first violation; events before it have been told.
    pub fn decode(&mut self, mut input: &mut [u8], tell: &mut impl FnMut(Event)) -> Result<(), Violation> {
        while !self.closed {
            let Some(frame) = &mut self.frame else {
                let Some(rest) = self.take_head(input)? else { return Ok(()) };
                input = rest;
                continue;
            };
            let left = frame.length - frame.done;
            let step = usize::try_from(left).unwrap_or(usize::MAX).min(input.len());
            let (piece, rest) = input.split_at_mut(step);
            if let Some(mask) = frame.mask {
                // The position within the mask is all that counts.
                apply_mask(piece, mask, (frame.done % 4) as usize);
            }
            frame.done += step as u64;
            let (opcode, over) = (frame.opcode, frame.done == frame.length);
            self.take_payload(opcode, piece)?;
            input = rest;
            if !over {
                return Ok(());
            }
            self.end_frame(tell)?;
            if input.is_empty() && self.headed == 0 {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Completes a head; gives what follows it, or none if the input ended before.
    fn take_head<'a>(&mut self, input: &'a mut [u8]) -> Result<Option<&'a mut [u8]>, Violation> {
        let before = self.headed;
        let step = (LONGEST - before).min(input.len());
        self.head[before..before + step].copy_from_slice(&input[..step]);
        self.headed += step;
        // The first byte can be judged before the rest is there.
        if self.headed > 0 {
            self.judge_first(self.head[0])?;
        }
        let Some((header, took)) = Header::read(&self.head[..self.headed]) else { return Ok(None) };
        self.headed = 0;
        self.begin_frame(header)?;
        Ok(Some(&mut input[took - before..]))
    }

    fn judge_first(&self, byte: u8) -> Result<(), Violation> {
        if byte & 0x70 != 0 {
            return Err(protocol("a reserved bit is set, and no extension was negotiated"));
        }
        let opcode = Opcode::of(byte & 0x0f).ok_or(protocol("a reserved opcode"))?;
        match opcode {
            Opcode::Continuation if self.message.is_none() => Err(protocol("a continuation of nothing")),
            Opcode::Text | Opcode::Binary if self.message.is_some() => {
                Err(protocol("a message within another one's pieces"))
            }
            opcode if opcode.is_control() && byte & 0x80 == 0 => Err(protocol("a control frame in pieces")),
            _ => Ok(()),
        }
    }

    fn begin_frame(&mut self, header: Header) -> Result<(), Violation> {
        let Header { fin, opcode, mask, length, .. } = header;
        let opcode = Opcode::of(opcode).ok_or(protocol("a reserved opcode"))?;
        match (self.role, mask) {
            (Role::Server, None) => return Err(protocol("a client's frame is not masked")),
            (Role::Client, Some(_)) => return Err(protocol("a server's frame is masked")),
            _ => {}
        }
        if length > i64::MAX as u64 {
            return Err(protocol("a length with the highest bit set"));
        }
        if opcode.is_control() {
            if length > 125 {
                return Err(protocol("a control frame of more than 125 bytes"));
            }
        } else {
            let message = self.message.get_or_insert_with(|| Message {
                text: opcode == Opcode::Text,
                payload: BytesMut::new(),
                utf8: Utf8::default(),
                length: 0,
                oversized: false,
            });
            message.length = message.length.saturating_add(length);
            let over = |limit: Option<u64>, length: u64| limit.is_some_and(|limit| length > limit);
            if over(self.limits.frame, length) || over(self.limits.message, message.length) {
                if self.role == Role::Server {
                    return Err(Violation { code: Code::TOO_BIG, what: "a message larger than the limit" });
                }
                message.oversized = true;
                message.payload = BytesMut::new();
            }
        }
        self.frame = Some(Frame { opcode, fin, mask, length, done: 0 });
        Ok(())
    }

    fn take_payload(&mut self, opcode: Opcode, piece: &[u8]) -> Result<(), Violation> {
        if opcode.is_control() {
            self.control.extend_from_slice(piece);
            return Ok(());
        }
        let Some(message) = self.message.as_mut().filter(|message| !message.oversized) else { return Ok(()) };
        if message.text {
            message
                .utf8
                .take(piece)
                .map_err(|_| Violation { code: Code::INVALID_PAYLOAD, what: "a text not in UTF-8" })?;
        }
        message.payload.extend_from_slice(piece);
        Ok(())
    }

    fn end_frame(&mut self, tell: &mut impl FnMut(Event)) -> Result<(), Violation> {
        let Some(frame) = self.frame.take() else { return Ok(()) };
        match frame.opcode {
            Opcode::Ping => tell(Event::Ping(self.control.split().freeze())),
            Opcode::Pong => {
                self.control.clear();
                tell(Event::Pong);
            }
            Opcode::Close => {
                self.closed = true;
                let read = close::read(&self.control.split());
                let code = match (read, self.role) {
                    (Ok(code), _) => code,
                    (Err(_), Role::Client) => None,
                    (Err(code), Role::Server) => {
                        return Err(Violation { code, what: "a close with a code or reason that may not be sent" });
                    }
                };
                tell(Event::Close(code));
            }
            Opcode::Continuation | Opcode::Text | Opcode::Binary if frame.fin => {
                let Some(message) = self.message.take() else { return Ok(()) };
                if !message.oversized && message.text && !message.utf8.is_complete() {
                    return Err(Violation { code: Code::INVALID_PAYLOAD, what: "a text that ends within a character" });
                }
                tell(match message {
                    Message { oversized: true, length, .. } => Event::Oversized(length),
                    Message { text: true, payload, .. } => Event::Text(payload.freeze()),
                    Message { payload, .. } => Event::Binary(payload.freeze()),
                });
            }
            _ => {}
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::notifier::frame::encode;

    fn read(decoder: &mut Decoder, bytes: &[u8], size: usize) -> (Vec<Event>, Option<Violation>) {
        let mut events = Vec::new();
        for piece in bytes.chunks(size) {
            let mut piece = piece.to_vec();
            if let Err(violation) = decoder.decode(&mut piece, &mut |event| events.push(event)) {
                return (events, Some(violation));
            }
        }
        (events, None)
    }

    fn of_client(bytes: &[u8], size: usize) -> (Vec<Event>, Option<Violation>) {
        read(&mut Decoder::new(Role::Server, Limits { frame: Some(1000), message: Some(1500) }), bytes, size)
    }

    /// A client's frame with every part chosen.
    fn raw(first: u8, payload: &[u8]) -> Vec<u8> {
        let mut bytes = encode::masked(Opcode::Text, payload).to_vec();
        bytes[0] = first;
        bytes
    }

    #[test]
    fn messages_come_whole_and_control_frames_between_their_pieces() {
        let bytes = [raw(0x01, b"He"), raw(0x89, b"?"), raw(0x00, b"l\xc3"), raw(0x80, b"\xb6"), raw(0x82, b"\xff")];
        for size in [1, 2, 7, 1000] {
            let (events, violation) = of_client(&bytes.concat(), size);
            assert_eq!(violation, None);
            let expected = [
                Event::Ping(Bytes::from_static(b"?")),
                Event::Text(Bytes::from_static("Hel\u{f6}".as_bytes())),
                Event::Binary(Bytes::from_static(b"\xff")),
            ];
            assert_eq!(events, expected);
        }
    }

    #[test]
    fn each_violation_has_its_code() {
        let cases: [(&str, Vec<u8>, u16); 14] = [
            ("reserved bit", raw(0xc1, b""), 1002),
            ("reserved opcode", raw(0x83, b""), 1002),
            ("control in pieces", raw(0x09, b""), 1002),
            ("long control", raw(0x89, &[0; 126]), 1002),
            ("continuation of nothing", raw(0x80, b""), 1002),
            ("message in message", [raw(0x01, b""), raw(0x81, b"")].concat(), 1002),
            ("not masked", encode::frame(Opcode::Text, b"x").to_vec(), 1002),
            ("highest bit of the length", b"\x81\xff\xff\xff\xff\xff\xff\xff\xff\xff\0\0\0\0".to_vec(), 1002),
            ("large frame", raw(0x81, &[b'x'; 1001]), 1009),
            ("large message", [raw(0x01, &[b'x'; 900]), raw(0x80, &[b'x'; 601])].concat(), 1009),
            ("no text", raw(0x81, b"\xff"), 1007),
            ("half a character", raw(0x81, b"\xc3"), 1007),
            ("close of one byte", raw(0x88, b"\x03"), 1002),
            ("close with a code of nobody", raw(0x88, b"\x03\xee"), 1002),
        ];
        for (what, bytes, code) in cases {
            for size in [1, 5, 10_000] {
                let (_, violation) = of_client(&bytes, size);
                assert_eq!(violation.map(|violation| violation.code.number()), Some(code), "{what} by {size}");
            }
        }
    }

    #[test]
    fn a_text_is_refused_at_the_byte_that_spoils_it_and_a_size_before_it_comes() {
        let (_, violation) = of_client(&raw(0x01, b"ab\xff and more that is not needed")[..9], 1);
        assert_eq!(violation.map(|violation| violation.code), Some(Code::INVALID_PAYLOAD));
        let (_, violation) = of_client(b"\x82\xff\0\0\0\x01\0\0\0\0\0\0\0\0", 1);
        assert_eq!(violation.map(|violation| violation.code), Some(Code::TOO_BIG));
    }

    #[test]
    fn nothing_comes_after_a_close() {
        let (events, violation) = of_client(&[raw(0x88, b"\x03\xe8x"), raw(0x81, b"late"), raw(0xff, b"")].concat(), 3);
        assert_eq!((events, violation), (vec![Event::Close(Some(Code::NORMAL))], None));
    }

    #[test]
    fn of_legacy_a_close_of_any_kind_is_a_close_and_a_large_message_is_passed_over() {
        let limits = Limits { frame: None, message: Some(100) };
        for size in [1, 50, 1000] {
            let mut decoder = Decoder::new(Role::Client, limits);
            let large = encode::frame(Opcode::Text, &[b'x'; 101]);
            let bytes = [&large[..], b"\x81\x01a", b"\x88\x11bytearray(b'bye')"].concat();
            let (events, violation) = read(&mut decoder, &bytes, size);
            let text = Event::Text(Bytes::from_static(b"a"));
            assert_eq!((events, violation), (vec![Event::Oversized(101), text, Event::Close(None)], None));
        }
    }

    proptest! {
        #[test]
        fn what_was_encoded_is_read_whatever_the_pieces(texts: Vec<String>, size in 1usize..40) {
            let mut bytes = Vec::new();
            for text in &texts {
                bytes.extend_from_slice(&encode::masked(Opcode::Text, text.as_bytes()));
            }
            let mut decoder = Decoder::new(Role::Server, Limits::default());
            let (events, violation) = read(&mut decoder, &bytes, size);
            prop_assert_eq!(violation, None);
            let expected: Vec<Event> = texts.into_iter().map(|text| Event::Text(Bytes::from(text))).collect();
            prop_assert_eq!(events, expected);
            prop_assert!(decoder.is_between_frames());
        }

        #[test]
        fn any_bytes_are_read_the_same_in_any_pieces(bytes: Vec<u8>, size in 1usize..20) {
            prop_assert_eq!(of_client(&bytes, size), of_client(&bytes, 10_000));
        }
    }
}
