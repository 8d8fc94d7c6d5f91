//! Why there is no response, with what was being done.

use std::{fmt, io, time::Duration};

use thiserror::Error;

/// How far an exchange was when it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Doing {
    /// The connection was not there yet.
    Connecting,
    /// The request was sent, or was being sent, and no byte of a response had come.
    Waiting,
    /// So many bytes of the response's head had come.
    Head(u64),
    /// So many bytes of its body had come, of this many where that was said.
    Body(u64, Option<u64>),
}

impl fmt::Display for Doing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Connecting => f.write_str("before there was a connection"),
            Self::Waiting => f.write_str("before the first byte of an answer"),
            Self::Head(bytes) => write!(f, "after {bytes} bytes of the answer's head"),
            Self::Body(bytes, Some(length)) => write!(f, "after {bytes} of {length} bytes of the answer's body"),
            Self::Body(bytes, None) => write!(f, "after {bytes} bytes of the answer's body, whose end had not come"),
        }
    }
}

/// Why there is no response. None of these holds a header or a body: there may be secrets in them.
#[derive(Debug, Error)]
pub enum ClientError {
    /// The URL is none that can be asked.
    #[error("{url:?} can not be asked: {why}")]
    Url {
        /// The URL.
        url: String,
        /// Why, and what to do.
        why: String,
    },
    /// The request can not be written as it is given.
    #[error("the request can not be sent as it was recorded: {0}")]
    Unsendable(String),
    /// There is no connection.
    #[error("can not connect to {authority}: {source}")]
    Connect {
        /// Host and port.
        authority: String,
        /// What the system said.
        source: io::Error,
    },
    /// The deadline passed.
    #[error("not done within {deadline:?}; it passed {doing}")]
    TimedOut {
        /// The deadline of the request.
        deadline: Duration,
        /// What was being done.
        doing: Doing,
    },
    /// The connection ended too early.
    #[error("the connection to {authority} broke off {doing}{}", because(.source.as_ref()))]
    BrokeOff {
        /// Host and port.
        authority: String,
        /// What was being done.
        doing: Doing,
        /// What the system said, if it was more than an orderly end.
        source: Option<io::Error>,
    },
    /// What came is no HTTP/1 response.
    #[error("{authority} answered, but not in HTTP/1: {why}")]
    NotHttp {
        /// Host and port.
        authority: String,
        /// What is wrong with it.
        why: String,
    },
    /// The head, or the trailers, are longer than what is read.
    #[error("the answer's head is longer than {0} bytes")]
    HeadTooLarge(usize),
    /// The body is longer than what is read.
    #[error("the answer's body is longer than {0} bytes")]
    BodyTooLarge(usize),
}

fn because(source: Option<&io::Error>) -> String {
    source.map(|error| format!(": {error}")).unwrap_or_default()
}
