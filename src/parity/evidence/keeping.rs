//! The handle to evidence.

use std::{path::Path, sync::Arc, thread::JoinHandle};

use crossbeam_channel::Sender;
use parking_lot::Mutex;
use tokio::sync::{Semaphore, oneshot};

use super::{
    EvidenceError, Limits, Noted, Sample, SampleHead, Summary,
    command::{Ask, COMMANDS, Command},
    file::{self, Unopened},
    keeper::{Keeper, Waiting},
    ledger::Ledger,
    limits::DIFFERENCES,
    load::Loaded,
    pack,
    store::Store,
};
use crate::parity::Verdict;

/// The evidence of online comparisons. Clones share it; the last one that is dropped writes what is left, and waits for
/// that.
#[derive(Clone)]
pub struct Evidence {
    pub(super) ledger: Arc<Ledger>,
    thread: Arc<Thread>,
}

/// The thread that owns the file.
struct Thread {
    /// None once it is to end.
    senders: Mutex<Option<(Sender<Waiting>, Sender<Command>)>>,
    places: Arc<Semaphore>,
    join: Mutex<Option<JoinHandle<()>>>,
}

impl Evidence {
    /// Opens a file, making it if need be, and goes on counting where it stopped. Blocking. Without a path, evidence is in
    /// memory; so it is, after a warning in the log, if another bridge has the file, or it can not be written.
    ///
    /// # Errors
    /// The file is not ours ([`EvidenceError::NotOurs`]) or of a newer version ([`EvidenceError::Newer`]); or no thread can
    /// be started.
    pub fn open(path: Option<&Path>, limits: Limits) -> Result<Self, EvidenceError> {
        let ledger = Arc::new(Ledger::new(limits));
        let opened = match path.map(|path| (path, file::open(path, &limits))) {
            Some((_, Ok(opened))) => Some(opened),
            Some((_, Err(Unopened::Refused(error)))) => return Err(error),
            Some((path, Err(Unopened::Unusable(why)))) => {
                tracing::warn!(
                    file = %path.display(), %why,
                    "the evidence file can not be written; evidence is kept in memory, and lost at the end"
                );
                ledger.failed(format!("{}: {why}", path.display()));
                None
            }
            None => None,
        };
        let (store, Loaded { routes, index, rollouts }) = match opened {
            Some(opened) => opened,
            None => (Store::in_memory(&limits)?, Loaded::default()),
        };
        let rewrite = !ledger.restore(routes);
        *ledger.rollouts.lock() = rollouts;
        let (samples, arriving) = crossbeam_channel::bounded(limits.queue);
        let (commands, asked) = crossbeam_channel::bounded(COMMANDS);
        let keeper = Keeper::new(Arc::clone(&ledger), store, index, rewrite, arriving, asked);
        let thread = std::thread::Builder::new().name("evidence".to_owned()).spawn(move || keeper.run());
        let join = thread.map_err(EvidenceError::Thread)?;
        let thread = Thread {
            senders: Mutex::new(Some((samples, commands))),
            places: Arc::new(Semaphore::new(COMMANDS)),
            join: Mutex::new(Some(join)),
        };
        Ok(Self { ledger, thread: Arc::new(thread) })
    }

    /// Counts a comparison, and hands its sample on, if it has one and its verdict is one of which samples are kept. Never
    /// waits for the file and never fails: a sample for which there is no room on the way is dropped, and counted.
    pub fn note(&self, noted: Noted) {
        let Noted { route, verdict, rules, sample } = noted;
        self.ledger.count(&route, &verdict, &rules, |route, shared, tally, place| {
            let Some(exchange) = sample else { return };
            let bytes = pack::weight(&verdict, &exchange);
            let senders = self.thread.senders.lock();
            let Some((samples, _)) = senders.as_ref().filter(|_| self.ledger.reserve(bytes)) else {
                return tally.dropped();
            };
            let sample =
                Sample { id: 0, route: String::from(&**route), verdict: excerpt(&verdict), exchange: *exchange };
            let spot = (Arc::clone(route), place.clone());
            match samples.try_send(Waiting { tally: Arc::clone(shared), spot, sample, bytes }) {
                Ok(()) => Ledger::taken(tally, &place),
                Err(_) => {
                    self.ledger.release(bytes);
                    tally.dropped();
                }
            }
        });
    }

    /// Whether a sample of this verdict is worth its bytes: the place of its first difference has too few of them, or its
    /// latest one is older than [`Limits::refresh`]. In memory, and cheap.
    #[must_use]
    pub fn wants_sample(&self, route: &str, verdict: &Verdict) -> bool {
        self.ledger.wants_sample(route, verdict)
    }

    /// What the rollout kept of a route, in its own words: last time, or since.
    #[must_use]
    pub fn kept_rollout(&self, route: &str) -> Option<String> {
        self.ledger.rollouts.lock().get(route).cloned()
    }

    /// Keeps that with the next write. Never waits.
    pub fn keep_rollout(&self, route: &str, evidence: String) {
        self.ledger.rollouts.lock().insert(route.to_owned(), evidence.clone());
        self.ledger.unkept.lock().insert(route.to_owned(), evidence);
    }

    /// The counts as they are now.
    #[must_use]
    pub fn summary(&self) -> Summary {
        self.ledger.summary()
    }

    /// The samples of a route, or of all, the latest first.
    ///
    /// # Errors
    /// The file can not be read, too many requests wait for it, or the evidence is closed.
    pub async fn samples(&self, route: Option<String>) -> Result<Vec<SampleHead>, EvidenceError> {
        self.ask(|reply| Ask::List(route, reply)).await?
    }

    /// One sample; none if there is none of this number any more.
    ///
    /// # Errors
    /// As [`samples`](Self::samples).
    pub async fn sample(&self, id: i64) -> Result<Option<Sample>, EvidenceError> {
        self.ask(|reply| Ask::One(id, reply)).await?
    }

    /// Forgets the counts and samples of a route, or of all: what counts from now on is another thing. If the file can not
    /// be written, it forgets as soon as it can.
    ///
    /// # Errors
    /// Too many requests wait for the file, or the evidence is closed.
    pub async fn reset(&self, route: Option<String>) -> Result<(), EvidenceError> {
        self.ask(|reply| Ask::Forget(route, reply)).await
    }

    /// Writes what the file does not have yet, without waiting for the next time.
    ///
    /// # Errors
    /// As [`reset`](Self::reset). A fault of the file is none: it is in the summary.
    pub async fn flush(&self) -> Result<(), EvidenceError> {
        self.ask(Ask::Flush).await
    }

    /// Writes what is left and lets go of the file. Counting goes on in memory; samples are dropped. The second time it
    /// does nothing.
    pub async fn close(&self) {
        // Closed already, or so busy that the last handle will do it.
        let _ = self.ask(Ask::Close).await;
    }

    /// Writes what is left, and leaves the file alone from then on, because another process is to write it; or, with
    /// false, writes it again. Counting goes on in memory; of samples as many wait as usually do.
    ///
    /// # Errors
    /// As [`reset`](Self::reset).
    pub async fn rest(&self, rests: bool) -> Result<(), EvidenceError> {
        self.ask(|reply| Ask::Rest(rests, reply)).await
    }

    async fn ask<T>(&self, ask: impl FnOnce(oneshot::Sender<T>) -> Ask) -> Result<T, EvidenceError> {
        let place = Arc::clone(&self.thread.places).try_acquire_owned().map_err(|_| EvidenceError::Overloaded)?;
        let (reply, answer) = oneshot::channel();
        {
            let senders = self.thread.senders.lock();
            let (_, commands) = senders.as_ref().ok_or(EvidenceError::Closed)?;
            commands.try_send(Command { ask: ask(reply), _place: place }).map_err(|_| EvidenceError::Closed)?;
        }
        answer.await.map_err(|_| EvidenceError::Closed)
    }
}

/// A verdict with as many differences as are stored.
fn excerpt(verdict: &Verdict) -> Verdict {
    let few = || verdict.differences().iter().take(DIFFERENCES).cloned().collect();
    match verdict {
        Verdict::Mismatched(_) => Verdict::Mismatched(few()),
        Verdict::Noise(_) => Verdict::Noise(few()),
        other => other.clone(),
    }
}

impl std::fmt::Debug for Evidence {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Evidence").field("file", &*self.ledger.file.lock()).finish_non_exhaustive()
    }
}

/// A thread that still closed its connection while the process exits would find `OpenSSL` taken down: none outlives its
/// evidence.
impl Drop for Thread {
    fn drop(&mut self) {
        self.senders.lock().take();
        if let Some(join) = self.join.lock().take() {
            // It writes what is left, and ends.
            let _ = join.join();
        }
    }
}
