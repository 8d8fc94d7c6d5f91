//! Where what is recorded comes from: a running bridge, or one of our own.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    pin::Pin,
    time::Duration,
};

use anyhow::{Context, anyhow, bail};
use bytes::{Buf, Bytes, BytesMut};
use futures_util::{Stream, StreamExt, stream};
use http::{Request, StatusCode, Uri, header};
use http_body_util::{BodyExt, Empty, Limited};
use hyper::{body::Incoming, client::conn::http1};
use hyper_util::rt::TokioIo;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use tokio::{net::TcpStream, time::timeout};

use crate::{config::Layers, dispatch::recording::Told, routes::Selection, server::standing::Standing};

/// Longest wait for a bridge to answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// Most bytes of a refusal that are shown.
const SHOWN: usize = 2048;
const REMEDY: &str = "start one with cutover serve, or record by standing alone: --legacy URL";

type Tolds = Pin<Box<dyn Stream<Item = Told> + Send>>;

/// Where what is recorded comes from.
pub(super) enum Source {
    /// A running bridge, by its URL.
    Bridge(String, Tolds),
    /// A bridge of our own.
    Own(Standing, Tolds),
}

impl Source {
    /// Listens to a running bridge.
    pub(super) async fn bridge(url: &str, selection: &Selection, redact: &[String]) -> anyhow::Result<Self> {
        let authority = authority(url)?;
        let pairs = selection.0.iter().map(|name| ("route", name)).chain(redact.iter().map(|name| ("redact", name)));
        let query: Vec<String> =
            pairs.map(|(key, name)| format!("{key}={}", utf8_percent_encode(name, NON_ALPHANUMERIC))).collect();
        let target = format!("/api/parity/record?{}", query.join("&"));
        let asking = timeout(PATIENCE, asked(&authority, &target)).await;
        let answered = asking.unwrap_or_else(|_| Err(anyhow!("nothing came for {PATIENCE:?}")));
        let (status, lines, body) = answered.with_context(|| format!("no bridge at {url} ({REMEDY})"))?;
        if status == StatusCode::OK && lines {
            return Ok(Self::Bridge(url.to_owned(), Box::pin(told(body))));
        }
        let why = timeout(PATIENCE, Limited::new(body, SHOWN).collect()).await;
        let why = why.ok().and_then(Result::ok).and_then(|why| serde_json::from_slice::<Refused>(&why.to_bytes()).ok());
        match why {
            Some(Refused { error: why }) if !status.is_success() => bail!("the bridge at {url}: {why}"),
            _ => bail!(
                "what answers at {url} is no admin API of a bridge, or of another version (status {status}); {REMEDY}"
            ),
        }
    }

    /// Starts a bridge that forwards everything.
    pub(super) async fn own(layers: Layers, selection: Selection, redact: &[String]) -> anyhow::Result<Self> {
        let (standing, tape) = Standing::start(layers, selection, redact).await?;
        Ok(Self::Own(standing, Box::pin(tape.told())))
    }

    /// The next thing that is told; none after the end. Cancel-safe.
    pub(super) async fn next(&mut self) -> Option<Told> {
        match self {
            Self::Bridge(_, told) | Self::Own(_, told) => told.next().await,
        }
    }

    /// What it is called.
    pub(super) fn name(&self) -> String {
        match self {
            Self::Bridge(url, _) => format!("what passes through the bridge at {url}"),
            Self::Own(..) => "what is forwarded".to_owned(),
        }
    }

    /// Nothing new is wanted. Gives how long to wait for what still comes: for what a bridge has sent, or for what is
    /// running in one of our own.
    pub(super) fn stop(&self, sent: Duration, running: Duration) -> Duration {
        match self {
            Self::Bridge(..) => sent,
            Self::Own(standing, _) => {
                standing.stop();
                running
            }
        }
    }
}

/// The URL of an admin API that listens there.
pub(super) fn url_of(mut address: SocketAddr) -> anyhow::Result<String> {
    if address.port() == 0 {
        bail!("admin.address has no fixed port; --admin says which one the bridge printed at its start");
    }
    match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => address.set_ip(Ipv4Addr::LOCALHOST.into()),
        IpAddr::V6(ip) if ip.is_unspecified() => address.set_ip(Ipv6Addr::LOCALHOST.into()),
        _ => {}
    }
    Ok(format!("http://{address}"))
}

fn authority(url: &str) -> anyhow::Result<String> {
    let uri: Uri = url.parse().with_context(|| format!("--admin {url}"))?;
    let plain = matches!(uri.path_and_query().map(http::uri::PathAndQuery::as_str), None | Some("/"));
    match (uri.scheme_str(), uri.host(), plain) {
        (Some("http"), Some(host), true) => Ok(format!("{host}:{}", uri.port_u16().unwrap_or(80))),
        _ => bail!("--admin {url}: write it as http://HOST:PORT"),
    }
}

/// Asks; gives the status, whether the answer is lines of JSON, and its body.
async fn asked(authority: &str, target: &str) -> anyhow::Result<(StatusCode, bool, Incoming)> {
    let stream = TcpStream::connect(authority).await?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    let request = Request::get(target).header(header::HOST, authority).body(Empty::<Bytes>::new())?;
    let response = sender.send_request(request).await?;
    let kind = response.headers().get(header::CONTENT_TYPE);
    let lines = kind.is_some_and(|kind| kind.as_bytes().starts_with(b"application/x-ndjson"));
    Ok((response.status(), lines, response.into_body()))
}

#[derive(Deserialize)]
struct Refused {
    error: String,
}

#[derive(Deserialize)]
struct Dropped {
    dropped: u64,
}

/// What a bridge tells, line by line. However it ends, the bridge is gone.
fn told(body: Incoming) -> impl Stream<Item = Told> + Send {
    stream::unfold((body, BytesMut::new(), 0), |(mut body, mut read, mut searched)| async move {
        loop {
            if let Some(at) = read[searched..].iter().position(|byte| *byte == b'\n') {
                let line = read.split_to(searched + at);
                read.advance(1);
                let line = String::from_utf8_lossy(&line).into_owned();
                let told = match serde_json::from_str::<Dropped>(&line) {
                    Ok(Dropped { dropped }) => Told::Dropped(dropped),
                    Err(_) => Told::Entry(line),
                };
                return Some((told, (body, read, 0)));
            }
            searched = read.len();
            let frame = body.frame().await?.ok()?;
            if let Ok(data) = frame.into_data() {
                read.extend_from_slice(&data);
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_admin_url_is_a_host_and_a_port() {
        assert_eq!(authority("http://127.0.0.1:4301/").unwrap(), "127.0.0.1:4301");
        assert_eq!(authority("http://[::1]").unwrap(), "[::1]:80");
        for wrong in ["127.0.0.1:4301", "https://h", "http://h/api", "http://h?x", ""] {
            assert!(authority(wrong).is_err(), "{wrong}");
        }
        assert_eq!(url_of("0.0.0.0:1".parse().unwrap()).unwrap(), "http://127.0.0.1:1");
        assert_eq!(url_of("[::]:1".parse().unwrap()).unwrap(), "http://[::1]:1");
        assert!(url_of("127.0.0.1:0".parse().unwrap()).is_err());
    }
}
