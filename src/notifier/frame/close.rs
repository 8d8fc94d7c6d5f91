//! Close codes (RFC 6455 section 7.4 and the registry it opened).

/// A close code that may be on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Code(u16);

impl Code {
    /// The purpose is fulfilled.
    pub const NORMAL: Self = Self(1000);
    /// The other end broke the protocol.
    pub const PROTOCOL_ERROR: Self = Self(1002);
    /// A text that is no UTF-8.
    pub const INVALID_PAYLOAD: Self = Self(1007);
    /// A message larger than the limit.
    pub const TOO_BIG: Self = Self(1009);
    /// The server restarts; the client should come back.
    pub const SERVICE_RESTART: Self = Self(1012);
    /// The client should come back later; here: it was too slow.
    pub const TRY_AGAIN_LATER: Self = Self(1013);

    /// A code that an endpoint may send: the registered ones without 1004, 1005, 1006 and 1015, which stand for
    /// something that was never sent, and the ranges for libraries and applications.
    #[must_use]
    pub fn of(number: u16) -> Option<Self> {
        matches!(number, 1000..=1003 | 1007..=1014 | 3000..=4999).then_some(Self(number))
    }

    /// Its number.
    #[must_use]
    pub fn number(self) -> u16 {
        self.0
    }
}

/// What the payload of a close frame says.
///
/// # Errors
/// It is neither empty nor a code that may be sent with a reason in UTF-8; the code to answer with.
pub fn read(payload: &[u8]) -> Result<Option<Code>, Code> {
    let Some((number, reason)) = payload.split_first_chunk::<2>() else {
        return if payload.is_empty() { Ok(None) } else { Err(Code::PROTOCOL_ERROR) };
    };
    let code = Code::of(u16::from_be_bytes(*number)).ok_or(Code::PROTOCOL_ERROR)?;
    if std::str::from_utf8(reason).is_err() {
        return Err(Code::INVALID_PAYLOAD);
    }
    Ok(Some(code))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_that_stand_for_something_unsent_or_are_nobodys_are_no_codes() {
        for number in [0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65_535] {
            assert_eq!(Code::of(number), None, "{number}");
        }
        for number in [1000, 1003, 1007, 1012, 1013, 1014, 3000, 4999] {
            assert_eq!(Code::of(number).map(Code::number), Some(number));
        }
    }

    #[test]
    fn a_close_has_nothing_or_a_code_and_a_reason_in_utf8() {
        assert_eq!(read(b""), Ok(None));
        assert_eq!(read(b"\x03\xe8bye"), Ok(Some(Code::NORMAL)));
        assert_eq!(read(b"\x03"), Err(Code::PROTOCOL_ERROR));
        assert_eq!(read(b"\x03\xed"), Err(Code::PROTOCOL_ERROR));
        assert_eq!(read(b"\x03\xe8\xff"), Err(Code::INVALID_PAYLOAD));
    }
}
