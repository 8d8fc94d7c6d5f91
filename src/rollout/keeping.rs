//! Writing down what was changed: the journal's lines and the state, one after the other, off the runtime's threads.

use std::{collections::VecDeque, path::PathBuf, sync::Arc};

use parking_lot::Mutex;
use tokio::sync::{Notify, oneshot};

use super::{appender::Appender, entry::Entry, state::State};
use crate::files::Claim;

/// Told when something is on the disk, or why it is not.
pub(super) type Done = oneshot::Sender<Result<(), String>>;

/// How soon what could not be written is tried again.
const AGAIN: std::time::Duration = std::time::Duration::from_secs(2);

/// Entries that may wait for the disk.
const WAITING: usize = 10_000;

/// What is to be written down.
#[derive(Debug)]
pub(super) struct Pending {
    /// None if nobody writes.
    waiting: Mutex<Option<Waiting>>,
    more: Notify,
}

/// The entries that are to be written, and those who wait for that.
#[derive(Debug, Default)]
struct Waiting {
    entries: VecDeque<Arc<Entry>>,
    done: Vec<Done>,
    /// Entries that made way: the disk took none for long.
    lost: u64,
}

impl Pending {
    pub(super) fn new(is_kept: bool) -> Self {
        Self { waiting: Mutex::new(is_kept.then(Waiting::default)), more: Notify::new() }
    }

    /// Adds an entry, in the order of the calls. Where nobody writes, whoever waits is told nothing. Of more than
    /// [`WAITING`] the oldest makes way: the state has what came of it.
    pub(super) fn add(&self, entry: Arc<Entry>, done: Option<Done>) {
        if let Some(waiting) = &mut *self.waiting.lock() {
            if waiting.entries.len() == WAITING {
                waiting.entries.pop_front();
                waiting.lost = waiting.lost.saturating_add(1);
            }
            waiting.entries.push_back(entry);
            waiting.done.extend(done);
            self.more.notify_one();
        }
    }

    fn take(&self, last: bool) -> Waiting {
        let mut waiting = self.waiting.lock();
        let taken = waiting.take().unwrap_or_default();
        *waiting = (!last).then(Waiting::default);
        taken
    }
}

/// The files, and the right to write them.
#[derive(Debug)]
pub struct Keeper {
    pub(super) pending: Arc<Pending>,
    pub(super) state: Option<(PathBuf, Claim)>,
    pub(super) journal: Option<Appender>,
}

impl Keeper {
    /// Writes until `stopping` is told or dropped: then what was asked for is written still. `told` hears each time what
    /// went wrong, if something did.
    pub async fn run(
        mut self,
        state: impl Fn() -> State + Send + Sync + 'static,
        told: impl Fn(Option<String>),
        mut stopping: oneshot::Receiver<()>,
    ) {
        let (state, pending) = (Arc::new(state), Arc::clone(&self.pending));
        // Something could not be written, and is tried again: a rollback must not be lost with the disk's next moment.
        let mut owing = false;
        loop {
            let last = tokio::select! {
                biased;
                () = pending.more.notified() => false,
                _ = &mut stopping => true,
                () = tokio::time::sleep(AGAIN), if owing => false,
            };
            let Waiting { entries, done, lost } = pending.take(last);
            if lost > 0 {
                tracing::warn!(lost, "the disk was too slow for the journal; its oldest entries of meanwhile are lost");
            }
            if owing || !entries.is_empty() {
                let state = Arc::clone(&state);
                let written = tokio::task::spawn_blocking(move || {
                    let said = self.write(&*state, &entries);
                    (self, said)
                });
                let Ok((back, said)) = written.await else {
                    // It panicked, which takes the files with it; those who wait are told by the end of their channels.
                    drop(pending.take(true));
                    return;
                };
                self = back;
                owing = said.is_some();
                told(said.clone());
                for done in done {
                    // Whoever went away meanwhile is not told.
                    let _ = done.send(said.clone().map_or(Ok(()), Err));
                }
            }
            if last {
                return;
            }
        }
    }

    /// What went wrong, if something did. The state is that of now: it has what is asked for, or what came later.
    fn write(&mut self, state: &impl Fn() -> State, entries: &VecDeque<Arc<Entry>>) -> Option<String> {
        let lines: Vec<String> = entries.iter().map(|entry| entry.line()).collect();
        let journal = self
            .journal
            .as_mut()
            .map(|journal| journal.append(&lines).map_err(|error| format!("the journal can not be written: {error}")));
        let state = self.state.as_ref().map(|(path, _)| {
            state().write(path).map_err(|error| format!("{} can not be written: {error}", path.display()))
        });
        let faults = [journal, state].into_iter().flatten().filter_map(Result::err);
        let said: Vec<String> = faults.collect();
        (!said.is_empty()).then(|| said.join("; "))
    }
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::*;
    use crate::rollout::entry::{Action, Actor, Cause, Who};

    #[test]
    fn of_entries_that_nobody_can_write_the_latest_wait() {
        let pending = Pending::new(true);
        let entry = |id| Entry {
            id,
            at: SystemTime::UNIX_EPOCH,
            by: Who::of(Actor::File),
            action: Action::All,
            route: None,
            old: None,
            new: None,
            reason: Cause::Config,
            why: String::new(),
            evidence: None,
        };
        (1..=WAITING as u64 + 3).for_each(|id| pending.add(Arc::new(entry(id)), None));
        let waiting = pending.take(false);
        assert_eq!((waiting.entries.len(), waiting.lost, waiting.entries[0].id), (WAITING, 3, 4));
        assert_eq!(pending.take(true).entries.len(), 0);
        pending.add(Arc::new(entry(9)), None);
        assert_eq!(pending.take(true).entries.len(), 0, "nobody writes any more");
    }
}
