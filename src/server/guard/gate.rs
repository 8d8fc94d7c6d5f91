//! What a connection's guard and its service tell each other.

use std::{
    collections::VecDeque,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::Waker,
};

use bytes::Bytes;
use parking_lot::Mutex;

use super::rejection::Rejection;
use crate::forward::RawHead;

/// Shared between the guard of a connection and the service that answers on it.
#[derive(Debug, Default)]
pub struct Gate {
    inner: Mutex<Inner>,
    /// Whether heads are wanted as they came.
    keeps_heads: Arc<AtomicBool>,
}

#[derive(Debug, Default)]
struct Inner {
    /// Requests the guard let in, and requests the service has begun. The guard reads ahead: what it finds need not be
    /// about the request the service is at.
    let_in: u64,
    begun: u64,
    /// Heads that were kept of requests that were let in, by their numbers from 1.
    heads: VecDeque<(u64, RawHead)>,
    /// Requests whose answers have been taken off our hands.
    answered: u64,
    /// Whether an answer broke off whose end only the connection's can tell.
    broken: bool,
    rejection: Option<Rejection>,
    upgrade: Upgrade,
    waker: Option<Waker>,
}

/// What becomes of the bytes after a request for an upgrade.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Upgrade {
    /// None was asked for.
    #[default]
    None,
    /// Asked for; nobody reads on until it is decided.
    Waiting,
    /// Granted: what follows is not HTTP.
    Granted,
    /// Refused, and the connection goes on as before.
    Declined,
}

impl Gate {
    /// One that keeps the head of each request while this is set.
    #[must_use]
    pub fn keeping_heads(while_set: Arc<AtomicBool>) -> Self {
        Self { keeps_heads: while_set, ..Self::default() }
    }

    /// The guard let a request in, which has this head.
    pub(super) fn let_in(&self, head: &[u8]) {
        let mut inner = self.inner.lock();
        inner.let_in += 1;
        if self.keeps_heads.load(Ordering::Acquire) {
            let number = inner.let_in;
            inner.heads.push_back((number, RawHead(Bytes::copy_from_slice(head))));
        }
    }

    /// The head of the request that was begun last, if it was kept.
    #[must_use]
    pub fn head(&self) -> Option<RawHead> {
        let mut inner = self.inner.lock();
        let begun = inner.begun;
        // Those before it were of no interest to anybody.
        while inner.heads.front().is_some_and(|(number, _)| *number < begun) {
            inner.heads.pop_front();
        }
        let kept = inner.heads.front().is_some_and(|(number, _)| *number == begun);
        kept.then(|| inner.heads.pop_front()).flatten().map(|(_, head)| head)
    }

    /// The guard found a request that may not come in; the service answers it. It is the connection's last.
    pub(super) fn reject(&self, rejection: Rejection) {
        self.inner.lock().rejection = Some(rejection);
    }

    /// The service was handed a request, in the order of the connection; gives what to answer if it is the one that
    /// stands for a rejected one.
    #[must_use]
    pub fn begin(&self) -> Option<Rejection> {
        let mut inner = self.inner.lock();
        if inner.begun == inner.let_in {
            return inner.rejection.clone();
        }
        inner.begun += 1;
        None
    }

    /// The request that was let in last asks for an upgrade; none is let in after it until that is decided.
    pub(super) fn upgrade_asked(&self) {
        self.inner.lock().upgrade = Upgrade::Waiting;
    }

    /// The service has the answer to the request it began last.
    pub fn decide(&self, granted: bool) {
        let mut inner = self.inner.lock();
        if inner.begun < inner.let_in {
            return;
        }
        if inner.upgrade == Upgrade::Waiting {
            inner.upgrade = if granted { Upgrade::Granted } else { Upgrade::Declined };
        }
        if let Some(waker) = inner.waker.take() {
            waker.wake();
        }
    }

    /// An answer is through, or was given up.
    pub fn answered(&self) {
        let mut inner = self.inner.lock();
        inner.answered += 1;
        if let Some(waker) = inner.waker.take() {
            waker.wake();
        }
    }

    /// Whether a request is being answered; if so the waker is called when it is not any more.
    pub(super) fn is_busy(&self, waker: &Waker) -> bool {
        let mut inner = self.inner.lock();
        let busy = inner.answered < inner.let_in;
        if busy {
            inner.waker = Some(waker.clone());
        }
        busy
    }

    /// An answer broke off that would look whole if the connection just ended.
    pub fn broke(&self) {
        self.inner.lock().broken = true;
    }

    /// Whether one did.
    pub(super) fn is_broken(&self) -> bool {
        self.inner.lock().broken
    }

    /// The decision, if there is one; otherwise the waker is called when there is.
    pub(super) fn poll_upgrade(&self, waker: &Waker) -> Upgrade {
        let mut inner = self.inner.lock();
        if inner.upgrade == Upgrade::Waiting {
            inner.waker = Some(waker.clone());
        }
        inner.upgrade
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_has_the_head_it_came_with_whoever_read_ahead_and_whenever_they_began_to_be_kept() {
        let keeps = Arc::new(AtomicBool::new(false));
        let gate = Gate::keeping_heads(Arc::clone(&keeps));
        let head = || gate.head().map(|head| String::from_utf8(head.0.to_vec()).unwrap());
        gate.let_in(b"first");
        keeps.store(true, Ordering::Release);
        gate.let_in(b"second");
        gate.let_in(b"third");
        assert!(gate.begin().is_none());
        assert_eq!(head(), None);
        assert!(gate.begin().is_none());
        // Nobody asks for the head of this one.
        keeps.store(false, Ordering::Release);
        gate.let_in(b"fourth");
        assert!(gate.begin().is_none());
        assert_eq!(head().as_deref(), Some("third"));
        assert_eq!(head(), None, "it is handed out once");
        assert!(gate.begin().is_none());
        assert_eq!(head(), None);
        assert!(gate.inner.lock().heads.is_empty());
    }
}
