//! A host as URLs, Host headers and Origins write it (RFC 3986 section 3.2.2): a name or an address, perhaps a port.

use std::{
    fmt,
    net::{IpAddr, Ipv6Addr},
    str::FromStr,
};

use serde::{Deserialize, Deserializer, de::Error as _};

/// A host, perhaps with a port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Host {
    /// The name or address.
    pub name: HostName,
    /// The port, if one was written.
    pub port: Option<u16>,
}

/// What a host is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HostName {
    /// An address; one of IPv4 that is written as one of IPv6 is the former.
    Address(IpAddr),
    /// A name, in lower case.
    Word(String),
}

/// It is no host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoHost;

impl Host {
    /// Whether another one is meant by this one: the same name, and the same port where this one has one.
    #[must_use]
    pub fn allows(&self, other: &Self) -> bool {
        self.name == other.name && (self.port.is_none() || self.port == other.port)
    }
}

impl FromStr for Host {
    type Err = NoHost;

    fn from_str(text: &str) -> Result<Self, NoHost> {
        if let Some(rest) = text.strip_prefix('[') {
            let (inside, after) = rest.split_once(']').ok_or(NoHost)?;
            let address: Ipv6Addr = inside.parse().map_err(|_| NoHost)?;
            let port = match after.strip_prefix(':') {
                Some(digits) => Some(port(digits)?),
                None if after.is_empty() => None,
                None => return Err(NoHost),
            };
            return Ok(Self { name: HostName::Address(IpAddr::V6(address).to_canonical()), port });
        }
        let (name, port) = match text.split_once(':') {
            Some((name, digits)) => (name, Some(port(digits)?)),
            None => (text, None),
        };
        Ok(Self { name: word(name)?, port })
    }
}

/// Decimal digits and nothing else; `parse` alone takes a plus.
fn port(digits: &str) -> Result<u16, NoHost> {
    let plain = digits.bytes().all(|byte| byte.is_ascii_digit());
    digits.parse().ok().filter(|_| plain).ok_or(NoHost)
}

/// Letters, digits, dots, dashes and underscores: what names in use have. Whatever else a URL allows is refused.
fn word(name: &str) -> Result<HostName, NoHost> {
    if let Ok(address) = name.parse::<std::net::Ipv4Addr>() {
        return Ok(HostName::Address(address.into()));
    }
    let known = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    let plain = !name.is_empty() && name.len() <= 253 && name.bytes().all(known);
    plain.then(|| HostName::Word(name.to_ascii_lowercase())).ok_or(NoHost)
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.name {
            HostName::Address(IpAddr::V6(address)) => write!(f, "[{address}]")?,
            HostName::Address(IpAddr::V4(address)) => write!(f, "{address}")?,
            HostName::Word(name) => f.write_str(name)?,
        }
        self.port.map_or(Ok(()), |port| write!(f, ":{port}"))
    }
}

impl<'de> Deserialize<'de> for Host {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(|NoHost| D::Error::custom(format!("{text:?} is no host")))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_host_is_a_name_or_an_address_and_perhaps_a_port() {
        for (text, shown) in [
            ("localhost", "localhost"),
            ("LocalHost:4301", "localhost:4301"),
            ("127.0.0.1:80", "127.0.0.1:80"),
            ("[::1]", "[::1]"),
            ("[0:0::1]:4301", "[::1]:4301"),
            ("[::ffff:127.0.0.1]:1", "127.0.0.1:1"),
            ("a_b-c.example", "a_b-c.example"),
            ("127.1", "127.1"),
        ] {
            assert_eq!(text.parse::<Host>().map(|host| host.to_string()).as_deref(), Ok(shown), "{text}");
        }
        for text in [
            "",
            ":80",
            "a:",
            "a:+1",
            "a:65536",
            "a:1:2",
            "::1",
            "[::1",
            "[::1]x",
            "[::1]:",
            "[]",
            "[a]",
            "u@a",
            "a/b",
            "a b",
            "a?",
            "a#",
            "ä",
            "a%41",
            "http://a",
            "a,b",
            "a\t",
            "[fe80::1%25eth0]",
        ] {
            assert_eq!(text.parse::<Host>(), Err(NoHost), "{text}");
        }
    }

    proptest! {
        #[test]
        fn whatever_is_taken_for_a_host_is_shown_so_that_it_is_the_same_again(text in "[\\[\\]a-cA-C0-9.:@%/-]{0,24}|\\PC{0,12}") {
            if let Ok(host) = text.parse::<Host>() {
                prop_assert_eq!(host.to_string().parse::<Host>(), Ok(host));
            }
        }
    }
}
