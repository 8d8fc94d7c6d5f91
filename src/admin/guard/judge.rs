//! Everything a request has to be, in order.

use std::net::SocketAddr;

use http::{HeaderMap, Method, header, request::Parts};

use super::{Token, origin, refusal::Refusal};
use crate::config::{Host, names};

/// What a request is judged by.
#[derive(Debug, Clone, Copy)]
pub(super) struct Terms<'a> {
    /// The address of ours that it came to.
    pub(super) local: SocketAddr,
    /// `admin.hosts`
    pub(super) hosts: &'a [Host],
    /// The token, if there is one.
    pub(super) token: Option<&'a Token>,
    /// Whether what is asked for is for everybody: probes, and the dashboard's files, which hold no data.
    pub(super) open: bool,
}

/// Whether a request may go on.
pub(super) fn judge(parts: &Parts, terms: Terms<'_>) -> Result<(), Refusal> {
    let host = names::judge(&parts.headers, &parts.uri, terms.local, terms.hosts)
        .map_err(|misdirected| Refusal::misdirected(misdirected, terms.local))?;
    origin::judge(&parts.headers, &host)?;
    if !terms.open {
        origin::judge_site(&parts.headers)?;
        terms.token.map_or(Ok(()), |token| bearer(&parts.headers, token))?;
    }
    let bodiless = [Method::GET, Method::HEAD, Method::OPTIONS].contains(&parts.method);
    if bodiless || is_json(&parts.headers) { Ok(()) } else { Err(Refusal::NotJson) }
}

/// `Authorization: Bearer TOKEN` (RFC 6750 section 2.1), once.
fn bearer(headers: &HeaderMap, token: &Token) -> Result<(), Refusal> {
    let mut lines = headers.get_all(header::AUTHORIZATION).iter();
    let (Some(line), None) = (lines.next(), lines.next()) else { return Err(Refusal::NoToken) };
    let (scheme, given) = line.as_bytes().split_at_checked(7).ok_or(Refusal::NoToken)?;
    if !scheme.eq_ignore_ascii_case(b"bearer ") {
        return Err(Refusal::NoToken);
    }
    if token.is(given.trim_ascii()) { Ok(()) } else { Err(Refusal::WrongToken) }
}

/// What a form can not send without asking first.
fn is_json(headers: &HeaderMap) -> bool {
    let mut lines = headers.get_all(header::CONTENT_TYPE).iter();
    let (Some(line), None) = (lines.next(), lines.next()) else { return false };
    let kind = line.as_bytes().split(|byte| *byte == b';').next().unwrap_or_default();
    kind.trim_ascii().eq_ignore_ascii_case(b"application/json")
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::*;

    fn judged(method: &str, lines: &[(&str, &str)], open: bool, token: Option<&Token>) -> Option<u16> {
        let request = lines
            .iter()
            .fold(Request::builder().method(method), |request, (name, value)| request.header(*name, *value));
        let parts = request.header("host", "localhost:1").body(()).unwrap().into_parts().0;
        let terms = Terms { local: "127.0.0.1:1".parse().unwrap(), hosts: &[], token, open };
        judge(&parts, terms).err().map(|refusal| refusal.status().as_u16())
    }

    #[test]
    fn a_token_is_asked_for_wherever_there_is_data() {
        let token = Token::of("0123456789abcdef");
        let asked = |lines: &[(&str, &str)]| judged("GET", lines, false, Some(&token));
        assert_eq!(asked(&[("authorization", "Bearer 0123456789abcdef")]), None);
        assert_eq!(asked(&[("authorization", "bearer  0123456789abcdef ")]), None);
        for line in [
            "",
            "Bearer",
            "Bearer ",
            "Bearer 0123456789abcde",
            "Basic 0123456789abcdef",
            "0123456789abcdef",
            "Bearer 0123456789abcdef0",
            "é",
        ] {
            assert_eq!(asked(&[("authorization", line)]), Some(401), "{line}");
        }
        let twice = ("authorization", "Bearer 0123456789abcdef");
        assert_eq!(asked(&[twice, twice]), Some(401));
        assert_eq!(asked(&[]), Some(401));
        assert_eq!(judged("GET", &[], true, Some(&token)), None, "what is for everybody");
        assert_eq!(judged("GET", &[], false, None), None, "no token");
    }

    #[test]
    fn a_request_that_could_change_something_is_json() {
        for (kind, may) in [
            ("application/json", true),
            ("Application/JSON; charset=utf-8", true),
            ("text/plain", false),
            ("text/plain;application/json", false),
            ("application/jsonx", false),
            ("application/x-www-form-urlencoded", false),
            ("multipart/form-data; boundary=application/json", false),
            ("", false),
        ] {
            for method in ["POST", "PUT", "PATCH", "DELETE", "ANYTHING"] {
                assert_eq!(judged(method, &[("content-type", kind)], false, None).is_none(), may, "{method} {kind}");
            }
        }
        assert_eq!(judged("POST", &[], false, None), Some(415));
        assert_eq!(judged("GET", &[], false, None), None);
    }

    #[test]
    fn a_page_of_another_site_may_see_the_dashboards_files_and_no_data() {
        let elsewhere = [("sec-fetch-site", "cross-site")];
        assert_eq!(judged("GET", &elsewhere, true, None), None, "a link that was followed");
        assert_eq!(judged("GET", &elsewhere, false, None), Some(403));
        assert_eq!(judged("GET", &[("origin", "http://evil.example")], true, None), Some(403));
    }
}
