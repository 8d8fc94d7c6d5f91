//! What legacy's CORS configuration makes of an Origin, learned from its own answers.
//!
//! Legacy adds the same CORS headers to every answer of the API, whatever its status, and they depend on the request's
//! Origin alone. So an answer that passes by says what a native answer to the same Origin must carry, however legacy
//! was started, and nothing has to be configured twice.

use http::{HeaderMap, HeaderValue, header};

/// The CORS headers of answers to one Origin.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Cors {
    /// `Access-Control-Allow-Origin`.
    pub allow_origin: Option<HeaderValue>,
    /// `Vary`.
    pub vary: Option<HeaderValue>,
}

impl Cors {
    /// Takes the headers off one of legacy's answers.
    #[must_use]
    pub fn of(headers: &HeaderMap) -> Self {
        Self {
            allow_origin: headers.get(header::ACCESS_CONTROL_ALLOW_ORIGIN).cloned(),
            vary: headers.get(header::VARY).cloned(),
        }
    }

    /// Takes the headers off an answer to whatever request, if it shows them: one that the server gave before it reached
    /// the API (to a HEAD with a body, say) lacks the API's mark, and shows nothing.
    #[must_use]
    pub fn shown_by(headers: &HeaderMap) -> Option<Self> {
        headers.contains_key("mimetype").then(|| Self::of(headers))
    }

    /// Puts them on a native answer.
    pub fn apply(&self, headers: &mut HeaderMap) {
        if let Some(origin) = &self.allow_origin {
            headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
        }
        if let Some(vary) = &self.vary {
            headers.insert(header::VARY, vary.clone());
        }
    }
}
