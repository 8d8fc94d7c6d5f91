//! The envelope, and an answer as a handler gives it.

use bytes::Bytes;
use serde::Serialize;

use super::json;

/// Which of legacy's two writers an answer comes from; they differ in separators and headers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// Built by the REST layer: `json.dumps`, and a header that is literally called `mimetype`.
    Rest,
}

/// A native answer, before headers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Status code; may be one of legacy's own, as 542.
    pub status: u16,
    /// The body.
    pub body: Bytes,
    /// Its writer.
    pub style: Style,
}

#[derive(Serialize)]
struct Envelope<'a, T: Serialize + ?Sized> {
    result: &'a T,
    message: &'a str,
}

impl Answer {
    /// 200 with `{"result": …, "message": ""}`.
    ///
    /// # Errors
    /// The result cannot be JSON.
    pub fn ok<T: Serialize + ?Sized>(result: &T) -> Result<Self, serde_json::Error> {
        Self::envelope(200, result, "")
    }

    /// A failure with `{"result": null, "message": …}`.
    #[must_use]
    pub fn failure(status: u16, message: &str) -> Self {
        Self::envelope(status, &(), message).unwrap_or_else(|_| Self { status, body: Bytes::new(), style: Style::Rest })
    }

    fn envelope<T: Serialize + ?Sized>(status: u16, result: &T, message: &str) -> Result<Self, serde_json::Error> {
        let body = json::dumps(&Envelope { result, message })?;
        Ok(Self { status, body: body.into(), style: Style::Rest })
    }

    /// Nobody is logged in: what every endpoint behind the login says.
    #[must_use]
    pub fn not_logged_in() -> Self {
        Self::failure(401, "No user is currently logged in")
    }

    /// A JSON content type over a body that is no JSON: legacy parses before it routes, and this is what comes out.
    #[must_use]
    pub fn unreadable_json() -> Self {
        Self::failure(
            500,
            "400 Bad Request: The browser (or proxy) sent a request that this server could not understand.",
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_envelope_is_legacys_to_the_byte() {
        assert_eq!(Answer::ok(&true).unwrap().body, r#"{"result": true, "message": ""}"#);
        assert_eq!(Answer::not_logged_in().body, r#"{"result": null, "message": "No user is currently logged in"}"#);
    }
}
