//! The package inside legacy, as a script: it says what the test has it say, over the real socket.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::UnixStream,
    time::timeout,
};

use super::PATIENCE;

/// A place for a socket, and the lines of routes.toml that put it there.
pub struct Place {
    pub path: PathBuf,
    _directory: TempDir,
}

impl Place {
    pub fn new() -> Self {
        let directory = TempDir::new().unwrap();
        Self { path: directory.path().join("bridge.sock"), _directory: directory }
    }

    pub fn routes(&self) -> String {
        format!("[compat]\nsocket = {:?}\n", self.path.display().to_string())
    }
}

/// A package that is connected, until it is dropped.
pub struct Package {
    path: PathBuf,
    lines: BufReader<UnixStream>,
}

/// All of its parts.
pub fn all_parts() -> Value {
    let caches = ["settings", "assets", "current_prices", "accounting_status", "accounts"];
    json!({"notifier": true, "session": true, "caches": caches, "transactions": true, "tasks": []})
}

impl Package {
    /// Connects, as process 1 with these parts.
    pub async fn attach(path: &Path, parts: &Value) -> Self {
        Self::introduce(path, &introduction(1, parts)).await.unwrap()
    }

    /// Connects with this body; the answer if it is refused.
    pub async fn introduce(path: &Path, body: &Value) -> Result<Self, (u16, Value)> {
        let mut lines = BufReader::new(send(path, "/attach", &body.to_string()).await);
        let (status, length) = head(&mut lines).await;
        if status != 200 {
            return Err((status, read_body(&mut lines, length).await));
        }
        let mut package = Self { path: path.to_owned(), lines };
        assert_eq!(package.line().await["kind"], "hello");
        Ok(package)
    }

    /// The next line that is no ping; an error at the end.
    pub async fn try_line(&mut self) -> Result<Value, String> {
        loop {
            // One chunk holds one line.
            let mut chunk = String::new();
            let reading = async {
                for _ in 0..3 {
                    if self.lines.read_line(&mut chunk).await.map_err(|error| error.to_string())? == 0 {
                        return Err("the end".to_owned());
                    }
                    if chunk == "0\r\n" {
                        return Err("the end".to_owned());
                    }
                }
                Ok(())
            };
            timeout(PATIENCE, reading).await.expect("a line in time")?;
            let line: Value = serde_json::from_str(chunk.lines().nth(1).unwrap()).unwrap();
            if line["kind"] != "ping" {
                return Ok(line);
            }
        }
    }

    /// The next line.
    pub async fn line(&mut self) -> Value {
        self.try_line().await.unwrap()
    }

    /// Says that what a line told is done, or not.
    pub async fn acknowledge(&self, line: &Value, error: Option<&str>) {
        let body = json!({"id": line["id"], "ok": error.is_none(), "error": error});
        assert_eq!(self.post("/ack", &body).await, (200, json!({})));
    }

    /// Says something.
    pub async fn post(&self, target: &str, body: &Value) -> (u16, Value) {
        post(&self.path, target, &body.to_string()).await
    }
}

/// What a process says when it comes.
pub fn introduction(pid: u32, parts: &Value) -> Value {
    json!({"version": 1, "pid": pid, "backend": "a script", "parts": parts})
}

/// Any request.
pub async fn post(path: &Path, target: &str, body: &str) -> (u16, Value) {
    let mut stream = BufReader::new(send(path, target, body).await);
    let (status, length) = timeout(PATIENCE, head(&mut stream)).await.expect("an answer in time");
    (status, read_body(&mut stream, length).await)
}

async fn send(path: &Path, target: &str, body: &str) -> UnixStream {
    let mut stream = UnixStream::connect(path).await.unwrap();
    let head = format!("POST {target} HTTP/1.1\r\nHost: h\r\nContent-Length: {}\r\n\r\n", body.len());
    stream.write_all(format!("{head}{body}").as_bytes()).await.unwrap();
    stream
}

/// Status and length of an answer.
async fn head(stream: &mut BufReader<UnixStream>) -> (u16, usize) {
    let (mut status, mut length) = (0, 0);
    loop {
        let mut line = String::new();
        assert!(stream.read_line(&mut line).await.unwrap() > 0, "the connection ended");
        if let Some(rest) = line.strip_prefix("HTTP/1.1 ") {
            status = rest[..3].parse().unwrap();
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        if line == "\r\n" {
            return (status, length);
        }
    }
}

async fn read_body(stream: &mut BufReader<UnixStream>, length: usize) -> Value {
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.unwrap();
    serde_json::from_slice(&body).unwrap_or_else(|_| Value::String(String::from_utf8_lossy(&body).into_owned()))
}
