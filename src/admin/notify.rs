//! `POST /notify`: a message for the websocket's clients, from whoever may reach the admin listener, or from the legacy
//! process over the Unix socket.

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, State},
    http::StatusCode,
    routing::post,
};
use serde_json::{Value as Json_, json};

use super::body::Whole;
use crate::{
    dispatch::Bridge,
    notifier::Undelivered,
    wire::{Value, parse::parse},
};

/// Largest message.
pub(super) const LARGEST: usize = 64 << 20;

/// The route, for the Unix socket: who reaches that is the same user.
pub fn router() -> Router<Arc<Bridge>> {
    Router::new().route("/notify", post(notify)).layer(DefaultBodyLimit::max(LARGEST))
}

/// Takes `{"type": …, "data": …}`, and answers `{"delivered": n}` once n clients have it in their queues. With 0 nobody
/// has it, nor is it kept: what becomes of it then is for the sender to say, as for a caller of legacy's notifier.
pub(super) async fn notify(State(bridge): State<Arc<Bridge>>, Whole(body): Whole) -> (StatusCode, Json<Json_>) {
    let (message_type, data) = match read(&body) {
        Ok(message) => message,
        Err(error) => return (StatusCode::BAD_REQUEST, Json(json!({ "error": error }))),
    };
    bridge.notifier.older_first().await;
    let outcome = bridge.notifier.broadcast(&message_type, data, Undelivered::Return);
    // Whoever sends many at once is not to be faster than they can be written.
    bridge.notifier.caught_up().await;
    (StatusCode::OK, Json(json!({ "delivered": outcome.delivered })))
}

fn read(body: &bytes::Bytes) -> Result<(String, Value), &'static str> {
    const EXPECTED: &str = "expected a JSON object with a text \"type\" and any \"data\", and nothing else";
    let Ok(Value::Dict(mut message)) = parse(body) else { return Err(EXPECTED) };
    let data = message.shift_remove("data").ok_or(EXPECTED)?;
    let message_type = message.shift_remove("type").ok_or(EXPECTED)?;
    let message_type = message_type.as_str().ok_or(EXPECTED)?.to_owned();
    if message.is_empty() { Ok((message_type, data)) } else { Err(EXPECTED) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_has_a_type_and_data_and_nothing_else() {
        let of = |text: &'static str| read(&bytes::Bytes::from_static(text.as_bytes())).map(|(name, _)| name);
        assert_eq!(of(r#"{"data": null, "type": "x"}"#).as_deref(), Ok("x"));
        for text in [
            "",
            "[]",
            r#"{"type": "x"}"#,
            r#"{"data": 1}"#,
            r#"{"type": 1, "data": 1}"#,
            r#"{"type": "x", "data": 1, "more": 2}"#,
        ] {
            assert!(of(text).is_err(), "{text}");
        }
    }
}
