//! What a connection's guard and its service tell each other.

use std::task::Waker;

use parking_lot::Mutex;

use super::rejection::Rejection;

/// Shared between the guard of a connection and the service that answers on it.
#[derive(Debug, Default)]
pub struct Gate(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
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
    /// The guard found a request that may not come in; the service answers it.
    pub(super) fn reject(&self, rejection: Rejection) {
        self.0.lock().rejection = Some(rejection);
    }

    /// What the service has to answer instead of the request it was handed.
    #[must_use]
    pub fn rejection(&self) -> Option<Rejection> {
        self.0.lock().rejection.clone()
    }

    pub(super) fn upgrade_asked(&self) {
        self.0.lock().upgrade = Upgrade::Waiting;
    }

    /// The service has legacy's answer to a request for an upgrade.
    pub fn decide(&self, granted: bool) {
        let mut inner = self.0.lock();
        if inner.upgrade == Upgrade::Waiting {
            inner.upgrade = if granted { Upgrade::Granted } else { Upgrade::Declined };
        }
        if let Some(waker) = inner.waker.take() {
            waker.wake();
        }
    }

    /// The decision, if there is one; otherwise the waker is called when there is.
    pub(super) fn poll_upgrade(&self, waker: &Waker) -> Upgrade {
        let mut inner = self.0.lock();
        if inner.upgrade == Upgrade::Waiting {
            inner.waker = Some(waker.clone());
        }
        inner.upgrade
    }
}
