//! The envelope, and an answer as a handler gives it.

use bytes::Bytes;
use serde::Serialize;

use super::{
    json,
    value::{Dict, Value},
};

/// Which of legacy's two writers an answer comes from; they differ in separators and headers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// Built by the REST layer: `json.dumps`, and a header that is literally called `mimetype`.
    Rest,
    /// Built by Flask's `jsonify`: compact, keys sorted, a newline at the end, no such header.
    Flask,
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
    /// Whether a handler broke off, and this only says so: nothing that legacy would answer.
    pub broken: bool,
}

#[derive(Serialize)]
struct Envelope<'a, T: Serialize + ?Sized> {
    result: &'a T,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    status_code: Option<u16>,
}

impl Answer {
    /// 200 with `{"result": …, "message": ""}`.
    ///
    /// # Errors
    /// The result cannot be JSON.
    pub fn ok<T: Serialize + ?Sized>(result: &T) -> Result<Self, serde_json::Error> {
        Self::envelope(200, result, "", None)
    }

    /// 200, with `"status_code"` as a last key of the body, which a few endpoints let slip into it.
    ///
    /// # Errors
    /// The result cannot be JSON.
    pub fn ok_showing_status<T: Serialize + ?Sized>(result: &T, code: u16) -> Result<Self, serde_json::Error> {
        Self::envelope(200, result, "", Some(code))
    }

    /// 200, with a body that says which failure it is.
    ///
    /// # Errors
    /// None that this result has.
    pub fn failure_within(code: u16, message: &str) -> Result<Self, serde_json::Error> {
        Self::envelope(200, &(), message, Some(code))
    }

    /// 200 with a result that serde can not write: ints beyond 64 bits, `NaN`.
    #[must_use]
    pub fn ok_value(result: &Value) -> Self {
        let entries = [("result".to_owned(), result.clone()), ("message".to_owned(), "".into())];
        let body = json::dumps_value(&Value::Dict(Dict::from_iter(entries)));
        Self { status: 200, body: body.into(), style: Style::Rest, broken: false }
    }

    /// A failure whose result is not null: `false`, or an object.
    ///
    /// # Errors
    /// The result cannot be JSON.
    pub fn failure_with<T: Serialize + ?Sized>(
        status: u16,
        result: &T,
        message: &str,
    ) -> Result<Self, serde_json::Error> {
        Self::envelope(status, result, message, None)
    }

    /// 400 for wrong arguments: the messages, as JSON in a text.
    #[must_use]
    pub fn invalid(messages: &Value) -> Self {
        let entries =
            [("message".to_owned(), Value::Str(json::dumps_value(messages))), ("result".to_owned(), Value::Null)];
        let body = json::jsonify(&Value::Dict(Dict::from_iter(entries)));
        Self { status: 400, body: body.into(), style: Style::Flask, broken: false }
    }

    /// 400 with one message about one field.
    #[must_use]
    pub fn refused(field: &str, message: &str) -> Self {
        let messages = Value::List(vec![message.into()]);
        Self::invalid(&Value::Dict(Dict::from_iter([(field.to_owned(), messages)])))
    }

    /// A failure with `{"result": null, "message": …}`.
    #[must_use]
    pub fn failure(status: u16, message: &str) -> Self {
        Self::envelope(status, &(), message, None).unwrap_or_else(|_| Self {
            status,
            body: Bytes::new(),
            style: Style::Rest,
            broken: false,
        })
    }

    fn envelope<T: Serialize + ?Sized>(
        status: u16,
        result: &T,
        message: &str,
        status_code: Option<u16>,
    ) -> Result<Self, serde_json::Error> {
        let body = json::dumps(&Envelope { result, message, status_code })?;
        Ok(Self { status, body: body.into(), style: Style::Rest, broken: false })
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
        let shown = Answer::ok_showing_status(&1, 200).unwrap();
        assert_eq!(shown.body, r#"{"result": 1, "message": "", "status_code": 200}"#);
        let within = Answer::failure_within(404, "no").unwrap();
        assert_eq!(within.body, r#"{"result": null, "message": "no", "status_code": 404}"#);
        let failed = Answer::failure_with(409, &false, "no").unwrap();
        assert_eq!((failed.status, &failed.body[..]), (409, &br#"{"result": false, "message": "no"}"#[..]));
        let big = Value::Int("9".repeat(30).parse().unwrap());
        let text = format!(r#"{{"result": {}, "message": ""}}"#, "9".repeat(30));
        assert_eq!(Answer::ok_value(&big).body, text);
        let refused = Answer::refused("a", "b");
        assert_eq!((refused.status, refused.style), (400, Style::Flask));
        assert_eq!(refused.body, "{\"message\":\"{\\\"a\\\": [\\\"b\\\"]}\",\"result\":null}\n");
        assert_eq!(Answer::not_logged_in().body, r#"{"result": null, "message": "No user is currently logged in"}"#);
    }
}
