//! Writing down what was changed: the journal's lines and the state, one after the other, off the runtime's threads.

use std::{collections::VecDeque, path::PathBuf, sync::Arc};

use parking_lot::Mutex;
use tokio::sync::{Notify, oneshot, watch};

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
    rest: watch::Sender<Rest>,
}

/// Whether the files are left alone, since another process is about to write them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rest {
    /// They are written.
    No,
    /// What waits is written still.
    Asked,
    /// They are left alone, and what comes waits.
    Rests,
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
        let waiting = Mutex::new(is_kept.then(Waiting::default));
        Self { waiting, more: Notify::new(), rest: watch::Sender::new(Rest::No) }
    }

    /// Has what waits written, and then nothing more until [`Pending::go_on`].
    ///
    /// Cancellation: it rests all the same.
    pub(super) async fn rest(&self) {
        if self.waiting.lock().is_none() {
            return;
        }
        self.rest.send_if_modified(|rest| {
            let rests = *rest == Rest::Rests;
            if !rests {
                *rest = Rest::Asked;
            }
            !rests
        });
        self.more.notify_one();
        let _ = self.rest.subscribe().wait_for(|rest| *rest == Rest::Rests).await;
    }

    /// Has what has come meanwhile written.
    pub(super) fn go_on(&self) {
        self.rest.send_replace(Rest::No);
        self.more.notify_one();
    }

    fn rests(&self, rest: Rest) -> bool {
        *self.rest.borrow() == rest
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
            if pending.rests(Rest::Rests) {
                if last {
                    // They are another process's now; those who wait are told by the end of their channels.
                    drop(pending.take(true));
                    return;
                }
                continue;
            }
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
                    pending.rest.send_replace(Rest::Rests);
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
                pending.rest.send_replace(Rest::Rests);
                return;
            }
            pending.rest.send_if_modified(|rest| {
                let asked = *rest == Rest::Asked;
                if asked {
                    *rest = Rest::Rests;
                }
                asked
            });
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
    use crate::rollout::{
        entry::{Action, Actor, Cause, Who},
        state::Killed,
    };

    fn entry(id: u64) -> Arc<Entry> {
        Arc::new(Entry {
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
        })
    }

    #[tokio::test]
    async fn files_at_rest_have_what_was_changed_before_and_what_comes_meanwhile_when_it_goes_on_and_not_at_the_end() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("state.toml");
        let keeper = |pending: &Arc<Pending>| Keeper {
            pending: Arc::clone(pending),
            state: Some((path.clone(), Claim::take(&path).unwrap())),
            journal: None,
        };
        let state = || {
            let killed = Killed { at: SystemTime::UNIX_EPOCH, by: Who::of(Actor::File), why: String::new() };
            let mut state = State::default();
            state.killed = Some(killed);
            state
        };
        let written = || path.exists();
        let pending = Arc::new(Pending::new(true));
        let (stop, stopping) = oneshot::channel();
        let running = tokio::spawn(keeper(&pending).run(state, |_| {}, stopping));
        pending.add(entry(1), None);
        pending.rest().await;
        assert!(written(), "what was changed before");
        std::fs::remove_file(&path).unwrap();
        let (done, mut told) = oneshot::channel();
        pending.add(entry(1), Some(done));
        pending.rest().await;
        assert!(!written() && told.try_recv().is_err());
        pending.go_on();
        told.await.unwrap().unwrap();
        assert!(written());
        pending.rest().await;
        std::fs::remove_file(&path).unwrap();
        pending.add(entry(1), None);
        drop(stop);
        running.await.unwrap();
        assert!(!written(), "another process has it");
        Pending::new(false).rest().await;
    }

    #[test]
    fn of_entries_that_nobody_can_write_the_latest_wait() {
        let pending = Pending::new(true);
        (1..=WAITING as u64 + 3).for_each(|id| pending.add(entry(id), None));
        let waiting = pending.take(false);
        assert_eq!((waiting.entries.len(), waiting.lost, waiting.entries[0].id), (WAITING, 3, 4));
        assert_eq!(pending.take(true).entries.len(), 0);
        pending.add(entry(9), None);
        assert_eq!(pending.take(true).entries.len(), 0, "nobody writes any more");
    }
}
