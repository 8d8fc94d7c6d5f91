//! Frames, RFC 6455 section 5.2: as much of them as both ends need that never fragment a message.

use bench_common::Error;

/// Opcodes, RFC 6455 section 11.8.
pub const TEXT: u8 = 1;
/// Close.
pub const CLOSE: u8 = 8;
/// Ping.
pub const PING: u8 = 9;
/// Pong.
pub const PONG: u8 = 10;

const FIN: u8 = 0x80;
const RESERVED: u8 = 0x70;
const MASKED: u8 = 0x80;

/// Where a frame's parts are. All of the frame is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Frame {
    /// What it is.
    pub opcode: u8,
    /// The key that its payload is masked with, if it is.
    pub mask: Option<[u8; 4]>,
    /// Bytes in front of the payload.
    pub head: usize,
    /// Bytes of both.
    pub bytes: usize,
}

impl Frame {
    /// The frame that these bytes begin with; `None` if there is more to come.
    ///
    /// # Errors
    ///
    /// If it is a fragment, or uses what nobody has negotiated.
    pub fn first(received: &[u8]) -> Result<Option<Self>, Error> {
        let [first, second, ..] = *received else { return Ok(None) };
        if first & FIN == 0 || first & RESERVED != 0 || first & 0x0f == 0 {
            return Err(format!("a frame that begins with {first:#04x}: a fragment, or compressed").into());
        }
        let (length, mut head) = match second & 0x7f {
            126 => match received.get(2..4) {
                Some(bytes) => (bytes.iter().fold(0, |so_far, byte| so_far << 8 | usize::from(*byte)), 4),
                None => return Ok(None),
            },
            127 => return Err("a frame of 64 KiB or more".into()),
            length => (usize::from(length), 2),
        };
        let mut mask = None;
        if second & MASKED != 0 {
            mask = match received.get(head..head + 4) {
                Some(bytes) => Some([bytes[0], bytes[1], bytes[2], bytes[3]]),
                None => return Ok(None),
            };
            head += 4;
        }
        let bytes = head + length;
        Ok((received.len() >= bytes).then_some(Self { opcode: first & 0x0f, mask, head, bytes }))
    }

    /// Its payload, of the bytes that it was found in.
    #[must_use]
    pub fn payload(&self, received: &[u8]) -> Vec<u8> {
        let mask = self.mask.unwrap_or_default();
        received[self.head..self.bytes].iter().zip(mask.iter().cycle()).map(|(byte, key)| byte ^ key).collect()
    }
}

/// A whole message as a server sends it, in front of at most 65 535 bytes.
#[must_use]
pub fn from_server(opcode: u8, payload: &[u8]) -> Vec<u8> {
    write(opcode, payload, 0)
}

/// The same from a client. The key is zero, which leaves the payload as it is.
#[must_use]
pub fn from_client(opcode: u8, payload: &[u8]) -> Vec<u8> {
    write(opcode, payload, MASKED)
}

fn write(opcode: u8, payload: &[u8], masked: u8) -> Vec<u8> {
    let mut frame = Vec::with_capacity(payload.len() + 8);
    frame.push(FIN | opcode);
    match u8::try_from(payload.len()) {
        Ok(length) if length < 126 => frame.push(masked | length),
        _ => {
            frame.push(masked | 126);
            frame.extend(u16::try_from(payload.len()).unwrap_or(u16::MAX).to_be_bytes());
        }
    }
    if masked != 0 {
        frame.extend([0; 4]);
    }
    frame.extend(payload);
    frame
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_found_once_all_of_it_is_there() {
        let payload = [7; 1024];
        for (frame, head) in [(from_server(TEXT, &payload), 4), (from_client(TEXT, &payload), 8)] {
            for bytes in 0..frame.len() {
                assert_eq!(Frame::first(&frame[..bytes]).unwrap(), None, "{bytes}");
            }
            let found = Frame::first(&[&frame[..], b"more"].concat()).unwrap().unwrap();
            assert_eq!((found.opcode, found.head, found.bytes), (TEXT, head, head + 1024));
            assert_eq!(found.payload(&frame), payload);
        }
        let ping = Frame::first(&from_server(PING, b"")).unwrap().unwrap();
        assert_eq!((ping.opcode, ping.head, ping.bytes), (PING, 2, 2));
    }

    #[test]
    fn a_masked_payload_is_read() {
        let ping = [0x89, 0x82, 1, 2, 3, 4, b'h' ^ 1, b'i' ^ 2];
        assert_eq!(Frame::first(&ping).unwrap().unwrap().payload(&ping), b"hi");
    }

    #[test]
    fn fragments_and_compressed_frames_are_refused() {
        for first in [0x01, 0x80, 0xc1] {
            assert!(Frame::first(&[first, 0]).is_err(), "{first:#04x}");
        }
    }
}
