//! Where in legacy's websocket stream one is: between two frames, or inside one (RFC 6455 section 5.2).

/// Longest header of a frame that is not masked.
const LONGEST: usize = 10;

/// Follows a server's frames by their headers; what is in them is passed over.
#[derive(Debug, Default)]
pub(super) struct Boundary {
    header: [u8; LONGEST],
    /// Bytes of the header that have come.
    known: usize,
    /// Bytes of the payload that have not.
    left: u64,
    /// Those are no frames of a server's: nothing is known from there on.
    lost: bool,
}

impl Boundary {
    /// Goes over the next bytes.
    pub(super) fn pass(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() && !self.lost {
            if self.left > 0 {
                let step = usize::try_from(self.left).unwrap_or(usize::MAX).min(bytes.len());
                self.left -= step as u64;
                bytes = &bytes[step..];
                continue;
            }
            self.header[self.known] = bytes[0];
            self.known += 1;
            bytes = &bytes[1..];
            self.judge();
        }
    }

    /// Whether a frame has begun and not ended.
    pub(super) fn is_inside(&self) -> bool {
        !self.lost && (self.known > 0 || self.left > 0)
    }

    /// Looks whether the header is whole, and begins its payload if so.
    fn judge(&mut self) {
        let [first, second, rest @ ..] = &self.header;
        // The first reserved bit is that of compression. There are six opcodes, and servers do not mask.
        let opcode = matches!(first & 0x0f, 0..=2 | 8..=10);
        if first & 0x30 != 0 || !opcode || (self.known > 1 && second & 0x80 != 0) {
            self.lost = true;
            return;
        }
        let (length, left) = match second {
            126 => (4, u64::from(u16::from_be_bytes([rest[0], rest[1]]))),
            127 => (LONGEST, u64::from_be_bytes(*rest)),
            short => (2, u64::from(*short)),
        };
        if self.known == length {
            (self.known, self.left) = (0, left);
            self.header = [0; LONGEST];
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn frame(first: u8, length: usize) -> Vec<u8> {
        let mut bytes = vec![first];
        match u16::try_from(length) {
            Ok(length @ 0..126) => bytes.push(length.to_be_bytes()[1]),
            Ok(length) => {
                bytes.push(126);
                bytes.extend(length.to_be_bytes());
            }
            Err(_) => {
                bytes.push(127);
                bytes.extend((length as u64).to_be_bytes());
            }
        }
        // Payloads that look like headers.
        bytes.resize(bytes.len() + length, 0x81);
        bytes
    }

    proptest! {
        #[test]
        fn one_is_between_frames_exactly_where_one_ends(
            frames in proptest::collection::vec((prop_oneof![Just(0x81u8), Just(0x02), Just(0x80), Just(0x88), Just(0xc1)], prop_oneof![0usize..300, 65_500usize..65_600]), 1..6),
            step in 1usize..5000,
        ) {
            let (mut stream, mut ends) = (Vec::new(), vec![0]);
            for (first, length) in frames {
                stream.extend(frame(first, length));
                ends.push(stream.len());
            }
            let (mut boundary, mut at) = (Boundary::default(), 0);
            for piece in stream.chunks(step) {
                boundary.pass(piece);
                at += piece.len();
                prop_assert_eq!(boundary.is_inside(), !ends.contains(&at), "at {}", at);
            }
        }
    }

    #[test]
    fn what_is_no_frame_of_a_servers_is_not_taken_for_one() {
        for stream in
            [&b"\x81\x85abcdhello"[..], b"GET / HTTP/1.1", b"dddd", b"\x83\x01x", b"\xb1\x00", b"\x81\x00\x8f"]
        {
            let mut boundary = Boundary::default();
            boundary.pass(stream);
            assert!(!boundary.is_inside(), "{stream:?}");
            boundary.pass(b"\x81");
            assert!(!boundary.is_inside(), "{stream:?}");
        }
    }
}
