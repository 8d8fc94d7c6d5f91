//! New connections to legacy.

use std::time::Duration;

use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use tokio::{net::TcpStream, sync::oneshot, time::timeout};

use super::{
    body::Body,
    failure::Failure,
    meter::{Meter, Metered},
};
use crate::config::settings::LegacyUrl;

/// Silence on a connection after which the kernel asks whether the other side is still there.
const KEEP_ALIVE_PROBE: Duration = Duration::from_secs(60);
/// Largest answer head; longer is malformed. Legacy's are below 1 KiB.
pub(super) const MAX_HEAD: usize = 256 * 1024;

/// HTTP/1.1 on a socket, as hyper speaks it.
pub(super) type Speaking = http1::Connection<TokioIo<Metered>, Body>;

/// A connection that a task of its own looks after: its end is heard of although nobody asks anything, and it can be
/// upgraded.
#[derive(Debug)]
pub struct Attended {
    /// Sends requests on it.
    pub sender: SendRequest<Body>,
    /// Completes when it has ended.
    pub ended: oneshot::Receiver<()>,
}

/// Connects to legacy and begins HTTP/1.1 on it, for a conversation of the bridge's own or an upgrade.
///
/// # Errors
/// Refused, or not in time.
pub async fn connect_to(url: &LegacyUrl, bound: Option<Duration>) -> Result<Attended, Failure> {
    let stream = connect(url, bound).await?;
    let (sender, speaking, meter) = speak(stream).await?;
    // Nobody says here when an answer is whole.
    meter.expects(true);
    let (end, ended) = oneshot::channel();
    tokio::spawn(async move {
        // What went wrong is told to whoever waits for the answer.
        let _ = speaking.with_upgrades().await;
        let _ = end.send(());
    });
    Ok(Attended { sender, ended })
}

/// Connects to legacy.
///
/// # Errors
/// Refused, or not in time.
pub(super) async fn connect(url: &LegacyUrl, bound: Option<Duration>) -> Result<TcpStream, Failure> {
    let connecting = TcpStream::connect(url.authority());
    let stream = match bound {
        Some(bound) => timeout(bound, connecting).await.map_err(|_| Failure::ConnectTimeout(bound))?,
        None => connecting.await,
    }
    .map_err(|error| match error.kind() {
        std::io::ErrorKind::TimedOut => Failure::ConnectTimeout(bound.unwrap_or_default()),
        _ => Failure::Refused(error.to_string()),
    })?;
    // Neither option is needed for correctness.
    let _ = stream.set_nodelay(true);
    let probe = socket2::TcpKeepalive::new().with_time(KEEP_ALIVE_PROBE);
    let _ = socket2::SockRef::from(&stream).set_tcp_keepalive(&probe);
    Ok(stream)
}

/// Has hyper speak HTTP/1.1 on a connection. Nothing is sent or read by that.
///
/// # Errors
/// hyper gives none here (1.12).
pub(super) async fn speak(stream: TcpStream) -> Result<(SendRequest<Body>, Speaking, Meter), Failure> {
    let meter = Meter::default();
    let io = TokioIo::new(Metered::new(stream, meter.clone()));
    let (sender, speaking) = http1::Builder::new()
        .preserve_header_case(true)
        .max_buf_size(MAX_HEAD)
        .handshake(io)
        .await
        .map_err(|error| Failure::Reset(error.to_string()))?;
    Ok((sender, speaking, meter))
}
