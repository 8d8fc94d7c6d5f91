//! Routes: how far each is, and moving it.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{body::Read, failure::Failure, rollout};
use crate::{
    config::{Mode, Percent, Position, fault::remedy},
    dispatch::Bridge,
    rollout::{Change, Refused, Wanted, Who},
    routes::{Route, Snapshot},
};

/// Longest reason or name that is taken, in bytes: it stands in every table.
const LONGEST: usize = 500;

/// What is wanted of a route.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Asked {
    mode: Option<Mode>,
    percent: Option<f64>,
    action: Option<Action>,
    #[serde(default)]
    why: String,
    by: Option<String>,
    #[serde(default)]
    force: bool,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Action {
    Promote,
    Rollback,
    StepBack,
    Hold,
    Resume,
    Rearm,
    Reset,
}

/// Why something is done to all routes, and by whom.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Reason {
    why: String,
    by: Option<String>,
}

pub(super) async fn all(State(bridge): State<Arc<Bridge>>) -> Json<Value> {
    Json(json!(rollout::routes(&bridge)))
}

pub(super) async fn one(State(bridge): State<Arc<Bridge>>, Path(name): Path<String>) -> Result<Json<Value>, Failure> {
    let snapshot = bridge.live.snapshot();
    Ok(Json(rollout::route(&bridge, known(&snapshot, &name)?)))
}

/// The route of this name.
pub(super) fn known<'a>(snapshot: &'a Snapshot, name: &str) -> Result<&'a Arc<Route>, Failure> {
    let names = || snapshot.table.routes.iter().map(|route| route.name.as_str()).collect::<Vec<_>>();
    let unknown = || Failure::unknown(format!("there is no route \"{name}\"{}", remedy(name, &names())));
    snapshot.table.find(name).ok_or_else(unknown)
}

/// In force when it answers.
pub(super) async fn change(
    State(bridge): State<Arc<Bridge>>,
    Path(name): Path<String>,
    Read(asked): Read<Asked>,
) -> Result<Json<Value>, Failure> {
    known(&bridge.live.snapshot(), &name)?;
    let change = asked.change().map_err(unprocessable)?;
    let entry = bridge.rollout().change(&name, change).await.map_err(|refused| {
        let status = match refused {
            Refused::NoRoute { .. } => StatusCode::NOT_FOUND,
            Refused::Conflict(_) => StatusCode::CONFLICT,
            Refused::Unkept(_) => StatusCode::SERVICE_UNAVAILABLE,
        };
        Failure::new(status, refused.to_string())
    })?;
    let snapshot = bridge.live.snapshot();
    Ok(Json(json!({"route": rollout::route(&bridge, known(&snapshot, &name)?), "entry": entry})))
}

pub(super) async fn reset(
    State(bridge): State<Arc<Bridge>>,
    Read(reason): Read<Reason>,
) -> Result<Json<Value>, Failure> {
    let (by, why) = reason.checked().map_err(unprocessable)?;
    let (routes, rolled_back) = bridge.rollout().reset(by, why).await;
    let snapshot = bridge.live.snapshot();
    Ok(Json(json!({"routes": routes, "rolled_back": rolled_back, "kill_switch": bridge.live.killed(&snapshot)})))
}

fn unprocessable(why: String) -> Failure {
    Failure::new(StatusCode::UNPROCESSABLE_ENTITY, why)
}

impl Reason {
    pub(super) fn new(why: String, by: Option<String>) -> Self {
        Self { why, by }
    }

    /// A person, and why.
    pub(super) fn checked(self) -> Result<(Who, String), String> {
        let text = |what: &str, text: String| {
            if text.len() > LONGEST {
                return Err(format!("\"{what}\" is longer than {LONGEST} bytes"));
            }
            Ok(text.split_whitespace().collect::<Vec<_>>().join(" "))
        };
        let by = self.by.map(|by| text("by", by)).transpose()?.filter(|by| !by.is_empty());
        Ok((Who::person(by), text("why", self.why)?))
    }
}

impl Asked {
    fn change(self) -> Result<Change, String> {
        let Self { mode, percent, action, why, by, force } = self;
        let wanted = match (mode, action, percent) {
            (Some(_), Some(_), _) => return Err("give a mode or an action, not both".into()),
            (None, None, _) => {
                return Err(
                    "give a mode, as in {\"mode\": \"shadow\"}, or an action, as in {\"action\": \"promote\"}".into()
                );
            }
            (None, Some(action), None) => action.wanted(),
            (None, Some(_), Some(_)) => return Err("a percentage belongs to mode \"canary\"".into()),
            (Some(Mode::Canary), None, None) => {
                return Err("mode \"canary\" needs a percentage, as in {\"mode\": \"canary\", \"percent\": 10}".into());
            }
            (Some(Mode::Canary), None, Some(percent)) => {
                let percent: Percent = percent.to_string().parse()?;
                Wanted::To(Position::new(Mode::Canary, percent))
            }
            (Some(_), None, Some(percent)) if percent != 0.0 => {
                return Err("a percentage belongs to mode \"canary\"".into());
            }
            (Some(mode), None, _) => Wanted::To(Position::new(mode, Percent::NONE)),
        };
        let (by, why) = Reason::new(why, by).checked()?;
        Ok(Change { wanted, by, why, force })
    }
}

impl Action {
    fn wanted(self) -> Wanted {
        match self {
            Self::Promote => Wanted::Promote,
            Self::Rollback => Wanted::Rollback,
            Self::StepBack => Wanted::StepBack,
            Self::Hold => Wanted::Hold,
            Self::Resume => Wanted::Resume,
            Self::Rearm => Wanted::Rearm,
            Self::Reset => Wanted::Reset,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Change, String> {
        serde_json::from_str::<Asked>(text).map_err(|error| error.to_string())?.change()
    }

    #[test]
    fn a_change_is_a_mode_or_an_action_and_nothing_half() {
        let to = |mode, percent: &str| Wanted::To(Position::new(mode, percent.parse().unwrap()));
        assert_eq!(read(r#"{"mode": "canary", "percent": 12.5}"#).unwrap().wanted, to(Mode::Canary, "12.5"));
        assert_eq!(read(r#"{"mode": "native", "percent": 0}"#).unwrap().wanted, to(Mode::Native, "0"));
        assert_eq!(read(r#"{"action": "step_back", "force": true}"#).unwrap().wanted, Wanted::StepBack);
        let change = read(r#"{"mode": "legacy", "by": " ann ", "why": "it\n is  slow"}"#).unwrap();
        assert_eq!((change.by.name.as_deref(), change.why.as_str()), (Some("ann"), "it is slow"));
        for wrong in [
            "{}",
            r#"{"mode": "canary"}"#,
            r#"{"mode": "canary", "percent": 101}"#,
            r#"{"mode": "canary", "percent": 0.001}"#,
            r#"{"mode": "shadow", "percent": 5}"#,
            r#"{"mode": "shadow", "action": "hold"}"#,
            r#"{"action": "promote", "percent": 5}"#,
            r#"{"action": "promoted"}"#,
            r#"{"mode": "legacy", "wyh": ""}"#,
        ] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
        assert!(read(&format!("{{\"mode\": \"legacy\", \"why\": \"{}\"}}", "x".repeat(501))).is_err());
    }
}
