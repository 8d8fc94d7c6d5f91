//! The thread that owns the file.

use std::{
    collections::BTreeSet,
    sync::{Arc, atomic::Ordering},
    time::{Duration, Instant},
};

use crossbeam_channel::{Receiver, RecvTimeoutError};

use super::{
    EvidenceError,
    command::{Ask, Command},
    file, heads,
    index::{Index, Spot},
    ledger::{Ledger, Shared, Unwritten},
    noted::Sample,
    place::Place,
    store::{Batch, Packed, Row, Store},
};

/// How often what was counted is written.
const EVERY: Duration = Duration::from_secs(1);

/// A sample on its way to the file.
pub(super) struct Waiting {
    /// The counts it belongs to: if they are gone when it arrives, so is the sample.
    pub(super) tally: Shared,
    pub(super) spot: Spot,
    pub(super) sample: Sample,
    /// Bytes taken from those that may wait.
    pub(super) bytes: u64,
}

pub(super) struct Keeper {
    ledger: Arc<Ledger>,
    store: Store,
    index: Index,
    samples: Receiver<Waiting>,
    commands: Receiver<Command>,
    /// Routes that were forgotten, and that the file may still have.
    forgotten: BTreeSet<Arc<str>>,
    /// The counts in the file are by other names than those in memory.
    rewrite: bool,
    /// The log was told that the file fails.
    warned: bool,
    /// The file is left alone, since another process is about to write it.
    rests: bool,
}

impl Keeper {
    pub(super) fn new(
        ledger: Arc<Ledger>,
        store: Store,
        index: Index,
        rewrite: bool,
        samples: Receiver<Waiting>,
        commands: Receiver<Command>,
    ) -> Self {
        *ledger.file.lock() = store.path().map(ToOwned::to_owned);
        index.spots().for_each(|((route, place), samples)| ledger.set_stored(route, place, samples));
        ledger.full.store(index.is_full(&ledger.limits), Ordering::Relaxed);
        Self {
            ledger,
            store,
            index,
            samples,
            commands,
            forgotten: BTreeSet::new(),
            rewrite,
            warned: false,
            rests: false,
        }
    }

    /// Writes once a second, and does what it is asked, until the last handle is gone or it is told to close.
    pub(super) fn run(mut self) {
        let mut due = Instant::now() + EVERY;
        loop {
            match self.commands.recv_deadline(due) {
                Ok(Command { ask: Ask::Close(reply), .. }) => {
                    self.flush();
                    *self.ledger.file.lock() = None;
                    drop(self);
                    let _ = reply.send(());
                    return;
                }
                Ok(Command { ask, .. }) => self.serve(ask),
                Err(RecvTimeoutError::Timeout) => {
                    self.flush();
                    due = Instant::now() + EVERY;
                }
                Err(RecvTimeoutError::Disconnected) => return self.flush(),
            }
        }
    }

    fn serve(&mut self, ask: Ask) {
        // Whoever asks sees what was noted before.
        self.flush();
        match ask {
            Ask::Flush(reply) | Ask::Close(reply) => drop(reply.send(())),
            Ask::List(route, reply) => {
                let list = heads::list(&self.store.connection, route.as_deref());
                drop(reply.send(self.checked(list)));
            }
            Ask::One(id, reply) => {
                let one = heads::one(&self.store.connection, id);
                drop(reply.send(self.checked(one)));
            }
            Ask::Forget(route, reply) => {
                for route in self.ledger.forget(route.as_deref()) {
                    self.index.forget(&route);
                    self.forgotten.insert(route);
                }
                self.flush();
                let _ = reply.send(());
            }
            Ask::Rest(rests, reply) => {
                self.rests = rests;
                self.flush();
                let _ = reply.send(());
            }
        }
    }

    /// Writes what the file does not have yet.
    fn flush(&mut self) {
        if self.rests {
            return;
        }
        let before = self.index.clone();
        let (mut batch, mut arrived, mut touched) = (Batch::default(), Vec::new(), BTreeSet::new());
        // As many as may wait: those that come meanwhile are for the next time.
        for _ in 0..self.ledger.limits.queue {
            let Ok(waiting) = self.samples.try_recv() else { break };
            self.ledger.release(waiting.bytes);
            if waiting.tally.lock().gone {
                continue;
            }
            let kept = self.admit(&waiting, &mut batch, &mut touched);
            touched.insert(waiting.spot.clone());
            arrived.push((waiting.tally, waiting.spot, kept));
        }
        if self.store.path().is_some() {
            batch.counts = self.ledger.unwritten();
            batch.all_counts = self.rewrite;
            batch.rollouts = std::mem::take(&mut *self.ledger.unkept.lock());
        }
        batch.forgotten.clone_from(&self.forgotten);
        let idle =
            batch.counts.is_empty() && batch.rollouts.is_empty() && batch.gone.is_empty() && batch.samples.is_empty();
        let written = if idle && batch.forgotten.is_empty() { Ok(()) } else { self.store.write(&batch) };
        match &written {
            Ok(()) => {
                self.forgotten.clear();
                self.rewrite = false;
            }
            Err(_) => {
                self.index = before;
                batch.counts.iter().for_each(Unwritten::give_back);
                let mut unkept = self.ledger.unkept.lock();
                batch.rollouts.into_iter().for_each(|(route, evidence)| {
                    unkept.entry(route).or_insert(evidence);
                });
            }
        }
        for (tally, (_, place), kept) in arrived {
            let mut tally = tally.lock();
            if let Some(seen) = tally.place_mut(&place) {
                seen.waiting = seen.waiting.saturating_sub(1);
            }
            if kept == Kept::No || (kept == Kept::Yes && written.is_err()) {
                tally.dropped();
            }
        }
        for (route, place) in &touched {
            self.ledger.set_stored(route, place, self.index.samples(&(Arc::clone(route), place.clone())));
        }
        self.ledger.full.store(self.index.is_full(&self.ledger.limits), Ordering::Relaxed);
        if let Err(error) = written {
            self.failed(&error);
        }
    }

    /// Makes room for a sample.
    fn admit(&mut self, waiting: &Waiting, batch: &mut Batch, touched: &mut BTreeSet<(Arc<str>, Place)>) -> Kept {
        let limits = &self.ledger.limits;
        let Ok(packed) = Packed::new(&waiting.sample) else { return Kept::No };
        let bytes = packed.bytes(&waiting.spot);
        if bytes > limits.sample_bytes() {
            return Kept::No;
        }
        let admitted = self.index.admit(waiting.spot.clone(), bytes, limits);
        let Some(id) = admitted.id else { return Kept::NotNeeded };
        batch.samples.push(Row { id, spot: waiting.spot.clone(), bytes, packed });
        for (spot, id) in admitted.evicted {
            touched.insert(spot);
            // One that came in the same batch was never written.
            match batch.samples.iter().position(|row| row.id == id) {
                Some(row) => drop(batch.samples.swap_remove(row)),
                None => batch.gone.push(id),
            }
        }
        Kept::Yes
    }

    /// Notices a fault that came up while reading.
    fn checked<T>(&mut self, read: Result<T, EvidenceError>) -> Result<T, EvidenceError> {
        if let Err(error) = &read {
            self.failed(error);
        }
        read
    }

    /// A file that is damaged is given up, for one in memory. Otherwise the disk may be better later: what was counted is
    /// written then.
    fn failed(&mut self, error: &EvidenceError) {
        self.ledger.failed(error.to_string());
        let Some(path) = self.store.path().map(ToOwned::to_owned) else { return };
        if file::is_lost(error) {
            tracing::warn!(
                file = %path.display(), %error,
                "the evidence file is damaged or was replaced; evidence goes on in memory until the next start"
            );
            match Store::in_memory(&self.ledger.limits) {
                Ok(memory) => self.store = memory,
                Err(error) => return self.ledger.failed(error.to_string()),
            }
            self.index.clear();
            self.ledger.without_samples();
            *self.ledger.file.lock() = None;
        } else if !std::mem::replace(&mut self.warned, true) {
            tracing::warn!(
                file = %path.display(), %error,
                "the evidence file can not be written; counts go on in memory, and are written as soon as it can"
            );
        }
    }
}

/// What became of a sample.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kept {
    Yes,
    /// Its place has enough.
    NotNeeded,
    No,
}
