//! What legacy says when it is asked: the backstop for everything that does not pass through the bridge.

use std::time::Duration;

use serde_json::Value;

use super::{
    shown::{Question, logged_in},
    state::{Login, Session},
    who::{User, Who},
};
use crate::db::Passphrase;

/// How long premium and modules are taken for known: legacy's own task changes premium without a word to us.
const SETTINGS_AGE: Duration = Duration::from_secs(60);

/// Legacy's answers to one round of questions.
#[derive(Debug)]
pub struct Round {
    /// The session's epoch when the round began.
    pub epoch: u64,
    /// `GET /api/1/users`: names and whether they are logged in; `None` if it was refused.
    pub users: Option<Value>,
    /// Whether a route behind the login answers: `Err` with the refusing status.
    pub inside: Result<(), u16>,
    /// `GET /api/1/settings`; `None` if it was not asked or was refused.
    pub settings: Option<Value>,
    /// `GET /api/1/history/events/counterparties`; `None` if it was not asked or was refused.
    pub counterparties: Option<Value>,
    /// `GET /api/1/tasks`: ids of tasks that are still running; `None` if it was not asked or was refused.
    pub running: Option<Vec<u64>>,
}

impl Session {
    /// The epoch a round begins with.
    #[must_use]
    pub fn epoch(&self) -> u64 {
        self.state.lock().epoch
    }

    /// Whether the settings should be asked for: premium and modules are not known, or known for too long. They are not
    /// asked for each time, because legacy warns the user about some of them whenever they are read.
    #[must_use]
    pub fn wants_settings(&self) -> bool {
        let state = self.state.lock();
        state.doubtful || state.settings_learned.is_none_or(|at| at.elapsed() > SETTINGS_AGE)
    }

    /// Whether the counterparties should be asked for: they stay as they are from login to logout.
    #[must_use]
    pub fn wants_counterparties(&self) -> bool {
        !matches!(&self.state.lock().who, Who::User(user) if user.counterparties.is_some())
    }

    /// Whether a task of legacy's is being waited for.
    #[must_use]
    pub fn waits_for_tasks(&self) -> bool {
        !self.state.lock().pending.is_empty()
    }

    /// Takes in a round. An answer to an older question than the last change says nothing.
    pub fn apply(&self, round: &Round) {
        let mut state = self.state.lock();
        if round.epoch != state.epoch {
            drop(state);
            self.check_soon();
            return;
        }
        state.doubtful = false;
        // A login whose task is over and whose user is in was granted, whoever collects the outcome.
        let mut granted: Vec<Login> = Vec::new();
        if let Some(running) = &round.running {
            let (over, on): (Vec<_>, Vec<_>) =
                std::mem::take(&mut state.pending).into_iter().partition(|pending| !running.contains(&pending.task));
            state.pending = on;
            granted.extend(over.into_iter().filter_map(|pending| pending.login));
        }
        let inside = round.users.as_ref().and_then(logged_in).map(str::to_owned);
        match (round.inside, inside) {
            (Ok(()), Some(name)) => {
                // Which of several was granted is not said; the key that opens the files tells.
                let candidates: Vec<Passphrase> =
                    granted.into_iter().filter(|login| login.name == name).map(|login| login.passphrase).collect();
                if !candidates.is_empty() || state.who.name() != Some(&name) {
                    self.set(&mut state, Who::User(User::new(name, candidates)), "found by asking legacy");
                }
                let shown = [(Question::Settings, &round.settings), (Question::Counterparties, &round.counterparties)];
                for (question, result) in shown {
                    if let Some(result) = result {
                        state.take_in(question, result);
                    }
                }
            }
            (Err(401), None) if round.users.is_some() => match &state.who {
                // A user who was in and is not any more, without a logout that we saw: forwarded from now on, and
                // legacy itself says so to whoever asks.
                Who::User(_) => {
                    self.set(&mut state, Who::Unknown, "legacy says nobody is logged in");
                    state.lost = true;
                }
                Who::Unknown if !state.lost => self.set(&mut state, Who::Nobody, "found by asking legacy"),
                Who::Unknown | Who::Nobody => {}
            },
            // Half a login: a name, but every user route refuses. Legacy may answer for itself.
            (Err(401), Some(_)) if !matches!(state.who, Who::Unknown) => {
                self.set(&mut state, Who::Unknown, "legacy is in between");
            }
            // Anything else is no news of the session.
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{db::Options, session::files::Files};

    #[tokio::test]
    async fn counterparties_are_asked_for_once_a_login() {
        let session = Session::new(Files::new(None, Options::default()));
        let counterparties = |session: &Session| match session.view(None).unwrap().who {
            Who::User(user) => user.counterparties,
            _ => None,
        };
        let round = |counterparties| Round {
            epoch: session.epoch(),
            users: Some(json!({"ada": "loggedin"})),
            inside: Ok(()),
            settings: None,
            counterparties,
            running: None,
        };
        assert!(session.wants_counterparties());
        session.apply(&round(Some(json!([{"identifier": "ens", "label": "ens"}]))));
        assert!(!session.wants_counterparties());
        session.apply(&round(None));
        assert_eq!(counterparties(&session).as_deref(), Some(&json!([{"identifier": "ens", "label": "ens"}])));
        let login = Login { name: "ada".to_owned(), passphrase: Passphrase::new("x".to_owned()) };
        session.logged_in(&mut session.state.lock(), login, &json!({}));
        assert!(session.wants_counterparties(), "another login, other decoders");
        assert_eq!(counterparties(&session), None);
    }
}
