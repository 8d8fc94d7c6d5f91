//! Who is logged in, as far as is known.

use std::{sync::Arc, time::Instant};

use serde_json::Value;

use super::limits::Limits;
use crate::db::Passphrase;

/// Who legacy has logged in. It has one user at a time, for everyone who asks.
#[derive(Debug, Clone, Default)]
pub enum Who {
    /// Not known, or known to be in between; user routes are forwarded.
    #[default]
    Unknown,
    /// Nobody: user routes answer that themselves.
    Nobody,
    /// This user.
    User(User),
}

/// A logged-in user.
#[derive(Debug, Clone)]
pub struct User {
    /// Name, which is also the name of the user's directory.
    pub name: String,
    /// What opens the databases; unknown if the login did not pass through this bridge.
    pub passphrase: Option<Passphrase>,
    /// Further passphrases that may be the right one, where several logins were granted or refused unseen.
    pub candidates: Vec<Passphrase>,
    /// Whether legacy holds a premium subscription for the user, active or not.
    pub premium: Option<bool>,
    /// When legacy last showed something that it shows to active subscriptions alone.
    pub(super) active: Option<Instant>,
    /// How much legacy shows with it.
    pub(super) limits: Limits,
    /// Order in which legacy lists the modules while the user has not chosen any; chance decides it per process.
    pub default_modules: Option<Vec<String>>,
    /// `result` of `GET /api/1/history/events/counterparties`: decided at login, ordered by chance.
    pub counterparties: Option<Arc<Value>>,
    /// `result` of `GET /api/1/exchanges`: those that legacy has connected, in the order in which it did.
    pub exchanges: Option<Arc<Value>>,
    /// Where legacy looks for the name of an address, in this order: a copy that it took at login or at the last change.
    pub name_sources: Option<Vec<String>>,
}

impl User {
    /// A user of whom the name is known, and what may open the databases.
    #[must_use]
    pub fn new(name: String, mut candidates: Vec<Passphrase>) -> Self {
        let passphrase = candidates.pop();
        Self {
            name,
            passphrase,
            candidates,
            premium: None,
            active: None,
            limits: Limits::default(),
            default_modules: None,
            counterparties: None,
            exchanges: None,
            name_sources: None,
        }
    }
}

impl Who {
    /// The logged-in user's name.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::User(user) => Some(&user.name),
            Self::Unknown | Self::Nobody => None,
        }
    }

    /// All of its words.
    pub const WORDS: [&str; 4] = ["unknown", "nobody", "user", "user without key"];

    /// One word for logs and the admin API; never the name.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Nobody => "nobody",
            Self::User(User { passphrase: Some(_), .. }) => "user",
            Self::User(_) => "user without key",
        }
    }
}
