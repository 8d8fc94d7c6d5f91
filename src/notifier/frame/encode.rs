//! Whole frames.

use bytes::{BufMut, Bytes, BytesMut};

use super::{
    close::Code,
    header::{Header, LONGEST, Opcode, apply_mask},
};

/// A server's frame: not masked, in one piece, its length in the shortest form, as legacy's.
#[must_use]
pub fn frame(opcode: Opcode, payload: &[u8]) -> Bytes {
    let mut bytes = BytesMut::with_capacity(payload.len() + LONGEST);
    put_header(&mut bytes, opcode, payload.len(), None);
    bytes.put_slice(payload);
    bytes.freeze()
}

/// A client's frame: masked with a mask that nobody can foretell (RFC 6455 section 5.3).
#[must_use]
pub fn masked(opcode: Opcode, payload: &[u8]) -> Bytes {
    let mask = rand::random();
    let mut bytes = BytesMut::with_capacity(payload.len() + LONGEST);
    put_header(&mut bytes, opcode, payload.len(), Some(mask));
    let at = bytes.len();
    bytes.put_slice(payload);
    apply_mask(&mut bytes[at..], mask, 0);
    bytes.freeze()
}

/// A close frame with a code, or without.
#[must_use]
pub fn close(code: Option<Code>) -> Bytes {
    let number = code.map(|code| code.number().to_be_bytes());
    frame(Opcode::Close, number.as_ref().map_or(&[], |number| number.as_slice()))
}

fn put_header(into: &mut BytesMut, opcode: Opcode, length: usize, mask: Option<[u8; 4]>) {
    let header = Header { fin: true, reserved: 0, opcode: opcode.number(), mask, length: length as u64 };
    let mut space = [0; LONGEST];
    let took = header.write(&mut space);
    into.put_slice(&space[..took]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_have_the_bytes_of_the_standards_examples() {
        assert_eq!(&frame(Opcode::Text, b"Hello")[..], b"\x81\x05Hello");
        assert_eq!(&frame(Opcode::Binary, &[0; 256])[..4], b"\x82\x7e\x01\x00");
        assert_eq!(&frame(Opcode::Binary, &vec![0; 65_536])[..10], b"\x82\x7f\0\0\0\0\0\x01\0\0");
        assert_eq!(&close(None)[..], b"\x88\0");
        assert_eq!(&close(Some(Code::TRY_AGAIN_LATER))[..], b"\x88\x02\x03\xf5");
        let masked = masked(Opcode::Text, b"Hello");
        let (header, at) = Header::read(&masked).unwrap();
        let mut payload = masked[at..].to_vec();
        apply_mask(&mut payload, header.mask.unwrap(), 0);
        assert_eq!(payload, b"Hello");
    }
}
