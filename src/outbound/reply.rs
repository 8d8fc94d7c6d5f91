//! What was answered.

use std::{borrow::Cow, fmt};

use bytes::Bytes;
use http::{
    HeaderMap, StatusCode,
    header::{CONTENT_ENCODING, CONTENT_TYPE},
};

/// Names of encodings in which bytes below 128 are ASCII.
const ASCII: [&str; 6] = ["ascii", "us-ascii", "iso-8859-1", "latin-1", "latin1", "windows-1252"];

/// An answer, of any status.
#[derive(Clone)]
pub struct Reply {
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// All of its body.
    pub body: Bytes,
}

impl Reply {
    /// Its body as `requests` has it in `text`; none where that depends on guesses of Python's, or where it is compressed,
    /// which nobody asked for.
    #[must_use]
    pub fn text(&self) -> Option<Cow<'_, str>> {
        if self.headers.get(CONTENT_ENCODING).is_some_and(|encoding| encoding != "identity") {
            return None;
        }
        let kind = match self.headers.get(CONTENT_TYPE) {
            Some(kind) => kind.to_str().ok()?.to_ascii_lowercase(),
            None => String::new(),
        };
        let charset = kind.split(';').skip(1).find_map(|parameter| {
            let (name, value) = parameter.split_once('=')?;
            (name.trim() == "charset").then(|| value.trim().trim_matches(['"', '\'']).to_owned())
        });
        match charset.as_deref() {
            Some("utf-8" | "utf8") => Some(String::from_utf8_lossy(&self.body)),
            None if kind.split(';').next().is_some_and(|kind| kind.trim() == "application/json") => {
                Some(String::from_utf8_lossy(&self.body))
            }
            None => self.ascii(),
            Some(name) if ASCII.contains(&name) => self.ascii(),
            Some(_) => None,
        }
    }

    fn ascii(&self) -> Option<Cow<'_, str>> {
        self.body.is_ascii().then(|| String::from_utf8_lossy(&self.body))
    }
}

/// Without headers and body, which may be anybody's.
impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reply").field("status", &self.status).field("bytes", &self.body.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(headers: &[(http::HeaderName, &'static str)], body: &'static [u8]) -> Option<String> {
        let headers = headers.iter().map(|(name, value)| (name.clone(), value.parse().unwrap())).collect();
        let reply = Reply { status: StatusCode::OK, headers, body: Bytes::from_static(body) };
        reply.text().map(Cow::into_owned)
    }

    #[test]
    fn a_text_is_what_requests_makes_of_it() {
        for kind in ["application/json; charset=utf-8", "application/json", "text/plain;charset=\"UTF-8\""] {
            assert_eq!(text(&[(CONTENT_TYPE, kind)], b"\xc3\xb6\xff").as_deref(), Some("ö\u{fffd}"), "{kind}");
        }
        for kind in ["text/html", "text/plain; charset=latin-1"] {
            assert_eq!(text(&[(CONTENT_TYPE, kind)], b"plain").as_deref(), Some("plain"), "{kind}");
            assert_eq!(text(&[(CONTENT_TYPE, kind)], b"\xf6"), None, "{kind}: Python has its tables");
        }
        assert_eq!(text(&[], b"{}").as_deref(), Some("{}"));
        assert_eq!(text(&[(CONTENT_TYPE, "text/plain; charset=utf-16")], b"ab"), None);
        assert_eq!(text(&[(CONTENT_ENCODING, "gzip")], b"\x1f\x8b"), None);
    }
}
