//! Changes that a person or a ladder wants: checked, put in force, written down.

use std::{
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

use thiserror::Error;
use tokio::sync::oneshot;

use super::{
    climbing::{climbs, progress},
    entry::{Action, Actor, Cause, Entry, Who},
    evidence::Evidence,
    guardrail::Outcome,
    rollout::{Draft, Inner, Rollout},
    state::{Hold, Moved, RouteState},
};
use crate::{
    config::{Access, Mode, Position, fault::remedy},
    routes::{Route, RouteTable},
};

/// What is wanted of a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// It moves there.
    To(Position),
    /// One step up its ladder.
    Promote,
    /// To legacy.
    Rollback,
    /// One step down its ladder.
    StepBack,
    /// It stays where it is.
    Hold,
    /// It goes on.
    Resume,
    /// What a guardrail rolled back may be promoted again.
    Rearm,
    /// What was changed while running is forgotten.
    Reset,
}

/// A change that is wanted.
#[derive(Debug, Clone)]
pub struct Change {
    /// What.
    pub wanted: Wanted,
    /// By whom.
    pub by: Who,
    /// Why, in a sentence.
    pub why: String,
    /// Whether evidence and cool-down are passed over.
    pub force: bool,
}

/// Why a change is not made. Nothing is changed then.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Refused {
    /// There is no such route.
    #[error("there is no route \"{name}\"{remedy}")]
    NoRoute {
        /// The name.
        name: String,
        /// What may have been meant.
        remedy: String,
    },
    /// It can not be, or not now.
    #[error("{0}")]
    Conflict(String),
    /// It could not be written down, and would be lost at the next start.
    #[error("{0}; the change was taken back")]
    Unkept(String),
}

/// A change that is in force, and what it takes to take it back.
struct Made {
    entry: Arc<Entry>,
    upward: bool,
    before: Option<RouteState>,
    after: Option<RouteState>,
    /// What was seen of it until then, if it was moved.
    evidence: Option<Evidence>,
}

impl Rollout {
    /// Changes a route. In force when this returns, and written down; none if it is so already. A change towards legacy
    /// is made even if it can not be written down.
    ///
    /// Cancelled, it may be in force all the same.
    ///
    /// # Errors
    /// Why it is not made.
    pub async fn change(&self, name: &str, change: Change) -> Result<Option<Arc<Entry>>, Refused> {
        let (done, written) = oneshot::channel();
        let Some(made) = self.make(name, &change, done)? else { return Ok(None) };
        // Nobody writes any more, where the bridge is ending.
        let fault = match written.await {
            Ok(Ok(())) => None,
            Ok(Err(fault)) => Some(fault),
            Err(_) => Some("the bridge is stopping".to_owned()),
        };
        match fault {
            Some(fault) if made.upward => {
                self.take_back(name, made, &fault);
                Err(Refused::Unkept(fault))
            }
            _ => Ok(Some(made.entry)),
        }
    }

    fn make(
        &self,
        name: &str,
        change: &Change,
        done: oneshot::Sender<Result<(), String>>,
    ) -> Result<Option<Made>, Refused> {
        let mut inner = self.inner.lock();
        let snapshot = self.live.snapshot();
        let table = &snapshot.table;
        let Some(route) = table.find(name) else {
            let names: Vec<&str> = table.routes.iter().map(|route| route.name.as_str()).collect();
            return Err(Refused::NoRoute { name: name.to_owned(), remedy: remedy(name, &names) });
        };
        let before = inner.state.route.get(name).cloned();
        let mut state = before.clone().unwrap_or_default();
        if change.by.kind == Actor::Ladder && !self.may_climb(&state, route, table.all) {
            return Ok(None);
        }
        let old = route.position();
        let Some((to, action)) = self.decided(table, route, &state, change)? else { return Ok(None) };
        let (at, by) = (SystemTime::now(), change.by.clone());
        let reason = if by.kind == Actor::Ladder { Cause::Ladder } else { Cause::Manual };
        let hold = || Some(Hold { at, by: change.by.clone(), why: change.why.clone() });
        match action {
            Action::Hold => state.hold = hold(),
            Action::Resume => state.hold = None,
            Action::Rearm => state.tripped = None,
            Action::Reset => state = RouteState::default(),
            _ => {
                // Whoever takes a route down does not want to see it climb at once.
                if to.rank() < old.rank() && climbs(route) {
                    state.hold = hold();
                }
                if to.rank() > old.rank() {
                    state.tripped = None;
                }
                let why = change.why.clone();
                state.moved =
                    Some(Moved { to, configured: route.configured, all: table.all, at, by: by.clone(), reason, why });
            }
        }
        let evidence = {
            let now = Instant::now();
            Some(self.tracked(route).evidence.lock().summary(None, now))
        };
        let after = (!state.is_empty()).then_some(state);
        put(&mut inner, name, after.clone());
        self.put_in_force(&inner);
        let new = self.live.snapshot().table.find(name).map_or(to, |route| route.position());
        let seen = (new != old).then(|| self.begin_anew(route, new, Instant::now()));
        let draft = Draft {
            by,
            action,
            route: Some(name.to_owned()),
            old: Some(old),
            new: Some(new),
            reason,
            why: change.why.clone(),
            evidence,
        };
        let entry = self.note(&mut inner, draft, Some(done));
        Ok(Some(Made { entry, upward: new.rank() > old.rank(), before, after, evidence: seen }))
    }

    /// Whether a ladder may take a route further now: what it saw a moment ago may have changed.
    fn may_climb(&self, state: &RouteState, route: &Route, all: Option<Mode>) -> bool {
        let is_free = state.hold.is_none() && state.tripped.is_none() && all.is_none();
        let progress = progress(route, &self.tracked(route).evidence.lock(), Instant::now());
        is_free && progress.outcome == Outcome::Pass && !self.live.killed(&self.live.snapshot())
    }

    /// Where a route goes by a change, and what is done; nothing if it is so already.
    fn decided(
        &self,
        table: &RouteTable,
        route: &Route,
        state: &RouteState,
        change: &Change,
    ) -> Result<Option<(Position, Action)>, Refused> {
        let (name, old) = (&route.name, route.position());
        let conflict = |text: String| Err(Refused::Conflict(text));
        let (to, action) = match change.wanted {
            Wanted::To(to) if to == old && !route.tripped => return Ok(None),
            Wanted::To(to) => (to, Action::Set),
            Wanted::Rollback if old == Position::LEGACY => return Ok(None),
            Wanted::Rollback => (Position::LEGACY, Action::Rollback),
            Wanted::StepBack if old == Position::LEGACY => return Ok(None),
            Wanted::StepBack => (route.ladder.below(old), Action::StepBack),
            Wanted::Promote => {
                if route.ladder.rungs().is_empty() {
                    return conflict(format!(
                        "route \"{name}\" has no ladder; give it one in routes.toml (ladder = [\"shadow 1000\", …]), or name \
                         the mode it is to have"
                    ));
                }
                let Some(rung) = route.ladder.above(old) else {
                    return conflict(format!("route \"{name}\" is at the top of its ladder ({old})"));
                };
                let progress = progress(route, &self.tracked(route).evidence.lock(), Instant::now());
                // A person decides what a pause waits for, and where a route goes that is beside its ladder.
                let is_open = progress.is_through() || route.ladder.at(old).is_none();
                if !change.force && !is_open {
                    return conflict(format!(
                        "route \"{name}\" is not through with \"{old}\": {}; force passes over that",
                        progress.why
                    ));
                }
                (rung.position, Action::Promote)
            }
            Wanted::Hold if state.hold.is_some() => return Ok(None),
            Wanted::Hold => (old, Action::Hold),
            Wanted::Resume if state.hold.is_none() => return Ok(None),
            Wanted::Resume => (old, Action::Resume),
            Wanted::Rearm => match &state.tripped {
                None => return Ok(None),
                Some(tripped) => {
                    let left = tripped.until.duration_since(SystemTime::now()).unwrap_or_default();
                    if !left.is_zero() && !change.force {
                        return conflict(format!(
                            "route \"{name}\" cools down for {} more after its rollback ({}); force passes over that",
                            humantime::format_duration(Duration::from_secs(left.as_secs() + 1)),
                            tripped.why
                        ));
                    }
                    (old, Action::Rearm)
                }
            },
            Wanted::Reset if state.is_empty() => return Ok(None),
            Wanted::Reset => (table.unmoved(route), Action::Reset),
        };
        if route.access == Access::Writes && matches!(to.mode, Mode::Shadow | Mode::Verify) {
            return conflict(format!(
                "route \"{name}\" writes, and a write can not be asked of both sides; \"legacy\", \"canary\" and \"native\" can be"
            ));
        }
        // To forget a rollback is to re-arm it, wherever that leads.
        let rearms = to.rank() > old.rank() || action == Action::Reset;
        if let Some(tripped) = state.tripped.as_ref().filter(|_| rearms && !change.force) {
            return conflict(format!(
                "route \"{name}\" was rolled back by guardrail {} ({}); re-arm it first, or use force",
                tripped.guardrail, tripped.why
            ));
        }
        Ok(Some((to, action)))
    }

    /// A change towards native that would be lost at the next start is none.
    fn take_back(&self, name: &str, made: Made, fault: &str) {
        let mut inner = self.inner.lock();
        if inner.state.route.get(name) != made.after.as_ref() {
            // Something else came meanwhile, and knows better.
            return;
        }
        put(&mut inner, name, made.before);
        self.put_in_force(&inner);
        if let (Some(evidence), Some(tracked)) = (made.evidence, self.known(name)) {
            *tracked.evidence.lock() = evidence;
        }
        let draft = Draft {
            by: made.entry.by.clone(),
            action: Action::Rollback,
            route: Some(name.to_owned()),
            old: made.entry.new,
            new: made.entry.old,
            reason: Cause::Config,
            why: format!("it could not be written down: {fault}"),
            evidence: None,
        };
        self.note(&mut inner, draft, None);
    }

    /// Forgets what was changed of all routes but those that a guardrail rolled back, and that nobody re-armed. Gives how
    /// many were forgotten, and how many were not. The kill switch stays as it is.
    pub async fn reset(&self, by: Who, why: String) -> (usize, usize) {
        let (forgotten, kept): (Vec<String>, Vec<String>) = {
            let inner = self.inner.lock();
            let names = inner.state.route.iter();
            let (kept, forgotten): (Vec<_>, Vec<_>) = names.partition(|(_, state)| state.tripped.is_some());
            let named =
                |routes: Vec<(&String, &RouteState)>| routes.into_iter().map(|(name, _)| name.clone()).collect();
            (named(forgotten), named(kept))
        };
        let mut done = 0;
        for name in forgotten {
            let change = Change { wanted: Wanted::Reset, by: by.clone(), why: why.clone(), force: false };
            match self.change(&name, change).await {
                Ok(_) => done += 1,
                // A route that is none any more is forgotten all the same.
                Err(Refused::NoRoute { .. }) => {
                    let mut inner = self.inner.lock();
                    put(&mut inner, &name, None);
                    done += 1;
                }
                Err(refused) => tracing::warn!(route = name, %refused, "what was changed of it is not forgotten"),
            }
        }
        (done, kept.len())
    }
}

fn put(inner: &mut Inner, name: &str, state: Option<RouteState>) {
    match state {
        Some(state) => drop(inner.state.route.insert(name.to_owned(), state)),
        None => drop(inner.state.route.remove(name)),
    }
}
