//! The handshake with legacy's websocket, as its client.

use std::{io, time::Duration};

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::BytesMut;
use thiserror::Error;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

use super::{handshake::accept_key, notifier::Notifier};
use crate::config::settings::LegacyUrl;

/// The path real clients ask for.
const PATH: &str = "/ws/";
/// Longest wait for the 101. A legacy in the middle of something answers when that is done.
const PATIENCE: Duration = Duration::from_secs(30);
/// Largest head of an answer.
const HEAD: usize = 16 * 1024;
/// Silence after which the kernel asks whether legacy is there, how often, and how many times before it is not.
const PROBE_AFTER: Duration = Duration::from_secs(30);
const PROBE_EVERY: Duration = Duration::from_secs(10);
const PROBES: u32 = 6;

/// Why there is no subscription.
#[derive(Debug, Error)]
pub(super) enum JoinError {
    /// Legacy can not be reached.
    #[error("legacy can not be reached: {0}")]
    Connect(io::Error),
    /// No answer in time.
    #[error("no answer to the handshake within {0:?}")]
    Timeout(Duration),
    /// The connection broke during the handshake.
    #[error("the handshake broke off: {0}")]
    Broken(#[from] io::Error),
    /// It answered something else than a 101 to our key.
    #[error("legacy refuses the websocket: {0}")]
    Refused(String),
}

/// A subscription.
#[derive(Debug)]
pub(super) struct Joined {
    pub(super) stream: TcpStream,
    /// What came with the 101.
    pub(super) early: BytesMut,
}

/// Subscribes.
///
/// # Errors
/// See [`JoinError`]. Dropping the future closes the connection.
pub(super) async fn join(notifier: &Notifier) -> Result<Joined, JoinError> {
    let (url, connect_timeout) = {
        let snapshot = notifier.live.snapshot();
        (snapshot.config.legacy.url.clone(), snapshot.config.legacy.connect_timeout)
    };
    let bound = connect_timeout.unwrap_or(PATIENCE);
    let connecting = timeout(bound, TcpStream::connect(url.authority())).await;
    let stream = connecting.map_err(|_| JoinError::Timeout(bound))?.map_err(JoinError::Connect)?;
    let probes = socket2::TcpKeepalive::new().with_time(PROBE_AFTER).with_interval(PROBE_EVERY).with_retries(PROBES);
    // Neither option is needed for correctness.
    let _ = socket2::SockRef::from(&stream).set_tcp_keepalive(&probes);
    let _ = stream.set_nodelay(true);
    timeout(PATIENCE, shake_hands(stream, &url)).await.map_err(|_| JoinError::Timeout(PATIENCE))?
}

async fn shake_hands(mut stream: TcpStream, url: &LegacyUrl) -> Result<Joined, JoinError> {
    let key = STANDARD.encode(rand::random::<[u8; 16]>());
    let request = format!(
        "GET {PATH} HTTP/1.1\r\nHost: {}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n\
         Sec-WebSocket-Key: {key}\r\nUser-Agent: cutover/{}\r\n\r\n",
        url.authority(),
        env!("CARGO_PKG_VERSION"),
    );
    stream.write_all(request.as_bytes()).await?;
    let mut early = BytesMut::new();
    loop {
        if let Some(end) = early.windows(4).position(|window| window == b"\r\n\r\n") {
            let head = early.split_to(end + 4);
            judge(&head, &key)?;
            return Ok(Joined { stream, early });
        }
        if early.len() > HEAD {
            return Err(JoinError::Refused("the head of its answer does not end".into()));
        }
        if stream.read_buf(&mut early).await? == 0 {
            return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
        }
    }
}

fn judge(head: &[u8], key: &str) -> Result<(), JoinError> {
    let mut lines = [httparse::EMPTY_HEADER; 64];
    let mut response = httparse::Response::new(&mut lines);
    let parsed = response.parse(head);
    let refused = |why: String| Err(JoinError::Refused(why));
    if !matches!(parsed, Ok(httparse::Status::Complete(_))) {
        return refused("its answer is no HTTP".into());
    }
    let status = response.code.unwrap_or_default();
    if status != 101 {
        return refused(format!("{status} {}", response.reason.unwrap_or_default()));
    }
    let accept = response.headers.iter().find(|line| line.name.eq_ignore_ascii_case("sec-websocket-accept"));
    if accept.is_none_or(|line| line.value != accept_key(key.as_bytes()).as_bytes()) {
        return refused("its 101 is not for our key".into());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_101_for_our_key_is_a_grant_and_nothing_else_is() {
        let key = "dGhlIHNhbXBsZSBub25jZQ==";
        let head = |accept: &str| {
            format!("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nsec-websocket-accept: {accept}\r\n\r\n")
        };
        assert!(judge(head("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=").as_bytes(), key).is_ok());
        for answer in [head("x"), "HTTP/1.1 200 OK\r\n\r\n".into(), "nonsense\r\n\r\n".into()] {
            assert!(judge(answer.as_bytes(), key).is_err(), "{answer}");
        }
    }
}
