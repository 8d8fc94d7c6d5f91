//! Whether a premium subscription is active, and how much it shows, which legacy asks rotki.com for where it does not know.
//! The settings say only that there is one (`have_premium`).

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde_json::Value;

use super::{
    limits::{Limited, Limits},
    state::State,
    who::{User, Who},
};

const DAY: u64 = 24 * 60 * 60;
/// Days of the net value that are shown without an active subscription, today not counted.
const FREE_DAYS: u64 = 14;
/// How long what was shown is taken for known. Legacy looks after its subscription once an hour, without a word to us, and
/// asks rotki.com anew when it is needed next; keys that were changed past the bridge are not seen either.
const AGE: Duration = Duration::from_secs(10 * 60);

/// The first moment of which everybody is shown the net value.
#[must_use]
pub fn free_since(now: SystemTime) -> i64 {
    let days = now.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs() / DAY;
    i64::try_from(days.saturating_sub(FREE_DAYS) * DAY).unwrap_or(i64::MAX)
}

impl User {
    /// Whether the subscription is known to be active. If it is not, it may be all the same.
    #[must_use]
    pub fn is_active(&self) -> bool {
        self.premium == Some(true) && self.active.is_some_and(|at| at.elapsed() < AGE)
    }

    /// How much the subscription shows, if that is known.
    #[must_use]
    pub fn limit(&self, limited: Limited) -> Option<usize> {
        self.limits.of(limited).filter(|_| self.is_active())
    }

    /// It was shown to be active. What was shown before is known no longer for that.
    fn prove(&mut self) {
        if !self.is_active() {
            (self.active, self.limits) = (Some(Instant::now()), Limits::default());
        }
    }

    pub(super) fn forget_premium(&mut self) {
        (self.active, self.limits) = (None, Limits::default());
    }
}

/// From the result of `GET /api/1/statistics/netvalue`: what is older than what everybody is shown, is shown to an active
/// subscription alone. A day more, for midnight and clocks that differ.
pub(super) fn learn_net_value(state: &mut State, result: &Value, now: SystemTime) {
    let Who::User(user) = &mut state.who else { return };
    let oldest = result["times"].get(0).and_then(Value::as_i64);
    if oldest.is_some_and(|oldest| oldest < free_since(now - Duration::from_secs(DAY))) {
        user.prove();
    }
}

/// How much premium shows, from an answer that it cut.
pub(super) fn learn_limit(state: &mut State, limited: Limited, result: &Value) {
    if let Who::User(user) = &mut state.who
        && user.premium == Some(true)
        && let Some(limit) = limited.shown(result)
    {
        user.prove();
        user.limits.learn(limited, limit);
    }
}

#[cfg(test)]
mod tests {
    use http::StatusCode;
    use serde_json::json;

    use super::*;
    use crate::{
        db::{Options, Passphrase},
        session::{Observation, Session, Watched, files::Files},
    };

    const NOW: u64 = 20_000 * DAY + 5;

    fn at(seconds: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(seconds)
    }

    fn session() -> Session {
        let session = Session::alone(Files::new(None, Options::default()), "ada".into(), Passphrase::new("x".into()));
        observe(&session, Watched::Settings, &json!({"have_premium": true}));
        session
    }

    fn observe(session: &Session, watched: Watched, result: &Value) {
        let answer = json!({"result": result}).to_string().into();
        session.observe(Observation::begin(watched, b"", None, session.epoch()), StatusCode::OK, &answer);
    }

    fn is_active(session: &Session) -> bool {
        matches!(session.view(None).unwrap().who, Who::User(user) if user.is_active())
    }

    #[test]
    fn everybody_is_shown_two_weeks_and_today() {
        assert_eq!(free_since(at(NOW)), 19_986 * 86_400);
        assert_eq!(free_since(at(3 * DAY)), 0);
    }

    #[test]
    fn what_only_an_active_subscription_is_shown_proves_it() {
        for (times, proved) in [
            (json!([19_984 * DAY + 1, 19_999 * DAY]), true),
            (json!([19_985 * DAY]), false),
            (json!([19_999 * DAY]), false),
            (json!([]), false),
            (json!(null), false),
        ] {
            let session = session();
            learn_net_value(&mut session.state.lock(), &json!({"times": times}), at(NOW));
            assert_eq!(is_active(&session), proved, "{times}");
        }
    }

    #[test]
    fn an_answer_that_proves_it_is_watched_for_until_one_came() {
        let session = session();
        assert!(session.cares_about(&Watched::NetValue));
        observe(&session, Watched::NetValue, &json!({"times": [1], "data": ["1"]}));
        assert!(is_active(&session) && !session.cares_about(&Watched::NetValue));
        // Whoever has none need not be watched.
        observe(&session, Watched::Settings, &json!({"have_premium": false}));
        assert!(!is_active(&session) && !session.cares_about(&Watched::NetValue));
        // And it is proved anew after that.
        observe(&session, Watched::Settings, &json!({"have_premium": true}));
        assert!(!is_active(&session) && session.cares_about(&Watched::NetValue));
    }

    #[test]
    fn keys_that_may_have_changed_have_to_prove_themselves_anew() {
        for watched in [Watched::Premium, Watched::Manage] {
            let session = session();
            observe(&session, Watched::NetValue, &json!({"times": [1]}));
            observe(&session, watched.clone(), &json!(true));
            observe(&session, Watched::Settings, &json!({"have_premium": true}));
            assert!(!is_active(&session), "{watched:?}");
        }
    }

    #[test]
    fn an_answer_that_never_came_proves_nothing_and_raises_no_doubt() {
        let session = session();
        session.observe_nothing(Observation::begin(Watched::NetValue, b"", None, session.epoch()), true);
        assert!(!is_active(&session) && !session.view(None).unwrap().in_between);
    }
}
