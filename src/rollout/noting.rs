//! Changes that are none of a route's, and are written down all the same.

use std::sync::Arc;

use tokio::sync::oneshot;

use super::{
    entry::{Action, Cause, Entry, Who},
    rollout::{Draft, Rollout},
};

impl Rollout {
    /// Somebody changed what is logged. The receiver is told when that is written down; nobody has to wait for it.
    pub fn noted_log(&self, by: Who, why: String) -> (Arc<Entry>, oneshot::Receiver<Result<(), String>>) {
        let (done, written) = oneshot::channel();
        let mut inner = self.inner.lock();
        let (action, reason) = (Action::Log, Cause::Manual);
        let draft = Draft { by, action, route: None, old: None, new: None, reason, why, evidence: None };
        (self.note(&mut inner, draft, Some(done)), written)
    }
}
