//! Upgraded connections: legacy's own 101 first, bytes both ways after it, never before (CVE-2026-2833).

use std::time::Duration;

use bytes::BytesMut;
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode, header};
use hyper::{
    body::Incoming,
    upgrade::{OnUpgrade, Parts, Upgraded},
};
use hyper_util::rt::TokioIo;
use tokio::{
    net::TcpStream,
    sync::{OwnedSemaphorePermit, watch},
    time::timeout,
};

use super::{
    body::{Body, full},
    connecting::connect_to,
    exchange::Forwarder,
    failure::Failure,
    headers::{drop_fields, strip_hop_by_hop, upgrades_to_websocket},
    meter::Metered,
    refusal,
    relay::Relay,
    timeouts::Timeouts,
};

/// Bytes on the way to a client that the kernel takes before it has sent them.
#[cfg(target_os = "linux")]
const UNSENT: u32 = 16 * 1024;
/// How long the client's side of a granted upgrade may take to be handed over.
pub const HANDOVER: Duration = Duration::from_secs(10);

/// Legacy's answer to a request for an upgrade.
#[derive(Debug)]
pub enum Answered {
    /// 101: the answer for the client, and the tunnel to run once it is sent.
    Granted(Response<Body>, Tunnel),
    /// Anything else: the answer to pass on.
    Refused(Response<Body>),
}

/// Both ends of a granted upgrade.
#[derive(Debug)]
pub struct Tunnel {
    upstream: OnUpgrade,
    room: OwnedSemaphorePermit,
}

impl Forwarder {
    /// Asks legacy for an upgrade, on a connection of its own.
    ///
    /// # Errors
    /// No room for another tunnel, or no answer.
    pub async fn upgrade(&self, mut head: Request<()>, timeouts: Timeouts) -> Result<Answered, Failure> {
        let room = std::sync::Arc::clone(&self.tunnels).try_acquire_owned().map_err(|_| Failure::TunnelsTaken)?;
        upgraded(head.headers_mut());
        let mut connection = connect_to(self.pool.url(), timeouts.connect).await?;
        let sending = connection.sender.send_request(head.map(|()| full(bytes::Bytes::new())));
        let response = match timeouts.header {
            Some(bound) => timeout(bound, sending).await.map_err(|_| Failure::HeaderTimeout(bound))?,
            None => sending.await,
        }
        .map_err(|error| Failure::Reset(error.to_string()))?;
        answered(response, room, timeouts).await
    }
}

async fn answered(
    mut response: Response<Incoming>,
    room: OwnedSemaphorePermit,
    timeouts: Timeouts,
) -> Result<Answered, Failure> {
    if response.status() != StatusCode::SWITCHING_PROTOCOLS {
        return Ok(Answered::Refused(refusal::whole(response, timeouts.frame).await));
    }
    if !upgrades_to_websocket(response.headers()) {
        return Err(Failure::UnaskedUpgrade);
    }
    let upstream = hyper::upgrade::on(&mut response);
    let (mut parts, _) = response.into_parts();
    strip_hop_by_hop(&mut parts.headers);
    upgraded(&mut parts.headers);
    Ok(Answered::Granted(Response::from_parts(parts, full(bytes::Bytes::new())), Tunnel { upstream, room }))
}

/// Says the upgrade in a head that has lost its connection headers: first, as legacy's own 101 says it, and without a
/// length, since what follows is no body.
fn upgraded(headers: &mut HeaderMap) {
    let mut said = HeaderMap::with_capacity(headers.len() + 2);
    said.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
    said.insert(header::CONNECTION, HeaderValue::from_static("Upgrade"));
    drop_fields(headers, |name| name == header::CONTENT_LENGTH);
    said.extend(std::mem::take(headers));
    *headers = said;
}

/// The client's side of a granted upgrade.
#[derive(Debug)]
pub struct Caller {
    /// Becomes its connection once the 101 is sent.
    pub upgrade: OnUpgrade,
    /// Takes the socket out of that, and what was read of it behind the request.
    pub release: fn(Upgraded) -> Option<(TcpStream, BytesMut)>,
    /// How long it may take nothing of what waits for it.
    pub patience: Option<Duration>,
}

impl Tunnel {
    /// Passes bytes both ways until both sides have ended, one has broken, or the bridge stops. A side that ends only
    /// its own direction is passed on as such. No close frame is made up: a client takes that for final, and a broken
    /// connection for a reason to come back. If bytes wait for the client at the end, legacy's side is reset.
    pub async fn run(self, client: Caller, mut stopping: watch::Receiver<bool>) {
        let Caller { upgrade, release, patience } = client;
        let both = async { tokio::try_join!(upgrade, self.upstream) };
        let Ok(Ok((client, upstream))) = timeout(HANDOVER, both).await else {
            tracing::debug!("an upgrade was granted, but its client was gone");
            return;
        };
        let (Some((mut client, of_client)), Ok(upstream)) = (release(client), upstream.downcast::<TokioIo<Metered>>())
        else {
            tracing::error!("an upgraded connection is of an unknown kind");
            return;
        };
        say_what_is_taken(&client);
        let Parts { io, read_buf: of_legacy, .. } = upstream;
        let mut relay = Relay::new(&of_client, &of_legacy, patience);
        drop((of_client, of_legacy));
        let mut upstream = io.into_inner();
        tokio::select! {
            ended = relay.run(&mut client, &mut upstream) => match ended {
                Ok((up, down)) => tracing::debug!(up, down, "tunnel ended"),
                Err(error) => tracing::debug!(%error, "tunnel broke"),
            },
            _ = stopping.wait_for(|stopping| *stopping) => tracing::debug!("tunnel dropped at shutdown"),
        }
        if relay.waits() {
            upstream.reset_on_drop();
        }
        drop(self.room);
    }
}

/// Has the kernel say early that there is room for more. By itself it waits for a third of its buffer, a megabyte or
/// so, and a slow client would pass for one that takes nothing.
fn say_what_is_taken(client: &TcpStream) {
    #[cfg(target_os = "linux")]
    {
        // Without it slow clients are given up too early.
        let _ = socket2::SockRef::from(client).set_tcp_notsent_lowat(UNSENT);
    }
    #[cfg(not(target_os = "linux"))]
    let _ = client;
}
