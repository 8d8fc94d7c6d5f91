//! The header policy: a request's header lines before and after they are made fit for legacy.

use std::net::{IpAddr, Ipv4Addr};

use http::{HeaderMap, HeaderName, HeaderValue, Version, header};

use super::line;
use crate::forward::{
    Peer,
    headers::{VARIANT, client_address, connection_has, prepare, strip_hop_by_hop, upgrades_to_websocket},
};

const ADDRESS: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 7));
const ENDS_HERE: [&str; 9] = [
    "connection",
    "keep-alive",
    "proxy-connection",
    "proxy-authenticate",
    "proxy-authorization",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];
const OURS: [&str; 5] = ["host", "x-forwarded-for", "x-forwarded-proto", "x-forwarded-host", "via"];

/// What must not cross does not, what is ours is there, and everything else is as it came and in its order.
pub fn run(data: &[u8]) {
    let Some(before) = read(data) else { return };
    let host = HeaderValue::from_static("h:1");
    let listed: Vec<String> = before
        .get_all(header::CONNECTION)
        .iter()
        .flat_map(|line| line.as_bytes().split(|b| *b == b','))
        .map(|token| String::from_utf8_lossy(token.trim_ascii()).to_lowercase())
        .collect();
    for trusted in [false, true] {
        let peer = Peer { address: ADDRESS, trusted };
        let mut after = before.clone();
        prepare(&mut after, peer, &host, Version::HTTP_11);
        for name in after.keys() {
            let name = name.as_str();
            assert!(!ENDS_HERE.contains(&name), "{name} crosses");
            assert!(!name.contains('_') && name != "expect" && name != VARIANT.as_str(), "{name} crosses");
        }
        assert_eq!(after.get_all(header::HOST).iter().collect::<Vec<_>>(), [&host]);
        let chain: Vec<_> = after.get_all("x-forwarded-for").iter().collect();
        assert!(chain.len() == 1 && chain[0].to_str().unwrap().ends_with("192.0.2.7"), "{chain:?}");
        for (name, ours) in [("x-forwarded-proto", "http"), ("x-forwarded-host", "h:1")] {
            let lines: Vec<_> = after.get_all(name).iter().collect();
            assert!(!lines.is_empty());
            assert!(trusted || lines == [ours], "{name}: {lines:?}");
        }
        assert_eq!(after.get_all(header::VIA).iter().next_back().unwrap(), "1.1 cutover");
        // Names and values of the rest, in the order they came in.
        let stays = |name: &HeaderName| {
            let text = name.as_str();
            let kept = ["cookie", "authorization", "content-length"].contains(&text);
            !ENDS_HERE.contains(&text)
                && !OURS.contains(&text)
                && !text.contains('_')
                && text != "expect"
                && text != VARIANT.as_str()
                && (kept || !listed.iter().any(|listed| listed == text))
        };
        let rest = |headers: &HeaderMap| -> Vec<(HeaderName, HeaderValue)> {
            let lines = headers.iter().filter(|(name, _)| stays(name));
            lines.map(|(name, value)| (name.clone(), value.clone())).collect()
        };
        assert_eq!(rest(&after), rest(&before));
        let seen = client_address(&before, peer, |address| address.is_loopback());
        assert!(trusted || seen == ADDRESS);
    }
    let mut once = before.clone();
    strip_hop_by_hop(&mut once);
    let mut twice = once.clone();
    strip_hop_by_hop(&mut twice);
    assert_eq!(once, twice);
    assert!(!upgrades_to_websocket(&before) || connection_has(&before, "upgrade"));
    assert!(!upgrades_to_websocket(&once));
}

/// Lines of `name: value`, up to a hundred.
fn read(mut data: &[u8]) -> Option<HeaderMap> {
    let mut headers = HeaderMap::new();
    for _ in 0..100 {
        let (one, rest) = line(data);
        if let Some(colon) = one.iter().position(|b| *b == b':') {
            let name = HeaderName::from_bytes(&one[..colon]).ok()?;
            headers.append(name, HeaderValue::from_bytes(one[colon + 1..].trim_ascii()).ok()?);
        }
        data = rest;
    }
    Some(headers)
}
