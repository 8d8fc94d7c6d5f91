//! The handshake (RFC 6455 section 4.2), as strict and as lenient as legacy's own.
//!
//! Legacy takes versions 7, 8 and 13, ignores subprotocols and extensions (none is ever granted), and computes the
//! accept value from the key as it was sent. It refuses with the same statuses and messages; its bodies, which it
//! announces and does not send, are sent here.

use base64::{Engine, alphabet::STANDARD as ALPHABET, engine::general_purpose::STANDARD};
use http::{HeaderMap, HeaderName, HeaderValue, header};
use sha1::{Digest, Sha1};
use thiserror::Error;

/// What an accept value is made with (RFC 6455 section 1.3).
const GUID: &[u8] = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
/// The versions legacy takes, in its own order.
pub const VERSIONS: &str = "13, 8, 7";

/// Why an upgrade is refused.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Refusal {
    /// No `Sec-WebSocket-Version`.
    #[error("No Websocket protocol version defined")]
    NoVersion,
    /// None of [`VERSIONS`].
    #[error("Unsupported WebSocket Version: {0}")]
    Version(String),
    /// No `Sec-WebSocket-Key`.
    #[error("Sec-WebSocket-Key header is missing/empty")]
    NoKey,
    /// Not 16 bytes in base64. (Where it is no base64 at all, legacy answers 500.)
    #[error("Invalid key: {0}")]
    Key(String),
    /// The Origin is none of `ws.origins`.
    #[error("pages of this Origin may not connect (ws.origins)")]
    Origin,
}

impl Refusal {
    /// Its status.
    #[must_use]
    pub fn status(&self) -> u16 {
        match self {
            Self::NoVersion => 426,
            Self::Version(_) | Self::NoKey | Self::Key(_) => 400,
            Self::Origin => 403,
        }
    }

    /// Whether the answer says which versions there are.
    #[must_use]
    pub fn names_versions(&self) -> bool {
        matches!(self, Self::NoVersion | Self::Version(_))
    }
}

/// Judges the headers of a request that asks for a websocket; gives the value of `Sec-WebSocket-Accept`. With an empty
/// list of origins, every one may connect.
///
/// # Errors
/// What is wrong, checked in legacy's order.
pub fn judge(headers: &HeaderMap, origins: &[String]) -> Result<String, Refusal> {
    let version = joined(headers, &header::SEC_WEBSOCKET_VERSION).ok_or(Refusal::NoVersion)?;
    if !["13", "8", "7"].contains(&version.as_str()) {
        return Err(Refusal::Version(version));
    }
    let key = joined(headers, &header::SEC_WEBSOCKET_KEY).ok_or(Refusal::NoKey)?;
    // Python's decoder passes over whatever is not of its alphabet.
    let plain: String = key.chars().filter(|c| *c == '=' || ALPHABET.as_str().contains(*c)).collect();
    if STANDARD.decode(plain).map(|nonce| nonce.len()) != Ok(16) {
        return Err(Refusal::Key(key));
    }
    judge_origin(headers, origins)?;
    Ok(accept_key(key.as_bytes()))
}

/// Whether the page that asks may connect, whoever serves it. With an empty list, every one may.
///
/// # Errors
/// It has none of these origins, or two.
pub fn judge_origin(headers: &HeaderMap, origins: &[String]) -> Result<(), Refusal> {
    let mut lines = headers.get_all(header::ORIGIN).iter();
    let known =
        |origin: &HeaderValue| origins.iter().any(|known| known.as_bytes().eq_ignore_ascii_case(origin.as_bytes()));
    match (lines.next(), lines.next()) {
        _ if origins.is_empty() => Ok(()),
        (Some(origin), None) if known(origin) => Ok(()),
        _ => Err(Refusal::Origin),
    }
}

/// The answer to a key.
#[must_use]
pub fn accept_key(key: &[u8]) -> String {
    STANDARD.encode(Sha1::new().chain_update(key).chain_update(GUID).finalize())
}

/// All lines of a header, joined as the WSGI server does it; none if nothing is left.
fn joined(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    let lines = headers.get_all(name).iter().map(|line| String::from_utf8_lossy(line.as_bytes()).trim().to_owned());
    let joined = lines.collect::<Vec<_>>().join(",");
    (!joined.is_empty()).then_some(joined)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(lines: &[(&'static str, &'static str)], origins: &[&str]) -> Result<String, String> {
        let headers = lines
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
            .fold(HeaderMap::new(), |mut headers, (name, value)| {
                headers.append(name, value);
                headers
            });
        let origins: Vec<String> = origins.iter().map(|origin| (*origin).to_owned()).collect();
        judge(&headers, &origins).map_err(|refusal| format!("{} {refusal}", refusal.status()))
    }

    const VERSION: (&str, &str) = ("sec-websocket-version", "13");
    const KEY: (&str, &str) = ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==");
    const ACCEPT: &str = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

    #[test]
    fn the_standards_example_is_accepted_in_every_version_legacy_takes() {
        for version in ["13", "8", "7"] {
            assert_eq!(of(&[("sec-websocket-version", version), KEY], &[]).as_deref(), Ok(ACCEPT));
        }
    }

    #[test]
    fn refusals_have_legacys_statuses_and_messages() {
        let cases: [(&[(&'static str, &'static str)], &str); 7] = [
            (&[KEY], "426 No Websocket protocol version defined"),
            (&[("sec-websocket-version", "12"), KEY], "400 Unsupported WebSocket Version: 12"),
            (&[VERSION, ("sec-websocket-version", "8"), KEY], "400 Unsupported WebSocket Version: 13,8"),
            (&[VERSION], "400 Sec-WebSocket-Key header is missing/empty"),
            (&[VERSION, ("sec-websocket-key", "k")], "400 Invalid key: k"),
            (&[VERSION, ("sec-websocket-key", "AAAA")], "400 Invalid key: AAAA"),
            (&[VERSION, ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ")], "400 Invalid key: dGhlIHNhbXBsZSBub25jZQ"),
        ];
        for (lines, refusal) in cases {
            assert_eq!(of(lines, &[]), Err(refusal.to_owned()));
        }
    }

    #[test]
    fn any_origin_may_connect_until_some_are_named() {
        let evil = ("origin", "http://evil.example");
        let app = ("origin", "https://App.example");
        assert!(of(&[VERSION, KEY, evil], &[]).is_ok());
        assert!(of(&[VERSION, KEY, app], &["https://app.example"]).is_ok());
        assert!(of(&[VERSION, KEY, evil], &["https://app.example"]).is_err());
        assert!(of(&[VERSION, KEY], &["https://app.example"]).is_err());
        assert!(of(&[VERSION, KEY, app, evil], &["https://app.example"]).is_err(), "two of them");
    }
}
