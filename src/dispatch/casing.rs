//! Header names spelled as legacy spells them.
//!
//! Names are case-insensitive, but a bridge that nobody may notice keeps `Content-Type` and `mimetype` as they were.
//! hyper writes names in lower case unless a message carries the spelling it was read with, and that it makes only by
//! reading. So it is given one answer to read, once, and its record of the spelling goes on every answer of ours.

use http::{Extensions, HeaderName, Request};
use http_body_util::Empty;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// An answer that has every header name of ours in it.
const SPELLED: &[u8] = b"HTTP/1.1 200 OK\r\nmimetype: x\r\nContent-Type: x\r\nContent-Length: 0\r\n\
Access-Control-Allow-Origin: x\r\nVary: x\r\nRetry-After: x\r\nConnection: close\r\nDate: x\r\n\
Upgrade: x\r\nSec-WebSocket-Accept: x\r\nSec-WebSocket-Version: x\r\n\r\n";

/// Learns the spelling; empty (then names go out in lower case) if hyper should ever stop keeping it.
pub async fn learn() -> Extensions {
    let (near, mut far) = tokio::io::duplex(4096);
    let answering = tokio::spawn(async move {
        let mut request = [0u8; 1024];
        let _ = far.read(&mut request).await;
        let _ = far.write_all(SPELLED).await;
    });
    let learned = read(near).await.unwrap_or_default();
    answering.abort();
    learned
}

/// How a header of ours is spelled on the wire.
#[must_use]
pub fn spelled(name: &HeaderName) -> &str {
    let lines = str::from_utf8(SPELLED).unwrap_or_default().split("\r\n");
    let mut ours = lines.filter_map(|line| line.split_once(':')).map(|(ours, _)| ours);
    ours.find(|ours| ours.eq_ignore_ascii_case(name.as_str())).unwrap_or(name.as_str())
}

async fn read(near: tokio::io::DuplexStream) -> Option<Extensions> {
    let (mut sender, connection) =
        http1::Builder::new().preserve_header_case(true).handshake(TokioIo::new(near)).await.ok()?;
    let driving = tokio::spawn(connection);
    let request = Request::get("/").body(Empty::<bytes::Bytes>::new()).ok()?;
    let response = sender.send_request(request).await.ok()?;
    driving.abort();
    Some(response.extensions().clone())
}
