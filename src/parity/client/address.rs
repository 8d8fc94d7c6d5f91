//! Where a URL leads.

use http::Uri;

use super::ClientError;

/// The host and port of an `http://` URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Address {
    host: String,
    port: Option<u16>,
}

impl Address {
    /// Reads a URL: scheme, host, port, and nothing more, for every request brings its own target.
    pub(super) fn of(url: &str) -> Result<Self, ClientError> {
        let refused = |why: &str| ClientError::Url { url: url.to_owned(), why: why.to_owned() };
        let uri: Uri = url.parse().map_err(|error: http::uri::InvalidUri| refused(&error.to_string()))?;
        match uri.scheme_str() {
            Some("http") => {}
            Some("https") => {
                return Err(refused(
                    "only http:// is spoken here, which keeps every byte as it was recorded; give the address behind \
                     the TLS proxy, or put a proxy in between that takes http:// and speaks TLS to it",
                ));
            }
            _ => return Err(refused("write it as http://HOST:PORT")),
        }
        if !matches!(uri.path_and_query().map(http::uri::PathAndQuery::as_str), None | Some("/")) {
            return Err(refused("every request brings its own path; write it as http://HOST:PORT"));
        }
        let authority = uri.authority().ok_or_else(|| refused("it has no host"))?;
        if authority.as_str().contains('@') {
            return Err(refused("a name and password in it are sent nowhere; leave them out"));
        }
        if authority.host().is_empty() {
            return Err(refused("it has no host"));
        }
        // A port that is no port (`host:`, `host:99999`) is one that http gives as none.
        let port = authority.port_u16();
        if port.is_none() && authority.as_str() != authority.host() {
            return Err(refused("its port is none"));
        }
        Ok(Self { host: authority.host().to_owned(), port })
    }

    /// What to connect to: `HOST:PORT`.
    pub(super) fn socket(&self) -> String {
        format!("{}:{}", self.host, self.port.unwrap_or(80))
    }

    /// The value of a Host header, as clients write it: without a port that needs no saying.
    pub(super) fn host(&self) -> String {
        self.port.map_or_else(|| self.host.clone(), |port| format!("{}:{port}", self.host))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_a_scheme_a_host_and_a_port_and_anything_else_is_refused_with_a_remedy() {
        let of = |url: &str| Address::of(url).map(|address| (address.socket(), address.host()));
        for (url, socket, host) in [
            ("http://127.0.0.1:4242", "127.0.0.1:4242", "127.0.0.1:4242"),
            ("http://legacy/", "legacy:80", "legacy"),
            ("HTTP://[::1]:1", "[::1]:1", "[::1]:1"),
        ] {
            assert_eq!(of(url).unwrap(), (socket.to_owned(), host.to_owned()), "{url}");
        }
        for (url, said) in [
            ("https://x", "put a proxy in between"),
            ("http://x/api", "http://HOST:PORT"),
            ("http://x?a=1", "http://HOST:PORT"),
            ("127.0.0.1:80", "http://HOST:PORT"),
            ("/x", "http://HOST:PORT"),
            ("ftp://x", "http://HOST:PORT"),
            ("http://x:", "port"),
            ("http://x:99999", "port"),
            ("http://u:p@x", "leave them out"),
            ("", "empty"),
        ] {
            let error = of(url).unwrap_err().to_string();
            assert!(error.contains(said), "{error}");
        }
    }
}
