//! Opcodes, and the bytes in front of a payload (RFC 6455 section 5.2).

/// Longest header: two bytes, eight of length, four of mask.
pub const LONGEST: usize = 14;

/// What a frame is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Opcode {
    /// The next piece of a message.
    Continuation,
    /// A text message, or its first piece.
    Text,
    /// A binary message, or its first piece.
    Binary,
    /// The end.
    Close,
    /// A question whether the other end is there.
    Ping,
    /// The answer to it.
    Pong,
}

impl Opcode {
    /// By its number; none for the reserved ones.
    #[must_use]
    pub fn of(number: u8) -> Option<Self> {
        Some(match number {
            0 => Self::Continuation,
            1 => Self::Text,
            2 => Self::Binary,
            8 => Self::Close,
            9 => Self::Ping,
            10 => Self::Pong,
            _ => return None,
        })
    }

    /// Its number.
    #[must_use]
    pub fn number(self) -> u8 {
        match self {
            Self::Continuation => 0,
            Self::Text => 1,
            Self::Binary => 2,
            Self::Close => 8,
            Self::Ping => 9,
            Self::Pong => 10,
        }
    }

    /// Whether it may stand between the pieces of a message, and may not be in pieces itself.
    #[must_use]
    pub fn is_control(self) -> bool {
        matches!(self, Self::Close | Self::Ping | Self::Pong)
    }
}

/// The header of one frame, as it was on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// Whether it is the last of its message.
    pub fin: bool,
    /// The three reserved bits, 0 to 7.
    pub reserved: u8,
    /// The opcode's number, known or not.
    pub opcode: u8,
    /// The mask, if the payload is masked.
    pub mask: Option<[u8; 4]>,
    /// Bytes of payload.
    pub length: u64,
}

impl Header {
    /// Reads a header and how many bytes it took; none while it is incomplete.
    #[must_use]
    pub fn read(bytes: &[u8]) -> Option<(Self, usize)> {
        let (&first, &second) = (bytes.first()?, bytes.get(1)?);
        let (length, at) = match second & 0x7f {
            126 => (u64::from(u16::from_be_bytes(bytes.get(2..4)?.try_into().ok()?)), 4),
            127 => (u64::from_be_bytes(bytes.get(2..10)?.try_into().ok()?), 10),
            short => (u64::from(short), 2),
        };
        let masked = second & 0x80 != 0;
        let mask = if masked { Some(bytes.get(at..at + 4)?.try_into().ok()?) } else { None };
        let header = Self { fin: first & 0x80 != 0, reserved: (first >> 4) & 7, opcode: first & 0x0f, mask, length };
        Some((header, at + if masked { 4 } else { 0 }))
    }

    /// Writes it in its shortest form, at the front of `into`; gives how many bytes it took.
    #[allow(clippy::cast_possible_truncation, reason = "each arm has just bounded the length")]
    pub fn write(&self, into: &mut [u8; LONGEST]) -> usize {
        into[0] = (u8::from(self.fin) << 7) | (self.reserved << 4) | self.opcode;
        let masked = if self.mask.is_some() { 128 } else { 0 };
        let mut at = match self.length {
            0..=125 => {
                into[1] = masked + self.length as u8;
                2
            }
            126..=0xffff => {
                into[1] = masked + 126;
                into[2..4].copy_from_slice(&(self.length as u16).to_be_bytes());
                4
            }
            _ => {
                into[1] = masked + 127;
                into[2..10].copy_from_slice(&self.length.to_be_bytes());
                10
            }
        };
        if let Some(mask) = self.mask {
            into[at..at + 4].copy_from_slice(&mask);
            at += 4;
        }
        at
    }
}

/// Masks or unmasks a payload of which `done` bytes came before (RFC 6455 section 5.3).
pub fn apply_mask(payload: &mut [u8], mask: [u8; 4], done: usize) {
    let turned: [u8; 4] = std::array::from_fn(|i| mask[(done + i) % 4]);
    let wide =
        u64::from_ne_bytes([turned[0], turned[1], turned[2], turned[3], turned[0], turned[1], turned[2], turned[3]]);
    let mut words = payload.chunks_exact_mut(8);
    for word in &mut words {
        let masked = u64::from_ne_bytes([word[0], word[1], word[2], word[3], word[4], word[5], word[6], word[7]]);
        word.copy_from_slice(&(masked ^ wide).to_ne_bytes());
    }
    for (i, byte) in words.into_remainder().iter_mut().enumerate() {
        *byte ^= turned[i % 4];
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_header_survives_being_written_and_read(
            fin: bool, reserved in 0u8..8, opcode in 0u8..16, mask: Option<[u8; 4]>,
            length in prop_oneof![0u64..300, 65_500u64..66_000, any::<u64>()],
        ) {
            let header = Header { fin, reserved, opcode, mask, length };
            let mut bytes = [0; LONGEST];
            let took = header.write(&mut bytes);
            prop_assert_eq!(Header::read(&bytes[..took]), Some((header, took)));
            for short in 0..took {
                prop_assert_eq!(Header::read(&bytes[..short]), None);
            }
        }

        #[test]
        fn a_mask_is_the_same_whatever_the_pieces(payload: Vec<u8>, mask: [u8; 4], cut in 0usize..100) {
            let expected: Vec<u8> = payload.iter().enumerate().map(|(i, byte)| byte ^ mask[i % 4]).collect();
            let mut masked = payload.clone();
            let cut = cut.min(masked.len());
            let (front, back) = masked.split_at_mut(cut);
            apply_mask(front, mask, 0);
            apply_mask(back, mask, cut);
            prop_assert_eq!(masked, expected);
        }
    }
}
