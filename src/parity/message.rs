//! A request and its response, as they are compared, recorded and replayed.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};

/// Header lines in the order in which they came. A value is its bytes as Latin-1 (RFC 9110 section 5.5), so that none is
/// lost.
pub type Headers = Vec<(String, String)>;

/// A request.
#[derive(Clone, PartialEq, Eq)]
pub struct Request {
    /// Method, as it was sent.
    pub method: String,
    /// Target in origin form, path and query, byte for byte.
    pub target: String,
    /// Header lines.
    pub headers: Headers,
    /// The whole body, without its framing.
    pub body: Bytes,
}

/// A response.
#[derive(Clone, PartialEq, Eq)]
pub struct Response {
    /// Status code.
    pub status: u16,
    /// Reason phrase.
    pub reason: String,
    /// Header lines.
    pub headers: Headers,
    /// Whether the names are spelled, and the lines ordered, as they were on the wire; an HTTP library in between may
    /// have lost that.
    pub spelled: bool,
    /// The whole body, without its framing but in its content coding.
    pub body: Bytes,
}

impl Request {
    /// The path of the target.
    #[must_use]
    pub fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }

    /// The first header of this name, which is given in lower case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        first(&self.headers, name)
    }
}

impl Response {
    /// The first header of this name, which is given in lower case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        first(&self.headers, name)
    }
}

fn first<'h>(headers: &'h Headers, name: &str) -> Option<&'h str> {
    headers.iter().find(|(given, _)| given.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
}

/// The lines of a header map: names in lower case, values as Latin-1.
#[must_use]
pub fn lines(headers: &HeaderMap) -> Headers {
    let text = |bytes: &[u8]| bytes.iter().map(|byte| char::from(*byte)).collect();
    headers.iter().map(|(name, value)| (name.as_str().to_owned(), text(value.as_bytes()))).collect()
}

/// The same lines as a header map. One that HTTP does not allow is left out.
#[must_use]
pub fn map(headers: &Headers) -> HeaderMap {
    let mut map = HeaderMap::with_capacity(headers.len());
    for (name, value) in headers {
        let value: Option<Vec<u8>> = value.chars().map(|c| u8::try_from(c).ok()).collect();
        let value = value.and_then(|bytes| HeaderValue::from_bytes(&bytes).ok());
        if let (Ok(name), Some(value)) = (name.parse::<HeaderName>(), value) {
            map.append(name, value);
        }
    }
    map
}

/// Without header values and bodies: there may be secrets in them.
impl std::fmt::Debug for Request {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Request").field("method", &self.method).field("path", &self.path()).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Response {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Response")
            .field("status", &self.status)
            .field("bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_map_are_the_same_but_for_case_and_what_is_no_header() {
        let given = |lines: &[(&str, &str)]| -> Headers {
            lines.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
        };
        let headers = given(&[("Vary", "a"), ("X", "\u{fc}"), ("vary", "b"), ("a b", "c"), ("Y", "€"), ("Z", "a\nb")]);
        assert_eq!(lines(&map(&headers)), given(&[("vary", "a"), ("vary", "b"), ("x", "\u{fc}")]));
    }
}
