//! The bounds of one client connection.

use std::time::Duration;

use crate::config::settings::Listen;

/// Bounds, each with what it does not bound.
#[derive(Debug, Clone)]
pub struct Limits {
    /// For a request's head, from its first byte (or from the accept). Not for the body, nor for the answer.
    pub header_timeout: Option<Duration>,
    /// Between requests. Not while a request is being answered.
    pub keep_alive_timeout: Option<Duration>,
    /// While the client takes no byte of an answer. Not a slow client that takes some.
    pub write_timeout: Option<Duration>,
    /// Bytes of the request line.
    pub target: usize,
    /// Bytes of the head in all.
    pub head: usize,
    /// Header lines.
    pub headers: usize,
    /// Bytes of a body announced by `Content-Length`. A chunked one is counted as it comes.
    pub body: Option<u64>,
}

impl Limits {
    /// Takes them from the configuration.
    #[must_use]
    pub fn of(listen: &Listen) -> Self {
        Self {
            header_timeout: listen.header_timeout,
            keep_alive_timeout: listen.keep_alive_timeout,
            write_timeout: listen.write_timeout,
            target: listen.max_target,
            head: listen.max_header_bytes.map_or(usize::MAX, |bytes| usize::try_from(bytes).unwrap_or(usize::MAX)),
            headers: listen.max_headers,
            body: listen.max_body,
        }
    }
}
