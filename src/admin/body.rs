//! The body of a request, read strictly.

use std::time::Duration;

use axum::{
    body::Bytes,
    extract::{FromRequest, Request},
    http::StatusCode,
};
use serde::de::{DeserializeOwned, IgnoredAny};
use tokio::time::timeout;

use super::failure::Failure;
use crate::config::fault::remedy;

/// Longest time for the whole of a body to arrive.
#[derive(Debug, Clone, Copy)]
pub(super) struct Patience(pub(super) Option<Duration>);

/// The bytes of a body, up to the endpoint's bound.
#[derive(Debug)]
pub(super) struct Whole(pub(super) Bytes);

/// A body of JSON. That it says so was seen to by the guard.
#[derive(Debug)]
pub(super) struct Read<T>(pub(super) T);

impl<S: Send + Sync> FromRequest<S> for Whole {
    type Rejection = Failure;

    async fn from_request(request: Request, state: &S) -> Result<Self, Failure> {
        let patience = request.extensions().get::<Patience>().and_then(|patience| patience.0);
        let reading = Bytes::from_request(request, state);
        let read = match patience {
            Some(patience) => timeout(patience, reading).await.map_err(|_| {
                Failure::new(StatusCode::REQUEST_TIMEOUT, "the body did not arrive in time (admin.body_timeout)")
            })?,
            None => reading.await,
        };
        read.map(Self).map_err(|refused| match refused.status() {
            status @ StatusCode::PAYLOAD_TOO_LARGE => {
                Failure::new(status, "the body is larger than what is taken here; /openapi.json has the bounds")
            }
            _ => Failure::unreadable("the body broke off"),
        })
    }
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Read<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, state: &S) -> Result<Self, Failure> {
        let Whole(bytes) = Whole::from_request(request, state).await?;
        read(&bytes).map(Self)
    }
}

/// 400 for what is no JSON, 422 for JSON that is not what was expected.
fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Failure> {
    serde_json::from_slice(bytes).map_err(|error| match serde_json::from_slice::<IgnoredAny>(bytes) {
        Ok(_) => Failure::new(StatusCode::UNPROCESSABLE_ENTITY, told(&error.to_string())),
        Err(error) => Failure::unreadable(format!("the body is no JSON: {error}")),
    })
}

/// What serde says, with the nearest name where one is unknown. It says it in no other way than in this text.
fn told(said: &str) -> String {
    let unknown = |what: &str| {
        let (name, rest) = said.strip_prefix("unknown ")?.strip_prefix(what)?.strip_prefix(" `")?.split_once('`')?;
        let valid: Vec<&str> = rest.split('`').skip(1).step_by(2).collect();
        let remedy = if valid.is_empty() { String::new() } else { remedy(name, &valid) };
        Some(format!("unknown {} \"{name}\"{remedy}", if what == "field" { what } else { "word" }))
    };
    unknown("field").or_else(|| unknown("variant")).unwrap_or_else(|| said.to_owned())
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[allow(dead_code, reason = "only whether it can be read matters")]
    struct Change {
        mode: Mode,
        #[serde(default)]
        percent: Option<f64>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "lowercase")]
    enum Mode {
        Legacy,
        Canary,
    }

    fn refused(text: &str) -> (u16, String) {
        let failure = read::<Change>(text.as_bytes()).unwrap_err();
        (failure.status.as_u16(), failure.why)
    }

    #[test]
    fn an_unknown_field_or_word_is_named_with_the_nearest_valid_one() {
        let said = |text: &str| refused(text).1;
        assert_eq!(said(r#"{"mode": "canary", "precent": 1}"#), "unknown field \"precent\"; did you mean \"percent\"?");
        assert_eq!(said(r#"{"zzz": 1}"#), "unknown field \"zzz\"; expected one of mode, percent");
        assert_eq!(said(r#"{"mode": "canry"}"#), "unknown word \"canry\"; did you mean \"canary\"?");
        assert_eq!(said("{}"), "missing field `mode` at line 1 column 2");
        assert!(said(r#"{"mode": "legacy", "mode": "legacy"}"#).starts_with("duplicate field `mode`"));
    }

    #[test]
    fn what_is_no_json_is_400_and_what_is_not_expected_422() {
        for (text, status) in
            [("", 400), ("{", 400), ("{} x", 400), ("[1]", 422), ("null", 422), (r#"{"mode": 1}"#, 422)]
        {
            assert_eq!(refused(text).0, status, "{text}");
        }
        let (status, why) = refused(r#"{"mode": "legacy"} x"#);
        assert_eq!((status, why.starts_with("the body is no JSON: trailing characters")), (400, true), "{why}");
    }
}
