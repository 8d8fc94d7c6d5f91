//! Requests that come by a connection of this process when another one has gone on in its place: passed on to it as they
//! came. What they change, that process has to see.

use std::sync::Arc;

use http::{HeaderValue, Method, Request, Response, header};
use http_body::Body as _;
use hyper::{body::Incoming, upgrade::OnUpgrade};
use tokio::sync::watch;

use super::{
    bridge::{Bridge, Client},
    outward::{dug, timeouts},
};
use crate::forward::{
    Body, Exchange, Failure, Forwarder, Inbound, Peer, exchange::Outgoing, headers::upgrades_to_websocket,
    tunnel::Answered,
};

impl Bridge {
    /// Passes a request on to the process that goes on, and has its connection end with the answer.
    pub async fn pass_over(
        self: &Arc<Self>,
        there: &Forwarder,
        request: Request<Incoming>,
        client: &Client,
    ) -> Response<Body> {
        let is_head = request.method() == Method::HEAD;
        let answered = self.passed_over(there, request, client).await;
        let mut response = answered.unwrap_or_else(|failure| self.answers.failure(&failure, is_head));
        if response.status() != http::StatusCode::SWITCHING_PROTOCOLS {
            response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        response
    }

    async fn passed_over(
        self: &Arc<Self>,
        there: &Forwarder,
        request: Request<Incoming>,
        client: &Client,
    ) -> Result<Response<Body>, Failure> {
        let snapshot = self.live.snapshot();
        let trusted = snapshot.config.listen.trusted_proxies.iter().any(|net| net.contains(&client.address));
        let peer = Peer { address: client.address, trusted };
        let (mut parts, body) = request.into_parts();
        let upgrades = parts.method == Method::GET && upgrades_to_websocket(&parts.headers);
        let on_upgrade = parts.extensions.remove::<OnUpgrade>();
        let head = self.head(parts, peer, None)?;
        if !upgrades {
            let body = Inbound::from(body);
            let empty = body.is_end_stream();
            let limit = snapshot.config.listen.max_body;
            let body = if empty { Outgoing::Empty } else { Outgoing::Stream(body, limit) };
            // A connection of its own each: there is one request at most on every connection that is left.
            let exchange = Exchange { head, body, once: true, fresh: true };
            return there.send(exchange, timeouts(&snapshot)).await;
        }
        match there.upgrade(head, timeouts(&snapshot)).await? {
            Answered::Refused(response) => Ok(response),
            Answered::Granted(response, tunnel) => {
                if let Some(upgrade) = on_upgrade {
                    // This process stops already, and would end it at once: it lasts as long as the process does.
                    let (lasting, lasts) = watch::channel(false);
                    let tunnel = dug(tunnel, upgrade, &snapshot, client, lasts);
                    tokio::spawn(async move {
                        tunnel.await;
                        drop(lasting);
                    });
                }
                Ok(response)
            }
        }
    }
}
