//! The head of legacy's answer, read and rewritten for the client. What frames its body is told as hyper tells it
//! (RFC 9112 section 6.3), so that both ways pass the same answers on.

use std::{mem::MaybeUninit, time::SystemTime};

use bytes::{BufMut as _, BytesMut};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

use super::names::Name;
use crate::forward::{failure::Failure, headers::may_be_listed};

/// Most header lines; hyper takes no more either.
const LINES: usize = 100;

/// How a body ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Framing {
    /// After so many bytes.
    Length(u64),
    /// With its last chunk.
    Chunked,
    /// With the connection.
    UntilEnd,
}

/// A head that was read.
#[derive(Debug)]
pub struct Head<'b> {
    /// Its status.
    pub status: StatusCode,
    reason: &'b str,
    lines: &'b [httparse::Header<'b>],
    /// Bytes of it.
    pub length: usize,
    /// Whether the connection may carry another request, once the body was read.
    pub keeps: bool,
    /// How its body ends.
    pub framing: Framing,
    /// Whether it has a `Transfer-Encoding`.
    coded: bool,
}

/// What came so far.
#[derive(Debug)]
pub enum Read<R> {
    /// Not a whole head.
    Part,
    /// An informational one of so many bytes, which is not passed on.
    Skip(usize),
    /// A whole one, and what was made of it.
    Whole(R),
}

/// What is added to a head.
#[derive(Debug, Clone, Copy, Default)]
pub struct Added {
    /// Values of `x-cutover-variant` and `x-cutover-reason`.
    pub decision: Option<(&'static str, &'static str)>,
    /// Whether the client's connection ends with this answer.
    pub closes: bool,
}

/// Reads the head of an answer to a GET, or a HEAD, and has it looked at.
///
/// # Errors
/// It is no answer of HTTP/1, or one to something else.
pub fn read<R>(bytes: &[u8], to_head: bool, see: impl FnOnce(&Head<'_>) -> R) -> Result<Read<R>, Failure> {
    let mut space = [const { MaybeUninit::uninit() }; LINES];
    let mut response = httparse::Response::new(&mut []);
    let parsed = httparse::ParserConfig::default().parse_response_with_uninit_headers(&mut response, bytes, &mut space);
    let length = match parsed {
        Ok(httparse::Status::Complete(length)) => length,
        Ok(httparse::Status::Partial) => return Ok(Read::Part),
        Err(error) => return Err(malformed(why(error))),
    };
    let (Some(code), Some(version)) = (response.code, response.version) else { return Ok(Read::Part) };
    let status = StatusCode::from_u16(code).map_err(|_| malformed("invalid HTTP status-code parsed"))?;
    match code {
        101 => return Err(Failure::UnaskedUpgrade),
        100..=199 => return Ok(Read::Skip(length)),
        _ => {}
    }
    let lines: &[httparse::Header<'_>] = response.headers;
    let (mut keeps, mut closes) = (version == 1, false);
    let (mut coded, mut chunked) = (false, false);
    let mut announced: Option<u64> = None;
    let mut several = false;
    for line in lines {
        match Name::of(line.name.as_bytes()) {
            Name::Connection => closes |= tokens(line.value).any(|token| token.eq_ignore_ascii_case(b"close")),
            Name::TransferEncoding => {
                coded = true;
                chunked = tokens(line.value).last().is_some_and(|last| last.eq_ignore_ascii_case(b"chunked"));
            }
            Name::ContentLength => {
                for length in tokens(line.value) {
                    let length = number(length).ok_or_else(|| malformed("invalid content-length parsed"))?;
                    several |= announced.is_some_and(|announced| announced != length);
                    announced = Some(length);
                }
            }
            _ => {}
        }
    }
    // HTTP/1.0 connections are not kept whatever they say: the next request would have to be one as well.
    keeps &= !closes;
    let bodiless = to_head || matches!(code, 204 | 304);
    let surplus = code == 204 && (coded || announced.is_some_and(|length| length > 0));
    let framing = match announced {
        _ if bodiless => Framing::Length(0),
        _ if coded && version == 0 => return Err(malformed("unexpected transfer-encoding parsed")),
        _ if chunked => Framing::Chunked,
        _ if coded => Framing::UntilEnd,
        Some(_) if several => return Err(malformed("invalid content-length parsed")),
        Some(length) => Framing::Length(length),
        None => Framing::UntilEnd,
    };
    let reason = response.reason.unwrap_or_default();
    keeps &= !surplus && framing != Framing::UntilEnd;
    Ok(Read::Whole(see(&Head { status, reason, lines, length, keeps, framing, coded })))
}

impl Head<'_> {
    /// Writes it as the client is to have it.
    pub fn write(&self, out: &mut BytesMut, added: Added) {
        out.reserve(self.length + 160);
        out.put_slice(b"HTTP/1.1 ");
        out.put_slice(self.status.as_str().as_bytes());
        out.put_slice(b" ");
        out.put_slice(self.reason.as_bytes());
        out.put_slice(b"\r\n");
        let listed = self.listed();
        let chunked = !matches!(self.framing, Framing::Length(_));
        let (mut dated, mut sized) = (false, false);
        for line in self.lines {
            let (name, mut value) = (line.name.as_bytes(), line.value);
            match Name::of(name) {
                Name::Connection | Name::HopByHop | Name::TransferEncoding => continue,
                // Of two framings the chunks are the one that was read, and of two lengths one is enough.
                Name::ContentLength if self.coded || sized || self.status == StatusCode::NO_CONTENT => continue,
                Name::ContentLength => {
                    sized = true;
                    value = tokens(value).next().unwrap_or_default();
                }
                Name::Variant | Name::Reason if added.decision.is_some() => continue,
                _ if listed.iter().any(|listed| name.eq_ignore_ascii_case(listed)) => continue,
                Name::Date => dated = true,
                _ => {}
            }
            put_line(out, name, value);
        }
        if let Some((variant, reason)) = added.decision {
            put_line(out, b"x-cutover-variant", variant.as_bytes());
            put_line(out, b"x-cutover-reason", reason.as_bytes());
        }
        if chunked {
            out.put_slice(b"transfer-encoding: chunked\r\n");
        }
        if added.closes {
            out.put_slice(b"connection: close\r\n");
        }
        if !dated {
            // RFC 9110 section 6.6.1
            put_line(out, b"date", httpdate::fmt_http_date(SystemTime::now()).as_bytes());
        }
        out.put_slice(b"\r\n");
    }

    /// What its `Connection` lines name.
    fn listed(&self) -> Vec<&[u8]> {
        let connections = self.lines.iter().filter(|line| line.name.eq_ignore_ascii_case("connection"));
        connections.flat_map(|line| tokens(line.value)).filter(|token| may_be_listed(token)).collect()
    }

    /// The fields of these names, as a map.
    #[must_use]
    pub fn fields(&self, names: &[HeaderName]) -> HeaderMap {
        let mut fields = HeaderMap::new();
        for line in self.lines {
            let Some(name) = names.iter().find(|name| line.name.eq_ignore_ascii_case(name.as_str())) else { continue };
            if let Ok(value) = HeaderValue::from_bytes(line.value) {
                fields.append(name, value);
            }
        }
        fields
    }
}

fn put_line(out: &mut BytesMut, name: &[u8], value: &[u8]) {
    out.put_slice(name);
    out.put_slice(b": ");
    out.put_slice(value);
    out.put_slice(b"\r\n");
}

/// The members of a list.
fn tokens(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    value.split(|byte| *byte == b',').map(<[u8]>::trim_ascii)
}

/// Digits alone, and no more than fit. The two largest numbers are no length to hyper.
fn number(text: &[u8]) -> Option<u64> {
    let digits = !text.is_empty() && text.iter().all(u8::is_ascii_digit);
    let number = std::str::from_utf8(text).ok().filter(|_| digits)?.parse().ok()?;
    (number < u64::MAX - 1).then_some(number)
}

fn malformed(why: &str) -> Failure {
    Failure::Malformed(why.into())
}

/// In the words of hyper, which the other way has them from.
fn why(error: httparse::Error) -> &'static str {
    match error {
        httparse::Error::Version => "invalid HTTP version parsed",
        httparse::Error::Status => "invalid HTTP status-code parsed",
        httparse::Error::TooManyHeaders => "message head is too large",
        _ => "invalid HTTP header parsed",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the client gets of an answer to a GET: its head, how its body ends, whether the connection is kept.
    fn passed(text: &str, added: Added) -> Result<Read<(String, Framing, bool)>, Failure> {
        read(text.replace('\n', "\r\n").as_bytes(), false, |head| {
            let mut out = BytesMut::new();
            head.write(&mut out, added);
            (String::from_utf8(out.to_vec()).unwrap().replace("\r\n", "\n"), head.framing, head.keeps)
        })
    }

    fn whole(text: &str) -> (String, Framing, bool) {
        match passed(text, Added::default()).unwrap() {
            Read::Whole(passed) => passed,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_head_is_passed_on_in_its_own_spelling_and_order_without_what_is_about_the_connection() {
        let text = "HTTP/1.1 299 Odd One\nserver: a\nSet-Cookie: b\nX-A:  c \nContent-Length: 3, 3\nConnection: keep-alive, x-a, cookie\nDate: d\nSet-Cookie: e\n\n";
        let (head, body, keeps) = whole(text);
        assert_eq!(
            head,
            "HTTP/1.1 299 Odd One\nserver: a\nSet-Cookie: b\nContent-Length: 3\nDate: d\nSet-Cookie: e\n\n"
        );
        assert_eq!((body, keeps), (Framing::Length(3), true));
    }

    #[test]
    fn a_body_ends_as_its_framing_says_and_only_then_the_connection_is_kept() {
        for (lines, expected, kept) in [
            ("Content-Length: 0\n", Framing::Length(0), true),
            ("Content-Length: 7\nConnection: Close\n", Framing::Length(7), false),
            ("Content-Length: 7\nTransfer-Encoding: gzip, Chunked\n", Framing::Chunked, true),
            ("Transfer-Encoding: chunked, gzip\n", Framing::UntilEnd, false),
            ("", Framing::UntilEnd, false),
        ] {
            let (head, body, keeps) = whole(&format!("HTTP/1.1 200 OK\nDate: d\n{lines}\n"));
            assert_eq!((body, keeps), (expected, kept), "{lines}");
            let sized = matches!(expected, Framing::Length(_));
            assert_eq!(head.contains("transfer-encoding: chunked"), !sized, "{head}");
            assert_eq!(head.contains("Content-Length"), sized, "{head}");
        }
        let (head, body, keeps) = whole("HTTP/1.1 204 No Content\nDate: d\nContent-Length: 7\n\n");
        assert_eq!((head.as_str(), body, keeps), ("HTTP/1.1 204 No Content\nDate: d\n\n", Framing::Length(0), false));
        let (_, body, keeps) = whole("HTTP/1.0 200 OK\nContent-Length: 7\nConnection: keep-alive\n\n");
        assert_eq!((body, keeps), (Framing::Length(7), false));
    }

    #[test]
    fn what_is_no_answer_is_said_in_the_words_of_the_other_way() {
        for (text, why) in [
            ("HTTP/1.1 101 Switching\n\n", Failure::UnaskedUpgrade),
            ("HTTP/1.1 99 X\n\n", malformed("invalid HTTP status-code parsed")),
            ("HTTP/2.0 200 OK\n\n", malformed("invalid HTTP version parsed")),
            ("HTTP/1.1 200 OK\nA b\n\n", malformed("invalid HTTP header parsed")),
            ("HTTP/1.1 200 OK\nContent-Length: 3\nContent-Length: 4\n\n", malformed("invalid content-length parsed")),
            ("HTTP/1.1 200 OK\nContent-Length: +3\n\n", malformed("invalid content-length parsed")),
            ("HTTP/1.0 200 OK\nTransfer-Encoding: chunked\n\n", malformed("unexpected transfer-encoding parsed")),
        ] {
            assert_eq!(passed(text, Added::default()).err(), Some(why), "{text}");
        }
        assert!(matches!(passed("HTTP/1.1 200 OK\nA: b", Added::default()), Ok(Read::Part)));
        assert!(matches!(passed("HTTP/1.1 103 Early\nA: b\n\nHTTP", Added::default()), Ok(Read::Skip(28))));
    }

    #[test]
    fn the_decision_and_the_end_of_the_connection_are_added_and_legacy_can_not_say_them() {
        let added = Added { decision: Some(("legacy", "DEFAULT")), closes: true };
        let text = "HTTP/1.1 200 OK\nX-Cutover-Variant: native\nContent-Length: 0\nDate: d\n\n";
        let Read::Whole((head, ..)) = passed(text, added).unwrap() else { panic!() };
        let expected = "HTTP/1.1 200 OK\nContent-Length: 0\nDate: d\nx-cutover-variant: legacy\n\
                        x-cutover-reason: DEFAULT\nconnection: close\n\n";
        assert_eq!(head, expected);
        let (head, ..) = whole("HTTP/1.1 200 OK\nContent-Length: 0\n\n");
        assert!(head.contains("\ndate: "), "{head}");
    }
}
