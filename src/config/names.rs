//! The names a listener goes by.
//!
//! A page can make a name of its own lead to an address of this machine (DNS rebinding), and then asks as from the same
//! origin. Its Host gives it away: it is the page's name, and not one of ours.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use http::{HeaderMap, Uri, header};

use super::{Host, HostName};

/// Port that a Host without one means.
const PLAIN: u16 = 80;

/// A request that is not for this listener.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Misdirected {
    /// No Host, two of them, one that is none, or another one than the target's.
    NoHost,
    /// A Host that is not ours.
    Other(Host),
}

/// The Host of a request to `local`, if it is ours: a loopback name or the address itself, with its port, or one of
/// `further`.
///
/// # Errors
/// It is not.
pub fn judge(headers: &HeaderMap, uri: &Uri, local: SocketAddr, further: &[Host]) -> Result<Host, Misdirected> {
    let given = of(headers, uri).ok_or(Misdirected::NoHost)?;
    if is_own(&given, local) || further.iter().any(|known| known.allows(&given)) {
        Ok(given)
    } else {
        Err(Misdirected::Other(given))
    }
}

/// The address of a listener, as a Host.
#[must_use]
pub fn own(local: SocketAddr) -> Host {
    Host { name: HostName::Address(local.ip().to_canonical()), port: Some(local.port()) }
}

/// The one Host of a request. A target with a host of its own (RFC 9112 section 3.2.2) has to have the same one.
fn of(headers: &HeaderMap, uri: &Uri) -> Option<Host> {
    let mut lines = headers.get_all(header::HOST).iter();
    let (Some(line), None) = (lines.next(), lines.next()) else { return None };
    let host: Host = line.to_str().ok()?.parse().ok()?;
    match uri.authority() {
        Some(authority) => authority.as_str().parse().ok().filter(|named| *named == host),
        None => Some(host),
    }
}

fn is_own(given: &Host, local: SocketAddr) -> bool {
    let own = match &given.name {
        HostName::Address(address) => {
            [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST), local.ip().to_canonical()]
                .contains(address)
        }
        HostName::Word(name) => name == "localhost",
    };
    own && given.port.unwrap_or(PLAIN) == local.port()
}

#[cfg(test)]
mod tests {
    use http::{Request, request::Parts};
    use proptest::prelude::*;

    use super::*;

    fn parts(target: &str, hosts: &[&str]) -> Parts {
        let request = hosts.iter().fold(Request::get(target), |request, host| request.header(header::HOST, *host));
        request.body(()).unwrap().into_parts().0
    }

    fn asked(host: &str, local: &str, further: &[&str]) -> Result<Host, Misdirected> {
        let further: Vec<Host> = further.iter().map(|host| host.parse().unwrap()).collect();
        let parts = parts("/", &[host]);
        judge(&parts.headers, &parts.uri, local.parse().unwrap(), &further)
    }

    #[test]
    fn loopback_names_the_address_itself_and_the_names_that_were_given_are_ours() {
        for host in ["127.0.0.1:4301", "localhost:4301", "LOCALHOST:4301", "[::1]:4301", "10.1.2.3:4301"] {
            assert!(asked(host, "10.1.2.3:4301", &[]).is_ok(), "{host}");
        }
        assert!(asked("localhost", "127.0.0.1:80", &[]).is_ok(), "the port that needs no saying");
        assert!(asked("10.1.2.3:1", "[::ffff:10.1.2.3]:1", &[]).is_ok(), "one of IPv4 on a socket for both");
        let further = ["cutover.example", "localhost:9000"];
        for host in ["cutover.example", "cutover.example:1", "Cutover.Example:4301", "localhost:9000"] {
            assert!(asked(host, "127.0.0.1:4301", &further).is_ok(), "{host}");
        }
    }

    #[test]
    fn another_name_port_or_address_is_not_ours() {
        for host in [
            "evil.example:4301",
            "localhost:4302",
            "localhost",
            "127.0.0.2:4301",
            "localhost.evil.example:4301",
            "localhost.:4301",
            "cutover.example.evil:4301",
        ] {
            let refused = asked(host, "127.0.0.1:4301", &["cutover.example"]).unwrap_err();
            assert_eq!(refused, Misdirected::Other(host.parse().unwrap()), "{host}");
        }
    }

    #[test]
    fn a_host_that_is_missing_doubled_none_or_not_the_targets_is_none() {
        let local = "127.0.0.1:1".parse().unwrap();
        for (target, hosts) in [
            ("/", &[][..]),
            ("/", &["127.0.0.1:1", "127.0.0.1:1"]),
            ("/", &["evil@127.0.0.1:1"]),
            ("/", &[""]),
            ("http://evil.example/", &["127.0.0.1:1"]),
            ("http://evil@127.0.0.1:1/", &["127.0.0.1:1"]),
        ] {
            let parts = parts(target, hosts);
            let refused = judge(&parts.headers, &parts.uri, local, &[]).unwrap_err();
            assert_eq!(refused, Misdirected::NoHost, "{target} {hosts:?}");
        }
        let parts = parts("http://127.0.0.1:1/", &["127.0.0.1:1"]);
        assert!(judge(&parts.headers, &parts.uri, local, &[]).is_ok());
    }

    proptest! {
        #[test]
        fn only_what_is_written_as_one_of_our_names_is_ours(text in "(localhost|127\\.0\\.0\\.1|\\[::1\\]|[a-zL@.:0-9\\[\\]%]{0,12}){1,2}(:[0-9]{1,5})?") {
            prop_assume!(http::HeaderValue::from_str(&text).is_ok());
            let own = ["localhost:4301", "127.0.0.1:4301", "[::1]:4301"];
            let taken = asked(&text, "127.0.0.1:4301", &[]).is_ok();
            // Leading zeros of a port are the same port to every parser.
            let plain = text.to_ascii_lowercase().replace(":04301", ":4301");
            prop_assert_eq!(taken, own.contains(&plain.as_str()), "{}", text);
        }
    }
}
