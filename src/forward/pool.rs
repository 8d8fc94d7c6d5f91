//! Connections to legacy, counted and reused.

use std::{
    sync::{Arc, Weak},
    time::{Duration, Instant},
};

use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use parking_lot::Mutex;
use tokio::{
    net::TcpStream,
    sync::oneshot,
    time::{sleep_until, timeout},
};

use super::{
    body::{Body, Ended},
    exchange::Timeouts,
    failure::Failure,
    meter::{Meter, Metered},
};
use crate::{
    admission::{Admission, Admitted, Turned, Wait},
    config::settings::LegacyUrl,
};

/// Silence on a connection after which the kernel asks whether the other side is still there.
const KEEP_ALIVE_PROBE: Duration = Duration::from_secs(60);
/// Largest answer head; longer is malformed. Legacy's are below 1 KiB.
const MAX_HEAD: usize = 256 * 1024;

/// One connection to legacy.
#[derive(Debug)]
pub struct Connection {
    /// Sends requests on it.
    pub sender: SendRequest<Body>,
    /// Bytes read from it.
    pub meter: Meter,
    /// Whether it has carried a request before.
    pub reused: bool,
    /// Whether it may carry no other.
    spoilt: bool,
    /// Completes when it has ended.
    pub ended: oneshot::Receiver<()>,
}

/// The pool. A slot is held by each busy connection; a new connection is made only when no idle one is left, so idle
/// and busy ones together never exceed the cap.
#[derive(Debug)]
pub struct Pool {
    url: LegacyUrl,
    idle: Mutex<Vec<(Instant, Connection)>>,
    slots: Admission,
    idle_timeout: Option<Duration>,
}

/// A busy connection and its slot.
#[derive(Debug)]
pub struct Lease {
    /// The connection.
    pub connection: Connection,
    slot: Admitted,
    pool: Arc<Pool>,
}

impl Pool {
    /// A pool without connections.
    #[must_use]
    pub fn new(url: LegacyUrl, cap: usize, idle_timeout: Option<Duration>) -> Arc<Self> {
        let pool = Arc::new(Self { url, idle: Mutex::default(), slots: Admission::new(cap), idle_timeout });
        if let Some(bound) = idle_timeout {
            tokio::spawn(close_unused(Arc::downgrade(&pool), bound));
        }
        pool
    }

    /// Where legacy listens.
    #[must_use]
    pub fn url(&self) -> &LegacyUrl {
        &self.url
    }

    /// Idle connections, and slots that are free.
    #[must_use]
    pub fn usage(&self) -> (usize, usize) {
        (self.idle.lock().len(), self.slots.free())
    }

    /// Callers that wait for a slot.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.slots.waiting()
    }

    /// A connection to use: an idle one, or (always, if `fresh`) a new one. Waiting callers are served in order.
    ///
    /// # Errors
    /// No slot in time, no room to wait for one, or no connection.
    pub async fn lease(self: &Arc<Self>, fresh: bool, timeouts: Timeouts) -> Result<Lease, Failure> {
        // Who waits holds its request's head and no more: a body is read as it is sent.
        let wait = Wait { time: timeouts.queue, most: timeouts.waiting };
        let slot = self.slots.enter(wait).await.map_err(|turned| match turned {
            Turned::Crowded(most) => Failure::Crowded(most),
            Turned::Late(bound) => Failure::Saturated(bound),
        })?;
        let connection = match self.take_idle(fresh) {
            Some(connection) => connection,
            None => connect_to(&self.url, timeouts.connect).await?,
        };
        Ok(Lease { connection, slot, pool: Arc::clone(self) })
    }

    /// The youngest idle connection that still stands. Old ones are dropped on the way; a fresh one replaces the oldest.
    fn take_idle(&self, fresh: bool) -> Option<Connection> {
        self.drop_old();
        let mut idle = self.idle.lock();
        if fresh {
            if !idle.is_empty() {
                idle.remove(0);
            }
            return None;
        }
        while let Some((_, connection)) = idle.pop() {
            if connection.sender.is_ready() {
                return Some(connection);
            }
        }
        None
    }

    /// Drops the connections that are idle for too long, or that legacy closed.
    fn drop_old(&self) {
        let young = |since: &Instant| self.idle_timeout.is_none_or(|bound| since.elapsed() < bound);
        self.idle.lock().retain(|(since, connection)| young(since) && !connection.sender.is_closed());
    }

    /// Forgets every idle connection: after an outage none of them is worth a try.
    pub fn clear(&self) {
        self.idle.lock().clear();
    }
}

impl Lease {
    /// Marks the connection as one that is closed instead of given back.
    pub fn spoil(&mut self) {
        self.connection.spoilt = true;
    }

    /// Gives the connection back once it is ready for another request. One on which legacy sent more than its answer
    /// never is.
    pub fn give_back(self) {
        let Self { mut connection, slot, pool } = self;
        if connection.spoilt {
            return;
        }
        connection.reused = true;
        if connection.sender.is_ready() {
            pool.idle.lock().push((Instant::now(), connection));
            drop(slot);
            return;
        }
        tokio::spawn(async move {
            if timeout(Duration::from_secs(5), connection.sender.ready()).await.is_ok_and(|ready| ready.is_ok()) {
                pool.idle.lock().push((Instant::now(), connection));
            }
            drop(slot);
        });
    }
}

/// Closes connections as they reach the idle timeout, though nobody asks for one.
async fn close_unused(pool: Weak<Pool>, bound: Duration) {
    let mut next = Instant::now() + bound;
    loop {
        sleep_until(next.into()).await;
        let Some(pool) = pool.upgrade() else { return };
        pool.drop_old();
        let oldest = pool.idle.lock().first().map(|(since, _)| *since);
        next = oldest.unwrap_or_else(Instant::now) + bound;
    }
}

impl Ended for Lease {
    fn ended(self: Box<Self>) {
        self.give_back();
    }
}

/// Connects to legacy and begins HTTP/1.1 on it.
///
/// # Errors
/// Refused, or not in time.
pub async fn connect_to(url: &LegacyUrl, bound: Option<Duration>) -> Result<Connection, Failure> {
    let connecting = TcpStream::connect(url.authority());
    let stream = match bound {
        Some(bound) => timeout(bound, connecting).await.map_err(|_| Failure::ConnectTimeout(bound))?,
        None => connecting.await,
    }
    .map_err(|error| match error.kind() {
        std::io::ErrorKind::TimedOut => Failure::ConnectTimeout(bound.unwrap_or_default()),
        _ => Failure::Refused(error.to_string()),
    })?;
    // Neither option is needed for correctness.
    let _ = stream.set_nodelay(true);
    let probe = socket2::TcpKeepalive::new().with_time(KEEP_ALIVE_PROBE);
    let _ = socket2::SockRef::from(&stream).set_tcp_keepalive(&probe);
    let meter = Meter::default();
    let io = TokioIo::new(Metered::new(stream, meter.clone()));
    let (sender, connection) = http1::Builder::new()
        .preserve_header_case(true)
        .max_buf_size(MAX_HEAD)
        .handshake(io)
        .await
        .map_err(|error| Failure::Reset(error.to_string()))?;
    let (end, ended) = oneshot::channel();
    tokio::spawn(async move {
        // What went wrong is told to whoever waits for the answer.
        let _ = connection.with_upgrades().await;
        let _ = end.send(());
    });
    Ok(Connection { sender, meter, reused: false, spoilt: false, ended })
}
