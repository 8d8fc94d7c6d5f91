//! What the thread that owns the file is asked to do.

use tokio::sync::{OwnedSemaphorePermit, oneshot};

use super::{EvidenceError, Sample, SampleHead};

/// Requests that may wait at once.
pub(super) const COMMANDS: usize = 64;

/// A request, with its place in the queue: what nobody waits for any more still has one.
pub(super) struct Command {
    pub(super) ask: Ask,
    pub(super) _place: OwnedSemaphorePermit,
}

type Reply<T> = oneshot::Sender<T>;

/// What is asked. Whoever went away meanwhile gets no reply.
pub(super) enum Ask {
    Flush(Reply<()>),
    List(Option<String>, Reply<Result<Vec<SampleHead>, EvidenceError>>),
    One(i64, Reply<Result<Option<Sample>, EvidenceError>>),
    Forget(Option<String>, Reply<()>),
    Close(Reply<()>),
    /// Leave the file alone from now on, or write it again.
    Rest(bool, Reply<()>),
}
