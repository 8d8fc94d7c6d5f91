//! One client: its socket, its queue, and the writing that anyone may do for it.

use std::{
    io::{self, IoSlice},
    net::{IpAddr, Shutdown},
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use bytes::Bytes;
use parking_lot::Mutex;
use tokio::{net::TcpStream, sync::Notify};

use super::{
    ending::End,
    outbox::{BATCH, Bounds, Outbox, Pushed},
    outgoing::Outgoing,
};

/// A client of the notifier. It is one from before its 101 is sent: what is sent meanwhile waits for it, as a client of
/// legacy's is subscribed before it can react to its own.
#[derive(Debug)]
pub struct Client {
    /// Its number in the order of connection.
    pub number: u64,
    /// The address of its socket.
    address: IpAddr,
    /// Its socket, once it is upgraded.
    stream: OnceLock<TcpStream>,
    outbox: Mutex<Outbox>,
    /// Something was queued since it was last written for.
    dirty: AtomicBool,
    /// Its task has to look: its socket is full, or its time is over.
    woken: Notify,
    since: Instant,
    /// Milliseconds after `since` at which it was last heard and last pinged.
    heard: AtomicU64,
    pinged: AtomicU64,
}

/// What waits for one client.
#[derive(Debug, Clone)]
pub struct Queue {
    /// Its number in the order of connection.
    pub id: u64,
    /// The address of its socket.
    pub address: IpAddr,
    /// How long it is a client.
    pub age: Duration,
    /// Messages that it has not taken yet, and frames for it alone.
    pub messages: usize,
    /// Bytes of them.
    pub bytes: usize,
    /// Messages that it took.
    pub sent: u64,
}

impl Client {
    /// A client whose connection is about to be upgraded.
    #[must_use]
    pub fn new(number: u64, address: IpAddr) -> Arc<Self> {
        Arc::new(Self {
            number,
            address,
            stream: OnceLock::new(),
            // As good as a full socket.
            outbox: Mutex::new(Outbox::blocked()),
            dirty: AtomicBool::new(false),
            woken: Notify::new(),
            since: Instant::now(),
            heard: AtomicU64::new(0),
            pinged: AtomicU64::new(0),
        })
    }

    /// Its connection is upgraded: what waited is written.
    pub(super) fn attach(&self, stream: TcpStream) {
        if self.stream.set(stream).is_ok() {
            self.flush_blocked();
        }
    }

    fn stream(&self) -> io::Result<&TcpStream> {
        self.stream.get().ok_or_else(|| io::ErrorKind::NotConnected.into())
    }

    /// Queues a message. It is written by the next [`Client::flush_if_dirty`], or by its own task once its socket takes
    /// something again. A client whose queue overflows is ended here.
    pub fn push(&self, outgoing: &Arc<Outgoing>, bounds: Bounds) -> Pushed {
        let mut outbox = self.outbox.lock();
        let pushed = outbox.push(outgoing, bounds);
        if pushed == Pushed::Overflow {
            self.end_locked(&mut outbox, End::Lagged);
        } else if !outbox.blocked {
            self.dirty.store(true, Ordering::Release);
        }
        pushed
    }

    /// Queues frames for this client alone, and writes.
    pub fn send_own(&self, frames: impl IntoIterator<Item = Bytes>) {
        let mut outbox = self.outbox.lock();
        for frame in frames {
            outbox.push_own(frame);
        }
        self.write(&mut outbox);
    }

    /// Writes what waits, if anything was queued since the last time. Never waits.
    pub fn flush_if_dirty(&self) {
        if self.dirty.swap(false, Ordering::AcqRel) {
            self.write(&mut self.outbox.lock());
        }
    }

    /// Writes what waits, though the socket was full. Gives whether it still is.
    pub fn flush_blocked(&self) -> bool {
        // Who takes something is there, even if a pong is long in coming.
        self.heard.store(self.now(), Ordering::Relaxed);
        let mut outbox = self.outbox.lock();
        outbox.blocked = false;
        self.write(&mut outbox);
        outbox.blocked
    }

    /// Asks whether it is there, or finds that it has been silent for too long. A client whose socket is full has
    /// something to answer to already.
    pub fn ask(&self, ping: &Bytes, interval: Option<Duration>, timeout: Option<Duration>) {
        let now = self.now();
        let since = |moment: &AtomicU64| Duration::from_millis(now.saturating_sub(moment.load(Ordering::Relaxed)));
        if timeout.is_some_and(|bound| since(&self.heard) >= bound) {
            self.end(End::Silent);
        } else if interval.is_some_and(|interval| since(&self.pinged) >= interval) {
            self.pinged.store(now, Ordering::Relaxed);
            let mut outbox = self.outbox.lock();
            if !outbox.blocked && outbox.end.is_none() {
                outbox.push_own(ping.clone());
                self.write(&mut outbox);
            }
        }
    }

    /// Has its task end it, for this reason unless there is one already.
    pub fn end(&self, end: End) {
        self.end_locked(&mut self.outbox.lock(), end);
    }

    fn end_locked(&self, outbox: &mut Outbox, end: End) {
        if outbox.end.is_none() {
            outbox.end = Some(end);
            self.woken.notify_one();
        }
    }

    /// What waits for it.
    pub(super) fn queue(&self) -> Queue {
        let (messages, bytes, sent) = self.outbox.lock().depth();
        Queue { id: self.number, address: self.address, age: self.since.elapsed(), messages, bytes, sent }
    }

    /// Bytes of frames for this client alone that it has not taken.
    pub(super) fn own_backlog(&self) -> usize {
        self.outbox.lock().own_bytes()
    }

    /// Whether its socket is full, and why its time is over, if it is.
    pub(super) fn state(&self) -> (bool, Option<End>) {
        let outbox = self.outbox.lock();
        (outbox.blocked, outbox.end)
    }

    /// Whether nothing waits for it.
    pub(super) fn is_idle(&self) -> bool {
        self.outbox.lock().is_empty()
    }

    /// See [`Outbox::take_rest`].
    pub(super) fn take_rest(&self, keep_begun: bool) -> Vec<Arc<Outgoing>> {
        self.outbox.lock().take_rest(keep_begun)
    }

    /// Completes when its task has to look.
    pub(super) async fn woken(&self) {
        self.woken.notified().await;
    }

    /// Completes when its socket has something to read, or is at its end.
    pub(super) async fn readable(&self) -> io::Result<()> {
        self.stream()?.readable().await
    }

    /// Completes when its socket takes something again.
    pub(super) async fn writable(&self) -> io::Result<()> {
        self.stream()?.writable().await
    }

    /// Reads what is there, without waiting.
    pub(super) fn try_read(&self, space: &mut [u8]) -> io::Result<usize> {
        let read = self.stream()?.try_read(space);
        if matches!(read, Ok(1..)) {
            self.heard.store(self.now(), Ordering::Relaxed);
        }
        read
    }

    /// Ends its side of the connection.
    pub(super) fn shut_down(&self) {
        if let Ok(stream) = self.stream() {
            let _ = socket2::SockRef::from(stream).shutdown(Shutdown::Write);
        }
    }

    /// Has the end of the connection be a reset.
    pub(super) fn reset_at_end(&self) {
        if let Ok(stream) = self.stream() {
            let _ = socket2::SockRef::from(stream).set_linger(Some(Duration::ZERO));
        }
    }

    fn now(&self) -> u64 {
        u64::try_from(self.since.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// Writes until nothing waits or the socket is full, which its own task then waits out.
    fn write(&self, outbox: &mut Outbox) {
        let Ok(stream) = self.stream() else { return };
        while !outbox.blocked && !outbox.is_empty() {
            let mut slices = [IoSlice::new(&[]); BATCH];
            let filled = outbox.batch(&mut slices);
            match stream.try_write_vectored(&slices[..filled]) {
                Ok(count) => outbox.advance(count),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    outbox.blocked = true;
                    self.woken.notify_one();
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => {
                    self.end_locked(outbox, End::Gone);
                    return;
                }
            }
        }
    }
}
