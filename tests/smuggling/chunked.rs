//! Chunked bodies by RFC 9112 section 7.1, for the oracle.

use super::oracle::{field, is_token};

/// Digits, bytes of a size line, bytes of trailers: what every implementation takes, and what none has to.
const DIGITS: usize = 15;
const LINE: (usize, usize) = (200, 300);
const TRAILERS: (usize, usize) = (7 * 1024, 9 * 1024);
const TRAILER_LINES: usize = 50;

/// What a chunked body is.
pub enum Chunked {
    Whole {
        body: Vec<u8>,
        used: usize,
        refusable: Option<&'static str>,
    },
    /// It goes on behind the end of the stream.
    Partial,
    Broken(&'static str),
}

/// Reads a body at the beginning of these bytes.
pub fn read(bytes: &[u8]) -> Chunked {
    let mut reader = Reader { bytes, at: 0, refusable: None };
    match reader.body() {
        Ok(body) => Chunked::Whole { body, used: reader.at, refusable: reader.refusable },
        Err(Stop::Partial) => Chunked::Partial,
        Err(Stop::Broken(why)) => Chunked::Broken(why),
    }
}

enum Stop {
    Partial,
    Broken(&'static str),
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    refusable: Option<&'static str>,
}

impl<'a> Reader<'a> {
    fn body(&mut self) -> Result<Vec<u8>, Stop> {
        let mut body = Vec::new();
        loop {
            let size = self.size()?;
            if size == 0 {
                self.trailers()?;
                return Ok(body);
            }
            let size = usize::try_from(size).unwrap_or(usize::MAX);
            let end = self.at.checked_add(size).filter(|end| *end <= self.bytes.len()).ok_or(Stop::Partial)?;
            body.extend_from_slice(&self.bytes[self.at..end]);
            self.at = end;
            if !self.line()?.is_empty() {
                return Err(Stop::Broken("a chunk that is longer than its size"));
            }
        }
    }

    /// A line up to CR LF. What can not become one is broken as soon as that shows.
    fn line(&mut self) -> Result<&'a [u8], Stop> {
        let rest = &self.bytes[self.at..];
        let Some(end) = rest.iter().position(|byte| matches!(byte, b'\r' | b'\n')) else { return Err(Stop::Partial) };
        match (rest[end], rest.get(end + 1)) {
            (b'\r', Some(b'\n')) => {
                self.at += end + 2;
                Ok(&rest[..end])
            }
            (b'\r', None) => Err(Stop::Partial),
            _ => Err(Stop::Broken("a line of the framing that does not end with CR LF")),
        }
    }

    fn size(&mut self) -> Result<u64, Stop> {
        let line = match self.line() {
            // What is there may be enough to see that it is none.
            Err(Stop::Partial) => {
                let begun = &self.bytes[self.at..];
                let digits = begun.iter().take_while(|byte| byte.is_ascii_hexdigit()).count();
                let strange = begun.get(digits).is_some_and(|byte| !b"; \t\r".contains(byte));
                return Err(if strange { Stop::Broken("a size that is no number") } else { Stop::Partial });
            }
            line => line?,
        };
        let digits = line.iter().take_while(|byte| byte.is_ascii_hexdigit()).count();
        if digits == 0 {
            return Err(Stop::Broken("a size that is no number"));
        }
        if line.len() > LINE.1 {
            return Err(Stop::Broken("a size line beyond the limit"));
        }
        if line.len() > LINE.0 || digits > DIGITS {
            self.refusable = Some("a size line near the limit");
        }
        let text = String::from_utf8_lossy(&line[..digits]);
        let significant = text.trim_start_matches('0');
        let size = if significant.is_empty() { Some(0) } else { u64::from_str_radix(significant, 16).ok() };
        let size = size.ok_or(Stop::Broken("a size beyond 64 bits"))?;
        self.extension(&line[digits..])?;
        Ok(size)
    }

    /// `*( BWS ";" BWS name [ BWS "=" BWS value ] )`. Blanks before the semicolon and what is printable but not by the
    /// grammar end where the line does in every reading; they may be refused.
    fn extension(&mut self, text: &[u8]) -> Result<(), Stop> {
        if text.is_empty() {
            return Ok(());
        }
        let unblank = text.iter().position(|byte| !matches!(byte, b' ' | b'\t')).unwrap_or(text.len());
        if text.get(unblank) != Some(&b';') {
            return Err(Stop::Broken("a size with something behind it"));
        }
        if text.iter().any(|byte| (*byte < b' ' && *byte != b'\t') || *byte == 0x7f) {
            return Err(Stop::Broken("a control character in an extension"));
        }
        if !text[1..].split(|byte| *byte == b';').all(is_plain_extension) {
            self.refusable = Some("an odd extension");
        }
        Ok(())
    }

    fn trailers(&mut self) -> Result<(), Stop> {
        let start = self.at;
        let (mut lines, mut wrong) = (0, None);
        loop {
            let line = match self.line() {
                Err(Stop::Partial) if self.bytes.len() - start > TRAILERS.1 => {
                    return Err(Stop::Broken("trailers beyond the limit"));
                }
                line => line?,
            };
            if line.is_empty() {
                break;
            }
            wrong = wrong.or(field(line).err());
            lines += 1;
        }
        // They are judged when all of them are there.
        if let Some(wrong) = wrong {
            return Err(Stop::Broken(wrong));
        }
        if self.at - start > TRAILERS.1 {
            return Err(Stop::Broken("trailers beyond the limit"));
        }
        if self.at - start > TRAILERS.0 || lines > TRAILER_LINES {
            self.refusable = Some("trailers near the limit");
        }
        Ok(())
    }
}

/// `name`, `name=token` or `name="text"`, without blanks and without backslashes.
fn is_plain_extension(text: &[u8]) -> bool {
    let (name, value) = match text.iter().position(|byte| *byte == b'=') {
        Some(at) => (&text[..at], Some(&text[at + 1..])),
        None => (text, None),
    };
    let quoted = |value: &[u8]| {
        let inner = value.strip_prefix(b"\"").and_then(|value| value.strip_suffix(b"\""));
        inner.is_some_and(|inner| !inner.iter().any(|byte| matches!(byte, b'"' | b'\\')))
    };
    is_token(name) && value.is_none_or(|value| is_token(value) || quoted(value))
}
