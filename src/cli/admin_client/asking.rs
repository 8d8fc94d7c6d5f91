//! One request, one answer.

use std::{future::Future, process::ExitCode, time::Duration};

use anyhow::{Context, anyhow, bail};
use bytes::Bytes;
use http::{Request, Response, StatusCode, Uri, header};
use http_body_util::{BodyExt, Full, Limited};
use hyper::{body::Incoming, client::conn::http1};
use hyper_util::rt::TokioIo;
use serde::Deserialize;
use serde_json::Value;
use tokio::{net::TcpStream, time::timeout};
use zeroize::Zeroizing;

use crate::parity::report::visible;

/// Longest wait for an answer to begin, and for the rest of it.
const PATIENCE: Duration = Duration::from_secs(30);
/// Longest wait for a connection.
const CONNECT: Duration = Duration::from_secs(5);
/// Largest answer.
const LARGEST: usize = 64 << 20;
const REMEDY: &str = "start one with cutover serve, or say where it is: --admin URL";

/// A running bridge.
#[derive(Debug)]
pub struct Bridge {
    /// Where its admin API is.
    pub url: String,
    authority: String,
    token: Option<Secret>,
    remedy: &'static str,
    patience: Duration,
}

struct Secret(Zeroizing<String>);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret")
    }
}

/// How a bridge says what is wrong.
#[derive(Deserialize)]
struct Wrong {
    error: String,
}

impl Bridge {
    /// The one at `http://HOST:PORT`.
    ///
    /// # Errors
    /// It is no such URL.
    pub fn new(url: &str, token: Option<Zeroizing<String>>) -> anyhow::Result<Self> {
        let (url, authority) = (url.trim_end_matches('/').to_owned(), authority(url)?);
        Ok(Self { url, authority, token: token.map(Secret), remedy: REMEDY, patience: PATIENCE })
    }

    /// The same, with another remedy for where no bridge is.
    #[must_use]
    pub fn remedy(self, remedy: &'static str) -> Self {
        Self { remedy, ..self }
    }

    /// The same, with another patience for its answers.
    #[must_use]
    pub fn patience(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// Asks; gives the answer, or in the bridge's own words why it refuses.
    ///
    /// # Errors
    /// It could not be asked: nobody is there, or nobody who lets us in, or it is no bridge.
    pub async fn ask(&self, method: &str, target: &str, body: Option<&Value>) -> anyhow::Result<Result<Value, String>> {
        let response = self.open(method, target, body).await?;
        let status = response.status();
        let read = timeout(PATIENCE, Limited::new(response.into_body(), LARGEST).collect()).await;
        let read = read.map_err(|_| anyhow!("the answer's end did not come for {PATIENCE:?}"));
        let bytes = read.and_then(|read| read.map_err(|error| anyhow!("the answer broke off: {error}")));
        let bytes = bytes.with_context(|| format!("the bridge at {}", self.url))?.to_bytes();
        if status.is_success() {
            return serde_json::from_slice(&bytes).map(Ok).map_err(|_| self.no_bridge(status));
        }
        self.failed(status, &bytes).map(Err)
    }

    /// Opens an answer that may have no end. One that is no success is an error.
    ///
    /// # Errors
    /// As [`ask`](Self::ask), or it refuses.
    pub async fn stream(&self, target: &str, kind: &str) -> anyhow::Result<Incoming> {
        let response = self.open("GET", target, None).await?;
        let status = response.status();
        let given = response.headers().get(header::CONTENT_TYPE).map(|given| given.as_bytes().to_owned());
        if status == StatusCode::OK && given.is_some_and(|given| given.starts_with(kind.as_bytes())) {
            return Ok(response.into_body());
        }
        let read = timeout(PATIENCE, Limited::new(response.into_body(), LARGEST).collect()).await;
        let bytes = read.ok().and_then(Result::ok).map(http_body_util::Collected::to_bytes).unwrap_or_default();
        bail!("the bridge at {}: {}", self.url, self.failed(status, &bytes)?)
    }

    async fn open(&self, method: &str, target: &str, body: Option<&Value>) -> anyhow::Result<Response<Incoming>> {
        let mut request = Request::builder().method(method).uri(target).header(header::HOST, &self.authority);
        if let Some(Secret(token)) = &self.token {
            let line = Zeroizing::new(format!("Bearer {}", token.as_str()));
            request = request.header(header::AUTHORIZATION, line.as_str());
        }
        if body.is_some() {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        let bytes = body.map(Value::to_string).unwrap_or_default();
        let request = request.body(Full::new(Bytes::from(bytes)))?;
        let asked = async {
            let stream = timeout(CONNECT, TcpStream::connect(&self.authority)).await;
            let stream = stream.map_err(|_| anyhow!("no connection within {CONNECT:?}"))??;
            let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
            tokio::spawn(connection);
            let patience = self.patience;
            let answer = timeout(patience, sender.send_request(request)).await;
            anyhow::Ok(answer.map_err(|_| anyhow!("nothing came for {patience:?}"))??)
        };
        asked.await.with_context(|| format!("no bridge at {} ({})", self.url, self.remedy))
    }

    /// Why it is not done: refused, in the bridge's words.
    fn failed(&self, status: StatusCode, bytes: &[u8]) -> anyhow::Result<String> {
        let Ok(Wrong { error }) = serde_json::from_slice(bytes) else { return Err(self.no_bridge(status)) };
        let said = visible(&error);
        match (status, &self.token) {
            (StatusCode::UNAUTHORIZED, None) => bail!(
                "the bridge at {} asks for a token: name the file it is in with --token-file FILE, or admin.token_file in \
                 the configuration",
                self.url
            ),
            (StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN | StatusCode::MISDIRECTED_REQUEST, _) => {
                bail!("the bridge at {}: {said}", self.url)
            }
            _ if status.is_server_error() => bail!("the bridge at {}: {said}", self.url),
            _ => Ok(said.into_owned()),
        }
    }

    fn no_bridge(&self, status: StatusCode) -> anyhow::Error {
        let Self { url, remedy, .. } = self;
        anyhow!("what answers at {url} is no admin API of a bridge, or of another version (status {status}); {remedy}")
    }
}

/// `HOST:PORT` of the URL of an admin API.
///
/// # Errors
/// It is no such URL.
pub fn authority(url: &str) -> anyhow::Result<String> {
    let uri: Uri = url.parse().with_context(|| format!("--admin {url}"))?;
    let plain = matches!(uri.path_and_query().map(http::uri::PathAndQuery::as_str), None | Some("/"));
    match (uri.scheme_str(), uri.host(), plain) {
        (Some("http"), Some(host), true) => Ok(format!("{host}:{}", uri.port_u16().unwrap_or(80))),
        _ => bail!("--admin {url}: write it as http://HOST:PORT"),
    }
}

/// Runs what asks. A request at a time needs one thread.
///
/// # Errors
/// Its own, or the system refuses a runtime.
pub fn block_on<T>(asking: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    tokio::runtime::Builder::new_current_thread().enable_all().build().context("starting the runtime")?.block_on(asking)
}

/// Says why a bridge refuses: exit status 1.
pub fn refused(why: &str) -> ExitCode {
    eprintln!("cutover: {why}");
    ExitCode::from(1)
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
    }

    #[test]
    fn what_a_bridge_refuses_is_told_in_its_words_and_what_keeps_us_out_is_an_error() {
        let with = |token: Option<&str>| {
            Bridge::new("http://h:1/", token.map(|text| Zeroizing::new(text.to_owned()))).unwrap()
        };
        let said = |token, status: u16, body: &str| {
            let failed = with(token).failed(StatusCode::from_u16(status).unwrap(), body.as_bytes());
            failed.map_err(|error| error.to_string())
        };
        for status in [400, 404, 409, 413, 422] {
            assert_eq!(
                said(None, status, r#"{"error": "why\u001b[31m"}"#).as_deref(),
                Ok("why\\u{1b}[31m"),
                "{status}"
            );
        }
        let error = said(None, 401, r#"{"error": "why"}"#).unwrap_err();
        assert!(error.contains("http://h:1 asks for a token") && error.contains("--token-file"), "{error}");
        for status in [401, 403, 421, 503] {
            assert_eq!(said(Some("t"), status, r#"{"error": "why"}"#).unwrap_err(), "the bridge at http://h:1: why");
        }
        for body in ["", "<html>", "{}", "no"] {
            let error = said(None, 404, body).unwrap_err();
            assert!(error.contains("is no admin API of a bridge, or of another version (status 404"), "{error}");
        }
        assert!(!format!("{:?}", with(Some("s3cret"))).contains("s3cret"));
    }
}
