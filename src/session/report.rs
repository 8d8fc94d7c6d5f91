//! What the package inside legacy says of the session: it knows, where everybody else has to watch and ask.

use std::fmt;

use serde::{Deserialize, Deserializer};

use super::{
    state::{LOGOUT, Session},
    who::{User, Who},
};
use crate::db::Passphrase;

/// Something that happened in legacy.
#[derive(Debug)]
pub enum Report {
    /// This user is logged in, with this passphrase; possibly since long ago.
    Login(String, Passphrase),
    /// Nobody is logged in any more.
    Logout,
    /// This user's files have this passphrase from now on.
    Password(String, Passphrase),
}

/// A passphrase as it comes in JSON: the text is moved into what wipes it.
pub struct Secret(pub Passphrase);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Self(Passphrase::new(text)))
    }
}

impl Session {
    /// Takes in what the package says.
    pub fn take_report(&self, report: Report) {
        let mut state = self.state.lock();
        match report {
            Report::Login(name, passphrase) => {
                if let Who::User(user) = &mut state.who
                    && user.name == name
                {
                    // It may be the login that was seen already, or another one since. What legacy decides at a login
                    // is asked for again.
                    (user.passphrase, user.candidates) = (Some(passphrase), Vec::new());
                    user.counterparties = None;
                    state.settings_learned = None;
                    state.doubtful = true;
                    state.epoch += 1;
                } else {
                    self.set(&mut state, Who::User(User::new(name, vec![passphrase])), "login, says the package");
                }
                drop(state);
                self.check_soon();
            }
            Report::Logout if matches!(state.who, Who::Nobody) => {}
            Report::Logout => self.set(&mut state, Who::Nobody, LOGOUT),
            Report::Password(name, passphrase) => {
                state.epoch += 1;
                if let Who::User(user) = &mut state.who
                    && user.name == name
                {
                    (user.passphrase, user.candidates) = (Some(passphrase), Vec::new());
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{db::Options, session::files::Files};

    fn passphrase(text: &str) -> Passphrase {
        Passphrase::new(text.to_owned())
    }

    #[tokio::test]
    async fn what_the_package_says_is_who_is_in_and_with_which_key() {
        let session = Session::new(Files::new(None, Options::default()));
        let key = |session: &Session| match session.view(None).unwrap().who {
            Who::User(user) => user.passphrase,
            _ => None,
        };
        session.take_report(Report::Password("ada".into(), passphrase("x")));
        assert_eq!(session.word(), "unknown", "a passphrase alone is no login");
        session.take_report(Report::Login("ada".into(), passphrase("x")));
        assert_eq!(key(&session), Some(passphrase("x")));
        session.take_report(Report::Password("grace".into(), passphrase("y")));
        session.take_report(Report::Password("ada".into(), passphrase("z")));
        assert_eq!(key(&session), Some(passphrase("z")), "the user's own");
        session.take_report(Report::Logout);
        session.take_report(Report::Logout);
        assert_eq!((session.word(), session.logouts()), ("nobody", 1));
    }

    #[tokio::test]
    async fn a_login_that_is_said_again_brings_the_key_and_has_the_rest_asked_for() {
        let session = Session::new(Files::new(None, Options::default()));
        session.set(&mut session.state.lock(), Who::User(User::new("ada".into(), Vec::new())), "test");
        assert_eq!(session.word(), "user without key");
        let before = session.epoch();
        session.take_report(Report::Login("ada".into(), passphrase("x")));
        assert_eq!(session.word(), "user");
        assert!(session.epoch() > before && session.view(None).unwrap().in_between);
    }

    #[test]
    fn a_secret_does_not_print() {
        let secret: Secret = serde_json::from_str(r#""hunter2""#).unwrap();
        assert_eq!(format!("{secret:?}"), "Secret(…)");
    }
}
