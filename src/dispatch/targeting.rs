//! The targeting key of a canary: what its bucket is drawn from.

use std::net::IpAddr;

use http::{HeaderMap, header};

use crate::config::Sticky;

/// What a key can be taken from.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    /// The request's headers.
    pub headers: &'a HeaderMap,
    /// The client's address.
    pub client: IpAddr,
    /// The logged-in user.
    pub user: Option<&'a str>,
}

/// The key, or `None` where the request has none.
#[must_use]
pub fn key(sticky: &Sticky, source: Source<'_>) -> Option<String> {
    match sticky {
        Sticky::Header(name) => text(source.headers.get(name)?.as_bytes()),
        Sticky::Cookie(name) => cookie(source.headers, name),
        Sticky::Client => Some(source.client.to_string()),
        Sticky::User => source.user.map(str::to_owned),
        Sticky::Request => Some(rand::random::<u64>().to_string()),
    }
}

fn text(bytes: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(bytes.trim_ascii()).into_owned();
    (!text.is_empty()).then_some(text)
}

/// The first cookie of this name (RFC 6265 section 5.4).
fn cookie(headers: &HeaderMap, wanted: &str) -> Option<String> {
    headers.get_all(header::COOKIE).iter().flat_map(|line| line.as_bytes().split(|b| *b == b';')).find_map(|pair| {
        let at = pair.iter().position(|b| *b == b'=')?;
        (pair[..at].trim_ascii() == wanted.as_bytes()).then(|| text(&pair[at + 1..]))?
    })
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn a_key_comes_from_where_the_route_says_or_not_at_all() {
        let mut headers = HeaderMap::new();
        headers.insert("x-user", HeaderValue::from_static(" ada "));
        headers.append("cookie", HeaderValue::from_static("a=1; sid=xyz; sid=second"));
        let source = Source { headers: &headers, client: "192.0.2.1".parse().unwrap(), user: Some("carol") };
        let of = |sticky: &str| key(&sticky.parse().unwrap(), source);
        assert_eq!(of("header:x-user").as_deref(), Some("ada"));
        assert_eq!(of("header:x-other"), None);
        assert_eq!(of("cookie:sid").as_deref(), Some("xyz"));
        assert_eq!(of("cookie:none"), None);
        assert_eq!(of("client").as_deref(), Some("192.0.2.1"));
        assert_eq!(of("user").as_deref(), Some("carol"));
        assert_eq!(key(&Sticky::User, Source { user: None, ..source }), None);
        assert_ne!(of("request"), of("request"));
    }
}
