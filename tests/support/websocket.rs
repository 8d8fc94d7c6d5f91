//! A websocket client that sees every byte. It reads frames with a few lines of its own, not with what is under test.

use std::{net::SocketAddr, sync::Arc};

use parking_lot::Mutex;
use tokio::{io::AsyncWriteExt, task::JoinHandle};

use super::{bridge::Bridge, eventually, legacy::Legacy, raw};

/// A handshake as browsers send it.
pub fn handshake(path: &str) -> String {
    format!(
        "GET {path} HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
}

/// The grant legacy gives it, without the headers that a server may add.
pub const ACCEPT: &str = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

/// An open websocket.
pub struct WebSocket {
    pub connection: raw::Connection,
}

/// What a server sends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// The first byte: FIN, reserved bits, opcode.
    pub first: u8,
    pub payload: Vec<u8>,
}

/// How a connection ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    /// With a close frame, and this in it.
    Close(Vec<u8>),
    /// With no more bytes.
    Fin,
    /// Broken.
    Reset,
}

impl WebSocket {
    /// Opens one at `/ws/`.
    pub async fn open(address: SocketAddr) -> Self {
        Self::at(address, "/ws/").await
    }

    /// Opens one at a path.
    pub async fn at(address: SocketAddr, path: &str) -> Self {
        let mut connection = raw::Connection::open(address).await;
        connection.send(handshake(path)).await;
        let answer = connection.answer().await;
        assert_eq!(answer.status, 101, "{answer:?}");
        Self { connection }
    }

    /// Opens one that takes little before its socket is full.
    pub async fn narrow(address: SocketAddr) -> Self {
        let socket = tokio::net::TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(4096).unwrap();
        let mut connection = raw::Connection::over(socket.connect(address).await.unwrap());
        connection.send(handshake("/ws/")).await;
        assert_eq!(connection.answer().await.status, 101);
        Self { connection }
    }

    /// Sends a frame with this first byte, masked.
    pub async fn send(&mut self, first: u8, payload: &[u8]) {
        self.connection.send(masked(first, payload)).await;
    }

    /// Sends a text.
    pub async fn text(&mut self, text: &str) {
        self.send(0x81, text.as_bytes()).await;
    }

    /// The next frame; an error at the end of the connection.
    pub async fn try_frame(&mut self) -> Result<Frame, String> {
        let head = self.connection.exactly(2).await?;
        assert_eq!(head[1] & 0x80, 0, "a server's frame is not masked");
        let length = match head[1] {
            126 => u16::from_be_bytes(self.connection.exactly(2).await?.try_into().unwrap()).into(),
            127 => u64::from_be_bytes(self.connection.exactly(8).await?.try_into().unwrap()),
            short => u64::from(short),
        };
        Ok(Frame { first: head[0], payload: self.connection.exactly(usize::try_from(length).unwrap()).await? })
    }

    /// The next frame.
    pub async fn frame(&mut self) -> Frame {
        self.try_frame().await.unwrap()
    }

    /// The next frame, which is a text; pings before it are answered.
    pub async fn next_text(&mut self) -> String {
        loop {
            let frame = self.frame().await;
            match frame.first {
                0x89 => self.send(0x8a, &frame.payload).await,
                first => {
                    assert_eq!(first, 0x81, "{frame:?}");
                    return String::from_utf8(frame.payload).unwrap();
                }
            }
        }
    }

    /// Texts up to the one that ends with this.
    pub async fn texts_until(&mut self, last: &str) -> Vec<String> {
        let mut texts = Vec::new();
        loop {
            let text = self.next_text().await;
            let over = text.contains(last);
            texts.push(text);
            if over {
                return texts;
            }
        }
    }

    /// Reads on to the end of the connection.
    pub async fn ending(&mut self) -> Ending {
        loop {
            match self.try_frame().await {
                Ok(Frame { first: 0x88, payload }) => return Ending::Close(payload),
                Ok(_) => {}
                Err(error) if error.contains("the connection ended") => return Ending::Fin,
                Err(_) => return Ending::Reset,
            }
        }
    }

    /// Ends it as a browser does.
    pub async fn close(mut self) {
        self.send(0x88, b"\x03\xe8").await;
        assert_eq!(self.ending().await, Ending::Close(b"\x03\xe8".to_vec()));
        let _ = self.connection.stream.shutdown().await;
    }
}

/// Somebody who reads everything as it comes.
pub struct Reader {
    texts: Arc<Mutex<Vec<String>>>,
    reading: JoinHandle<Ending>,
}

impl Reader {
    /// Has a client read on.
    pub fn of(mut client: WebSocket) -> Self {
        let texts = Arc::new(Mutex::new(Vec::new()));
        let into = Arc::clone(&texts);
        let reading = tokio::spawn(async move {
            loop {
                match client.try_frame().await {
                    Ok(Frame { first: 0x81, payload }) => into.lock().push(String::from_utf8(payload).unwrap()),
                    Ok(Frame { first: 0x88, payload }) => return Ending::Close(payload),
                    Ok(_) => {}
                    Err(error) if error.contains("the connection ended") => return Ending::Fin,
                    Err(_) => return Ending::Reset,
                }
            }
        });
        Self { texts, reading }
    }

    /// All texts, once there is one with this in it.
    pub async fn until(&self, last: &str) -> Vec<String> {
        let there = || async { self.texts.lock().last().is_some_and(|text| text.contains(last)).then_some(()) };
        eventually(last, there).await;
        self.texts()
    }

    /// All texts so far.
    pub fn texts(&self) -> Vec<String> {
        self.texts.lock().clone()
    }

    /// Whether its connection has ended.
    pub fn has_ended(&self) -> bool {
        self.reading.is_finished()
    }
}

/// A client's frame.
pub fn masked(first: u8, payload: &[u8]) -> Vec<u8> {
    let mask = [7, 77, 177, 237];
    let mut bytes = vec![first];
    match payload.len() {
        length @ 0..126 => bytes.push(128 + u8::try_from(length).unwrap()),
        length @ 126..65_536 => {
            bytes.push(128 + 126);
            bytes.extend(u16::try_from(length).unwrap().to_be_bytes());
        }
        length => {
            bytes.push(128 + 127);
            bytes.extend((length as u64).to_be_bytes());
        }
    }
    bytes.extend(mask);
    bytes.extend(payload.iter().enumerate().map(|(i, byte)| byte ^ mask[i % 4]));
    bytes
}

/// A server's text frame.
pub fn server_text(text: &str) -> Vec<u8> {
    let mut bytes = masked(0x81, text.as_bytes());
    let header = bytes.len() - text.len() - 4;
    bytes.truncate(header);
    bytes[1] &= 0x7f;
    bytes.extend(text.as_bytes());
    bytes
}

/// Has the real legacy send a message; gives how many clients took it and how often it was queued.
pub async fn broadcast(legacy: SocketAddr, message_type: &str, data: serde_json::Value) -> (u64, u64) {
    let body = serde_json::json!({"type": message_type, "data": data});
    told(&raw::send_json(legacy, "POST", "/api/1/_test/broadcast", &body).await)
}

/// Has the real legacy send a warning or an error.
pub async fn warn(legacy: SocketAddr, verbosity: &str, value: &str) -> (u64, u64) {
    let body = serde_json::json!({"verbosity": verbosity, "value": value});
    told(&raw::send_json(legacy, "POST", "/api/1/_test/warn", &body).await)
}

fn told(answer: &raw::Answer) -> (u64, u64) {
    let result = &answer.json()["result"];
    let count = |name: &str| result[name].as_u64().unwrap_or_else(|| panic!("{answer:?}"));
    (count("delivered"), count("queued"))
}

/// `warnings` and `errors` of `GET /api/1/messages`.
pub async fn messages(address: SocketAddr) -> (Vec<String>, Vec<String>) {
    let answer = raw::get(address, "/api/1/messages").await.json();
    let list = |name: &str| serde_json::from_value(answer["result"][name].clone()).unwrap();
    (list("warnings"), list("errors"))
}

/// Waits until the bridge counts so many clients, and its subscription is as this word says.
pub async fn notifier_is(bridge: &Bridge, clients: u64, subscription: &str) {
    bridge
        .until(&format!("{clients} clients, subscription {subscription}"), |status| {
            status["websocket"]["clients"] == clients && status["websocket"]["subscription"] == subscription
        })
        .await;
}

/// Waits until legacy takes nobody for subscribed any more; what finds that out ends up in its queue, and is removed.
pub async fn unsubscribed(legacy: &Legacy) {
    eventually("legacy has no subscriber", || async {
        (broadcast(legacy.address, "probe", serde_json::Value::Null).await == (0, 1)).then_some(())
    })
    .await;
    messages(legacy.address).await;
}
