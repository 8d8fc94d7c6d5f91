//! A guardrail rolls a route back.

use std::time::{Instant, SystemTime};

use serde_json::Value;

use super::{
    entry::{Action, Cause, Who},
    guardrail::Finding,
    rollout::{Draft, Rollout},
    state::{Moved, Tripped},
};
use crate::config::{Position, Rollback};

impl Rollout {
    /// Rolls a route back, if it is where the evidence was seen. In force when this returns; written down soon after.
    pub(super) fn trip(&self, name: &str, from: Position, finding: &Finding, evidence: Value) {
        let mut inner = self.inner.lock();
        let snapshot = self.live.snapshot();
        let Some(route) = snapshot.table.find(name).filter(|route| route.position() == from) else { return };
        let to = match route.guardrails.rollback {
            Rollback::Off => return,
            Rollback::Legacy => Position::LEGACY,
            Rollback::Step => route.ladder.below(from),
        };
        let (at, by) = (SystemTime::now(), Who::guardrail(finding.guardrail));
        let why = finding.text.clone();
        let state = inner.state.route.entry(name.to_owned()).or_default();
        state.tripped = Some(Tripped {
            guardrail: finding.guardrail.as_str().to_owned(),
            at,
            until: at + route.guardrails.cool_down,
            from,
            why: why.clone(),
        });
        let all = snapshot.table.all;
        let (configured, reason) = (route.configured, Cause::Guardrail);
        state.moved = Some(Moved { to, configured, all, at, by: by.clone(), reason, why: why.clone() });
        self.put_in_force(&inner);
        drop(self.begin_anew(route, to, Instant::now()));
        *self.rollbacks.lock().entry((name.to_owned(), finding.guardrail.as_str())).or_default() += 1;
        tracing::warn!(route = name, from = %from, to = %to, guardrail = finding.guardrail.as_str(), why, "rolled back");
        let route = Some(name.to_owned());
        let evidence = Some(evidence);
        let (old, new, action) = (Some(from), Some(to), Action::Rollback);
        self.note(&mut inner, Draft { by, action, route, old, new, reason, why, evidence }, None);
    }
}
