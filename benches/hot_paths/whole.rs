//! Whole requests, from a client's socket to its answer: guard, HTTP, routing, decision, handler or legacy, headers.
//!
//! Client, bridge and legacy are tasks of one thread. What the first and the last do is counted with it: a few hundred
//! instructions. Not counted is what the kernel does.

use std::{net::SocketAddr, path::PathBuf, sync::Arc};

use cutover::{
    config::{Layers, Mode},
    dispatch::{Bridge, comparing::Comparer},
    flags::Variant,
    forward::{Forwarder, pool::Pool},
    handlers,
    parity::evidence::{self, Evidence},
    rollout::Rollout,
    routes::Live,
    server::{connection, guard::head::end_of_head, limits::Limits},
    session::{Session, files::Files},
    wire::Cors,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::watch,
};

use super::{
    database::{self, USER},
    samples::{ANSWER, GET, PING},
};

/// A read that legacy answers.
pub(super) fn forwarded(rounds: u64) {
    database::runtime().block_on(async {
        let (bridge, _stop) = bridge(Mode::Legacy, Files::new(None, database::options())).await;
        Asker::of(&bridge).await.ask(rounds, GET, Variant::Legacy).await;
    });
}

/// The smallest native answer.
pub(super) fn ping(rounds: u64) {
    database::runtime().block_on(async {
        let (bridge, _stop) = bridge(Mode::Native, Files::new(None, database::options())).await;
        Asker::of(&bridge).await.ask(rounds, PING, Variant::Native).await;
    });
}

/// A native answer with 40 rows of the user's database.
pub(super) fn tags(rounds: u64) {
    let data = database::data();
    database::runtime().block_on(async {
        let (bridge, _stop) = bridge(Mode::Native, Files::new(Some(data.path().to_owned()), database::options())).await;
        Asker::of(&bridge).await.ask(rounds, GET, Variant::Native).await;
    });
}

/// A bridge with every route in this mode, otherwise as it is shipped, and a legacy behind it. It stops with the second.
async fn bridge(all: Mode, files: Files) -> (Arc<Bridge>, watch::Sender<bool>) {
    let legacy = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", legacy.local_addr().unwrap());
    tokio::spawn(answer_all(legacy));
    let layers = Layers {
        file: Some(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("routes.toml")),
        command_line: vec![("legacy", "url", url), ("flags", "all", all.as_str().to_owned())],
        ..Layers::default()
    };
    let live = Arc::new(Live::start(layers, handlers::catalog()).unwrap());
    let config = Arc::clone(&live.snapshot().config);
    let session = Session::alone(files, USER.to_owned(), database::passphrase());
    session.learn(|facts| facts.learn_cors(None, Cors::default()));
    let evidence = Evidence::open(None, evidence::Limits::default()).unwrap();
    let comparer = Comparer::new(&config.parity, evidence.clone(), Rollout::idle(Arc::clone(&live), evidence));
    let pool = Pool::new(config.legacy.url.clone(), config.legacy.max_connections, config.legacy.idle_timeout);
    let forwarder = Forwarder::new(pool, config.legacy.max_tunnels);
    let (stop, stopping) = watch::channel(false);
    let bridge = Bridge::new(live, forwarder, Arc::new(session), comparer, stopping).await;
    (bridge, stop)
}

/// Answers every request with the same bytes, at once.
async fn answer_all(listener: TcpListener) {
    let mut answer = ANSWER.as_bytes().to_vec();
    answer.resize(answer.len() + 1024, b' ');
    while let Ok((mut stream, _)) = listener.accept().await {
        let answer = answer.clone();
        tokio::spawn(async move {
            stream.set_nodelay(true).unwrap();
            let mut arrived = Vec::new();
            while matches!(stream.read_buf(&mut arrived).await, Ok(1..)) {
                while let Some(end) = end_of_head(&arrived, 0) {
                    arrived.drain(..end);
                    stream.write_all(&answer).await.unwrap();
                }
            }
        });
    }
}

/// A client.
struct Asker {
    stream: TcpStream,
}

impl Asker {
    /// Connects to a bridge.
    async fn of(bridge: &Arc<Bridge>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (client, accepted) = tokio::join!(TcpStream::connect(listener.local_addr().unwrap()), listener.accept());
        let (stream, client): (TcpStream, TcpStream) = (accepted.unwrap().0, client.unwrap());
        for end in [&stream, &client] {
            end.set_nodelay(true).unwrap();
        }
        let address: SocketAddr = client.local_addr().unwrap();
        let limits = Arc::new(Limits::of(&bridge.live.snapshot().config.listen));
        let serving =
            connection::serve(Arc::clone(bridge), stream, address.ip(), Arc::new(()), limits, bridge.stopping());
        tokio::spawn(serving);
        Self { stream: client }
    }

    /// Asks the same so many times, one after the other.
    async fn ask(&mut self, rounds: u64, request: &str, by: Variant) {
        self.stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = self.whole().await;
        let head = String::from_utf8_lossy(&answer).into_owned();
        assert!(head.starts_with("HTTP/1.1 200 "), "{head}");
        assert!(head.contains(&format!("x-cutover-variant: {}\r\n", by.as_str())), "{head}");
        for _ in 0..rounds {
            self.stream.write_all(request.as_bytes()).await.unwrap();
            // All answers are of one length.
            self.stream.read_exact(&mut answer).await.unwrap();
            assert!(answer.starts_with(b"HTTP/1.1 200 "));
        }
    }

    /// Reads the first answer.
    async fn whole(&mut self) -> Vec<u8> {
        let mut bytes = Vec::new();
        loop {
            assert!(self.stream.read_buf(&mut bytes).await.unwrap() > 0, "the bridge hung up");
            let Some(end) = end_of_head(&bytes, 0) else { continue };
            let head = String::from_utf8_lossy(&bytes[..end]).to_lowercase();
            let length = head.split("content-length: ").nth(1).and_then(|rest| rest.split("\r\n").next()).unwrap();
            if bytes.len() == end + length.parse::<usize>().unwrap() {
                return bytes;
            }
        }
    }
}
