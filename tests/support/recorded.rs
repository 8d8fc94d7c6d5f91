//! A server of others as it was recorded: answers the questions of a recording, in its order, and complains about any other.
//!
//! A recording (`tests/outbound/*.jsonl`) has an exchange a line; docs/outbound.md describes it, `scripts/record-outbound`
//! writes one.

use std::{
    collections::{BTreeMap, VecDeque},
    net::SocketAddr,
    path::Path,
    sync::Arc,
};

use parking_lot::Mutex;
use percent_encoding::percent_decode_str;
use serde::Deserialize;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::AbortHandle,
};

/// One exchange.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exchange {
    request: Request,
    answer: Answer,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Request {
    method: String,
    path: String,
    #[serde(default)]
    query: Vec<(String, String)>,
    headers: BTreeMap<String, String>,
    #[serde(default)]
    body: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
enum Answer {
    Given {
        status: u16,
        #[serde(default)]
        headers: BTreeMap<String, String>,
        #[serde(default)]
        body: String,
    },
    Fault {
        fault: Fault,
    },
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Fault {
    /// The connection ends without an answer.
    Closed,
    /// The answer ends in its middle.
    Broken,
    /// There is none, and the connection stays.
    Silence,
}

/// What stands for a value that is secret: any, but not nothing.
const SECRET: &str = "<secret>";
/// Headers that are the transport's.
const OF_THE_TRANSPORT: [&str; 3] = ["host", "content-length", "connection"];

/// The server.
pub struct Recorded {
    /// Where it listens.
    pub address: SocketAddr,
    state: Arc<Mutex<State>>,
    accepting: AbortHandle,
}

#[derive(Default)]
struct State {
    left: VecDeque<Exchange>,
    complaints: Vec<String>,
    /// Connections that the other side has ended without an answer.
    given_up: usize,
    asked: usize,
}

impl Recorded {
    /// Plays `tests/outbound/NAME.jsonl`.
    pub async fn play(name: &str) -> Self {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/outbound").join(format!("{name}.jsonl"));
        Self::exchanges(&std::fs::read_to_string(file).unwrap()).await
    }

    /// Plays such lines.
    pub async fn exchanges(lines: &str) -> Self {
        let left =
            lines.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")));
        let state = Arc::new(Mutex::new(State { left: left.collect(), ..State::default() }));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::clone(&state);
        let accepting = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&shared)));
            }
        });
        Self { address, state, accepting: accepting.abort_handle() }
    }

    /// Its address, for a key of `[outbound]`.
    pub fn base(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Questions so far.
    pub fn asked(&self) -> usize {
        self.state.lock().asked
    }

    /// Questions whose connection was ended by whoever asked, before an answer.
    pub fn given_up(&self) -> usize {
        self.state.lock().given_up
    }

    /// All of the recording was asked for, and nothing else.
    pub fn assert_played(&self) {
        let state = self.state.lock();
        assert_eq!(state.complaints, Vec::<String>::new());
        assert!(state.left.is_empty(), "never asked: {:?}", state.left);
    }
}

impl Drop for Recorded {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn serve(mut stream: TcpStream, state: Arc<Mutex<State>>) {
    let Some(asked) = read(&mut stream).await else { return };
    let answer = {
        let mut state = state.lock();
        state.asked += 1;
        match state.left.front().cloned() {
            Some(next) if next.request.is_met_by(&asked) => {
                state.left.pop_front();
                next.answer
            }
            next => {
                state.complaints.push(format!("asked {asked:?}, and recorded is {:?}", next.map(|next| next.request)));
                Answer::Given { status: 500, headers: BTreeMap::new(), body: "not recorded".into() }
            }
        }
    };
    let bytes = match answer {
        Answer::Fault { fault: Fault::Closed } => return,
        Answer::Fault { fault: Fault::Broken } => "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nno more".to_owned(),
        Answer::Fault { fault: Fault::Silence } => {
            if matches!(stream.read(&mut [0]).await, Ok(0) | Err(_)) {
                state.lock().given_up += 1;
            }
            return;
        }
        Answer::Given { status, headers, body } => {
            let lines: Vec<String> = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
            let headers = lines.concat();
            let length = body.len();
            format!(
                "HTTP/1.1 {status} Recorded\r\n{headers}Content-Length: {length}\r\nConnection: close\r\n\r\n{body}"
            )
        }
    };
    let _ = stream.write_all(bytes.as_bytes()).await;
    let _ = stream.shutdown().await;
}

impl Request {
    /// Strictly: the same method, path, arguments in their order, headers and body; nothing more, nothing less.
    fn is_met_by(&self, asked: &Self) -> bool {
        let same = |recorded: &str, given: &str| match recorded {
            SECRET => !given.is_empty(),
            recorded => recorded.replace("<version>", env!("CARGO_PKG_VERSION")) == given,
        };
        self.method == asked.method
            && self.path == asked.path
            && same(&self.body, &asked.body)
            && self.query.len() == asked.query.len()
            && self.query.iter().zip(&asked.query).all(|(one, other)| one.0 == other.0 && same(&one.1, &other.1))
            && self.headers.len() == asked.headers.len()
            && self.headers.iter().zip(&asked.headers).all(|(one, other)| one.0 == other.0 && same(one.1, other.1))
    }
}

async fn read(stream: &mut TcpStream) -> Option<Request> {
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break end + 4;
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    };
    let mut lines = [httparse::EMPTY_HEADER; 64];
    let mut head = httparse::Request::new(&mut lines);
    head.parse(&bytes[..end]).unwrap();
    let (method, target) = (head.method.unwrap().to_owned(), head.path.unwrap().to_owned());
    let mut headers: BTreeMap<String, String> = head
        .headers
        .iter()
        .map(|line| (line.name.to_ascii_lowercase(), String::from_utf8(line.value.to_vec()).unwrap()))
        .collect();
    let length: usize = headers.get("content-length").map_or(0, |length| length.parse().unwrap());
    headers.retain(|name, _| !OF_THE_TRANSPORT.contains(&name.as_str()));
    while bytes.len() < end + length {
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    let plain = |text: &str| percent_decode_str(&text.replace('+', " ")).decode_utf8().unwrap().into_owned();
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    let query = pairs.map(|pair| pair.split_once('=').unwrap_or((pair, ""))).map(|(k, v)| (plain(k), plain(v)));
    let body = String::from_utf8(bytes[end..].to_vec()).unwrap();
    Some(Request { method, path: path.to_owned(), query: query.collect(), headers, body })
}
