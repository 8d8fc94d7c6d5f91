//! The URL of an entry, in the parts that a request needs.

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

/// What no target has on the wire, although a tool may show it so.
const RAW: &AsciiSet = &CONTROLS.add(b' ');

/// A URL of HTTP.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Url {
    /// `http://127.0.0.1:80`
    pub(super) origin: String,
    /// `127.0.0.1:80`
    pub(super) host: String,
    /// Path and query, without the fragment: that one is never sent.
    pub(super) target: String,
}

impl Url {
    /// # Errors
    /// It is no URL of HTTP; says what it is.
    pub(super) fn read(url: &str) -> Result<Self, String> {
        let (scheme, rest) = url.split_once(':').ok_or_else(|| format!("its URL {url:?} has no scheme"))?;
        let scheme = scheme.to_ascii_lowercase();
        match scheme.as_str() {
            "http" | "https" => {}
            "ws" | "wss" => return Err("it is a websocket".to_owned()),
            other => return Err(format!("its URL is of {other}:, not of HTTP")),
        }
        let rest = rest.strip_prefix("//").unwrap_or_default();
        let (authority, tail) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
        // Name and password are not part of the host; they are in the Authorization header, if they were sent.
        let host = authority.rsplit('@').next().unwrap_or_default();
        if host.is_empty() {
            return Err(format!("its URL {url:?} has no host"));
        }
        let tail = tail.split('#').next().unwrap_or_default();
        let slash = if tail.starts_with('/') { "" } else { "/" };
        let target = format!("{slash}{}", utf8_percent_encode(tail, RAW));
        Ok(Self { origin: format!("{scheme}://{host}"), host: host.to_owned(), target })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_has_an_origin_and_a_target_without_fragment() {
        for (url, origin, target) in [
            ("http://127.0.0.1/api/1/ping", "http://127.0.0.1", "/api/1/ping"),
            ("HTTPS://u:p@h.example:8443?a=b#c?d", "https://h.example:8443", "/?a=b"),
            ("http://[::1]:4242#top", "http://[::1]:4242", "/"),
            ("http://h/a b/ä?q=%20+", "http://h", "/a%20b/%C3%A4?q=%20+"),
            ("http://h//x/../y?u=http://o/@", "http://h", "//x/../y?u=http://o/@"),
        ] {
            let read = Url::read(url).unwrap();
            assert_eq!((read.origin.as_str(), read.target.as_str()), (origin, target), "{url}");
        }
    }

    #[test]
    fn what_is_not_of_http_is_said() {
        for (url, reason) in [
            ("wss://h/ws", "it is a websocket"),
            ("data:text/plain,x", "its URL is of data:, not of HTTP"),
            ("blob:http://h/1", "its URL is of blob:, not of HTTP"),
            ("/api/1/ping", "its URL \"/api/1/ping\" has no scheme"),
            ("http:/a", "its URL \"http:/a\" has no host"),
        ] {
            assert_eq!(Url::read(url).unwrap_err(), reason);
        }
    }
}
