//! What the answers to watched requests say.

use std::time::{Instant, SystemTime};

use bytes::Bytes;
use http::StatusCode;
use serde_json::Value;

use super::{
    fields::Fields,
    files::Hold,
    premium::{learn_limit, learn_net_value},
    state::{LOGOUT, Login, Pending, Session, State},
    watched::Watched,
    who::{User, Who},
};
use crate::db::Passphrase;

/// A watched request on its way: what it asked, and the hold on the files.
#[derive(Debug)]
pub struct Observation {
    watched: Watched,
    asked: Asked,
    hold: Option<Hold>,
    /// The session's epoch when it was asked.
    epoch: u64,
}

#[derive(Debug)]
enum Asked {
    /// A login, as soon as legacy says yes.
    Login(Login),
    Logout,
    /// The passphrase that will open the files.
    Rekey(Passphrase),
    Other,
}

impl Observation {
    /// Begins to watch a request in this epoch of the session, given its body where [`Watched::reads_request`] asks for it.
    #[must_use]
    pub fn begin(watched: Watched, body: &[u8], hold: Option<Hold>, epoch: u64) -> Self {
        // What is no JSON object legacy refuses; then there is nothing to learn.
        let fields: Fields = serde_json::from_slice(body).unwrap_or_default();
        let asked = match &watched {
            Watched::Create => login(fields.name, fields.password),
            Watched::Login(name) => login(Some(name.clone()), fields.password),
            Watched::Manage if fields.action.as_deref() == Some("logout") => Asked::Logout,
            Watched::Password => fields.new_password.map_or(Asked::Other, Asked::Rekey),
            _ => Asked::Other,
        };
        Self { watched, asked, hold, epoch }
    }
}

fn login(name: Option<String>, passphrase: Option<Passphrase>) -> Asked {
    match (name, passphrase) {
        (Some(name), Some(passphrase)) => Asked::Login(Login { name, passphrase }),
        _ => Asked::Other,
    }
}

impl Session {
    /// Whether a watched request can tell anything: the outcome of a task only if the task is waited for, a limit and the
    /// net value only if there is premium, and what they show is not known.
    #[must_use]
    pub fn cares_about(&self, watched: &Watched) -> bool {
        match watched {
            Watched::Limit(limited) => {
                matches!(&self.state.lock().who, Who::User(user) if user.premium == Some(true) && user.limit(*limited).is_none())
            }
            Watched::Task(id) | Watched::CancelTask(id) => self.state.lock().pending.iter().any(|p| p.task == *id),
            Watched::NetValue => {
                matches!(&self.state.lock().who, Who::User(user) if user.premium == Some(true) && !user.is_active())
            }
            _ => true,
        }
    }

    /// Takes in legacy's answer to a watched request. Ends the hold on the files unless a task of legacy's goes on.
    pub fn observe(&self, observation: Observation, status: StatusCode, body: &Bytes) {
        let Observation { watched, asked, hold, epoch } = observation;
        let answer: Value = serde_json::from_slice(body).unwrap_or_default();
        let result = &answer["result"];
        let ok = status == StatusCode::OK;
        let mut state = self.state.lock();
        match (&watched, asked) {
            (_, asked) if ok && result.get("task_id").is_some() => {
                let Some(task) = result["task_id"].as_u64() else { return };
                let login = match asked {
                    Asked::Login(login) => Some(login),
                    _ => None,
                };
                if login.is_some() || hold.is_some() {
                    state.epoch += 1;
                    state.pending.push(Pending { task, login, _hold: hold });
                }
            }
            (_, Asked::Login(login)) if ok && result.get("settings").is_some() => {
                self.logged_in(&mut state, login, &result["settings"]);
                state.learn_exchanges(&result["exchanges"]);
            }
            // Granted, with a passphrase that could not be read.
            (Watched::Login(name), _) if ok && result.get("settings").is_some() => {
                self.set(&mut state, Who::User(User::new(name.clone(), Vec::new())), "login");
                learn_settings(&mut state, &result["settings"]);
                state.learn_exchanges(&result["exchanges"]);
            }
            (_, Asked::Logout) if ok && result == true => self.set(&mut state, Who::Nobody, LOGOUT),
            (_, Asked::Rekey(passphrase)) if ok && result == true => {
                state.epoch += 1;
                if let Who::User(user) = &mut state.who {
                    user.passphrase = Some(passphrase);
                }
            }
            (Watched::Task(id), _) if ok && result["status"] == "completed" => {
                self.task_outcome(&mut state, *id, result);
            }
            (Watched::CancelTask(id), _) if ok => {
                state.pending.retain(|pending| pending.task != *id);
                drop(state);
                self.doubt();
            }
            (Watched::Settings, _) if ok => learn_settings(&mut state, result),
            // Of a session that has changed since it says nothing.
            (Watched::Limit(limited), _) if ok && epoch == state.epoch => learn_limit(&mut state, *limited, result),
            (Watched::NetValue, _) if ok && epoch == state.epoch => {
                learn_net_value(&mut state, result, SystemTime::now());
            }
            (Watched::Exchanges, _) if ok && epoch == state.epoch => state.learn_exchanges(result),
            (Watched::Connecting, _) => state.learn_exchanges(&Value::Null),
            (
                Watched::Settings
                | Watched::Task(_)
                | Watched::CancelTask(_)
                | Watched::Limit(_)
                | Watched::Exchanges
                | Watched::NetValue,
                _,
            ) => {}
            (Watched::Premium, _) => {
                state.forget_premium();
                state.settings_learned = None;
                self.check_soon();
            }
            // A refused or failed attempt may still have changed things: ask.
            _ => {
                drop(state);
                self.doubt();
            }
        }
    }

    /// The request got no answer. Where legacy may have begun with it, what became of it is legacy's to say.
    pub fn observe_nothing(&self, observation: Observation, may_have_begun: bool) {
        let settings_alone = matches!(observation.watched, Watched::Settings | Watched::Premium);
        let changes_nothing = matches!(observation.watched, Watched::Limit(_) | Watched::NetValue | Watched::Exchanges);
        let connecting = observation.watched == Watched::Connecting;
        drop(observation);
        if !may_have_begun || changes_nothing {
            return;
        }
        if connecting {
            self.state.lock().learn_exchanges(&Value::Null);
        } else if settings_alone {
            // Who is in has not changed; premium and modules may have.
            self.state.lock().settings_learned = None;
            self.check_soon();
        } else {
            self.doubt();
        }
    }

    fn task_outcome(&self, state: &mut State, id: u64, result: &Value) {
        let Some(at) = state.pending.iter().position(|pending| pending.task == id) else { return };
        let pending = state.pending.swap_remove(at);
        let shown = &result["outcome"]["result"];
        match pending.login {
            Some(login) if shown["settings"].is_object() => {
                self.logged_in(state, login, &shown["settings"]);
                state.learn_exchanges(&shown["exchanges"]);
            }
            _ => {
                state.doubtful = true;
                state.epoch += 1;
                self.check_soon();
            }
        }
    }

    pub(super) fn logged_in(&self, state: &mut State, login: Login, settings: &Value) {
        state.pending.retain(|pending| pending.login.is_none());
        self.set(state, Who::User(User::new(login.name, vec![login.passphrase])), "login");
        learn_settings(state, settings);
        // What else was decided at login, legacy has to be asked for.
        self.check_soon();
    }
}

/// Premium, modules and sources of names, from any answer that shows the settings.
pub(super) fn learn_settings(state: &mut State, settings: &Value) {
    let Who::User(user) = &mut state.who else { return };
    state.settings_learned = Some(Instant::now());
    if let Some(premium) = settings["have_premium"].as_bool() {
        user.premium = Some(premium);
        if !premium {
            user.forget_premium();
        }
    }
    if let Some(modules) = settings["active_modules"].as_array() {
        user.default_modules = modules.iter().map(|module| module.as_str().map(str::to_owned)).collect();
    }
    if let Some(sources) = settings["address_name_priority"].as_array() {
        user.name_sources = sources.iter().map(|source| source.as_str().map(str::to_owned)).collect();
    }
}
