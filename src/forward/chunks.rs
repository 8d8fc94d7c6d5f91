//! The framing of a chunked body, judged byte by byte (RFC 9112 section 7.1).

use thiserror::Error;

/// What is wrong with a framing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("{0} (RFC 9112 section 7.1)")]
pub struct BadChunks(&'static str);

/// Longest chunk-size line and longest trailer section; both are small in honest traffic.
const MAX_LINE: usize = 256;
const MAX_TRAILERS: usize = 8 * 1024;

/// Where in the framing the next byte stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Size,
    Blank,
    Extension,
    SizeLineFeed,
    Data,
    DataReturn,
    DataLineFeed,
    TrailerStart,
    Trailer,
    TrailerLineFeed,
    EndLineFeed,
    Done,
}

/// Follows a chunked body.
#[derive(Debug)]
pub struct Chunks {
    place: Place,
    left: u64,
    digits: usize,
    line: usize,
    lenient: bool,
}

impl Default for Chunks {
    fn default() -> Self {
        Self { place: Place::Size, left: 0, digits: 0, line: 0, lenient: false }
    }
}

impl Chunks {
    /// A body of legacy's. Blanks after a size are passed over, as hyper does: nobody can smuggle anything by what legacy
    /// itself says.
    #[must_use]
    pub fn of_answer() -> Self {
        Self { lenient: true, ..Self::default() }
    }

    /// Takes bytes in; gives how many of them belong to the body. Fewer than were given means the body ended there.
    ///
    /// # Errors
    /// The framing is malformed.
    pub fn take(&mut self, bytes: &[u8]) -> Result<usize, BadChunks> {
        self.take_data(bytes, |_| {})
    }

    /// The same, and shows each piece of data on the way.
    ///
    /// # Errors
    /// The framing is malformed; the data before that was shown.
    pub fn take_data(&mut self, bytes: &[u8], mut show: impl FnMut(&[u8])) -> Result<usize, BadChunks> {
        let mut at = 0;
        while at < bytes.len() && self.place != Place::Done {
            if self.place == Place::Data {
                let step = usize::try_from(self.left).unwrap_or(usize::MAX).min(bytes.len() - at);
                self.left -= step as u64;
                show(&bytes[at..at + step]);
                at += step;
                if self.left == 0 {
                    self.place = Place::DataReturn;
                }
                continue;
            }
            self.step(bytes[at])?;
            at += 1;
        }
        Ok(at)
    }

    /// Whether the body is over.
    #[must_use]
    pub fn done(&self) -> bool {
        self.place == Place::Done
    }

    fn step(&mut self, byte: u8) -> Result<(), BadChunks> {
        self.line += 1;
        self.place = match (self.place, byte) {
            (Place::Size, b'\r') if self.digits > 0 => Place::SizeLineFeed,
            (Place::Size, b';') if self.digits > 0 => Place::Extension,
            (Place::Size, b' ' | b'\t') if self.digits > 0 && self.lenient => Place::Blank,
            (Place::Blank, b' ' | b'\t') if self.line <= MAX_LINE => Place::Blank,
            (Place::Blank, b';') => Place::Extension,
            (Place::Blank, b'\r') => Place::SizeLineFeed,
            (Place::Size, digit) => {
                let value = char::from(digit).to_digit(16).ok_or(BadChunks("a chunk size is not hexadecimal"))?;
                self.digits += 1;
                if self.digits > 15 {
                    return Err(BadChunks("a chunk size is too large"));
                }
                self.left = self.left << 4 | u64::from(value);
                Place::Size
            }
            (Place::Extension, b'\r') => Place::SizeLineFeed,
            (Place::Extension, other) if is_text(other) && self.line <= MAX_LINE => Place::Extension,
            (Place::SizeLineFeed, b'\n') => {
                self.line = 0;
                self.digits = 0;
                if self.left == 0 { Place::TrailerStart } else { Place::Data }
            }
            (Place::DataReturn, b'\r') => Place::DataLineFeed,
            (Place::DataLineFeed, b'\n') => {
                self.line = 0;
                Place::Size
            }
            (Place::TrailerStart, b'\r') => Place::EndLineFeed,
            (Place::EndLineFeed, b'\n') => Place::Done,
            (Place::Trailer, b'\r') => Place::TrailerLineFeed,
            (Place::TrailerLineFeed, b'\n') => Place::TrailerStart,
            (Place::TrailerStart | Place::Trailer, other) if is_text(other) && self.line <= MAX_TRAILERS => {
                Place::Trailer
            }
            _ => return Err(BadChunks("the chunked framing is broken")),
        };
        Ok(())
    }
}

/// Whether a byte may stand in an extension or a trailer: anything but a control character, tabs excepted.
fn is_text(byte: u8) -> bool {
    byte == b'\t' || (byte >= b' ' && byte != 0x7f)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_body_ends_where_its_framing_says() {
        for body in ["0\r\n\r\n", "3\r\nabc\r\n0\r\n\r\n", "A;x=y\r\n0123456789\r\n0\r\nT: v\r\nU: w\r\n\r\n"] {
            let with_next = format!("{body}GET / HTTP/1.1");
            let mut chunks = Chunks::default();
            assert_eq!(chunks.take(with_next.as_bytes()), Ok(body.len()));
            assert!(chunks.done());
        }
    }

    #[test]
    fn of_legacy_blanks_after_a_size_are_taken_and_nothing_else_is() {
        let body = b"3 \t\r\nabc\r\n0 ;x\r\n\r\n";
        assert!(Chunks::default().take(body).is_err());
        let mut data = Vec::new();
        let mut chunks = Chunks::of_answer();
        assert_eq!(chunks.take_data(body, |piece| data.extend_from_slice(piece)), Ok(body.len()));
        assert_eq!((data.as_slice(), chunks.done()), (&b"abc"[..], true));
        for body in ["3 a\r\n", " 3\r\n", "3 \nabc"] {
            assert!(Chunks::of_answer().take(body.as_bytes()).is_err(), "{body:?}");
        }
    }

    #[test]
    fn broken_framing_is_refused() {
        for body in [
            "\r\n",
            "x\r\n",
            "3\nabc\r\n",
            "3\r\nabcd\r\n",
            "-1\r\n",
            "0x3\r\n",
            "3 \r\nabc",
            "fffffffffffffffff\r\n",
            "3\r\nabc0\r\n",
            "3;\nabc",
            "3;a\0b\r\nabc\r\n",
            "3;a\rb\r\nabc\r\n",
            "3;a\u{7f}\r\nabc\r\n",
            "0\r\nA: b\0\r\n",
            "0\r\nA: b\n\r\n",
        ] {
            assert!(Chunks::default().take(body.as_bytes()).is_err(), "{body:?}");
        }
    }

    proptest! {
        #[test]
        fn cutting_the_bytes_anywhere_changes_nothing(parts in proptest::collection::vec("[a-z]{1,40}", 0..5), cut in 0usize..200) {
            let mut body = parts.iter().map(|part| format!("{:x}\r\n{part}\r\n", part.len())).collect::<Vec<_>>().concat();
            body.push_str("0\r\n\r\n");
            let cut = cut.min(body.len());
            let mut chunks = Chunks::default();
            let first = chunks.take(&body.as_bytes()[..cut]).unwrap();
            let second = chunks.take(&body.as_bytes()[cut..]).unwrap();
            prop_assert_eq!(first + second, body.len());
            prop_assert!(chunks.done());
        }
    }
}
