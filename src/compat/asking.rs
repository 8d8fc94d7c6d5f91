//! What needs the package's answer: caches to drop, parts to switch.

use std::time::{Duration, Instant};

use thiserror::Error;
use tokio::{sync::oneshot, time::timeout};

use super::{
    attached::{Answer, Scheduler},
    attachment::Attachment,
    line::{Line, Stale},
    parts::Part,
    peer::Peer,
};

/// Longest wait for an answer. A legacy in the middle of something answers when that is done; the client of a native
/// write waits for as long.
const PATIENCE: Duration = Duration::from_secs(1);

/// Why the package has not done what it was told.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Untold {
    /// It is not connected, or not any more.
    #[error("the package inside legacy is not connected")]
    Detached,
    /// It did not answer in time.
    #[error("the package inside legacy did not answer within {PATIENCE:?}")]
    Late,
    /// It could not.
    #[error("the package inside legacy says: {0}")]
    Refused(String),
}

impl Attachment {
    /// Has legacy drop what it holds of this, and waits until that is done. If it can not be, the package is let go of:
    /// what legacy has in memory is not to be relied on, until the package comes again, with all caches dropped.
    ///
    /// # Errors
    /// See [`Untold`].
    pub async fn invalidate(&self, caches: Vec<Stale>) -> Result<(), Untold> {
        let began = Instant::now();
        let (number, told) = self.ask(|id| Line::Invalidate { id, caches }).await;
        let told = told.map(|_| ());
        self.counts.note(began.elapsed(), told.is_ok());
        if let (Err(why), Some(number)) = (&told, number) {
            self.end(number, &why.to_string());
        }
        told
    }

    /// Switches a part of the package. One that is to go off is not relied on from here on, one that is to come on once
    /// the package says that it has.
    ///
    /// # Errors
    /// See [`Untold`].
    pub async fn switch(&self, name: Part, on: bool) -> Result<(), Untold> {
        if !on && let Some(attached) = self.current.lock().as_mut() {
            attached.parts = attached.parts.without(name);
        }
        self.ask(|id| Line::Part { id, name, on }).await.1.map(|_| ())
    }

    /// Sends a line over the connection there is, and waits for the answer. Gives the connection's number too.
    pub(super) async fn ask(&self, line: impl FnOnce(u64) -> Line) -> (Option<u64>, Result<Scheduler, Untold>) {
        let (number, id, answer) = {
            let mut current = self.current.lock();
            let Some(attached) = current.as_mut() else { return (None, Err(Untold::Detached)) };
            let (told, answer) = oneshot::channel();
            let id = self.number();
            if attached.lines.try_send(line(id)).is_err() {
                // It has not read for a long time.
                return (Some(attached.number), Err(Untold::Late));
            }
            attached.waiting.insert(id, told);
            (attached.number, id, answer)
        };
        let told = match timeout(PATIENCE, answer).await {
            Ok(Ok(Ok(said))) => Ok(said),
            Ok(Ok(Err(why))) => Err(Untold::Refused(why)),
            Ok(Err(_)) => Err(Untold::Detached),
            Err(_) => Err(Untold::Late),
        };
        if told == Err(Untold::Late)
            && let Some(attached) = self.current.lock().as_mut()
        {
            attached.waiting.remove(&id);
        }
        (Some(number), told)
    }

    /// The package's answer to a line. Gives whether anybody still waits for it.
    pub(super) fn answered(&self, id: u64, answer: Answer, peer: Peer) -> bool {
        let waiting = self.with(peer, |attached| attached.waiting.remove(&id)).flatten();
        waiting.is_some_and(|waiting| waiting.send(answer).is_ok())
    }
}
