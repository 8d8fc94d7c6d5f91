//! The session: what is known now, and how it changes.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use futures_util::FutureExt;
use parking_lot::Mutex;
use serde_json::Value;
use tokio::sync::{Notify, watch};

use super::{
    facts::Facts,
    files::{Files, Hold, Unavailable},
    who::{User, Who},
};
use crate::db::{Database, DbError, Passphrase};

/// Why there is nobody after a logout that was seen.
pub(super) const LOGOUT: &str = "logout";

/// A login or file operation that legacy does in a task of its own.
#[derive(Debug)]
pub(super) struct Pending {
    pub(super) task: u64,
    pub(super) login: Option<Login>,
    pub(super) _hold: Option<Hold>,
}

/// A login that legacy has not judged yet.
#[derive(Debug, Clone)]
pub(super) struct Login {
    pub(super) name: String,
    pub(super) passphrase: Passphrase,
}

#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) who: Who,
    pub(super) facts: Facts,
    pub(super) pending: Vec<Pending>,
    /// Counts changes, so that an answer to an older question is recognised.
    pub(super) epoch: u64,
    pub(super) gone_since: Option<Instant>,
    /// How many times a user was seen to leave, or another one to come, and who was in last.
    pub(super) logouts: u64,
    pub(super) last: Option<String>,
    /// A user was in and was found to be out without a logout that we saw.
    pub(super) lost: bool,
    /// When premium and modules were last shown.
    pub(super) settings_learned: Option<Instant>,
    /// Something happened whose outcome only legacy knows; until it was asked, nothing is answered for it.
    pub(super) doubtful: bool,
}

/// What the bridge knows of legacy's session.
#[derive(Debug)]
pub struct Session {
    pub(super) state: Mutex<State>,
    /// The databases.
    pub files: Files,
    pub(super) check: Notify,
    /// How many times legacy has been asked.
    rounds: watch::Sender<u64>,
}

/// A copy of what a native route may need to know, taken under one lock.
#[derive(Debug, Clone)]
pub struct View {
    /// Who is logged in.
    pub who: Who,
    /// Whether legacy's own answers may change from one moment to the next: a login is under way, files are being
    /// worked on, or something happened whose outcome is not known yet.
    pub in_between: bool,
}

impl State {
    /// Other keys, or another process of legacy's: what premium shows has to be shown anew.
    pub(super) fn forget_premium(&mut self) {
        if let Who::User(user) = &mut self.who {
            user.forget_premium();
        }
    }

    /// Which exchanges are connected, from an answer that lists them; not known, if it does not.
    pub(super) fn learn_exchanges(&mut self, exchanges: &Value) {
        if let Who::User(user) = &mut self.who {
            user.exchanges = exchanges.is_array().then(|| Arc::new(exchanges.clone()));
        }
    }
}

impl Session {
    /// A session of which nothing is known yet.
    #[must_use]
    pub fn new(files: Files) -> Self {
        Self { state: Mutex::default(), files, check: Notify::new(), rounds: watch::Sender::new(0) }
    }

    /// A session without a legacy to ask: this user is in, and stays in.
    #[must_use]
    pub fn alone(files: Files, name: String, passphrase: Passphrase) -> Self {
        let session = Self::new(files);
        session.state.lock().who = Who::User(User::new(name, vec![passphrase]));
        session
    }

    /// What is known of the user, if legacy is there or has not been away for longer than `outage`.
    ///
    /// # Errors
    /// Legacy has been unreachable for too long.
    pub fn view(&self, outage: Option<Duration>) -> Result<View, Unavailable> {
        let state = self.state.lock();
        let away = state.gone_since.map_or(Duration::ZERO, |since| since.elapsed());
        if outage.is_some_and(|bound| away > bound) {
            return Err(Unavailable::Outage);
        }
        let logging_in = state.pending.iter().any(|pending| pending.login.is_some());
        let in_between = state.doubtful || logging_in || self.files.released();
        Ok(View { who: state.who.clone(), in_between })
    }

    /// Reads facts of the legacy process.
    pub fn with_facts<T>(&self, read: impl FnOnce(&Facts) -> T) -> T {
        read(&self.state.lock().facts)
    }

    /// Learns facts of the legacy process.
    pub fn learn(&self, learn: impl FnOnce(&mut Facts)) {
        learn(&mut self.state.lock().facts);
    }

    /// The main database of this user.
    ///
    /// # Errors
    /// See [`Unavailable`].
    pub async fn user_database(&self, user: &User) -> Result<Database, Unavailable> {
        let passphrase = user.passphrase.as_ref().ok_or(Unavailable::NoKey)?;
        let opened = self.files.user(&user.name, passphrase).await;
        if let Err(Unavailable::Database(error)) = &opened {
            self.note_failure(&user.name, error);
        }
        opened
    }

    /// The user's database of what can be calculated anew. A passphrase that does not open it may still be the right one
    /// for the main database, and is kept.
    ///
    /// # Errors
    /// See [`Unavailable`].
    pub async fn transient_database(&self, user: &User) -> Result<Database, Unavailable> {
        let passphrase = user.passphrase.as_ref().ok_or(Unavailable::NoKey)?;
        self.files.transient(&user.name, passphrase).await
    }

    /// Opens the user's database ahead of the first request that needs it, if there is a user with a key. Deriving the
    /// key takes a fifth of a second, which nobody has to wait for.
    pub async fn warm_up(&self) {
        let who = self.state.lock().who.clone();
        if let Who::User(user) = who {
            match self.user_database(&user).await {
                Ok(_) => tracing::debug!("the user's database is open"),
                Err(why) => tracing::debug!(%why, "the user's database is not open"),
            }
        }
    }

    /// A wrong key means that the file was rekeyed behind our back: the key is of no use any more.
    pub fn note_failure(&self, name: &str, error: &DbError) {
        if !matches!(error, DbError::WrongKey(_) | DbError::NotADatabase(_)) {
            return;
        }
        tracing::warn!("the key does not open the user's database; its routes are forwarded unless another one does");
        let mut state = self.state.lock();
        if let Who::User(user) = &mut state.who
            && user.name == name
        {
            user.passphrase = user.candidates.pop();
            state.epoch += 1;
        }
        drop(state);
        self.files.forget_user_soon();
    }

    /// Who is logged in, changed. Files of another user are closed.
    pub(super) fn set(&self, state: &mut State, who: Who, why: &'static str) {
        state.epoch += 1;
        let other = state.who.name() != who.name();
        if other || !matches!((&state.who, &who), (Who::User(_), Who::User(_))) {
            tracing::info!(from = state.who.as_str(), to = who.as_str(), why, "session changed");
        }
        let another = who.name().is_some_and(|name| state.last.as_deref().is_some_and(|last| last != name));
        if another || why == LOGOUT {
            state.logouts += 1;
        }
        if let Some(name) = who.name() {
            state.last = Some(name.to_owned());
        }
        state.who = who;
        state.settings_learned = None;
        state.lost = false;
        if other {
            self.files.forget_user_soon();
        }
    }

    /// Legacy can not be reached.
    pub fn gone(&self) {
        let mut state = self.state.lock();
        if state.gone_since.is_none() {
            state.gone_since = Some(Instant::now());
            tracing::warn!("legacy can not be reached; native routes go on answering");
        }
    }

    /// Legacy answers again; gives whether it had been away.
    pub fn back(&self) -> bool {
        let away = self.state.lock().gone_since.take();
        if let Some(since) = away {
            tracing::info!(away = ?since.elapsed(), "legacy is back");
        }
        away.is_some()
    }

    /// How long legacy has been unreachable.
    #[must_use]
    pub fn away(&self) -> Option<Duration> {
        self.state.lock().gone_since.map(|since| since.elapsed())
    }

    /// What is known may not hold any more: routes that depend on it are legacy's until legacy was asked, which is soon.
    pub fn doubt(&self) {
        let mut state = self.state.lock();
        state.doubtful = true;
        state.epoch += 1;
        state.forget_premium();
        state.learn_exchanges(&Value::Null);
        drop(state);
        self.check_soon();
    }

    /// The same, if a user is thought to be in.
    pub fn doubt_user(&self) {
        if matches!(self.state.lock().who, Who::User(_)) {
            self.doubt();
        }
    }

    /// Has legacy asked soon who is logged in.
    pub fn check_soon(&self) {
        self.check.notify_one();
    }

    /// Legacy is about to be asked: whoever wanted that, has it. A wish that is left would have the next try, if this one
    /// fails, made without a pause.
    pub fn check_begins(&self) {
        let _ = self.check_wanted().now_or_never();
    }

    /// Legacy was asked, and its answers were taken in.
    pub fn was_asked(&self) {
        self.rounds.send_modify(|rounds| *rounds += 1);
    }

    /// Completes when legacy has said what was in doubt.
    pub async fn certain(&self) {
        let mut rounds = self.rounds.subscribe();
        loop {
            rounds.borrow_and_update();
            // It changes as long as this lives.
            if !self.state.lock().doubtful || rounds.changed().await.is_err() {
                return;
            }
        }
    }

    /// Completes when [`Session::check_soon`] was called.
    pub async fn check_wanted(&self) {
        self.check.notified().await;
    }

    /// How many times a user was seen to leave, or another one to come. What was meant for one is not the other's.
    #[must_use]
    pub fn logouts(&self) -> u64 {
        self.state.lock().logouts
    }

    /// Whether somebody is known to be logged in.
    #[must_use]
    pub fn has_user(&self) -> bool {
        matches!(self.state.lock().who, Who::User(_))
    }

    /// One word for the admin API; never the name.
    #[must_use]
    pub fn word(&self) -> &'static str {
        self.state.lock().who.as_str()
    }
}
