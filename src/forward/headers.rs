//! What crosses the bridge and what ends at it (RFC 9110 section 7.6.1).

use std::net::IpAddr;

use http::{HeaderMap, HeaderName, HeaderValue, Version, header};

/// Fields that a `Connection` line must not take away: they are the request's, or ours.
const NEVER_LISTED: [&str; 7] =
    ["host", "cookie", "authorization", "content-length", "x-forwarded-for", "x-forwarded-proto", "x-forwarded-host"];

/// Asks for a variant; honoured only where switched on.
pub const VARIANT: HeaderName = HeaderName::from_static("x-cutover-variant");
/// Why that variant answered.
pub const REASON: HeaderName = HeaderName::from_static("x-cutover-reason");
/// Marks an answer that the bridge itself made, with what went wrong.
pub const ERROR: HeaderName = HeaderName::from_static("x-cutover-error");

/// Why no handler answered; only where there is no legacy that could.
pub const DETAIL: HeaderName = HeaderName::from_static("x-cutover-detail");

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
const FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");

/// Who is at the other end of a client connection.
#[derive(Debug, Clone, Copy)]
pub struct Peer {
    /// Address of the socket.
    pub address: IpAddr,
    /// Whether its forwarding headers are believed.
    pub trusted: bool,
}

/// Removes what describes one connection only: the fixed set, and every name on every `Connection` line.
pub fn strip_hop_by_hop(headers: &mut HeaderMap) {
    let listed = listed(headers);
    drop_fields(headers, |name| is_hop_by_hop(name) || listed.contains(name));
}

/// What the `Connection` lines name.
fn listed(headers: &HeaderMap) -> Vec<HeaderName> {
    if !headers.contains_key(header::CONNECTION) {
        return Vec::new();
    }
    tokens(headers, &header::CONNECTION)
        .filter_map(|name| HeaderName::from_bytes(name).ok())
        .filter(|name| may_be_listed(name.as_str().as_bytes()))
        .collect()
}

/// Whether a `Connection` line may take a field of this name away.
pub(super) fn may_be_listed(name: &[u8]) -> bool {
    !NEVER_LISTED.iter().any(|never| never.as_bytes().eq_ignore_ascii_case(name))
}

/// Whether a field describes one connection, whether a `Connection` line names it or not. Trailers are not relayed, so none
/// may be announced.
fn is_hop_by_hop(name: &HeaderName) -> bool {
    matches!(
        name.as_str(),
        "connection"
            | "keep-alive"
            | "proxy-connection"
            | "proxy-authenticate"
            | "proxy-authorization"
            | "te"
            | "trailer"
            | "transfer-encoding"
            | "upgrade"
    )
}

/// Removes fields and leaves the others in their order, which [`HeaderMap::remove`] does not.
pub(super) fn drop_fields(headers: &mut HeaderMap, unwanted: impl Fn(&HeaderName) -> bool) {
    if !headers.keys().any(&unwanted) {
        return;
    }
    let mut kept = HeaderMap::with_capacity(headers.len());
    let mut field = None;
    for (name, value) in std::mem::take(headers) {
        // Of several lines of a field only the first comes with the name.
        field = name.or(field);
        if let Some(name) = field.as_ref().filter(|name| !unwanted(name)) {
            kept.append(name, value);
        }
    }
    *headers = kept;
}

/// Makes a client's headers fit for legacy. `host` is the authority the request was sent to.
///
/// Names with an underscore are dropped: WSGI servers fold `-` and `_` into one, so `X_Forwarded_Proto` would pass for
/// ours. `Expect` is answered by the bridge itself when the body is first wanted. `version` is the one the client spoke.
pub fn prepare(headers: &mut HeaderMap, peer: Peer, host: &HeaderValue, version: Version) {
    let listed = listed(headers);
    drop_fields(headers, |name| {
        is_hop_by_hop(name)
            || listed.contains(name)
            || name == header::EXPECT
            || name.as_str().contains('_')
            || name == VARIANT
    });
    headers.insert(header::HOST, host.clone());
    let chain = joined(headers, &FORWARDED_FOR)
        .map_or_else(|| peer.address.to_string(), |so_far| format!("{so_far}, {}", peer.address));
    if let Ok(chain) = HeaderValue::from_str(&chain) {
        headers.insert(FORWARDED_FOR, chain);
    }
    if !peer.trusted || !headers.contains_key(FORWARDED_PROTO) {
        headers.insert(FORWARDED_PROTO, HeaderValue::from_static("http"));
    }
    if !peer.trusted || !headers.contains_key(FORWARDED_HOST) {
        headers.insert(FORWARDED_HOST, host.clone());
    }
    // RFC 9110 section 7.6.3: a gateway says so in each request it passes on, and in which version it got it.
    let via = if version == Version::HTTP_10 { "1.0 cutover" } else { "1.1 cutover" };
    headers.append(header::VIA, HeaderValue::from_static(via));
}

/// The client's address: the peer's, or where the peer is trusted the last untrusted one of the chain.
#[must_use]
pub fn client_address(headers: &HeaderMap, peer: Peer, trusted: impl Fn(IpAddr) -> bool) -> IpAddr {
    if !peer.trusted {
        return peer.address;
    }
    let chain = joined(headers, &FORWARDED_FOR).unwrap_or_default();
    let mut client = peer.address;
    for hop in chain.rsplit(',') {
        let Ok(address) = hop.trim().parse() else { break };
        client = address;
        if !trusted(address) {
            break;
        }
    }
    client
}

/// All lines of a field as one, in order.
fn joined(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    let lines: Vec<&str> = headers.get_all(name).iter().filter_map(|line| line.to_str().ok()).collect();
    (!lines.is_empty()).then(|| lines.join(", "))
}

/// The members of a field that is a list, over all its lines. They are bytes: one line that is no text must not hide
/// what else is listed.
fn tokens<'h>(headers: &'h HeaderMap, name: &HeaderName) -> impl Iterator<Item = &'h [u8]> {
    let lines = headers.get_all(name).iter();
    lines.flat_map(|line| line.as_bytes().split(|b| *b == b',')).map(<[u8]>::trim_ascii)
}

/// Whether a `Connection` line, whichever, in whatever case and order, has this token.
#[must_use]
pub fn connection_has(headers: &HeaderMap, token: &str) -> bool {
    tokens(headers, &header::CONNECTION).any(|name| name.eq_ignore_ascii_case(token.as_bytes()))
}

/// Whether a message asks for, or grants, an upgrade to websockets.
#[must_use]
pub fn upgrades_to_websocket(headers: &HeaderMap) -> bool {
    connection_has(headers, "upgrade")
        && tokens(headers, &header::UPGRADE).any(|token| token.eq_ignore_ascii_case(b"websocket"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const PEER: Peer = Peer { address: IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 7)), trusted: false };

    proptest! {
        #[test]
        fn no_connection_line_takes_our_own_headers_away(listed in proptest::collection::vec("[a-zA-Z-]{1,20}|[Xx]-[Ff]orwarded-[Ff]or|[Hh]ost|x-forwarded-proto|cookie", 0..6)) {
            let mut headers = HeaderMap::new();
            headers.insert("cookie", HeaderValue::from_static("a=b"));
            for name in &listed {
                headers.append(header::CONNECTION, HeaderValue::from_str(name).unwrap());
            }
            prepare(&mut headers, PEER, &HeaderValue::from_static("h:1"), Version::HTTP_11);
            prop_assert_eq!(&headers["host"], "h:1");
            prop_assert_eq!(&headers["x-forwarded-for"], "192.0.2.7");
            prop_assert_eq!(&headers["x-forwarded-proto"], "http");
            prop_assert_eq!(&headers["cookie"], "a=b");
            prop_assert!(!headers.contains_key(header::CONNECTION));
        }
    }

    #[test]
    fn a_client_address_is_believed_from_trusted_peers_only() {
        let mut headers = HeaderMap::new();
        headers.append("x-forwarded-for", HeaderValue::from_static("203.0.113.9, 10.0.0.2"));
        let inside = |address: IpAddr| address.to_string().starts_with("10.");
        assert_eq!(client_address(&headers, PEER, inside).to_string(), "192.0.2.7");
        let trusted = Peer { address: "10.0.0.1".parse().unwrap(), trusted: true };
        assert_eq!(client_address(&headers, trusted, inside).to_string(), "203.0.113.9");
    }
}
