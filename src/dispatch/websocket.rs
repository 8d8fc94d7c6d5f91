//! Who serves a websocket: the notifier, or legacy through a tunnel.

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Response, StatusCode, Uri, header};
use hyper::upgrade::OnUpgrade;
use tokio::time::timeout;

use super::{
    bridge::{Asked, Bridge, Client},
    outward::merge_slashes,
};
use crate::{
    config::settings::{Ws, WsMode},
    flags::Variant,
    forward::{Body, Failure, body::full, tunnel::HANDOVER},
    notifier::{
        Admitted,
        handshake::{self, Refusal, VERSIONS},
    },
    routes::Snapshot,
};

/// Paths legacy takes for its websocket begin with this.
const PATH: &str = "/ws";

impl Bridge {
    /// Answers a request for a websocket, and says who serves it.
    pub(super) async fn websocket(
        self: &Arc<Self>,
        asked: Asked,
        snapshot: &Snapshot,
        client: &Client,
    ) -> Result<(Response<Body>, Variant), Failure> {
        let ws = &snapshot.config.ws;
        // Legacy asks nobody: whoever serves it, and the kill switch or not, other pages are kept out here.
        if let Err(refusal) = handshake::judge_origin(&asked.parts.headers, &ws.origins) {
            self.notifier.count_refused();
            return Ok((refused(&refusal), Variant::Native));
        }
        // The kill switch is for the case that something of ours is wrong, and the notifier may be it.
        if self.live.killed(snapshot) || !takes(ws) || !is_notifiers(&asked.parts.uri) {
            return Ok((self.tunnel(asked, snapshot, client).await?, Variant::Legacy));
        }
        if *self.stopping.borrow() {
            return Err(Failure::Stopping);
        }
        Ok((self.bridged(asked, ws, client).await, Variant::Native))
    }

    async fn bridged(self: &Arc<Self>, mut asked: Asked, ws: &Ws, client: &Client) -> Response<Body> {
        let notifier = &self.notifier;
        let accept = match handshake::judge(&asked.parts.headers, &ws.origins) {
            Ok(accept) => accept,
            Err(refusal) => {
                notifier.count_refused();
                return refused(&refusal);
            }
        };
        if let Some(limit) = notifier.full() {
            notifier.count_refused();
            // rotki's frontend tries again at once and for ever: nobody needs a line for each.
            tracing::debug!(limit, "a websocket client too many was refused");
            let message = format!("there are too many websocket clients ({limit})");
            return self.answers.own(503, "clients-taken", &message, Some(1), false);
        }
        let admitted = notifier.admit(client.address).await;
        if let Some(on_upgrade) = asked.parts.extensions.remove::<OnUpgrade>() {
            tokio::spawn(take_over(admitted, on_upgrade, client.clone()));
        }
        let mut response = Response::new(full(Bytes::new()));
        *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
        *response.extensions_mut() = self.answers.spelling();
        // In legacy's order.
        let headers = response.headers_mut();
        headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
        headers.insert(header::CONNECTION, HeaderValue::from_static("Upgrade"));
        if let Ok(accept) = HeaderValue::from_str(&accept) {
            headers.insert(header::SEC_WEBSOCKET_ACCEPT, accept);
        }
        response
    }
}

/// Takes the connection over once the 101 is sent, and serves it to its end. Its place among the allowed connections
/// is its own until then.
async fn take_over(admitted: Admitted, on_upgrade: OnUpgrade, client: Client) {
    let Ok(Ok(upgraded)) = timeout(HANDOVER, on_upgrade).await else {
        tracing::debug!("a websocket was granted, but its client was gone");
        return;
    };
    let Some((stream, early)) = (client.release)(upgraded) else {
        tracing::error!("an upgraded connection is of an unknown kind");
        return;
    };
    admitted.serve(stream, early).await;
    drop(client);
}

/// Whether the mode, and chance by its percentage, give this connection to the notifier.
fn takes(ws: &Ws) -> bool {
    ws.mode == WsMode::Bridge && rand::random_range(0..10_000) < ws.percent.basis_points()
}

/// Whether legacy's websocket is at this path, slashes merged.
fn is_notifiers(uri: &Uri) -> bool {
    let merged = merge_slashes(uri);
    let path = merged.as_ref().unwrap_or(uri).path();
    percent_encoding::percent_decode_str(path).collect::<Vec<u8>>().starts_with(PATH.as_bytes())
}

/// A refusal as legacy gives it, with the body that legacy announces and does not send.
fn refused(refusal: &Refusal) -> Response<Body> {
    let message = refusal.to_string();
    let length = message.len();
    let mut response = Response::new(full(Bytes::from(message)));
    *response.status_mut() = StatusCode::from_u16(refusal.status()).unwrap_or(StatusCode::BAD_REQUEST);
    let headers: &mut HeaderMap = response.headers_mut();
    if refusal.names_versions() {
        headers.insert(header::SEC_WEBSOCKET_VERSION, HeaderValue::from_static(VERSIONS));
    }
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain"));
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_notifiers_paths_are_those_legacy_serves_once_slashes_are_merged() {
        for path in ["/ws", "/ws/", "//ws/", "/wsx", "/ws/a?b=c", "/%77s", "///ws"] {
            assert!(is_notifiers(&path.parse().unwrap()), "{path}");
        }
        for path in ["/", "/WS", "/x/ws", "/api/1/ping", "/w"] {
            assert!(!is_notifiers(&path.parse().unwrap()), "{path}");
        }
    }
}
