//! What an answer of legacy's shows, whoever asked: the bridge itself, or whoever was recorded.

use std::sync::Arc;

use http::{Method, StatusCode};
use serde_json::Value;

use super::{
    limits::Limited,
    observe::learn_settings,
    premium::learn_limit,
    state::{Session, State},
    who::Who,
};
use crate::routes::target::Target;

/// A question whose answer shows something that only legacy's memory holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Question {
    /// What it is; asked without a check for updates.
    Info,
    /// What it was started with.
    Configuration,
    /// Premium, modules and sources of names.
    Settings,
    /// The counterparties that were decided at login.
    Counterparties,
    /// Who is logged in.
    Users,
}

impl Question {
    const ALL: [Self; 5] = [Self::Info, Self::Configuration, Self::Settings, Self::Counterparties, Self::Users];

    /// Where it is asked, with GET and nothing more.
    #[must_use]
    pub const fn path(self) -> &'static str {
        match self {
            Self::Info => "/api/1/info",
            Self::Configuration => "/api/1/settings/configuration",
            Self::Settings => "/api/1/settings",
            Self::Counterparties => "/api/1/history/events/counterparties",
            Self::Users => "/api/1/users",
        }
    }

    /// The question that a request asks, if it is one of these. Arguments are the caller's to judge.
    #[must_use]
    pub fn of(method: &Method, target: &Target) -> Option<Self> {
        let asked = target.segments()?.join("/");
        let is = |question: &Self| question.path().strip_prefix('/') == Some(asked.as_str());
        Self::ALL.into_iter().find(is).filter(|_| method == Method::GET)
    }

    /// The result of an answer; `None` if it is a refusal, or of a shape that it never has.
    #[must_use]
    pub fn answered(self, status: StatusCode, mut answer: Value) -> Option<Value> {
        let result = answer.get_mut("result")?.take();
        let fits = if self == Self::Counterparties { result.is_array() } else { result.is_object() };
        (status == StatusCode::OK && fits).then_some(result)
    }
}

/// The one user who is logged in, in the result of [`Question::Users`]; `None` if that is nobody, or more than one.
#[must_use]
pub fn logged_in(users: &Value) -> Option<&str> {
    let mut inside = users.as_object()?.iter().filter(|(_, word)| *word == "loggedin").map(|(name, _)| name.as_str());
    inside.next().filter(|_| inside.next().is_none())
}

impl State {
    /// Takes in what was shown. Who is logged in is not learned here: that takes more than one answer.
    pub(super) fn take_in(&mut self, question: Question, result: &Value) {
        match question {
            Question::Info => self.facts.learn_info(result.clone()),
            Question::Configuration => self.facts.learn_configuration(result.clone()),
            Question::Settings => learn_settings(self, result),
            Question::Counterparties => {
                if let Who::User(user) = &mut self.who {
                    user.counterparties = Some(Arc::new(result.clone()));
                }
            }
            Question::Users => {}
        }
    }
}

impl Session {
    /// Takes in what an answer showed, as [`Question::answered`] gives it.
    pub fn take_in(&self, question: Question, result: &Value) {
        self.state.lock().take_in(question, result);
    }

    /// Takes in which exchanges an answer listed.
    pub fn take_in_exchanges(&self, result: &Value) {
        self.state.lock().learn_exchanges(result);
    }

    /// Takes in how much an answer showed of what premium limits.
    pub fn take_in_limit(&self, limited: Limited, result: &Value) {
        learn_limit(&mut self.state.lock(), limited, result);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_question_is_known_by_its_path_and_an_answer_by_its_shape() {
        let of =
            |method: &str, path: &str| Question::of(&Method::from_bytes(method.as_bytes()).unwrap(), &Target::of(path));
        assert_eq!(of("GET", "//api/1/%73ettings"), Some(Question::Settings));
        assert_eq!(of("PUT", "/api/1/settings"), None);
        assert_eq!(of("GET", "/api/1/tags"), None);
        let answered =
            |status, answer| Question::Counterparties.answered(StatusCode::from_u16(status).unwrap(), answer);
        assert_eq!(answered(200, json!({"result": [1]})), Some(json!([1])));
        assert_eq!(answered(200, json!({"result": {}})), None);
        assert_eq!(answered(200, json!(null)), None);
        assert_eq!(answered(401, json!({"result": [1]})), None);
    }

    #[test]
    fn who_is_in_is_one_or_nobody() {
        assert_eq!(logged_in(&json!({"a": "loggedout", "b": "loggedin"})), Some("b"));
        assert_eq!(logged_in(&json!({"a": "loggedin", "b": "loggedin"})), None);
        assert_eq!(logged_in(&json!({"a": "loggedout"})), None);
    }
}
