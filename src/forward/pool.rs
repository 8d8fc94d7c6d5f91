//! Connections to legacy, counted and reused.

use std::{
    future::{Future as _, poll_fn},
    io,
    mem::MaybeUninit,
    sync::{Arc, Weak},
    task::{Context, Poll, Waker},
    thread::{self, ThreadId},
    time::{Duration, Instant},
};

use parking_lot::Mutex;
use tokio::{io::ReadBuf, net::TcpStream, time::sleep_until};

use super::{connecting::connect, failure::Failure, timeouts::Timeouts};
use crate::{
    admission::{Admission, Admitted, Turned, Wait},
    config::settings::LegacyUrl,
};

/// The pool. A slot is held by each busy connection; a new connection is made only when no idle one is left, so idle
/// and busy ones together never exceed the cap.
#[derive(Debug)]
pub struct Pool {
    url: LegacyUrl,
    idle: Mutex<Idle>,
    slots: Admission,
    idle_timeout: Option<Duration>,
}

/// Connections that carry nothing now.
#[derive(Debug)]
struct Idle {
    /// The oldest first.
    connections: Vec<Resting>,
    /// Woken when something comes on one of them, which can only be its end.
    watching: Waker,
}

/// One of them.
#[derive(Debug)]
struct Resting {
    since: Instant,
    stream: TcpStream,
    /// The thread whose poll tells of its socket. Another one would be woken by that for each piece of an answer.
    home: ThreadId,
}

/// A busy connection and its slot. Dropped, it is closed.
#[derive(Debug)]
pub struct Lease {
    /// The connection.
    pub stream: TcpStream,
    /// Its slot.
    pub slot: Slot,
}

/// The slot of a busy connection.
#[derive(Debug)]
pub struct Slot {
    /// Whether the connection has carried a request before.
    pub reused: bool,
    home: ThreadId,
    pool: Arc<Pool>,
    _admitted: Admitted,
}

impl Pool {
    /// A pool without connections.
    #[must_use]
    pub fn new(url: LegacyUrl, cap: usize, idle_timeout: Option<Duration>) -> Arc<Self> {
        let pool = Arc::new(Self {
            url,
            idle: Mutex::new(Idle { connections: Vec::new(), watching: Waker::noop().clone() }),
            slots: Admission::new(cap),
            idle_timeout,
        });
        tokio::spawn(close_unused(Arc::downgrade(&pool)));
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
        (self.idle.lock().connections.len(), self.slots.free())
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
        Ok(match self.take_idle(fresh) {
            Some(resting) => self.leased(resting.stream, resting.home, true, slot),
            None => self.leased(connect(&self.url, timeouts.connect).await?, thread::current().id(), false, slot),
        })
    }

    /// An idle connection, if there is one and nobody waits.
    #[must_use]
    pub fn lease_idle(self: &Arc<Self>) -> Option<Lease> {
        let slot = self.slots.enter_now()?;
        let resting = self.take_idle(false)?;
        Some(self.leased(resting.stream, resting.home, true, slot))
    }

    fn leased(self: &Arc<Self>, stream: TcpStream, home: ThreadId, reused: bool, admitted: Admitted) -> Lease {
        Lease { stream, slot: Slot { reused, home, pool: Arc::clone(self), _admitted: admitted } }
    }

    /// The youngest idle connection that still stands, of this thread's own if there is one. Those that do not stand
    /// are dropped on the way; a fresh one replaces the oldest.
    fn take_idle(&self, fresh: bool) -> Option<Resting> {
        let idle = &mut self.idle.lock().connections;
        if fresh {
            if !idle.is_empty() {
                idle.remove(0);
            }
            return None;
        }
        let here = thread::current().id();
        loop {
            let own = idle.iter().rposition(|resting| resting.home == here);
            let resting = idle.remove(own.or_else(|| idle.len().checked_sub(1))?);
            if self.is_young(resting.since) && !has_news(&resting.stream) {
                return Some(resting);
            }
        }
    }

    fn is_young(&self, since: Instant) -> bool {
        self.idle_timeout.is_none_or(|bound| since.elapsed() < bound)
    }

    /// Forgets every idle connection: after an outage none of them is worth a try.
    pub fn clear(&self) {
        self.idle.lock().connections.clear();
    }

    /// Takes a connection back, unless something came on it that belongs to no answer.
    fn keep(&self, stream: TcpStream, home: ThreadId) {
        let mut idle = self.idle.lock();
        if is_silent(&stream, &mut Context::from_waker(&idle.watching)) {
            idle.connections.push(Resting { since: Instant::now(), stream, home });
        }
    }

    /// Drops the connections that are idle for too long, or that legacy closed. Woken when there may be more of those.
    fn drop_old(&self, cx: &mut Context<'_>) {
        let mut idle = self.idle.lock();
        idle.watching.clone_from(cx.waker());
        idle.connections.retain(|resting| self.is_young(resting.since) && is_silent(&resting.stream, cx));
    }

    /// When the oldest idle connection is idle for too long.
    fn next_end(&self) -> Option<Instant> {
        let bound = self.idle_timeout?;
        let oldest = self.idle.lock().connections.first().map(|resting| resting.since);
        Some(oldest.unwrap_or_else(Instant::now) + bound)
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.idle.get_mut().watching.wake_by_ref();
    }
}

impl Lease {
    /// Gives a connection back on which an answer was read to its end. One on which more has come is closed.
    pub fn give_back(self) {
        let Slot { home, pool, .. } = self.slot;
        pool.keep(self.stream, home);
    }
}

/// Whether nothing has come on an idle connection, the end included, as far as the runtime has heard. The waker is woken
/// when something does.
fn is_silent(stream: &TcpStream, cx: &mut Context<'_>) -> bool {
    stream.poll_peek(cx, &mut ReadBuf::new(&mut [0])).is_pending()
}

/// Whether something has, as the system itself has it, whose news the runtime may not have heard yet: an idle connection
/// must not carry a request if something came on it, because that would pass for the answer. RFC 9112 section 9.2 would
/// have it closed.
fn has_news(stream: &TcpStream) -> bool {
    let peeked = socket2::SockRef::from(stream).peek(&mut [MaybeUninit::uninit()]);
    !matches!(peeked, Err(error) if error.kind() == io::ErrorKind::WouldBlock)
}

/// Closes connections as they reach the idle timeout, or as legacy closes them, though nobody asks for one.
async fn close_unused(pool: Weak<Pool>) {
    loop {
        let Some(next) = pool.upgrade().map(|pool| pool.next_end()) else { return };
        let mut late = std::pin::pin!(async move {
            match next {
                Some(next) => sleep_until(next.into()).await,
                None => std::future::pending().await,
            }
        });
        poll_fn(|cx| {
            let Some(pool) = pool.upgrade() else { return Poll::Ready(()) };
            pool.drop_old(cx);
            late.as_mut().poll(cx)
        })
        .await;
    }
}

#[cfg(test)]
mod tests {
    use std::{io::Write as _, net::TcpListener, task::Waker};

    use super::*;

    #[tokio::test]
    async fn what_the_runtime_has_not_heard_of_yet_is_found_before_a_connection_is_used() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let stream = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (mut peer, _) = listener.accept().unwrap();
        let mut cx = Context::from_waker(Waker::noop());
        assert!(is_silent(&stream, &mut cx) && !has_news(&stream), "nothing came");
        // The peer's byte is there when this returns, and the runtime had no turn in which to hear of it.
        peer.write_all(b"x").unwrap();
        assert!(is_silent(&stream, &mut cx));
        assert!(has_news(&stream));
        stream.readable().await.unwrap();
        assert!(!is_silent(&stream, &mut cx));
    }
}
