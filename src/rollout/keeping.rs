//! Writing down what was changed: the journal's lines and the state, one after the other, off the runtime's threads.

use std::{path::PathBuf, sync::Arc};

use tokio::sync::{mpsc, oneshot};

use super::{entry::Entry, journal::Appender, rollout::Rollout};
use crate::files::Claim;

/// Something to write down.
pub(super) struct Write {
    pub(super) entries: Vec<Arc<Entry>>,
    /// Told when it is on the disk, or why it is not.
    pub(super) done: Option<oneshot::Sender<Result<(), String>>>,
}

/// The files, and the right to write them.
#[derive(Debug, Default)]
pub struct Keeper {
    pub(super) state: Option<(PathBuf, Claim)>,
    pub(super) journal: Option<Appender>,
    pub(super) asked: Option<mpsc::UnboundedReceiver<Write>>,
}

impl Keeper {
    /// Writes until the last one who could ask is gone, or `stopping` is told: then what was asked for is written still.
    pub async fn run(mut self, rollout: Arc<Rollout>, stopping: oneshot::Receiver<()>) {
        let Some(mut asked) = self.asked.take() else { return };
        let mut stopping = Some(stopping);
        loop {
            let stop = async {
                match &mut stopping {
                    Some(stopping) => drop(stopping.await),
                    None => std::future::pending().await,
                }
            };
            let first = tokio::select! {
                biased;
                write = asked.recv() => write,
                () = stop => {
                    stopping = None;
                    asked.close();
                    continue;
                }
            };
            let Some(first) = first else { return };
            let mut writes = vec![first];
            while let Ok(more) = asked.try_recv() {
                writes.push(more);
            }
            let keeping = Arc::clone(&rollout);
            let written = tokio::task::spawn_blocking(move || {
                let said = self.write(&keeping, &writes);
                (self, writes, said)
            });
            let Ok((back, writes, said)) = written.await else { return };
            self = back;
            rollout.kept(said.clone());
            for done in writes.into_iter().filter_map(|write| write.done) {
                // Whoever went away meanwhile is not told.
                let _ = done.send(said.clone().map_or(Ok(()), Err));
            }
        }
    }

    /// What went wrong, if something did. The state is that of now: it has what is asked for, or what came later.
    fn write(&mut self, rollout: &Rollout, writes: &[Write]) -> Option<String> {
        let lines: Vec<String> = writes.iter().flat_map(|write| &write.entries).map(|entry| entry.line()).collect();
        let journal = self
            .journal
            .as_mut()
            .map(|journal| journal.append(&lines).map_err(|error| format!("the journal can not be written: {error}")));
        let state = self.state.as_ref().map(|(path, _)| {
            let state = rollout.state();
            state.write(path).map_err(|error| format!("{} can not be written: {error}", path.display()))
        });
        let faults = [journal, state].into_iter().flatten().filter_map(Result::err);
        let said: Vec<String> = faults.collect();
        (!said.is_empty()).then(|| said.join("; "))
    }
}
