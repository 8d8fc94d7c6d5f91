//! What of the session another process goes on with: the user, and what opens the databases.

use zeroize::{Zeroize, Zeroizing};

use super::{
    state::Session,
    who::{User, Who},
};
use crate::db::Passphrase;

/// The user, on the way to the next process. Wiped on drop; never printed.
#[derive(serde::Serialize, serde::Deserialize)]
pub struct GoingOn {
    name: String,
    /// The first is the one in use.
    passphrases: Vec<String>,
}

impl Drop for GoingOn {
    fn drop(&mut self) {
        self.passphrases.zeroize();
    }
}

impl std::fmt::Debug for GoingOn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("GoingOn").finish_non_exhaustive()
    }
}

impl Session {
    /// What another process goes on with, if there is a user.
    #[must_use]
    pub fn hand_on(&self) -> Option<GoingOn> {
        let state = self.state.lock();
        let Who::User(user) = &state.who else { return None };
        let all = user.passphrase.iter().chain(user.candidates.iter().rev());
        let passphrases = all.map(|passphrase| passphrase.expose().to_owned()).collect();
        Some(GoingOn { name: user.name.clone(), passphrases })
    }

    /// Goes on where another process was. Nothing is answered for the user until legacy was asked.
    pub fn go_on(&self, mut from: GoingOn) {
        let candidates = std::mem::take(&mut from.passphrases).into_iter().rev().map(Passphrase::new).collect();
        let mut state = self.state.lock();
        let user = User::new(std::mem::take(&mut from.name), candidates);
        state.last = Some(user.name.clone());
        (state.who, state.doubtful) = (Who::User(user), true);
        state.epoch += 1;
        drop(state);
        self.check_soon();
    }
}

/// As it is sent. Wiped on drop.
///
/// # Errors
/// None that is known; it is texts.
pub fn sent(going_on: Option<&GoingOn>) -> serde_json::Result<Zeroizing<Vec<u8>>> {
    // Room enough from the start: what grows leaves copies behind.
    let length = going_on.map_or(0, |user| user.name.len() + user.passphrases.iter().map(String::len).sum::<usize>());
    let mut bytes =
        Zeroizing::new(Vec::with_capacity(6 * length + 256 + 8 * going_on.map_or(0, |user| user.passphrases.len())));
    serde_json::to_writer(&mut *bytes, &going_on)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{db::Options, session::files::Files};

    #[tokio::test]
    async fn the_next_process_has_the_user_and_every_passphrase_in_its_order_and_asks_legacy_first() {
        let session = |who| {
            let session = Session::new(Files::new(None, Options::default()));
            session.state.lock().who = who;
            session
        };
        let passphrases = ["old \"quoted\"", "last"].map(|text| Passphrase::new(text.to_owned()));
        let before = session(Who::User(User::new("ada".to_owned(), passphrases.to_vec())));
        let sent = sent(before.hand_on().as_ref()).unwrap();
        assert!(!format!("{:?}", before.hand_on()).contains("last"));
        let after = session(Who::Unknown);
        after.go_on(serde_json::from_slice::<Option<GoingOn>>(&sent).unwrap().unwrap());
        let view = after.view(None).unwrap();
        assert!(view.in_between, "legacy has to be asked");
        let Who::User(user) = view.who else { panic!() };
        assert_eq!((user.passphrase.as_ref(), user.candidates.as_slice()), (Some(&passphrases[1]), &passphrases[..1]));
        assert!(session(Who::Nobody).hand_on().is_none());
    }
}
