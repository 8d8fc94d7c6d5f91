//! A client on a raw socket: sends any bytes, reads answers one by one.

use std::{net::SocketAddr, time::Duration};

use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

use super::PATIENCE;

/// An answer, taken apart. Header names are as they came.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The whole head, byte by byte.
    pub head: Vec<u8>,
    pub status: u16,
    pub reason: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Answer {
    /// The first header of this name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.as_str())
    }

    /// Every header of this name.
    pub fn all(&self, name: &str) -> Vec<&str> {
        self.headers.iter().filter(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.as_str()).collect()
    }

    /// Checks that this is the bridge's own refusal in legacy's envelope, and that it announces the connection's end.
    pub fn assert_refusal(&self, of: &str) {
        assert!((400..600).contains(&self.status), "{of:?} was let in: {self:?}");
        assert!(self.header("x-cutover-error").is_some(), "{of:?}: {self:?}");
        assert_eq!(self.header("connection"), Some("close"), "{of:?}: {self:?}");
        assert_eq!(self.header("content-type"), Some("application/json"), "{of:?}: {self:?}");
        let envelope = self.json();
        assert!(envelope["result"].is_null(), "{of:?}: {envelope}");
        let message = envelope["message"].as_str().unwrap_or_default();
        assert!(message.starts_with("cutover: "), "{of:?}: {envelope}");
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }
}

/// A connection.
#[derive(Debug)]
pub struct Connection {
    pub stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    pub async fn open(address: SocketAddr) -> Self {
        Self { stream: TcpStream::connect(address).await.unwrap(), buffer: Vec::new() }
    }

    /// Over a socket of one's own making.
    pub fn over(stream: TcpStream) -> Self {
        Self { stream, buffer: Vec::new() }
    }

    /// Sends bytes as they are.
    pub async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.stream.write_all(bytes.as_ref()).await.unwrap();
    }

    /// Reads one final answer to a request that was no HEAD; interim ones are passed over.
    pub async fn answer(&mut self) -> Answer {
        self.try_answer(false).await.expect("an answer")
    }

    /// Reads the answer to a HEAD.
    pub async fn head_answer(&mut self) -> Answer {
        self.try_answer(true).await.expect("an answer")
    }

    /// Reads one answer; an error if the connection ends before its body does.
    pub async fn try_answer(&mut self, to_head: bool) -> Result<Answer, String> {
        timeout(PATIENCE, self.read_answer(to_head)).await.expect("an answer in time")
    }

    async fn read_answer(&mut self, to_head: bool) -> Result<Answer, String> {
        loop {
            let head = self.until(b"\r\n\r\n").await?;
            let mut headers = [httparse::EMPTY_HEADER; 200];
            let mut parsed = httparse::Response::new(&mut headers);
            parsed.parse(&head).map_err(|error| format!("{error}: {:?}", String::from_utf8_lossy(&head)))?;
            let status = parsed.code.unwrap();
            let mut answer = Answer {
                head: head.clone(),
                status,
                reason: parsed.reason.unwrap_or_default().to_owned(),
                headers: parsed
                    .headers
                    .iter()
                    .map(|h| (h.name.to_owned(), String::from_utf8_lossy(h.value).into_owned()))
                    .collect(),
                body: Vec::new(),
            };
            if (100..200).contains(&status) && status != 101 {
                continue;
            }
            let bodiless = to_head || matches!(status, 101 | 204 | 304);
            answer.body = match (bodiless, answer.header("content-length"), answer.header("transfer-encoding")) {
                (true, ..) => Vec::new(),
                (_, Some(length), _) => self.exactly(length.parse().unwrap()).await?,
                (_, _, Some(_)) => self.chunks().await?,
                _ => self.rest().await,
            };
            return Ok(answer);
        }
    }

    /// Reads up to and with a mark.
    pub async fn until(&mut self, mark: &[u8]) -> Result<Vec<u8>, String> {
        loop {
            if let Some(at) = self.buffer.windows(mark.len()).position(|w| w == mark) {
                return Ok(self.buffer.drain(..at + mark.len()).collect());
            }
            self.more().await?;
        }
    }

    /// Reads exactly so many bytes.
    pub async fn exactly(&mut self, count: usize) -> Result<Vec<u8>, String> {
        while self.buffer.len() < count {
            self.more().await?;
        }
        Ok(self.buffer.drain(..count).collect())
    }

    async fn chunks(&mut self) -> Result<Vec<u8>, String> {
        let mut body = Vec::new();
        loop {
            let line = self.until(b"\r\n").await?;
            let line = String::from_utf8_lossy(&line);
            let size = usize::from_str_radix(line.trim().split(';').next().unwrap(), 16)
                .map_err(|e| format!("{e}: {line:?}"))?;
            if size == 0 {
                while self.until(b"\r\n").await? != b"\r\n" {}
                return Ok(body);
            }
            body.extend(self.exactly(size).await?);
            self.exactly(2).await?;
        }
    }

    /// Takes what was read and not handed out yet; from here on the stream can be read directly.
    pub fn unread(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.buffer)
    }

    /// Reads to the end of the connection; a reset counts as an end.
    pub async fn rest(&mut self) -> Vec<u8> {
        while self.more().await.is_ok() {}
        std::mem::take(&mut self.buffer)
    }

    async fn more(&mut self) -> Result<(), String> {
        match timeout(PATIENCE, self.stream.read_buf(&mut self.buffer)).await.expect("bytes in time") {
            Ok(0) => Err(format!("the connection ended; left over: {:?}", String::from_utf8_lossy(&self.buffer))),
            Ok(_) => Ok(()),
            Err(error) => Err(error.to_string()),
        }
    }

    /// Whether the other side closes within the time of patience without sending more.
    pub async fn is_closed(&mut self) -> bool {
        self.rest().await.is_empty()
    }

    /// Whether nothing comes for a moment, the connection staying open.
    pub async fn is_silent(&mut self, moment: Duration) -> bool {
        let mut byte = [0u8; 1];
        self.buffer.is_empty() && timeout(moment, self.stream.read(&mut byte)).await.is_err()
    }
}

/// One request on a connection of its own; `bytes` as they are sent.
pub async fn exchange(address: SocketAddr, bytes: impl AsRef<[u8]>) -> Answer {
    let mut connection = Connection::open(address).await;
    connection.send(bytes).await;
    connection.answer().await
}

/// Sends what has to be refused and gives the refusal, once it is seen to be one: legacy's envelope, the bridge's own
/// marker, nothing after it but the end of the connection.
pub async fn refusal(address: SocketAddr, bytes: impl AsRef<[u8]>) -> Answer {
    let shown = String::from_utf8_lossy(bytes.as_ref()).into_owned();
    let mut connection = Connection::open(address).await;
    connection.send(bytes).await;
    let answer = connection.answer().await;
    answer.assert_refusal(&shown);
    assert!(connection.is_closed().await, "more came after the refusal of {shown:?}");
    answer
}

/// A plain GET.
pub async fn get(address: SocketAddr, target: &str) -> Answer {
    exchange(address, format!("GET {target} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n")).await
}

/// A request with a JSON body.
pub async fn send_json(address: SocketAddr, method: &str, target: &str, body: &Value) -> Answer {
    let body = body.to_string();
    let length = body.len();
    exchange(
        address,
        format!("{method} {target} HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"),
    )
    .await
}
