//! A request target as the WSGI server and Flask's router see it.
//!
//! The WSGI server percent-decodes the path, Werkzeug decodes the bytes as UTF-8 and drops leading slashes down to
//! one; only then are segments split. So `%2F` separates, `%70ing` is `ping`, `//api` is `/api`, and `;` is nothing
//! special. Two slashes in the middle are never a match (Werkzeug answers 308).

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

/// The path of a request, decoded as far as routing needs it. The raw bytes are what gets forwarded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    decoded: String,
    faithful: bool,
}

impl Target {
    /// Decodes a raw path (without query).
    #[must_use]
    pub fn of(raw_path: &str) -> Self {
        let bytes: Cow<'_, [u8]> = percent_decode_str(raw_path).into();
        let (text, faithful) = match std::str::from_utf8(&bytes) {
            Ok(text) => (Cow::Borrowed(text), true),
            Err(_) => (String::from_utf8_lossy(&bytes), false),
        };
        Self { decoded: text.trim_start_matches('/').to_owned(), faithful }
    }

    /// The decoded path without its leading slashes.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.decoded
    }

    /// Whether some rule may match it: bytes that are not UTF-8, or a NUL brought in by decoding, are left to legacy's
    /// own judgement.
    #[must_use]
    pub fn may_match(&self) -> bool {
        self.faithful && !self.decoded.contains('\0')
    }

    /// The decoded path split at slashes; `None` for one that no rule may match.
    #[must_use]
    pub fn segments(&self) -> Option<Vec<&str>> {
        self.may_match().then(|| self.decoded.split('/').collect())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_path_is_split_after_decoding_and_leading_slashes_count_as_one() {
        for (raw, expected) in [
            ("/api/1/ping", vec!["api", "1", "ping"]),
            ("//api/1/ping", vec!["api", "1", "ping"]),
            ("/api/1/%70ing", vec!["api", "1", "ping"]),
            ("/api/1%2Fping", vec!["api", "1", "ping"]),
            ("/api//1/ping", vec!["api", "", "1", "ping"]),
            ("/api/1/ping/", vec!["api", "1", "ping", ""]),
            ("/api/1/ping;x=1", vec!["api", "1", "ping;x=1"]),
            ("/%zz", vec!["%zz"]),
            ("/", vec![""]),
        ] {
            assert_eq!(Target::of(raw).segments(), Some(expected), "{raw}");
        }
        assert_eq!(Target::of("/a%ffb").segments(), None);
        assert_eq!(Target::of("/a%00b").segments(), None);
    }

    proptest! {
        #[test]
        fn decoding_never_panics_and_leaves_no_slash_at_the_beginning(raw in "\\PC{0,40}") {
            prop_assert!(!Target::of(&raw).path().starts_with('/'));
        }
    }
}
