//! The kill switch: in force at once, whatever else is broken; written down after that.

use std::{sync::Arc, time::SystemTime};

use tokio::sync::oneshot;

use super::{
    entry::{Action, Actor, Cause, Entry, Who},
    rollout::{Draft, Rollout},
    state::Killed,
};

impl Rollout {
    /// Engages or releases it. The receiver is told when that is written down; nobody has to wait for it.
    pub fn kill(&self, engaged: bool, by: Who, why: &str) -> (Arc<Entry>, oneshot::Receiver<Result<(), String>>) {
        self.live.kill(engaged);
        let (done, written) = oneshot::channel();
        let mut inner = self.inner.lock();
        // Of two at once the one that is written down last is in force.
        self.live.kill(engaged);
        let reason = if by.kind == Actor::Signal { Cause::Signal } else { Cause::Manual };
        inner.state.killed = engaged.then(|| Killed { at: SystemTime::now(), by: by.clone(), why: why.to_owned() });
        let action = if engaged { Action::Kill } else { Action::Release };
        let why = why.to_owned();
        let draft = Draft { by, action, route: None, old: None, new: None, reason, why, evidence: None };
        (self.note(&mut inner, draft, Some(done)), written)
    }
}
