//! Proxies by the variables of the environment, as `requests` 2.32 honours them: `http_proxy`, `https_proxy`, `all_proxy`
//! and `no_proxy`, the spelling in lower case first. The rules are those of `requests.utils.should_bypass_proxies`,
//! of `select_proxy` beside it, and of `urllib.request.getproxies_environment` and `proxy_bypass_environment` of Python's
//! library, which it asks.

use std::{fmt, net::Ipv4Addr};

use ipnet::Ipv4Net;
use reqwest::Url;

use super::Failure;

/// The variables that say how the network is reached.
#[derive(Clone, Default)]
pub struct Environment(Vec<(String, String)>);

impl Environment {
    /// That of this process.
    #[must_use]
    pub fn of_the_process() -> Self {
        // One that is no UTF-8 is none that names a host.
        std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect()
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }

    /// The proxy for an address, if it is reached by one.
    ///
    /// # Errors
    /// What is named can not be one. A SOCKS proxy is one of these: `requests` needs a further package for it, which
    /// legacy does not have.
    pub fn proxy(&self, url: &Url) -> Result<Option<Url>, Failure> {
        let Some(host) = url.host_str().map(|host| host.trim_matches(['[', ']'])) else { return Ok(None) };
        if self.is_bypassed(host, url.port()) {
            return Ok(None);
        }
        let Some(named) = self.named(url.scheme()).or_else(|| self.named("all")) else { return Ok(None) };
        let wrong = || Failure::Misconfigured(format!("the proxy that is named for {} is none", url.scheme()));
        let full = if named.contains("://") { named.to_owned() } else { format!("http://{named}") };
        let proxy = Url::parse(&full).map_err(|_| wrong())?;
        match proxy.scheme() {
            "http" | "https" if proxy.host_str().is_some_and(|host| !host.is_empty()) => Ok(Some(proxy)),
            _ => Err(wrong()),
        }
    }

    /// What the environment has for `<name>_proxy`. Lower case wins, and there nothing is nothing.
    fn named(&self, name: &str) -> Option<&str> {
        let lower = format!("{name}_proxy");
        if let Some(value) = self.get(&lower) {
            return Some(value).filter(|value| !value.is_empty());
        }
        // A CGI script has HTTP_PROXY from whoever sends it a header of that name (CVE-2016-1000110).
        if name == "http" && self.get("REQUEST_METHOD").is_some() {
            return None;
        }
        let mut any = self.0.iter().filter(|(other, value)| other.eq_ignore_ascii_case(&lower) && !value.is_empty());
        any.next_back().map(|(_, value)| value.as_str())
    }

    fn is_bypassed(&self, host: &str, port: Option<u16>) -> bool {
        let not_empty = |name: &str| self.get(name).filter(|value| !value.is_empty());
        let listed = not_empty("no_proxy").or_else(|| not_empty("NO_PROXY")).unwrap_or_default().replace(' ', "");
        let mut listed = listed.split(',').filter(|entry| !entry.is_empty());
        let by_requests = match host.parse::<Ipv4Addr>() {
            Ok(address) => listed.any(|entry| match entry.parse::<Ipv4Net>() {
                Ok(network) if network.prefix_len() > 0 => network.contains(&address),
                _ => entry == host,
            }),
            Err(_) => {
                let with_port = port.map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
                listed.any(|entry| host.ends_with(entry) || with_port.ends_with(entry))
            }
        };
        by_requests || self.is_bypassed_by_urllib(host)
    }

    fn is_bypassed_by_urllib(&self, host: &str) -> bool {
        let Some(listed) = self.named("no") else { return false };
        let host = host.to_ascii_lowercase();
        let mut names = listed.split(',').map(|name| name.trim().trim_start_matches('.').to_ascii_lowercase());
        listed == "*" || names.any(|name| !name.is_empty() && (host == name || host.ends_with(&format!(".{name}"))))
    }
}

impl FromIterator<(String, String)> for Environment {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(variables: I) -> Self {
        let wanted = |name: &str| {
            let of_a_proxy = name.len() > 6 && name.as_bytes()[name.len() - 6..].eq_ignore_ascii_case(b"_proxy");
            of_a_proxy || ["REQUEST_METHOD", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"].contains(&name)
        };
        Self(variables.into_iter().filter(|(name, _)| wanted(name)).collect())
    }
}

/// Names only: a proxy may be named with a password.
impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(name, _)| name)).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(variables: &[(&str, &str)]) -> Environment {
        variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    fn proxy(variables: &[(&str, &str)], url: &str) -> Result<Option<String>, Failure> {
        let found = environment(variables).proxy(&Url::parse(url).unwrap());
        found.map(|proxy| proxy.map(|proxy| proxy.to_string()))
    }

    #[test]
    fn a_proxy_is_that_of_the_scheme_or_that_of_all_and_lower_case_wins() {
        let of = |variables: &[(&str, &str)]| proxy(variables, "https://api.github.com/").unwrap();
        assert_eq!(of(&[]), None);
        assert_eq!(of(&[("http_proxy", "http://a:1")]), None, "that of another scheme");
        assert_eq!(of(&[("HTTPS_PROXY", "a:1"), ("all_proxy", "b:1")]).as_deref(), Some("http://a:1/"));
        assert_eq!(of(&[("HTTPS_PROXY", "a:1"), ("https_proxy", "b:1")]).as_deref(), Some("http://b:1/"));
        assert_eq!(of(&[("HTTPS_PROXY", "a:1"), ("https_proxy", "")]), None, "nothing in lower case is nothing");
        assert_eq!(of(&[("All_Proxy", "http://u:p@a:1")]).as_deref(), Some("http://u:p@a:1/"));
        let cgi = [("HTTP_PROXY", "a:1"), ("REQUEST_METHOD", "GET")];
        assert_eq!(proxy(&cgi, "http://x/").unwrap(), None);
    }

    #[test]
    fn what_can_be_no_proxy_is_said_and_its_password_is_not() {
        for named in ["socks5://u:s3cret@a:1", "ftp://a", "http://", "http://a:99999"] {
            let failure = proxy(&[("all_proxy", named)], "https://x/").unwrap_err();
            assert_eq!(failure.to_string(), "the proxy that is named for https is none", "{named}");
        }
        assert!(!format!("{:?}", environment(&[("all_proxy", "http://u:s3cret@a")])).contains("s3cret"));
    }

    #[test]
    fn hosts_that_are_named_for_none_are_asked_without_one() {
        for (listed, url, bypassed) in [
            ("github.com", "https://api.github.com/", true),
            (".github.com", "https://api.github.com/", true),
            ("hub.com", "https://api.github.com/", true), // requests looks at the end of a name, wherever it begins
            ("gitlab.com, github.com", "https://api.github.com/", true),
            ("api.github.com:8443", "https://api.github.com:8443/", true),
            ("api.github.com:8443", "https://api.github.com/", false),
            ("*", "https://api.github.com/", true),
            ("*,x", "https://api.github.com/", false),
            ("API.GITHUB.COM", "https://api.github.com/", true),
            ("10.0.0.0/8", "http://10.1.2.3/", true),
            ("10.0.0.0/0", "http://10.1.2.3/", false),
            ("10.1.2.3", "http://10.1.2.3/", true),
            ("1.2.4", "http://10.1.2.3/", false),
            ("2.3", "http://10.1.2.3/", true), // and urllib at whole labels, of an address as well
            ("::1", "http://[::1]:9/", true),
            ("", "http://localhost/", false),
        ] {
            let variables = [("all_proxy", "p:1"), ("no_proxy", listed)];
            assert_eq!(proxy(&variables, url).unwrap().is_none(), bypassed, "{listed:?} for {url}");
        }
        let upper = [("ALL_PROXY", "p:1"), ("no_proxy", ""), ("NO_PROXY", "x")];
        assert_eq!(proxy(&upper, "http://x/").unwrap(), None, "an empty one in lower case is passed over by requests");
    }
}
