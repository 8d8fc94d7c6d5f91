//! A head as it was on the wire. hyper keeps the spelling of names to itself, and the order of lines not at all; whoever
//! records an exchange wants both.

use std::fmt;

use bytes::{Buf, Bytes};

/// Most header lines that are looked at; hyper and the guard allow fewer.
const MOST: usize = 1024;

/// Header lines: names as they are spelled, values as Latin-1.
pub type Lines = Vec<(String, String)>;

/// On a request to legacy: the head of the answer is wanted as it came. It will be a [`RawHead`] among the answer's
/// extensions.
#[derive(Debug, Clone, Copy)]
pub struct KeepHead;

/// The bytes of a head, and perhaps some that follow it.
#[derive(Clone)]
pub struct RawHead(pub Bytes);

/// Without the bytes: there may be secrets in them.
impl fmt::Debug for RawHead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("RawHead").field(&self.0.len()).finish()
    }
}

impl RawHead {
    /// The lines of an answer's head; interim answers before it are passed over. None if there is no whole head.
    #[must_use]
    pub fn answer(&self) -> Option<Lines> {
        let mut bytes = self.0.clone();
        loop {
            let mut space = vec![httparse::EMPTY_HEADER; MOST];
            let mut parsed = httparse::Response::new(&mut space);
            let httparse::Status::Complete(length) = parsed.parse(&bytes).ok()? else { return None };
            if !parsed.code.is_some_and(|code| (100..200).contains(&code) && code != 101) {
                return Some(lines(parsed.headers));
            }
            bytes.advance(length);
        }
    }

    /// The target and the lines of a request's head. None if it is no whole head.
    #[must_use]
    pub fn request(&self) -> Option<(String, Lines)> {
        let mut space = vec![httparse::EMPTY_HEADER; MOST];
        let mut parsed = httparse::Request::new(&mut space);
        match parsed.parse(&self.0).ok()? {
            httparse::Status::Complete(_) => Some((parsed.path?.to_owned(), lines(parsed.headers))),
            httparse::Status::Partial => None,
        }
    }
}

fn lines(headers: &[httparse::Header<'_>]) -> Lines {
    let latin = |bytes: &[u8]| bytes.iter().map(|byte| char::from(*byte)).collect();
    headers.iter().map(|header| (header.name.to_owned(), latin(header.value))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(text: &'static [u8]) -> Option<String> {
        let lines = RawHead(Bytes::from_static(text)).answer()?;
        Some(lines.iter().fold(String::new(), |shown, (name, value)| format!("{shown}{name}={value};")))
    }

    #[test]
    fn the_head_of_an_answer_is_found_after_interim_ones_and_before_its_body() {
        for (text, lines) in [
            (&b"HTTP/1.1 200 OK\r\nmimetype: x\r\nA:  b \r\na:\r\n\r\nX: y\r\n\r\n"[..], Some("mimetype=x;A=b;a=;")),
            (
                b"HTTP/1.1 100 Continue\r\nX: y\r\n\r\nHTTP/1.1 103 Hints\r\n\r\nHTTP/1.1 404 N\r\nB: \xfc\r\n\r\n",
                Some("B=\u{fc};"),
            ),
            (b"HTTP/1.1 101 Switching Protocols\r\nU: w\r\n\r\n", Some("U=w;")),
            (b"HTTP/1.1 100 Continue\r\n\r\n", None),
            (b"HTTP/1.1 200 OK\r\nA: b\r\n", None),
            (b"no HTTP at all\r\n\r\n", None),
            (b"", None),
        ] {
            assert_eq!(answer(text).as_deref(), lines, "{:?}", String::from_utf8_lossy(text));
        }
    }

    #[test]
    fn the_head_of_a_request_has_its_target_byte_for_byte() {
        let head = RawHead(Bytes::from_static(b"GET //a%2fb?x=%zz HTTP/1.1\r\nhOST: h\r\nHost-2: i\r\n\r\n"));
        let (target, lines) = head.request().unwrap();
        assert_eq!(target, "//a%2fb?x=%zz");
        assert_eq!(lines, [("hOST".to_owned(), "h".to_owned()), ("Host-2".to_owned(), "i".to_owned())]);
    }
}
