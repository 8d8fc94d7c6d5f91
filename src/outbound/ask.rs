//! A question.

use std::fmt;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use reqwest::Url;

use super::Failure;

/// Largest answer, unless the question says otherwise.
const LARGEST: usize = 4 << 20;

/// A question to a service. Path, query, headers and body may have keys in them, and are never shown.
#[derive(Clone)]
pub struct Ask {
    /// What it is for, in logs.
    pub what: &'static str,
    /// Whether it may be asked again without harm.
    pub idempotent: bool,
    /// Largest answer that is taken.
    pub largest: usize,
    pub(super) method: Method,
    path: String,
    query: Vec<(String, String)>,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

impl Ask {
    fn new(what: &'static str, method: Method, path: &str, body: Bytes) -> Self {
        Self {
            what,
            idempotent: method.is_idempotent(),
            largest: LARGEST,
            method,
            path: path.to_owned(),
            query: Vec::new(),
            headers: HeaderMap::new(),
            body,
        }
    }

    /// A GET of a path below the service's address, as in `/repos/rotki/rotki`.
    #[must_use]
    pub fn get(what: &'static str, path: &str) -> Self {
        Self::new(what, Method::GET, path, Bytes::new())
    }

    /// A POST. It is not retried, unless it is [`Ask::repeatable`].
    #[must_use]
    pub fn post(what: &'static str, path: &str, body: impl Into<Bytes>) -> Self {
        Self::new(what, Method::POST, path, body.into())
    }

    /// It changes nothing over there, whatever its method: a JSON-RPC call that reads, for instance.
    #[must_use]
    pub fn repeatable(self) -> Self {
        Self { idempotent: true, ..self }
    }

    /// Takes an answer of so many bytes at most.
    #[must_use]
    pub fn at_most(self, largest: usize) -> Self {
        Self { largest, ..self }
    }

    /// With an argument of the query.
    #[must_use]
    pub fn query(mut self, name: &str, value: &str) -> Self {
        self.query.push((name.to_owned(), value.to_owned()));
        self
    }

    /// With a header.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    /// With a header that is nobody's business, as a key.
    #[must_use]
    pub fn secret(self, name: HeaderName, mut value: HeaderValue) -> Self {
        value.set_sensitive(true);
        self.header(name, value)
    }

    /// Its address below a base.
    pub(super) fn url(&self, base: &str) -> Result<Url, Failure> {
        let mut url = Url::parse(&format!("{base}{}", self.path))
            .map_err(|error| Failure::Misconfigured(format!("its address is none: {error}")))?;
        if !self.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&self.query);
        }
        Ok(url)
    }
}

impl fmt::Debug for Ask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ask").field("what", &self.what).field("method", &self.method).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_put_together_of_base_path_and_query() {
        let ask = Ask::get("prices", "/v1/prices").query("ids", "a,b & c").query("key", "s3cret");
        let url = ask.url("http://127.0.0.1:1/api").unwrap();
        assert_eq!(url.as_str(), "http://127.0.0.1:1/api/v1/prices?ids=a%2Cb+%26+c&key=s3cret");
        assert!(matches!(ask.url("nowhere"), Err(Failure::Misconfigured(_))));
    }

    #[test]
    fn what_may_be_a_secret_is_not_shown() {
        let header = HeaderValue::from_static("s3cret");
        let ask = Ask::post("order", "/s3cret", "s3cret").query("key", "s3cret").secret(http::header::COOKIE, header);
        assert!(!format!("{ask:?} {:?}", ask.headers).contains("s3cret"), "{ask:?}");
    }

    #[test]
    fn only_what_does_no_harm_is_asked_twice() {
        assert!(Ask::get("prices", "/").idempotent);
        assert!(!Ask::post("order", "/", "").idempotent);
        assert!(Ask::post("eth_call", "/", "{}").repeatable().idempotent);
    }
}
