//! Where a response's body ends (RFC 9112 section 6.3), and whether another response can come after it.

use crate::parity::message::Headers;

/// How a body is framed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Framing {
    /// There is none.
    None,
    /// So many bytes.
    Length(u64),
    /// Chunks, the last of them empty, and trailers.
    Chunks,
    /// It ends with the connection.
    Connection,
}

/// The framing of a response to this method; why not, if it can not be told.
pub(super) fn of(method: &str, status: u16, headers: &Headers) -> Result<Framing, String> {
    if method.eq_ignore_ascii_case("head") || matches!(status, 101 | 204 | 304) {
        return Ok(Framing::None);
    }
    let codings: Vec<&str> = tokens(headers, "transfer-encoding").collect();
    match codings.as_slice() {
        [] => length(headers).map(|length| length.map_or(Framing::Connection, Framing::Length)),
        [coding] if coding.eq_ignore_ascii_case("chunked") => Ok(Framing::Chunks),
        other => Err(format!("its transfer coding is {:?}, and only chunked is known here", other.join(", "))),
    }
}

fn length(headers: &Headers) -> Result<Option<u64>, String> {
    let mut found = None;
    for text in tokens(headers, "content-length") {
        // `parse` takes a plus.
        let plain = text.bytes().all(|byte| byte.is_ascii_digit());
        let length: u64 =
            text.parse().ok().filter(|_| plain).ok_or_else(|| format!("its Content-Length is {text:?}"))?;
        if found.is_some_and(|other| other != length) {
            return Err("it has two different Content-Lengths".to_owned());
        }
        found = Some(length);
    }
    Ok(found)
}

/// Whether the server keeps the connection after it.
pub(super) fn stays(version: u8, headers: &Headers) -> bool {
    let says = |wanted: &str| tokens(headers, "connection").any(|word| word.eq_ignore_ascii_case(wanted));
    !says("close") && !says("upgrade") && (version >= 1 || says("keep-alive"))
}

fn tokens<'h>(headers: &'h Headers, name: &'static str) -> impl Iterator<Item = &'h str> {
    let lines = headers.iter().filter(move |(given, _)| given.eq_ignore_ascii_case(name));
    lines.flat_map(|(_, value)| value.split(',')).map(str::trim)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(lines: &[(&str, &str)]) -> Headers {
        lines.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn a_body_ends_where_rfc_9112_says() {
        let of = |method: &str, status, lines: &[(&str, &str)]| super::of(method, status, &headers(lines));
        assert_eq!(of("GET", 200, &[("content-length", "5")]), Ok(Framing::Length(5)));
        assert_eq!(of("GET", 200, &[("Content-Length", "5, 5"), ("content-length", "5")]), Ok(Framing::Length(5)));
        assert_eq!(of("GET", 200, &[("Content-Length", "5"), ("Transfer-Encoding", "Chunked")]), Ok(Framing::Chunks));
        assert_eq!(of("GET", 200, &[]), Ok(Framing::Connection));
        assert_eq!(of("HEAD", 200, &[("Content-Length", "5")]), Ok(Framing::None));
        assert_eq!(of("GET", 304, &[("Content-Length", "5")]), Ok(Framing::None));
        assert_eq!(of("GET", 204, &[("Transfer-Encoding", "chunked")]), Ok(Framing::None));
        for bad in [
            &[("Content-Length", "5"), ("Content-Length", "6")][..],
            &[("Content-Length", "+5")],
            &[("Content-Length", "")],
            &[("Content-Length", "99999999999999999999")],
            &[("Transfer-Encoding", "gzip, chunked")],
        ] {
            assert!(of("GET", 200, bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_connection_stays_unless_the_server_says_otherwise() {
        assert!(stays(1, &headers(&[])));
        assert!(!stays(1, &headers(&[("Connection", "x, Close")])));
        assert!(!stays(0, &headers(&[])));
        assert!(stays(0, &headers(&[("connection", "Keep-Alive")])));
    }
}
