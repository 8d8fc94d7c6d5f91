//! Native answers and the bridge's own, as responses.

use bytes::Bytes;
use http::{Extensions, HeaderName, HeaderValue, Method, Response, StatusCode, header};
use hyper::ext::ReasonPhrase;

use crate::{
    forward::{Body, Failure, body::full, headers::ERROR},
    wire::{Answer, Cors, Style, status::reason_phrase},
};

const MIMETYPE: HeaderName = HeaderName::from_static("mimetype");
const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// Makes responses whose headers are spelled as legacy's.
#[derive(Debug)]
pub struct Answers {
    spelling: Extensions,
}

impl Answers {
    /// With a spelling learned by [`super::casing::learn`].
    #[must_use]
    pub fn new(spelling: Extensions) -> Self {
        Self { spelling }
    }

    /// The spelling of header names, for an answer that is made elsewhere.
    #[must_use]
    pub fn spelling(&self) -> Extensions {
        self.spelling.clone()
    }

    /// A handler's answer. To HEAD the same headers, and no body.
    #[must_use]
    pub fn native(&self, answer: Answer, head: bool, cors: &Cors) -> Response<Body> {
        let mut response = self.envelope(answer, head);
        cors.apply(response.headers_mut());
        response
    }

    /// Why there is no answer of legacy's.
    #[must_use]
    pub fn failure(&self, failure: &Failure, head: bool) -> Response<Body> {
        self.own(failure.status().as_u16(), failure.code(), &failure.to_string(), failure.retry_after(), head)
    }

    /// An answer that the bridge itself makes, marked as such, in legacy's envelope.
    #[must_use]
    pub fn own(
        &self,
        status: u16,
        code: &'static str,
        message: &str,
        retry_after: Option<u32>,
        head: bool,
    ) -> Response<Body> {
        let answer = Answer::failure(status, &format!("cutover: {message}"));
        let mut response = self.envelope(answer, head);
        response.headers_mut().insert(ERROR, HeaderValue::from_static(code));
        if let Some(seconds) = retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }

    /// The answer to a request that may go no further (RFC 9110 section 7.6.2): OPTIONS is granted, TRACE is none of ours.
    #[must_use]
    pub fn last_hop(&self, method: &Method) -> Response<Body> {
        if *method != Method::OPTIONS {
            return self.own(501, "max-forwards", "a TRACE that may go no further is not answered here", None, false);
        }
        let mut response = Response::new(full(Bytes::new()));
        *response.extensions_mut() = self.spelling.clone();
        response.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(0));
        response
    }

    fn envelope(&self, answer: Answer, head: bool) -> Response<Body> {
        let length = answer.body.len();
        let mut response = Response::new(full(if head { Bytes::new() } else { answer.body }));
        let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        *response.status_mut() = status;
        *response.extensions_mut() = self.spelling.clone();
        if let Ok(phrase) = ReasonPhrase::try_from(reason_phrase(status)) {
            response.extensions_mut().insert(phrase);
        }
        let headers = response.headers_mut();
        if answer.style == Style::Rest {
            headers.insert(MIMETYPE, JSON);
        }
        headers.insert(header::CONTENT_TYPE, JSON);
        headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
        response
    }
}
