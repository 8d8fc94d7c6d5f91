//! One request on a connection that is kept, and what may come of it.

use std::{
    collections::{BTreeMap, HashMap},
    net::SocketAddr,
    sync::{Arc, atomic::AtomicBool},
    time::{Duration, Instant},
};

use parking_lot::Mutex;
use serde_json::Value;
use tokio::{io::AsyncWriteExt, net::TcpStream};

use super::kind::Request;
use crate::support::raw::{Answer, Connection};

/// The way that a request takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Way {
    /// Straight to legacy, past the bridge.
    Straight,
    /// Through the bridge, which answers natively what it can.
    Bridge,
    /// Through the bridge, which is asked to forward it.
    Forwarded,
}

/// Where the sides are, and what was seen of them.
#[derive(Debug)]
pub struct Scene {
    pub legacy: SocketAddr,
    /// It changes with every start.
    pub bridge: Mutex<SocketAddr>,
    /// Whether a side may be dead at any time.
    pub disturbed: bool,
    /// Nobody begins anything any more.
    pub over: AtomicBool,
    /// How long answers took: by way, request and who answered.
    pub times: Mutex<BTreeMap<(Way, String, String), Vec<Duration>>>,
    /// What did not get an answer of the handler, and how often.
    pub cuts: Mutex<BTreeMap<String, u64>>,
    /// How long it took until legacy showed what it had not shown at once.
    pub late: Mutex<Vec<Duration>>,
}

/// What became of a request.
#[derive(Debug)]
pub enum Outcome {
    /// 200, with its result, and whether the bridge itself answered.
    Done { result: Value, native: bool },
    /// Another answer of the API: it is not done.
    Refused(Answer),
    /// A dead side, or nobody logged in: it is not done.
    Undone,
    /// It may be done, or be under way still.
    Unknown,
}

/// A client with its connections.
#[derive(Debug)]
pub struct Client {
    pub scene: Arc<Scene>,
    connections: HashMap<Way, (SocketAddr, Connection)>,
}

impl Client {
    pub fn new(scene: Arc<Scene>) -> Self {
        Self { scene, connections: HashMap::new() }
    }

    /// Asks. What is no answer to be expected ends the test.
    pub async fn ask(&mut self, way: Way, request: &Request) -> Outcome {
        let began = Instant::now();
        let came = self.exchange(way, request).await;
        let shown = || {
            let said = came.as_ref().map(|answer| (answer.status, answer.text(), answer.header("x-cutover-error")));
            format!("{way:?} {} {}: {said:?}", request.label(), request.body)
        };
        let disturbed = self.scene.disturbed;
        let (outcome, cut) = match &came {
            Ok(answer) => {
                let ours = answer.header("x-cutover-error");
                let who = answer.header("x-cutover-variant").unwrap_or("legacy").to_owned();
                match answer.status {
                    200 => {
                        let native = who == "native";
                        let key = (way, request.label(), who);
                        self.scene.times.lock().entry(key).or_default().push(began.elapsed());
                        return Outcome::Done { result: answer.json()["result"].take(), native };
                    }
                    401 if disturbed => (Outcome::Undone, "401".to_owned()),
                    503 if disturbed && ours.is_some() => (Outcome::Undone, ours.unwrap().to_owned()),
                    502 | 504 if disturbed && ours.is_some() => (Outcome::Unknown, ours.unwrap().to_owned()),
                    400..500 if answer.status != 401 => return Outcome::Refused(answer.clone()),
                    _ => panic!("{}", shown()),
                }
            }
            Err(Cut::Unsent | Cut::Unanswered(_)) if !disturbed => panic!("{}", shown()),
            Err(Cut::Unsent) => (Outcome::Undone, "refused connection".to_owned()),
            Err(Cut::Unanswered(_)) => (Outcome::Unknown, "cut connection".to_owned()),
        };
        *self.scene.cuts.lock().entry(format!("{way:?} {cut}")).or_default() += 1;
        outcome
    }

    async fn exchange(&mut self, way: Way, request: &Request) -> Result<Answer, Cut> {
        let address = if way == Way::Straight { self.scene.legacy } else { *self.scene.bridge.lock() };
        let kept = self.connections.remove(&way).filter(|(to, _)| *to == address);
        let mut connection = match kept {
            Some((_, connection)) => connection,
            None => Connection::over(TcpStream::connect(address).await.map_err(|_| Cut::Unsent)?),
        };
        let wish = match way {
            // Legacy answers in two writes, of which the second waits on a kept connection for an acknowledgement.
            Way::Straight => "Connection: close\r\n",
            Way::Bridge => "",
            Way::Forwarded => "x-cutover-variant: legacy\r\n",
        };
        let body = if request.body.is_null() { String::new() } else { request.body.to_string() };
        let kind = if body.is_empty() { "" } else { "Content-Type: application/json\r\n" };
        let line = format!("{} /api/1/{} HTTP/1.1\r\nHost: {address}\r\n", request.method, request.path);
        let bytes = format!("{line}{wish}{kind}Content-Length: {}\r\n\r\n{body}", body.len());
        let cut = |error: String| Cut::Unanswered(error);
        connection.stream.write_all(bytes.as_bytes()).await.map_err(|error| cut(error.to_string()))?;
        let answer = connection.try_answer(false).await.map_err(cut)?;
        let ends = answer.header("connection").is_some_and(|value| value.eq_ignore_ascii_case("close"));
        if !(ends || way == Way::Straight) {
            self.connections.insert(way, (address, connection));
        }
        Ok(answer)
    }
}

/// Why there is no answer.
#[derive(Debug)]
enum Cut {
    /// Nobody listens.
    Unsent,
    Unanswered(#[allow(dead_code, reason = "shown")] String),
}
