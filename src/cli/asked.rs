//! A question to a server over HTTP, as a stranger asks it.

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::{Request, Response, header};
use http_body_util::{BodyExt, Empty, Limited};
use hyper::{body::Incoming, client::conn::http1};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::{net::TcpStream, time::timeout};

/// Longest wait for a connection, and for an answer.
const CONNECT: Duration = Duration::from_secs(3);
const PATIENCE: Duration = Duration::from_secs(10);
/// Largest answer.
const LARGEST: usize = 4 << 20;

/// What came.
#[derive(Debug, Clone)]
pub(super) struct Answer {
    pub(super) status: u16,
    /// How far the server's clock is ahead of ours, in seconds, as its `Date` says: to the second.
    pub(super) ahead: Option<f64>,
    /// Whether a bridge answered.
    pub(super) by_bridge: bool,
    pub(super) body: Bytes,
}

impl Answer {
    /// `result` of rotki's envelope.
    pub(super) fn result(&self) -> Option<Value> {
        let body: Value = serde_json::from_slice(&self.body).ok()?;
        body.get("result").filter(|_| self.status == 200).cloned()
    }
}

/// Asks for a path; an error says why nothing came.
pub(super) async fn get(authority: &str, path: &str) -> Result<Answer, String> {
    let asked = async {
        let began = SystemTime::now();
        let response = open(authority, Request::get(path)).await?;
        let half = began.elapsed().unwrap_or_default() / 2;
        let status = response.status().as_u16();
        let headers = response.headers();
        let ahead = headers.get(header::DATE).and_then(|date| ahead(date.to_str().ok()?, began + half));
        let by_bridge = headers.contains_key("x-cutover-variant");
        let body = Limited::new(response.into_body(), LARGEST).collect().await;
        let body = body.map_err(|error| format!("its answer broke off: {error}"))?.to_bytes();
        Ok(Answer { status, ahead, by_bridge, body })
    };
    timeout(PATIENCE, asked).await.unwrap_or_else(|_| Err(format!("nothing came for {PATIENCE:?}")))
}

/// Whether a websocket is opened there (RFC 6455, section 4.1); an error says with which status it is not.
pub(super) async fn websocket(authority: &str, path: &str) -> Result<(), String> {
    let request = Request::get(path)
        .header(header::CONNECTION, "Upgrade")
        .header(header::UPGRADE, "websocket")
        .header(header::SEC_WEBSOCKET_VERSION, "13")
        // Sixteen bytes; they need be no secret, and nothing is sent.
        .header(header::SEC_WEBSOCKET_KEY, "Y3V0b3ZlciBkb2N0b3IgIQ==");
    let opened = timeout(PATIENCE, open(authority, request)).await;
    let response = opened.unwrap_or_else(|_| Err(format!("nothing came for {PATIENCE:?}")))?;
    match response.status().as_u16() {
        101 => Ok(()),
        status => Err(format!("status {status}")),
    }
}

async fn open(authority: &str, request: http::request::Builder) -> Result<Response<Incoming>, String> {
    let stream = timeout(CONNECT, TcpStream::connect(authority)).await;
    let stream = stream.map_err(|_| format!("no connection within {CONNECT:?}"))?.map_err(|error| error.to_string())?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(|error| error.to_string())?;
    tokio::spawn(connection.with_upgrades());
    let request = request.header(header::HOST, authority).body(Empty::<Bytes>::new());
    let request = request.map_err(|error| error.to_string())?;
    sender.send_request(request).await.map_err(|error| format!("what answers does not speak HTTP: {error}"))
}

/// Seconds from our moment to the server's.
fn ahead(date: &str, ours: SystemTime) -> Option<f64> {
    let theirs = httpdate::parse_http_date(date).ok()?;
    Some(match theirs.duration_since(ours) {
        Ok(ahead) => ahead.as_secs_f64(),
        // What stands there was cut to the second.
        Err(behind) => -behind.duration().saturating_sub(Duration::from_secs(1)).as_secs_f64(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_within_its_second_is_no_difference() {
        let at = |millis| SystemTime::UNIX_EPOCH + Duration::from_millis(millis);
        let date = "Thu, 01 Jan 1970 00:01:40 GMT";
        assert_eq!(ahead(date, at(100_000)), Some(0.0));
        assert_eq!(ahead(date, at(100_999)), Some(0.0));
        assert_eq!(ahead(date, at(90_000)), Some(10.0));
        assert_eq!(ahead(date, at(111_000)), Some(-10.0));
        assert_eq!(ahead("yesterday", at(0)), None);
    }
}
