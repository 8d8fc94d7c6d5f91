//! An upstream on a raw socket: answers whatever a test says, byte by byte, and remembers what it was sent.

use std::{
    future::Future,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use parking_lot::Mutex;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::AbortHandle,
};

/// A scripted upstream. The bridge's own questions (their user agent says so) are answered 404 and not counted.
pub struct Upstream {
    pub address: SocketAddr,
    seen: Arc<Mutex<Vec<Vec<u8>>>>,
    connections: Arc<AtomicUsize>,
    accepting: AbortHandle,
}

/// One connection from the bridge.
pub struct Incoming {
    pub stream: TcpStream,
    buffer: Vec<u8>,
    seen: Arc<Mutex<Vec<Vec<u8>>>>,
}

impl Upstream {
    /// Runs the script on every connection that carries a request which is not the bridge's own. The connection ends
    /// when the script does.
    pub async fn start<F, S>(script: S) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
        S: Fn(Incoming) -> F + Send + Sync + Clone + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let connections = Arc::new(AtomicUsize::new(0));
        let (seen_by, counted) = (Arc::clone(&seen), Arc::clone(&connections));
        let accepting = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let incoming = Incoming { stream, buffer: Vec::new(), seen: Arc::clone(&seen_by) };
                tokio::spawn(serve(incoming, script.clone(), Arc::clone(&counted)));
            }
        });
        Self { address, seen, connections, accepting: accepting.abort_handle() }
    }

    /// Answers every request on every connection with the same bytes.
    pub async fn always(answer: &'static str) -> Self {
        Self::start(move |mut incoming| async move {
            while incoming.request().await.is_some() {
                incoming.send(answer).await;
            }
        })
        .await
    }

    /// Heads (and bodies, where the script read them) of all requests so far.
    pub fn seen(&self) -> Vec<String> {
        self.seen.lock().iter().map(|bytes| String::from_utf8_lossy(bytes).into_owned()).collect()
    }

    /// The same, byte by byte and in one piece.
    pub fn seen_bytes(&self) -> Vec<u8> {
        self.seen.lock().concat()
    }

    /// Connections that carried a request of a client's.
    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

impl Drop for Upstream {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn serve<F, S>(mut incoming: Incoming, script: S, counted: Arc<AtomicUsize>)
where
    F: Future<Output = ()> + Send,
    S: Fn(Incoming) -> F,
{
    loop {
        let Some(head) = incoming.peek_head().await else { return };
        let head_text = String::from_utf8_lossy(&head).to_lowercase();
        // The notifier's are what tests of it are about.
        let notifiers = ["get /ws/ ", "get /api/1/messages "].iter().any(|line| head_text.starts_with(line));
        if notifiers || !head_text.contains("\r\nuser-agent: cutover/") {
            break;
        }
        incoming.buffer.drain(..head.len());
        let body = r#"{"result": null, "message": ""}"#;
        let answer = format!(
            "HTTP/1.1 404 NOT FOUND\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        incoming.send(answer).await;
    }
    counted.fetch_add(1, Ordering::SeqCst);
    script(incoming).await;
}

impl Incoming {
    async fn peek_head(&mut self) -> Option<Vec<u8>> {
        loop {
            if let Some(at) = self.buffer.windows(4).position(|w| w == b"\r\n\r\n") {
                return Some(self.buffer[..at + 4].to_vec());
            }
            if !self.more().await {
                return None;
            }
        }
    }

    /// Reads more; false at the end of the connection.
    pub async fn more(&mut self) -> bool {
        matches!(self.stream.read_buf(&mut self.buffer).await, Ok(count) if count > 0)
    }

    /// The next request's head, remembered; `None` at the end of the connection.
    pub async fn request(&mut self) -> Option<String> {
        let head = self.peek_head().await?;
        self.buffer.drain(..head.len());
        self.seen.lock().push(head.clone());
        Some(String::from_utf8_lossy(&head).into_owned())
    }

    /// So many bytes of a body, remembered; fewer if the connection ends.
    pub async fn body(&mut self, count: usize) -> String {
        while self.buffer.len() < count && self.more().await {}
        let count = count.min(self.buffer.len());
        let body: Vec<u8> = self.buffer.drain(..count).collect();
        self.seen.lock().push(body.clone());
        String::from_utf8_lossy(&body).into_owned()
    }

    /// Everything up to the end of a chunked body, framing included, remembered.
    pub async fn chunked_body(&mut self) -> String {
        while !self.buffer.windows(5).any(|w| w == b"0\r\n\r\n") && self.more().await {}
        let at = self.buffer.windows(5).position(|w| w == b"0\r\n\r\n").map_or(self.buffer.len(), |at| at + 5);
        let body: Vec<u8> = self.buffer.drain(..at).collect();
        self.seen.lock().push(body.clone());
        String::from_utf8_lossy(&body).into_owned()
    }

    /// Takes what was read and not handed out yet; from here on the stream can be read directly.
    pub fn unread(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.buffer)
    }

    /// Sends bytes as they are; a bridge that is gone is no failure of the script.
    pub async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        let _ = self.stream.write_all(bytes.as_ref()).await;
    }

    /// Waits for the end of the connection.
    pub async fn ended(&mut self) {
        while self.more().await {}
    }

    /// Everything that is still sent up to the end of the connection, remembered.
    pub async fn rest(&mut self) -> Vec<u8> {
        self.ended().await;
        let rest = std::mem::take(&mut self.buffer);
        self.seen.lock().push(rest.clone());
        rest
    }
}
