//! A request's head, judged whether it may take the fast path, and rewritten for legacy.
//!
//! The guard has judged before whether it is well-formed: lines end with CRLF, names are tokens, there is one Host. What
//! is rewritten is what [`crate::forward::headers::prepare`] does to a map.

use bytes::{BufMut as _, BytesMut};
use http::Method;
use memchr::{memchr, memchr_iter};

use super::names::Name;
use crate::{
    config::settings::TraceContext,
    forward::Peer,
    telemetry::trace::{Parent, Trace},
};

/// Room for what is added to a head.
const ADDED: usize = 256;

/// The request line of one that may take this path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line<'h> {
    /// GET or HEAD.
    pub method: Method,
    /// The target in origin form, as it came.
    pub target: &'h str,
    /// The lines after it, the empty one included.
    rest: &'h [u8],
    /// The whole of it, its end included.
    whole: &'h [u8],
}

/// What a rewritten head says about itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lines<'h> {
    /// The value of its Host.
    pub host: &'h [u8],
    /// The value of its Origin.
    pub origin: Option<&'h [u8]>,
    /// Whether the client ends its connection with the answer.
    pub closes: bool,
    /// The trace that it is a part of.
    pub trace: Option<Trace>,
}

impl<'h> Line<'h> {
    /// The request line of a head, if it is one of a read in HTTP/1.1 in the usual form.
    #[must_use]
    pub fn of(head: &'h [u8]) -> Option<Self> {
        let method = match head {
            [b'G', b'E', b'T', b' ', b'/', ..] => Method::GET,
            [b'H', b'E', b'A', b'D', b' ', b'/', ..] => Method::HEAD,
            _ => return None,
        };
        let end = memchr(b'\n', head)? + 1;
        let (line, rest) = head.split_at(end);
        let target = line.get(method.as_str().len() + 1..)?.strip_suffix(b" HTTP/1.1\r\n")?;
        Some(Self { method, target: std::str::from_utf8(target).ok()?, rest, whole: line })
    }

    /// Its path as it came.
    #[must_use]
    pub fn path(&self) -> &'h str {
        self.target.split_once('?').map_or(self.target, |(path, _)| path)
    }

    /// The values of the fields of this name.
    pub fn values(&self, name: &str) -> impl Iterator<Item = &'h [u8]> {
        let rest = self.rest;
        let lines = rest.split(|byte| *byte == b'\n').filter_map(|line| line.split_at_checked(memchr(b':', line)?));
        let wanted = move |(of, value): (&[u8], &'h [u8])| {
            of.eq_ignore_ascii_case(name.as_bytes()).then(|| value[1..].trim_ascii())
        };
        lines.filter_map(wanted)
    }

    /// Rewrites the head for legacy; none if it has something in it that this path does not deal with. `address` is the
    /// peer's, as text.
    #[must_use]
    pub fn rewritten(&self, peer: Peer, address: &str, context: TraceContext) -> Option<(BytesMut, Lines<'h>)> {
        let mut out = BytesMut::with_capacity(self.whole.len() + self.rest.len() + ADDED);
        let (mut host, mut origin, mut chain) = (None, None, Vec::new());
        let (mut proto, mut named, mut closes) = (false, false, false);
        let (mut trace, mut stated) = (None, false);
        out.put_slice(self.whole);
        let mut begin = 0;
        for end in memchr_iter(b'\n', self.rest) {
            let line = &self.rest[begin..=end];
            begin = end + 1;
            if line == b"\r\n" {
                break;
            }
            let colon = memchr(b':', line)?;
            let (name, value) = (&line[..colon], || line[colon + 1..].trim_ascii());
            match Name::of(name) {
                Name::Connection if value().eq_ignore_ascii_case(b"close") => {
                    closes = true;
                    continue;
                }
                // What it would name besides is taken away on the other path.
                Name::Connection if !value().eq_ignore_ascii_case(b"keep-alive") => return None,
                Name::TransferEncoding | Name::ContentLength | Name::Expect | Name::Variant => return None,
                Name::Connection | Name::HopByHop => continue,
                Name::ForwardedFor => {
                    chain.push(std::str::from_utf8(value()).ok().filter(|value| is_visible(value))?);
                    continue;
                }
                Name::ForwardedProto | Name::ForwardedHost if !peer.trusted => continue,
                Name::ForwardedProto => proto = true,
                Name::ForwardedHost => named = true,
                Name::Host => host = Some(value()).filter(|host| !host.is_empty()),
                // Of several, legacy would make one that nobody sent.
                Name::Origin if origin.is_some() => return None,
                Name::Origin => origin = Some(value()),
                // Two of them, or one that is not to the letter, are dealt with on the other path.
                Name::TraceParent if context != TraceContext::Off => {
                    if trace.is_some() {
                        return None;
                    }
                    let ours = Trace::under(Parent::read(value())?);
                    put_trace(&mut out, name, &ours);
                    trace = Some(ours);
                    continue;
                }
                Name::TraceState => stated = true,
                Name::Date | Name::Reason | Name::TraceParent | Name::Other => {}
            }
            // WSGI servers fold `-` and `_` into one.
            if memchr(b'_', name).is_none() {
                out.put_slice(line);
            }
        }
        let host = host?;
        out.put_slice(b"x-forwarded-for: ");
        for hop in chain {
            out.put_slice(hop.as_bytes());
            out.put_slice(b", ");
        }
        out.put_slice(address.as_bytes());
        if !proto {
            out.put_slice(b"\r\nx-forwarded-proto: http");
        }
        if !named {
            out.put_slice(b"\r\nx-forwarded-host: ");
            out.put_slice(host);
        }
        out.put_slice(b"\r\nvia: 1.1 cutover\r\n");
        if trace.is_none() && context == TraceContext::Always {
            // What it says belongs to a trace that there is not.
            if stated {
                return None;
            }
            let ours = Trace::begin();
            put_trace(&mut out, b"traceparent", &ours);
            trace = Some(ours);
        }
        out.put_slice(b"\r\n");
        Some((out, Lines { host, origin, closes, trace }))
    }
}

fn put_trace(out: &mut BytesMut, name: &[u8], trace: &Trace) {
    out.put_slice(name);
    out.put_slice(b": ");
    trace.put(out);
    out.put_slice(b"\r\n");
}

fn is_visible(value: &str) -> bool {
    value.bytes().all(|byte| byte == b'\t' || (b' '..0x7f).contains(&byte))
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderName, HeaderValue, Version};
    use proptest::prelude::*;

    use super::*;
    use crate::forward::headers::prepare;

    const ADDRESS: &str = "192.0.2.7";

    fn peer(trusted: bool) -> Peer {
        Peer { address: ADDRESS.parse().unwrap(), trusted }
    }

    fn rewritten(head: &str, trusted: bool) -> Option<String> {
        let head = head.replace('\n', "\r\n");
        let (out, _) = Line::of(head.as_bytes())?.rewritten(peer(trusted), ADDRESS, TraceContext::Given)?;
        Some(String::from_utf8(out.to_vec()).unwrap().replace("\r\n", "\n"))
    }

    #[test]
    fn a_plain_read_goes_on_as_it_came_with_its_way_added() {
        let head =
            "GET //a%2f?b=c HTTP/1.1\nhOST: h:1\nConnection: Keep-Alive\nAccept:*/*\nTE: x\nX_Forwarded_For: 1\n\n";
        let expected = "GET //a%2f?b=c HTTP/1.1\nhOST: h:1\nAccept:*/*\nx-forwarded-for: 192.0.2.7\n\
                        x-forwarded-proto: http\nx-forwarded-host: h:1\nvia: 1.1 cutover\n\n";
        assert_eq!(rewritten(head, false).as_deref(), Some(expected));
    }

    #[test]
    fn what_needs_more_than_this_takes_the_other_way() {
        for lines in [
            "Connection: close, x",
            "Connection: x",
            "Content-Length: 0",
            "Transfer-Encoding: chunked",
            "Expect: 100-continue",
            "x-cutover-variant: native",
            "Origin: a\nOrigin: b",
            "X-Forwarded-For: \u{e9}",
        ] {
            assert_eq!(rewritten(&format!("GET / HTTP/1.1\nHost: h\n{lines}\n\n"), true), None, "{lines}");
        }
        for line in
            ["POST / HTTP/1.1", "GET / HTTP/1.0", "GET http://h/ HTTP/1.1", "OPTIONS * HTTP/1.1", "get / HTTP/1.1"]
        {
            assert_eq!(rewritten(&format!("{line}\nHost: h\n\n"), true), None, "{line}");
        }
        assert_eq!(rewritten("GET / HTTP/1.1\nHost: \n\n", true), None);
    }

    proptest! {
        #[test]
        fn both_ways_say_the_same_to_legacy(
            lines in proptest::collection::vec(
                ("accept|cookie|via|te|upgrade|X-Forwarded-For|x-forwarded-proto|X-Forwarded-Host|x_a|Keep-Alive|Trailer|Date", "[a-z0-9,. ]{0,12}"),
                0..8,
            ),
            trusted: bool,
        ) {
            let text: String = lines.iter().map(|(name, value)| [name, ": ", value, "\r\n"].concat()).collect();
            let head = ["GET /p HTTP/1.1\r\nHost: h:1\r\n", &text, "\r\n"].concat();
            let mut headers = HeaderMap::new();
            headers.append("host", HeaderValue::from_static("h:1"));
            for (name, value) in &lines {
                let name: HeaderName = name.parse().unwrap();
                headers.append(name, HeaderValue::from_str(value.trim()).unwrap());
            }
            prepare(&mut headers, peer(trusted), &HeaderValue::from_static("h:1"), Version::HTTP_11);
            let (out, _) = Line::of(head.as_bytes()).unwrap().rewritten(peer(trusted), ADDRESS, TraceContext::Given).unwrap();
            let mut space = [httparse::EMPTY_HEADER; 64];
            let mut request = httparse::Request::new(&mut space);
            prop_assert!(request.parse(&out).unwrap().is_complete());
            let mut passed = HeaderMap::new();
            for line in request.headers.iter() {
                passed.append(line.name.parse::<HeaderName>().unwrap(), HeaderValue::from_bytes(line.value).unwrap());
            }
            prop_assert_eq!(passed, headers);
        }
    }
}
