//! What a client finds when a task is done.

use bytes::Bytes;
use serde_json::Value;

use crate::wire::{Answer, Style};

/// What legacy says of a task that an exception has ended, before the exception's own words.
const DIED: &str = "The backend query task died unexpectedly: ";

/// The outcome of a task: what the request would have been answered with, in the answer to `GET /api/1/tasks/{id}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome(Bytes);

impl Outcome {
    /// Of a handler's answer.
    #[must_use]
    pub fn of(answer: &Answer) -> Self {
        // A refusal of arguments comes before there is a task; legacy has no form for it here.
        if answer.style != Style::Rest {
            return Self::died("the handler refused its arguments too late");
        }
        // An exception that legacy does not catch. Its words stand in the body of a 500.
        if answer.status == 500 {
            let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
            return Self::died(body["message"].as_str().unwrap_or_default());
        }
        // A few answers let a status code slip into the body. In a task it stands where those of refusals stand.
        match slipped(&answer.body) {
            Some((length, code)) => Self::within(&[&answer.body[..length], b"}"], Some(code)),
            None => Self::within(&[&answer.body], (answer.status != 200).then_some(answer.status)),
        }
    }

    /// Of a task of legacy's, which has answered this when it was asked.
    #[must_use]
    pub fn adopted(answer: Bytes) -> Self {
        Self(answer)
    }

    /// Of a task that something unexpected has ended.
    #[must_use]
    pub fn died(why: &str) -> Self {
        Self::within(&[&Answer::failure(500, &format!("{DIED}{why}")).body], None)
    }

    fn within(body: &[&[u8]], code: Option<u16>) -> Self {
        let code = code.map(|code| format!(r#", "status_code": {code}"#)).unwrap_or_default();
        let before = br#"{"result": {"status": "completed", "outcome": "#.as_slice();
        let body = body.concat();
        Self([before, &body, code.as_bytes(), br#"}, "message": ""}"#].concat().into())
    }

    /// As another process had it: [`Outcome::bytes`].
    #[must_use]
    pub fn again(bytes: Bytes) -> Self {
        Self(bytes)
    }

    /// The answer's body.
    #[must_use]
    pub fn bytes(&self) -> &Bytes {
        &self.0
    }

    /// Bytes it takes.
    #[must_use]
    pub fn size(&self) -> usize {
        self.0.len()
    }

    /// The answer to `GET /api/1/tasks/{id}` of a task that has this outcome.
    #[must_use]
    pub fn answer(&self) -> Answer {
        Answer { status: 200, body: self.0.clone(), style: Style::Rest, broken: false }
    }
}

/// A status code at the end of a body, and the length of what stands before it. No text ends like this: its quote would.
fn slipped(body: &[u8]) -> Option<(usize, u16)> {
    const KEY: &[u8] = br#", "status_code": "#;
    let digits = body.strip_suffix(b"}")?.rsplit(|byte| *byte == b' ').next()?;
    let code = std::str::from_utf8(digits).ok()?.parse().ok()?;
    let before = body.len() - 1 - digits.len();
    body[..before].ends_with(KEY).then(|| (before - KEY.len(), code))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(answer: &Answer) -> String {
        String::from_utf8(Outcome::of(answer).answer().body.to_vec()).unwrap()
    }

    #[test]
    fn an_outcome_is_the_answers_envelope_and_its_code_stands_beside_it() {
        assert_eq!(
            shown(&Answer::ok(&true).unwrap()),
            r#"{"result": {"status": "completed", "outcome": {"result": true, "message": ""}}, "message": ""}"#
        );
        assert_eq!(
            shown(&Answer::failure(409, "no")),
            r#"{"result": {"status": "completed", "outcome": {"result": null, "message": "no"}, "status_code": 409}, "message": ""}"#
        );
        assert_eq!(
            shown(&Answer::ok_showing_status(&1, 200).unwrap()),
            r#"{"result": {"status": "completed", "outcome": {"result": 1, "message": ""}, "status_code": 200}, "message": ""}"#
        );
    }

    #[test]
    fn a_text_that_looks_like_a_code_is_a_text() {
        let text = r#"x", "status_code": 200}"#;
        assert!(shown(&Answer::failure(409, text)).ends_with(r#", "status_code": 409}, "message": ""}"#));
        assert_eq!(slipped(br#"{"result": null, "message": "\", \"status_code\": 200"}"#), None);
    }

    #[test]
    fn a_task_that_died_has_no_code() {
        assert_eq!(Outcome::of(&Answer::failure(500, "boom")), Outcome::died("boom"));
        assert_eq!(
            String::from_utf8(Outcome::died("boom").answer().body.to_vec()).unwrap(),
            r#"{"result": {"status": "completed", "outcome": {"result": null, "message": "The backend query task died unexpectedly: boom"}}, "message": ""}"#
        );
    }
}
