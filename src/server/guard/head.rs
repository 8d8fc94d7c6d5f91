//! One request head, judged (RFC 9112 sections 2 to 6, RFC 9110 section 7.2).

use memchr::{memchr, memchr_iter};

use super::rejection::Rejection;
use crate::server::limits::Limits;

/// How the bytes after a head belong to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Framing {
    /// No body.
    None,
    /// This many bytes.
    Length(u64),
    /// Chunks.
    Chunked,
    /// A switch of protocols was asked for: whose the next bytes are depends on the answer.
    Upgrade,
}

/// Where a head ends in these bytes: the offset after its empty line. `from` is where to begin looking.
#[must_use]
pub fn end_of_head(bytes: &[u8], from: usize) -> Option<usize> {
    let start = from.saturating_sub(3);
    let bytes = &bytes[start..];
    memchr_iter(b'\n', bytes).find(|at| bytes[..*at].ends_with(b"\r\n\r")).map(|at| start + at + 1)
}

/// Judges a head whose end has not come yet, so that one that can only be refused is refused early.
///
/// # Errors
/// The rule it breaks already.
pub fn judge_partial(bytes: &[u8], limits: &Limits) -> Result<(), Rejection> {
    let line = memchr(b'\n', bytes).unwrap_or(bytes.len());
    if line > limits.target {
        return Err(target_too_long(limits));
    }
    if bytes.len() > limits.head {
        return Err(head_too_large(limits));
    }
    // A bare line feed would make the end of the head a matter of opinion.
    // Counted, because what stops at the first is slower than what looks at many bytes at once.
    let bare = bytes.windows(2).filter(|two| two[1] == b'\n' && two[0] != b'\r').count();
    if bare > 0 || bytes.first() == Some(&b'\n') {
        return Err(Rejection::bad("a line ends without a carriage return (RFC 9112 section 2.2)"));
    }
    Ok(())
}

/// Judges a whole head, its empty line included.
///
/// # Errors
/// The rule it breaks.
pub fn judge(bytes: &[u8], limits: &Limits) -> Result<Framing, Rejection> {
    judge_partial(bytes, limits)?;
    let lines = bytes.strip_suffix(b"\r\n").filter(|lines| lines.ends_with(b"\r\n"));
    let mut lines = split_lines(lines.ok_or_else(|| Rejection::bad("the head has no end"))?);
    let version = request_line(lines.next().unwrap_or_default())?;
    let mut fields = Fields::default();
    for (count, line) in lines.enumerate() {
        if count >= limits.headers {
            let message = format!("more than {} header lines (listen.max_headers)", limits.headers);
            return Err(Rejection::new(431, "too-many-headers", message));
        }
        fields.take(line)?;
    }
    fields.framing(version, limits)
}

fn target_too_long(limits: &Limits) -> Rejection {
    let message = format!("the request line is longer than {} bytes (listen.max_target)", limits.target);
    Rejection::new(414, "target-too-long", message)
}

fn head_too_large(limits: &Limits) -> Rejection {
    let message = format!("the request head is larger than {} bytes (listen.max_header_bytes)", limits.head);
    Rejection::new(431, "head-too-large", message)
}

/// Lines, each without its own CRLF. A carriage return elsewhere stays in its line and is refused there.
fn split_lines(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut begin = 0;
    memchr_iter(b'\n', bytes).map(move |end| {
        let line = &bytes[begin..end];
        begin = end + 1;
        line.strip_suffix(b"\r").unwrap_or(line)
    })
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Version {
    Http10,
    Http11,
}

fn request_line(line: &[u8]) -> Result<Version, Rejection> {
    let mut parts = line.split(|b| *b == b' ');
    let (Some(method), Some(target), Some(version), None) = (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(Rejection::bad("the request line is not \"METHOD target HTTP/1.1\" (RFC 9112 section 3)"));
    };
    if method.is_empty() || !method.iter().all(|b| is_token(*b)) {
        return Err(Rejection::bad("the method is not a token (RFC 9110 section 9.1)"));
    }
    if method == b"CONNECT" {
        return Err(Rejection::new(501, "not-implemented", "CONNECT is for forward proxies; this is a gateway"));
    }
    if target.is_empty() || target.iter().any(|b| !is_target(*b)) {
        return Err(Rejection::bad("the target has a character that must be percent-encoded (RFC 3986 section 2)"));
    }
    let version = match version {
        b"HTTP/1.1" => Version::Http11,
        b"HTTP/1.0" => Version::Http10,
        _ if version.starts_with(b"HTTP/") => {
            return Err(Rejection::new(505, "version", "only HTTP/1.1 and HTTP/1.0 are spoken here"));
        }
        _ => return Err(Rejection::bad("the request line does not end with a version (RFC 9112 section 2.3)")),
    };
    if !has_form(method, target) {
        return Err(Rejection::bad(
            "the target is neither a path nor an absolute http URI without user (RFC 9112 section 3.2)",
        ));
    }
    // A query may have fewer characters than a path; hyper knows, and would refuse without saying why.
    if http::Uri::try_from(target).is_err() {
        return Err(Rejection::bad("the target has a character that must be percent-encoded (RFC 3986 section 2)"));
    }
    Ok(version)
}

/// What of the fields decides where the request ends.
#[derive(Debug, Default)]
struct Fields {
    hosts: usize,
    lengths: Vec<Vec<u8>>,
    codings: Vec<Vec<u8>>,
    upgrade: bool,
    connection_upgrade: bool,
}

impl Fields {
    fn take(&mut self, line: &[u8]) -> Result<(), Rejection> {
        if line.first().is_some_and(|b| matches!(b, b' ' | b'\t')) {
            return Err(Rejection::bad("a header line is folded (RFC 9112 section 5.2)"));
        }
        let Some(colon) = memchr(b':', line) else {
            return Err(Rejection::bad("a header line has no colon (RFC 9112 section 5)"));
        };
        let (name, value) = (&line[..colon], trim(&line[colon + 1..]));
        if name.is_empty() || !name.iter().all(|b| is_token(*b)) {
            return Err(Rejection::bad(
                "a header name is not a token; no space may stand before the colon (RFC 9112 section 5.1)",
            ));
        }
        // Counted, because what stops at the first is slower than what looks at many bytes at once.
        if value.iter().filter(|b| (**b < b' ' && **b != b'\t') || **b == 0x7f).count() > 0 {
            return Err(Rejection::bad("a header value has a control character (RFC 9110 section 5.5)"));
        }
        // The longest of these names has 17 bytes.
        let mut lower = [0; 17];
        let lower = lower.get_mut(..name.len()).unwrap_or_default();
        lower.iter_mut().zip(name).for_each(|(lower, byte)| *lower = byte.to_ascii_lowercase());
        match &*lower {
            b"host" => {
                self.hosts += 1;
                if !is_authority(value) {
                    return Err(Rejection::bad("the Host is not an authority (RFC 9112 section 3.2)"));
                }
            }
            b"content-length" => self.lengths.push(value.to_vec()),
            b"transfer-encoding" => self.codings.push(value.to_ascii_lowercase()),
            b"upgrade" => {
                let token = |token: &[u8]| token.trim_ascii().eq_ignore_ascii_case(b"websocket");
                self.upgrade |= value.split(|b| *b == b',').any(token);
            }
            b"connection" => {
                let token = |token: &[u8]| token.trim_ascii().eq_ignore_ascii_case(b"upgrade");
                self.connection_upgrade |= value.split(|b| *b == b',').any(token);
            }
            _ => {}
        }
        Ok(())
    }

    fn framing(&self, version: Version, limits: &Limits) -> Result<Framing, Rejection> {
        if self.hosts > 1 || (self.hosts == 0 && version == Version::Http11) {
            let message = format!("{} Host lines, where exactly one is needed (RFC 9112 section 3.2)", self.hosts);
            return Err(Rejection::bad(message));
        }
        let upgrade = self.upgrade && self.connection_upgrade && version == Version::Http11;
        let framing = match (self.codings.as_slice(), self.lengths.as_slice()) {
            ([], []) => Framing::None,
            ([], [length]) => length_of(length, limits)?,
            ([], _) => return Err(Rejection::bad("several Content-Length lines (RFC 9112 section 6.3)")),
            (_, [_, ..]) => {
                return Err(Rejection::bad("both Transfer-Encoding and Content-Length (RFC 9112 section 6.1)"));
            }
            (_, []) if version == Version::Http10 => {
                return Err(Rejection::bad("Transfer-Encoding in an HTTP/1.0 request (RFC 9112 section 6.1)"));
            }
            ([coding], []) if coding == b"chunked" => Framing::Chunked,
            (_, []) => {
                return Err(Rejection::bad(
                    "a Transfer-Encoding other than exactly \"chunked\" (RFC 9112 section 6.1)",
                ));
            }
        };
        match framing {
            Framing::None | Framing::Length(0) if upgrade => Ok(Framing::Upgrade),
            _ if upgrade => Err(Rejection::bad("a request for an upgrade has a body")),
            framing => Ok(framing),
        }
    }
}

fn length_of(text: &[u8], limits: &Limits) -> Result<Framing, Rejection> {
    let digits = !text.is_empty() && text.iter().all(u8::is_ascii_digit);
    let length: Option<u64> = std::str::from_utf8(text).ok().filter(|_| digits).and_then(|text| text.parse().ok());
    let Some(length) = length else {
        return Err(Rejection::bad("the Content-Length is not a number (RFC 9110 section 8.6)"));
    };
    match limits.body {
        Some(limit) if length > limit => {
            let message = format!("the request body is larger than {limit} bytes (listen.max_body)");
            Err(Rejection::new(413, "body-too-large", message))
        }
        _ => Ok(Framing::Length(length)),
    }
}

/// RFC 9110 section 5.6.2.
fn is_token(b: u8) -> bool {
    const TOKEN: [bool; 256] = {
        let mut token = [false; 256];
        let mut byte = 0u8;
        while byte < 0x7f {
            token[byte as usize] = matches!(
                byte,
                b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'!' | b'#' | b'$' | b'%' | b'&' | b'\'' | b'*' | b'+'
                    | b'-' | b'.' | b'^' | b'_' | b'`' | b'|' | b'~'
            );
            byte += 1;
        }
        token
    };
    TOKEN[usize::from(b)]
}

/// Characters of a request target that both hyper and legacy take as they are. What a browser would percent-encode is
/// refused rather than changed on the way.
fn is_target(b: u8) -> bool {
    b > b' ' && b < 0x7f && !matches!(b, b'#' | b'<' | b'>' | b'`')
}

/// Whether a target has the form that its method allows. Of any other hyper would take a part for the authority, and
/// the bridge forward a path that nobody asked for.
fn has_form(method: &[u8], target: &[u8]) -> bool {
    match target {
        [b'/', ..] => true,
        b"*" => method == b"OPTIONS",
        _ => http::Uri::try_from(target).is_ok_and(|uri| {
            let http = matches!(uri.scheme_str(), Some("http" | "https"));
            http && uri.authority().is_some_and(is_host_and_port)
        }),
    }
}

/// A value without the whitespace around it, which is spaces and tabs alone (RFC 9110 section 5.6.3): a carriage return
/// or form feed at its edge is part of it, and refused.
fn trim(value: &[u8]) -> &[u8] {
    let blank = |b: &u8| matches!(b, b' ' | b'\t');
    let Some(start) = value.iter().position(|b| !blank(b)) else { return &[] };
    let end = value.iter().rposition(|b| !blank(b)).map_or(start, |at| at + 1);
    &value[start..end]
}

fn is_authority(value: &[u8]) -> bool {
    value.is_empty() || http::uri::Authority::try_from(value).is_ok_and(|authority| is_host_and_port(&authority))
}

/// A host and a port of digits, if any, without a user (RFC 3986 section 3.2). The parser lets other ports through.
fn is_host_and_port(authority: &http::uri::Authority) -> bool {
    let rest = authority.as_str().strip_prefix(authority.host());
    let digits = |port: &str| port.bytes().all(|byte| byte.is_ascii_digit());
    rest.is_some_and(|rest| rest.is_empty() || rest.strip_prefix(':').is_some_and(digits))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn limits() -> Limits {
        Limits {
            header_timeout: None,
            keep_alive_timeout: None,
            write_timeout: None,
            target: 64,
            head: 512,
            headers: 8,
            body: Some(1000),
        }
    }

    fn judged(head: &str) -> Result<Framing, Rejection> {
        judge(head.replace('\n', "\r\n").as_bytes(), &limits())
    }

    #[test]
    fn a_head_with_one_reading_says_how_its_body_is_framed() {
        assert_eq!(judged("GET / HTTP/1.1\nHost: a\n\n"), Ok(Framing::None));
        assert_eq!(judged("POST /?q HTTP/1.1\nHost: a:1\nContent-Length: 10\n\n"), Ok(Framing::Length(10)));
        assert_eq!(judged("POST / HTTP/1.1\nHost: [::1]\ntransfer-encoding: Chunked\n\n"), Ok(Framing::Chunked));
        assert_eq!(
            judged("GET /ws HTTP/1.1\nHost: a\nConnection: keep-alive, UPGRADE\nUpgrade: WebSocket\n\n"),
            Ok(Framing::Upgrade)
        );
        assert_eq!(judged("GET / HTTP/1.0\n\n"), Ok(Framing::None));
        assert_eq!(judged("GET / HTTP/1.1\nHost: a\nUpgrade: h2c\nConnection: upgrade\n\n"), Ok(Framing::None));
    }

    #[test]
    fn a_head_with_two_readings_is_refused_with_the_rule_it_breaks() {
        let long = format!("GET /{} HTTP/1.1\nHost: a\n\n", "x".repeat(70));
        let many = format!("GET / HTTP/1.1\nHost: a\n{}\n", "A: b\n".repeat(9));
        let large = format!("GET / HTTP/1.1\nHost: a\nA: {}\n\n", "b".repeat(600));
        let heads = [
            "GET / HTTP/1.1\n\n",
            "GET / HTTP/1.1\nHost: a\nHost: a\n\n",
            "GET / HTTP/1.1\nHost: a, b\n\n",
            "GET / HTTP/1.1\nHost: u@a\n\n",
            "POST / HTTP/1.1\nHost: a\nContent-Length: 3\nTransfer-Encoding: chunked\n\n",
            "POST / HTTP/1.1\nHost: a\nTransfer-Encoding: chunked\nContent-Length: 3\n\n",
            "POST / HTTP/1.1\nHost: a\nTransfer-Encoding: gzip, chunked\n\n",
            "POST / HTTP/1.1\nHost: a\nTransfer-Encoding: chunked, identity\n\n",
            "POST / HTTP/1.1\nHost: a\nTransfer-Encoding: chunked\nTransfer-Encoding: chunked\n\n",
            "POST / HTTP/1.0\nTransfer-Encoding: chunked\n\n",
            "POST / HTTP/1.1\nHost: a\nContent-Length: +4\n\n",
            "POST / HTTP/1.1\nHost: a\nContent-Length: 4, 4\n\n",
            "POST / HTTP/1.1\nHost: a\nContent-Length: 4\nContent-Length: 4\n\n",
            "POST / HTTP/1.1\nHost: a\nContent-Length: -1\n\n",
            "POST / HTTP/1.1\nHost: a\nContent-Length: 99999999999999999999\n\n",
            "POST / HTTP/1.1\nHost: a\nContent-Length: 1001\n\n",
            "GET /ws HTTP/1.1\nHost: a\nConnection: upgrade\nUpgrade: websocket\nContent-Length: 4\n\n",
            "GET / HTTP/1.1\nHost: a\n folded: x\n\n",
            "GET / HTTP/1.1\nHost : a\n\n",
            "GET / HTTP/1.1\nHost: a\nNoColon\n\n",
            "GET / HTTP/1.1\nHost: a\nA: b\u{0}c\n\n",
            "GET  / HTTP/1.1\nHost: a\n\n",
            "GET /a b HTTP/1.1\nHost: a\n\n",
            "GET /<x> HTTP/1.1\nHost: a\n\n",
            "GET / HTTP/2.0\nHost: a\n\n",
            "GET / http/1.1\nHost: a\n\n",
            "G@T / HTTP/1.1\nHost: a\n\n",
            "CONNECT a:1 HTTP/1.1\nHost: a\n\n",
            long.as_str(),
            many.as_str(),
            large.as_str(),
        ];
        let shown: Vec<String> = heads
            .iter()
            .map(|head| {
                let rejection = judged(head).expect_err(head);
                let short: String = head.lines().take(4).collect::<Vec<_>>().join(" | ").chars().take(80).collect();
                format!("{} {}: {short:?}: {rejection}", rejection.status, rejection.code)
            })
            .collect();
        insta::assert_snapshot!(shown.join("\n"));
    }

    #[test]
    fn a_bare_line_feed_or_carriage_return_is_refused() {
        for head in [
            "GET / HTTP/1.1\nHost: a\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\rX: b\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\n\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\nX: b\r\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\nX:\rb\r\n\r\n",
        ] {
            assert_eq!(judge(head.as_bytes(), &limits()).map_err(|r| r.status), Err(400), "{head:?}");
        }
    }

    proptest! {
        #[test]
        fn judging_never_panics_and_what_passes_hyper_parses_the_same(head in proptest::collection::vec(any::<u8>(), 0..200)) {
            let mut bytes = head;
            bytes.extend_from_slice(b"\r\n\r\n");
            let end = end_of_head(&bytes, 0).unwrap();
            if judge(&bytes[..end], &limits()).is_ok() {
                let mut headers = [httparse::EMPTY_HEADER; 16];
                let mut request = httparse::Request::new(&mut headers);
                let parsed = request.parse(&bytes[..end]).unwrap();
                prop_assert_eq!(parsed, httparse::Status::Complete(end));
            }
        }
    }
}
