//! Pages of other sites.
//!
//! Browsers send the Origin of a page with whatever could change something, and with what scripts read from elsewhere
//! (RFC 6454). It has to be our own. Newer ones say in `Sec-Fetch-Site` of every request what page it comes from.

use http::{HeaderMap, header};

use super::refusal::Refusal;
use crate::config::Host;

const SITE: &str = "sec-fetch-site";

/// Whether the Origin, where there is one, is that of `host`, over HTTP or, with a proxy in front, HTTPS.
pub(super) fn judge(headers: &HeaderMap, host: &Host) -> Result<(), Refusal> {
    let mut lines = headers.get_all(header::ORIGIN).iter();
    let Some(line) = lines.next() else { return Ok(()) };
    let text = String::from_utf8_lossy(line.as_bytes());
    if lines.next().is_none() && is_own(&text, host) {
        return Ok(());
    }
    let origin = text.chars().filter(|c| !c.is_control()).take(100).collect();
    Err(Refusal::Origin { origin, host: host.clone() })
}

/// `null`, which a sandboxed page has, is nobody's.
fn is_own(origin: &str, host: &Host) -> bool {
    let (rest, port) = match (origin.strip_prefix("http://"), origin.strip_prefix("https://")) {
        (Some(rest), _) => (rest, 80),
        (_, Some(rest)) => (rest, 443),
        _ => return false,
    };
    let Ok(named) = rest.parse::<Host>() else { return false };
    named.name == host.name && named.port.unwrap_or(port) == host.port.unwrap_or(port)
}

/// Whether a browser says that the request is the page's own, or the user's. One that is no browser says nothing.
pub(super) fn judge_site(headers: &HeaderMap) -> Result<(), Refusal> {
    let own = |site: &http::HeaderValue| matches!(site.as_bytes(), b"same-origin" | b"none");
    if headers.get_all(SITE).iter().all(own) { Ok(()) } else { Err(Refusal::Site) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn headers(name: &'static str, values: &[&str]) -> HeaderMap {
        values
            .iter()
            .map(|value| (name.parse().unwrap(), http::HeaderValue::from_bytes(value.as_bytes()).unwrap()))
            .fold(HeaderMap::new(), |mut headers, (name, value): (http::HeaderName, _)| {
                headers.append(name, value);
                headers
            })
    }

    fn may(origin: &str, host: &str) -> bool {
        judge(&headers("origin", &[origin]), &host.parse().unwrap()).is_ok()
    }

    #[test]
    fn a_page_of_this_listener_may_ask_and_one_of_another_may_not() {
        for (origin, host) in [
            ("http://127.0.0.1:4301", "127.0.0.1:4301"),
            ("http://[::1]:4301", "[::1]:4301"),
            ("http://cutover.example", "cutover.example"),
            ("https://cutover.example", "cutover.example"),
            ("https://cutover.example:443", "cutover.example"),
            ("http://cutover.example", "cutover.example:80"),
        ] {
            assert!(may(origin, host), "{origin} {host}");
        }
        for (origin, host) in [
            ("null", "127.0.0.1:4301"),
            ("", "127.0.0.1:4301"),
            ("http://127.0.0.1", "127.0.0.1:4301"),
            ("http://127.0.0.1:4302", "127.0.0.1:4301"),
            ("http://localhost:4301", "127.0.0.1:4301"),
            ("http://evil.example", "127.0.0.1:4301"),
            ("http://127.0.0.1:4301/", "127.0.0.1:4301"),
            ("http://127.0.0.1:4301@evil.example", "127.0.0.1:4301"),
            ("http://evil.example@127.0.0.1:4301", "127.0.0.1:4301"),
            ("http://127.0.0.1:4301 http://evil.example", "127.0.0.1:4301"),
            ("ftp://127.0.0.1:4301", "127.0.0.1:4301"),
            ("127.0.0.1:4301", "127.0.0.1:4301"),
            ("https://cutover.example:80", "cutover.example"),
        ] {
            assert!(!may(origin, host), "{origin} {host}");
        }
        assert!(judge(&HeaderMap::new(), &"a".parse().unwrap()).is_ok(), "no page at all");
        assert!(judge(&headers("origin", &["http://a", "http://a"]), &"a".parse().unwrap()).is_err(), "two of them");
    }

    #[test]
    fn what_a_browser_says_of_the_page_is_believed() {
        for (sites, may) in [
            (&[][..], true),
            (&["same-origin"], true),
            (&["none"], true),
            (&["same-site"], false),
            (&["cross-site"], false),
            (&["none", "cross-site"], false),
            (&["anything"], false),
        ] {
            assert_eq!(judge_site(&headers(SITE, sites)).is_ok(), may, "{sites:?}");
        }
    }

    proptest! {
        #[test]
        fn no_origin_is_ours_but_the_one_of_the_host(text in "(https?://)?(a:1|a|[b-d@:./0-9 ]{0,3}){1,3}") {
            prop_assume!(http::HeaderValue::from_str(&text).is_ok());
            prop_assert_eq!(may(&text, "a:1"), ["http://a:1", "https://a:1"].contains(&text.replace(":01", ":1").as_str()), "{}", text);
        }
    }
}
