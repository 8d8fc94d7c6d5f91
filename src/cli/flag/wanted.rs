//! What the words of the command line mean.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value, json};

use crate::config::{Mode, Percent, fault::remedy};

/// Actions as they are written, and as the API has them.
const ACTIONS: [(&str, &str); 7] = [
    ("promote", "promote"),
    ("rollback", "rollback"),
    ("step-back", "step_back"),
    ("hold", "hold"),
    ("resume", "resume"),
    ("rearm", "rearm"),
    ("reset", "reset"),
];

/// The words.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Words<'a> {
    pub(super) route: Option<&'a str>,
    pub(super) to: Option<&'a str>,
    pub(super) percent: Option<&'a str>,
    pub(super) all: Option<&'a str>,
    pub(super) why: Option<&'a str>,
    pub(super) by: Option<&'a str>,
    pub(super) force: bool,
}

/// What is wanted.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Wanted {
    /// The routes that have been moved.
    List,
    /// One route.
    Show(String),
    /// A change of one route.
    Change { route: String, change: Value },
    /// The kill switch.
    Kill { engaged: bool, change: Value },
    /// Every route as routes.toml has it.
    Reset { change: Value },
}

impl Wanted {
    /// Method, target and body.
    pub(super) fn request(&self) -> (&'static str, String, Option<Value>) {
        let of = |route: &str| format!("/api/routes/{}", utf8_percent_encode(route, NON_ALPHANUMERIC));
        match self {
            Self::List => ("GET", "/api/routes".to_owned(), None),
            Self::Show(route) => ("GET", of(route), None),
            Self::Change { route, change } => ("PATCH", of(route), Some(change.clone())),
            Self::Kill { change, .. } => ("PUT", "/api/kill-switch".to_owned(), Some(change.clone())),
            Self::Reset { change } => ("POST", "/api/reset".to_owned(), Some(change.clone())),
        }
    }
}

/// What the words mean; what is wrong with them, with the remedy.
pub(super) fn wanted(words: &Words<'_>) -> Result<Wanted, String> {
    if let Some(all) = words.all {
        let engaged = match all {
            "legacy" => true,
            "resume" => false,
            other => {
                let remedy = remedy(other, &["legacy", "resume"]);
                return Err(format!("--all {other:?} is neither legacy nor resume{remedy}"));
            }
        };
        return Ok(Wanted::Kill { engaged, change: change(words, [("engaged", json!(engaged))]) });
    }
    match (words.route, words.to) {
        (None, _) => Ok(Wanted::List),
        (Some("reset"), None) => Ok(Wanted::Reset { change: change(words, []) }),
        (Some(route), None) => Ok(Wanted::Show(route.to_owned())),
        (Some(route), Some(to)) => Ok(Wanted::Change { route: route.to_owned(), change: change_to(words, to)? }),
    }
}

fn change_to(words: &Words<'_>, to: &str) -> Result<Value, String> {
    if let Some((_, action)) = ACTIONS.iter().find(|(written, action)| *written == to || *action == to) {
        if words.percent.is_some() {
            return Err(format!("{to} takes no percentage"));
        }
        return Ok(forced(words, change(words, [("action", json!(action))])));
    }
    let Some(mode) = Mode::ALL.into_iter().find(|mode| mode.as_str() == to) else {
        let valid: Vec<&str> =
            Mode::ALL.into_iter().map(Mode::as_str).chain(ACTIONS.map(|(written, _)| written)).collect();
        return Err(format!("{to:?} is neither a mode nor an action{}", remedy(to, &valid)));
    };
    let share = match (mode, words.percent) {
        (Mode::Canary, None) => {
            return Err("a canary needs its percentage, as in: cutover flag ROUTE canary 10".to_owned());
        }
        (Mode::Canary, Some(text)) => Some(f64::from(text.parse::<Percent>()?.basis_points()) / 100.0),
        (_, Some(_)) => return Err(format!("mode {to} takes no percentage; a share is a canary's")),
        (_, None) => None,
    };
    let share = share.map(|share| ("percent", json!(share)));
    Ok(forced(words, change(words, [("mode", json!(to))].into_iter().chain(share))))
}

/// These fields, and who and why.
fn change<'a>(words: &Words<'_>, fields: impl IntoIterator<Item = (&'a str, Value)>) -> Value {
    let said = [("why", words.why), ("by", words.by)];
    let said = said.into_iter().filter_map(|(name, text)| Some((name, json!(text?))));
    let fields: Map<String, Value> =
        fields.into_iter().chain(said).map(|(name, value)| (name.to_owned(), value)).collect();
    Value::Object(fields)
}

fn forced(words: &Words<'_>, mut change: Value) -> Value {
    if words.force {
        change["force"] = json!(true);
    }
    change
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(line: &str, all: Option<&str>) -> Result<String, String> {
        let mut words = line.split_whitespace();
        let (route, to, percent) = (words.next(), words.next(), words.next());
        let wanted = wanted(&Words { route, to, percent, all, by: Some("ann"), why: Some("x"), force: to.is_some() })?;
        let (method, target, body) = wanted.request();
        Ok(format!("{method} {target} {}", body.unwrap_or_default()))
    }

    #[test]
    fn words_become_one_request() {
        for (line, request) in [
            ("", "GET /api/routes null"),
            ("tags_list", "GET /api/routes/tags%5Flist null"),
            ("tags shadow", r#"PATCH /api/routes/tags {"mode":"shadow","why":"x","by":"ann","force":true}"#),
            (
                "tags canary 12.5%",
                r#"PATCH /api/routes/tags {"mode":"canary","percent":12.5,"why":"x","by":"ann","force":true}"#,
            ),
            ("tags step-back", r#"PATCH /api/routes/tags {"action":"step_back","why":"x","by":"ann","force":true}"#),
            ("reset", r#"POST /api/reset {"why":"x","by":"ann"}"#),
            ("reset reset", r#"PATCH /api/routes/reset {"action":"reset","why":"x","by":"ann","force":true}"#),
            ("a/../b?c", "GET /api/routes/a%2F%2E%2E%2Fb%3Fc null"),
        ] {
            assert_eq!(sent(line, None).as_deref(), Ok(request), "{line}");
        }
        for (all, engaged) in [("legacy", true), ("resume", false)] {
            let request = format!(r#"PUT /api/kill-switch {{"engaged":{engaged},"why":"x","by":"ann"}}"#);
            assert_eq!(sent("", Some(all)), Ok(request));
        }
        let bare = wanted(&Words { route: Some("a"), to: Some("native"), ..Words::default() }).unwrap();
        assert_eq!(bare.request().2, Some(json!({"mode": "native"})));
    }

    #[test]
    fn words_that_mean_nothing_are_told_with_what_was_meant() {
        for (line, all, said) in [
            ("tags nativ", None, "did you mean \"native\"?"),
            ("tags promte", None, "did you mean \"promote\"?"),
            ("tags zzzzzzzzzzz", None, "expected one of legacy, shadow,"),
            ("tags canary", None, "needs its percentage"),
            ("tags canary 101", None, "expected a percentage from 0 to 100"),
            ("tags native 10", None, "takes no percentage"),
            ("tags promote 10", None, "takes no percentage"),
            ("", Some("lgacy"), "did you mean \"legacy\"?"),
            ("", Some("native"), "neither legacy nor resume"),
        ] {
            let error = sent(line, all).unwrap_err();
            assert!(error.contains(said), "{line}: {error}");
        }
    }
}
