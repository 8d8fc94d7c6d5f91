//! What the package takes off our hands, each part of it by a switch of its own.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::config::{Backgrounds, Caches};

/// A part of the package.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Part {
    /// Legacy's messages for the websocket come to us.
    Notifier,
    /// Logins, logouts and files at work are reported.
    Session,
    /// Caches are dropped when we say so.
    Caches,
    /// Legacy's transactions take their lock at the beginning.
    Transactions,
    /// Background tasks are left to us while we hold a lease.
    Tasks,
}

impl Part {
    /// Every part.
    pub const ALL: [Self; 5] = [Self::Notifier, Self::Session, Self::Caches, Self::Transactions, Self::Tasks];

    /// Its word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Notifier => "notifier",
            Self::Session => "session",
            Self::Caches => "caches",
            Self::Transactions => "transactions",
            Self::Tasks => "tasks",
        }
    }
}

/// Which parts are at work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Parts {
    /// See [`Part::Notifier`].
    pub notifier: bool,
    /// See [`Part::Session`].
    pub session: bool,
    /// The caches that it drops.
    pub caches: Caches,
    /// See [`Part::Transactions`].
    pub transactions: bool,
    /// The background tasks that it can leave to us.
    pub tasks: Backgrounds,
}

impl Parts {
    /// The same without one of them.
    #[must_use]
    pub fn without(mut self, part: Part) -> Self {
        match part {
            Part::Notifier => self.notifier = false,
            Part::Session => self.session = false,
            Part::Caches => self.caches = Caches::default(),
            Part::Transactions => self.transactions = false,
            Part::Tasks => self.tasks = Backgrounds::default(),
        }
        self
    }

    /// As the protocol and the admin API have it.
    #[must_use]
    pub fn shown(&self) -> Value {
        json!({
            "notifier": self.notifier,
            "session": self.session,
            "caches": self.caches.words(),
            "transactions": self.transactions,
            "tasks": self.tasks.words(),
        })
    }
}

/// The same as it comes over the socket. What a newer package says besides is no concern of ours.
#[derive(Debug, Deserialize)]
pub(super) struct Said {
    #[serde(default)]
    notifier: bool,
    #[serde(default)]
    session: bool,
    #[serde(default)]
    caches: Vec<String>,
    #[serde(default)]
    transactions: bool,
    #[serde(default)]
    tasks: Vec<String>,
}

impl From<Said> for Parts {
    fn from(said: Said) -> Self {
        Self {
            notifier: said.notifier,
            session: said.session,
            caches: Caches::named(said.caches.iter().map(String::as_str)),
            transactions: said.transactions,
            tasks: Backgrounds::named(said.tasks.iter().map(String::as_str)),
        }
    }
}
