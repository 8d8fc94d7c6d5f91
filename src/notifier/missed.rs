//! What legacy queued while we were not subscribed, though we had clients: fetched once we are again.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use http::{Request, StatusCode, header};
use http_body_util::{BodyExt, Limited};
use tokio::time::{sleep, timeout};

use super::{message::messages, notifier::Notifier, outcome::Undelivered};
use crate::forward::{body::full, connecting::connect_to};

/// Where legacy hands out what it could not send.
const PATH: &str = "/api/1/messages";
/// Longest wait for it; a busy legacy is busy, not gone.
const PATIENCE: Duration = Duration::from_secs(30);
/// Largest answer that is read.
const LARGEST: usize = 64 << 20;

/// Fetches what was missed, after a pause, and sends it to the clients, as the frames it would have been.
///
/// # Errors
/// Why there is no answer that could be read. What was in it is still legacy's then, unless it broke off on its way.
pub(super) async fn fetch(notifier: &Arc<Notifier>, pause: Duration) -> Result<(), String> {
    sleep(pause).await;
    let turn = notifier.turn().await;
    let body = timeout(PATIENCE, ask(notifier)).await.map_err(|_| format!("no answer within {PATIENCE:?}"))??;
    let entries = messages::entries(&body).ok_or("it answered something else than messages")?;
    if !entries.is_empty() {
        tracing::info!(count = entries.len(), "messages that legacy queued meanwhile are passed on");
    }
    for missed in &entries {
        notifier.relay(&missed.frame_text(), Undelivered::Keep);
    }
    drop(turn);
    Ok(())
}

async fn ask(notifier: &Notifier) -> Result<Bytes, String> {
    let (url, bound) = {
        let snapshot = notifier.live.snapshot();
        (snapshot.config.legacy.url.clone(), snapshot.config.legacy.connect_timeout)
    };
    let mut connection = connect_to(&url, bound).await.map_err(|failure| failure.to_string())?;
    let request = Request::get(PATH)
        .header(header::HOST, url.authority())
        .header(header::USER_AGENT, concat!("cutover/", env!("CARGO_PKG_VERSION")))
        .body(full(Bytes::new()))
        .map_err(|error| error.to_string())?;
    let response = connection.sender.send_request(request).await.map_err(|error| error.to_string())?;
    if response.status() != StatusCode::OK {
        return Err(format!("it answered {}", response.status()));
    }
    let body = Limited::new(response.into_body(), LARGEST).collect().await;
    Ok(body.map_err(|error| error.to_string())?.to_bytes())
}
