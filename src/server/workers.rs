//! The threads that serve clients: one for each core, each with connections of its own and a runtime of its own.
//!
//! A request that is forwarded is read, sent on, answered and passed back by one task. On a runtime of several threads
//! that task moves between them, and each of its wake-ups may wake another thread; here it stays, and a thread that has
//! work never asks another. What is not about one client (the admin listener, comparisons, background tasks, the
//! databases' answers) has threads of its own.

use std::{
    io,
    num::NonZero,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread::{self, available_parallelism},
};

use tokio::{
    net::TcpStream,
    runtime::{Builder, Handle},
    sync::oneshot,
};

/// The threads.
#[derive(Debug)]
pub struct Workers(Vec<Worker>);

#[derive(Debug)]
struct Worker {
    handle: Handle,
    /// Connections that are its.
    connections: Arc<AtomicUsize>,
    /// Dropped, it ends.
    _running: oneshot::Sender<()>,
}

impl Workers {
    /// Starts one for each core.
    ///
    /// # Errors
    /// The system has no more threads.
    pub fn start() -> io::Result<Self> {
        let cores = available_parallelism().map_or(1, NonZero::get);
        (0..cores).map(Worker::start).collect::<io::Result<_>>().map(Self)
    }

    /// The runtime of each, for as long as they are there.
    #[must_use]
    pub fn handles(&self) -> Vec<Handle> {
        self.0.iter().map(|worker| worker.handle.clone()).collect()
    }

    /// Has a connection served by the thread that has the fewest.
    pub fn serve<S, F>(&self, stream: TcpStream, serve: S)
    where
        S: FnOnce(TcpStream) -> F + Send + 'static,
        F: Future<Output = ()> + Send,
    {
        let Some(worker) = self.0.iter().min_by_key(|worker| worker.connections.load(Ordering::Relaxed)) else {
            return;
        };
        let counted = Counted::one(&worker.connections);
        // The socket is to be told of by its thread's own poll.
        let Ok(stream) = stream.into_std() else { return };
        worker.handle.spawn(async move {
            match TcpStream::from_std(stream) {
                Ok(stream) => serve(stream).await,
                Err(error) => tracing::warn!(%error, "a connection can not be served"),
            }
            drop(counted);
        });
    }
}

impl Worker {
    fn start(number: usize) -> io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let handle = runtime.handle().clone();
        let (running, ended) = oneshot::channel::<()>();
        thread::Builder::new().name(format!("serve-{number}")).spawn(move || {
            let _ = runtime.block_on(ended);
            runtime.shutdown_background();
        })?;
        Ok(Self { handle, connections: Arc::default(), _running: running })
    }
}

/// A connection, counted as long as it is there.
struct Counted(Arc<AtomicUsize>);

impl Counted {
    fn one(count: &Arc<AtomicUsize>) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(count))
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
