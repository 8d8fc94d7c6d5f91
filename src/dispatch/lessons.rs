//! What a recording shows of the legacy that answered it: the same facts that a live bridge learns from the same answers.
//!
//! Handlers start from the data as they were when the recording began. So of what a user can change only that counts
//! which was shown before the first change, and of what belongs to a user only that which was shown while this one was in.

use std::collections::HashSet;

use http::{Method, StatusCode};
use serde_json::Value;

use super::outward::the_origin;
use crate::{
    parity::{Request, Response, message},
    routes::target::Target,
    session::{
        Session, Watched,
        shown::{Question, logged_in},
    },
    wire::Cors,
};

/// What was learned so far, and what may still be.
#[derive(Debug)]
pub struct Lessons {
    user: String,
    known: HashSet<Question>,
    presence: Presence,
    /// A login that legacy judges in a task: its id, and who it is.
    pending: Option<(u64, String)>,
    /// Whether what was asked for since may have changed what the answers show.
    changed: HashSet<Question>,
}

/// Who is in, at this place of the recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Presence {
    /// The user of the replay. A recording says nothing of what came before it, and this is what it is made for.
    Ours,
    /// Nobody, or somebody else.
    NotOurs,
}

impl Lessons {
    /// Nothing was learned yet; what is to be replayed is this user's.
    #[must_use]
    pub fn of(user: &str) -> Self {
        Self {
            user: user.to_owned(),
            known: HashSet::new(),
            presence: Presence::Ours,
            pending: None,
            changed: HashSet::new(),
        }
    }

    /// What follows was recorded by itself, on the data as they were: another sequence.
    pub fn begin_anew(&mut self) {
        self.presence = Presence::Ours;
        self.pending = None;
        self.changed.clear();
    }

    /// Learns from the next exchange of the recording. What was learned once stays: of several processes, which list
    /// some things by chance, the first one counts.
    pub fn learn(&mut self, session: &Session, request: &Request, response: &Response) {
        let (Ok(method), Ok(status)) =
            (Method::from_bytes(request.method.as_bytes()), StatusCode::from_u16(response.status))
        else {
            return;
        };
        let target = Target::of(request.path());
        if let (Ok(origin), Some(cors)) =
            (the_origin(&message::map(&request.headers)), Cors::shown_by(&message::map(&response.headers)))
        {
            session.learn(|facts| facts.learn_cors(origin.as_ref(), cors));
        }
        let watched = Watched::of(&method, &target);
        let question = Question::of(&method, &target);
        if (watched.is_none() && question.is_none() && !changes_configuration(&method, &target))
            || status != StatusCode::OK
        {
            return;
        }
        let answer: Value = serde_json::from_slice(&response.body).unwrap_or_default();
        if let Some(watched) = watched {
            self.follow(session, watched, request, &answer);
        }
        if changes_configuration(&method, &target) {
            self.changed.insert(Question::Configuration);
        }
        // With arguments legacy may have looked for updates, which the plain facts do not show.
        let plain = !request.target.contains('?') && request.body.is_empty();
        if let Some(question) = question.filter(|question| plain || *question != Question::Info)
            && let Some(result) = question.answered(status, answer)
        {
            self.take_in(session, question, &result);
        }
    }

    /// Follows who is in, and what they change.
    fn follow(&mut self, session: &Session, watched: Watched, request: &Request, answer: &Value) {
        let result = &answer["result"];
        match watched {
            Watched::Login(name) => self.asked_in(session, name, result),
            Watched::Create => {
                let asked: Value = serde_json::from_slice(&request.body).unwrap_or_default();
                let name = asked["name"].as_str().unwrap_or_default().to_owned();
                self.asked_in(session, name, result);
            }
            Watched::Task(id) if self.pending.as_ref().is_some_and(|(task, _)| *task == id) => {
                if result["status"] == "completed"
                    && let Some((_, name)) = self.pending.take()
                {
                    self.asked_in(session, name, &result["outcome"]["result"]);
                }
            }
            // Logged out, or premium keys were set; nothing is shown of this user until the next login.
            Watched::Manage => self.presence = Presence::NotOurs,
            Watched::Settings if request.method.eq_ignore_ascii_case("put") => {
                self.changed.insert(Question::Settings);
            }
            Watched::Premium | Watched::Files => self.changed.extend([Question::Settings, Question::Counterparties]),
            Watched::Limit(limited) => {
                if self.presence == Presence::Ours && !self.changed.contains(&Question::Settings) {
                    session.take_in_limit(limited, result);
                }
            }
            // What was connected in the recording is connected to nothing in a replay: the database tells whether it counts.
            Watched::Exchanges if self.presence == Presence::Ours => session.take_in_exchanges(result),
            Watched::Exchanges | Watched::Connecting => {}
            // What is old now may not have been old then.
            Watched::Password | Watched::Settings | Watched::NetValue | Watched::Task(_) | Watched::CancelTask(_) => {}
        }
    }

    /// A login that was answered: granted, with the settings, or put off, with a task.
    fn asked_in(&mut self, session: &Session, name: String, result: &Value) {
        self.presence = Presence::NotOurs;
        if let Some(task) = result["task_id"].as_u64() {
            self.pending = Some((task, name));
        } else if result["settings"].is_object() && name == self.user {
            self.presence = Presence::Ours;
            self.take_in(session, Question::Settings, &result["settings"]);
            session.take_in_exchanges(&result["exchanges"]);
        }
    }

    fn take_in(&mut self, session: &Session, question: Question, result: &Value) {
        if question == Question::Users {
            let ours = logged_in(result) == Some(&self.user);
            self.presence = if ours { Presence::Ours } else { Presence::NotOurs };
            return;
        }
        let of_the_user = matches!(question, Question::Settings | Question::Counterparties);
        let shown = !of_the_user || self.presence == Presence::Ours;
        if shown && !self.changed.contains(&question) && self.known.insert(question) {
            session.take_in(question, result);
        }
    }
}

fn changes_configuration(method: &Method, target: &Target) -> bool {
    method == Method::PUT && target.path() == "api/1/settings/configuration"
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use serde_json::json;

    use super::*;
    use crate::{
        db::{Options, Passphrase},
        session::{Who, files::Files, who::User},
    };

    struct School(Session, Lessons);

    impl School {
        fn new() -> Self {
            let files = Files::new(None, Options::default());
            Self(Session::alone(files, "ada".into(), Passphrase::new("x".into())), Lessons::of("ada"))
        }

        fn hears(&mut self, method: &str, target: &str, asked: &Value, status: u16, result: &Value) {
            let body = if asked.is_null() { Bytes::new() } else { asked.to_string().into() };
            let request = Request { method: method.into(), target: target.into(), headers: Vec::new(), body };
            let body = json!({"result": result, "message": ""}).to_string().into();
            let response = Response { status, reason: String::new(), headers: Vec::new(), spelled: true, body };
            self.1.learn(&self.0, &request, &response);
        }

        fn gets(&mut self, target: &str, result: &Value) {
            self.hears("GET", target, &Value::Null, 200, result);
        }

        fn user(&self) -> User {
            match self.0.view(None).unwrap().who {
                Who::User(user) => user,
                who => panic!("{who:?}"),
            }
        }
    }

    fn settings(premium: bool) -> Value {
        json!({"have_premium": premium, "active_modules": ["b", "a"], "address_name_priority": ["ens_names"]})
    }

    #[test]
    fn plain_answers_show_the_facts_and_the_first_of_them_counts() {
        let mut school = School::new();
        school.gets("/api/1/info?check_for_updates=true", &json!({"with": "updates"}));
        school.hears("GET", "/api/1/info", &json!({"check_for_updates": true}), 200, &json!({"with": "updates"}));
        school.hears("GET", "/api/1/settings", &Value::Null, 401, &settings(true));
        assert_eq!((school.0.with_facts(|facts| facts.info().cloned()), school.user().premium), (None, None));
        school.gets("/api/1/info", &json!({"plain": 1}));
        school.gets("/api/1/info", &json!({"plain": 2}));
        school.gets("/api/1/settings/configuration", &json!({"c": 1}));
        school.gets("/api/1/settings", &settings(true));
        school.gets("/api/1/settings", &settings(false));
        school.gets("/api/1/history/events/counterparties", &json!([1]));
        assert_eq!(school.0.with_facts(|facts| facts.info().cloned()), Some(json!({"plain": 1})));
        assert_eq!(school.0.with_facts(|facts| facts.configuration().cloned()), Some(json!({"c": 1})));
        let user = school.user();
        assert_eq!((user.premium, user.counterparties.as_deref()), (Some(true), Some(&json!([1]))));
        assert_eq!(user.default_modules, Some(vec!["b".to_owned(), "a".to_owned()]));
        assert_eq!(user.name_sources, Some(vec!["ens_names".to_owned()]));
    }

    #[test]
    fn of_what_was_changed_nothing_is_learned_until_the_recording_begins_anew() {
        let mut school = School::new();
        school.hears("PUT", "/api/1/settings", &json!({"settings": {}}), 200, &settings(true));
        school.hears("PUT", "/api/1/settings/configuration", &json!({"loglevel": "x"}), 200, &json!({"c": 1}));
        school.gets("/api/1/settings", &settings(true));
        school.gets("/api/1/settings/configuration", &json!({"c": 1}));
        assert_eq!(school.user().premium, None);
        assert_eq!(school.0.with_facts(|facts| facts.configuration().cloned()), None);
        school.1.begin_anew();
        // What was refused changed nothing, and let nobody in or out.
        school.hears("PUT", "/api/1/settings", &json!({"settings": {}}), 409, &Value::Null);
        school.hears("POST", "/api/1/users/bob", &json!({}), 401, &Value::Null);
        school.hears("PATCH", "/api/1/users/bob", &json!({"action": "logout"}), 409, &Value::Null);
        school.gets("/api/1/settings", &settings(false));
        assert_eq!(school.user().premium, Some(false));
    }

    #[test]
    fn what_was_shown_to_somebody_else_is_not_the_users() {
        let mut school = School::new();
        school.gets("/api/1/users", &json!({"ada": "loggedout", "bob": "loggedin"}));
        school.gets("/api/1/settings", &settings(true));
        school.hears("POST", "/api/1/users/bob", &json!({}), 200, &json!({"settings": settings(true)}));
        school.gets("/api/1/settings", &settings(true));
        school.hears("PATCH", "/api/1/users/bob", &json!({"action": "logout"}), 200, &json!(true));
        // Granted in a task, as the frontend asks for it.
        school.hears("POST", "/api/1/users/ada", &json!({"async_query": true}), 200, &json!({"task_id": 7}));
        school.gets("/api/1/history/events/counterparties", &json!(["not yet"]));
        assert_eq!((school.user().premium, school.user().counterparties), (None, None));
        school.gets(
            "/api/1/tasks/8",
            &json!({"status": "completed", "outcome": {"result": {"settings": settings(true)}}}),
        );
        let done = json!({"status": "completed", "outcome": {"result": {"settings": settings(false)}}});
        school.gets("/api/1/tasks/7", &done);
        assert_eq!(school.user().premium, Some(false));
        school.gets("/api/1/history/events/counterparties", &json!(["now"]));
        assert_eq!(school.user().counterparties.as_deref(), Some(&json!(["now"])));
    }

    #[test]
    fn what_an_origin_is_answered_is_learned_from_any_answer_of_the_api() {
        let mut school = School::new();
        let request = |origin: &str| Request {
            method: "POST".into(),
            target: "/api/1/x".into(),
            headers: vec![("Origin".into(), origin.into())],
            body: Bytes::new(),
        };
        let response = |mark: &str| Response {
            status: 404,
            reason: String::new(),
            headers: vec![(mark.into(), "application/json".into()), ("Vary".into(), "Origin".into())],
            spelled: true,
            body: Bytes::new(),
        };
        school.1.learn(&school.0, &request("http://a"), &response("mimetype"));
        school.1.learn(&school.0, &request("http://b"), &response("server"));
        let known = |origin: &'static str| {
            let origin = http::HeaderValue::from_static(origin);
            school.0.with_facts(|facts| facts.cors(Some(&origin)).cloned())
        };
        assert_eq!(known("http://a").and_then(|cors| cors.vary), Some(http::HeaderValue::from_static("Origin")));
        assert_eq!(known("http://b"), None);
    }
}
