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
use tokio::time::Instant;

use super::rejection::Rejection;
use crate::forward::{RawHead, fast::Instead};

/// Shared between the guard of a connection and the service that answers on it.
#[derive(Debug, Default)]
pub struct Gate {
    inner: Mutex<Inner>,
    /// Whether heads are wanted as they came.
    keeps_heads: Arc<AtomicBool>,
}

#[derive(Debug)]
struct Inner {
    /// Requests the guard let in, and requests the service has begun. The guard reads ahead: what it finds need not be
    /// about the request the service is at.
    let_in: u64,
    begun: u64,
    /// What was found out about requests that were let in after the fast path could not answer them, by their numbers.
    instead: VecDeque<(u64, Handed)>,
    /// Heads that were kept of requests that were let in, by their numbers from 1.
    heads: VecDeque<(u64, RawHead)>,
    /// Requests whose answers have been taken off our hands.
    answered: u64,
    /// Those of them whose last bytes hyper has not written for sure.
    unwritten: bool,
    /// Whether a request is on the fast path now, of which hyper knows nothing.
    passing: bool,
    /// When the last one was, or when the connection began.
    answered_at: Instant,
    /// Whether an answer broke off whose end only the connection's can tell.
    broken: bool,
    rejection: Option<Rejection>,
    upgrade: Upgrade,
    waker: Option<Waker>,
}

impl Default for Inner {
    fn default() -> Self {
        Self {
            let_in: 0,
            begun: 0,
            instead: VecDeque::new(),
            heads: VecDeque::new(),
            answered: 0,
            unwritten: false,
            passing: false,
            answered_at: Instant::now(),
            broken: false,
            rejection: None,
            upgrade: Upgrade::None,
            waker: None,
        }
    }
}

/// A request that the fast path could not answer.
#[derive(Debug, Clone)]
pub struct Handed {
    /// What is to be done with it.
    pub instead: Instead,
    /// When it came.
    pub came: std::time::Instant,
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

    /// Whether every request so far has its answer, and hyper has written it: then the next one may take the fast path.
    pub(super) fn is_settled(&self) -> bool {
        let inner = self.inner.lock();
        inner.answered == inner.let_in && !inner.unwritten && inner.rejection.is_none()
    }

    /// hyper has written what it had.
    pub(super) fn written(&self) {
        self.inner.lock().unwritten = false;
    }

    /// A request takes the fast path.
    pub(super) fn pass(&self) {
        self.inner.lock().passing = true;
    }

    /// It has its answer, or gets it by the other way, or never will.
    pub(super) fn passed(&self) {
        let mut inner = self.inner.lock();
        inner.passing = false;
        inner.answered_at = Instant::now();
    }

    /// One that did not is let in after all, with this head.
    pub(super) fn hand_over(&self, head: &[u8], handed: Handed) {
        self.let_in(head);
        let mut inner = self.inner.lock();
        let number = inner.let_in;
        inner.instead.push_back((number, handed));
    }

    /// Whether a request is on the fast path.
    #[must_use]
    pub fn is_passing(&self) -> bool {
        self.inner.lock().passing
    }

    /// What was found out about the request that was begun last, before it was let in.
    #[must_use]
    pub fn handed(&self) -> Option<Handed> {
        let mut inner = self.inner.lock();
        let begun = inner.begun;
        let handed = inner.instead.front().is_some_and(|(number, _)| *number == begun);
        handed.then(|| inner.instead.pop_front()).flatten().map(|(_, handed)| handed)
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
        inner.unwritten = true;
        inner.answered_at = Instant::now();
    }

    /// Since when nothing is asked; none while a request is being answered.
    pub(super) fn idle_since(&self) -> Option<Instant> {
        let inner = self.inner.lock();
        (inner.answered >= inner.let_in).then_some(inner.answered_at)
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
