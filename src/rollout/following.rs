//! What a person writes into routes.toml: journalled like everything else, and stronger than what was changed before.

use std::{
    sync::Arc,
    time::{Instant, SystemTime},
};

use super::{
    climbing::climbs,
    entry::{Action, Actor, Cause, Who},
    evidence::Evidence,
    rollout::{Configured, Draft, Inner, Rollout},
    state::Hold,
};
use crate::{
    config::{Mode, Position},
    routes::{Route, RouteTable},
};

impl Rollout {
    /// Follows the configuration, without end.
    pub async fn follow(self: Arc<Self>) {
        let mut loads = self.live.loads();
        // What was loaded before anybody listened.
        self.reloaded();
        while loads.changed().await.is_ok() {
            self.reloaded();
        }
    }

    /// What was changed while no bridge ran.
    pub(super) fn began(&self) {
        let mut inner = self.inner.lock();
        let snapshot = self.live.snapshot();
        let first = inner.journal.next() == 1;
        for route in &snapshot.table.routes {
            let known = inner.journal.positions.get(&route.name).copied().unwrap_or_default();
            let moved = inner.state.route.get(&route.name).and_then(|state| state.moved.as_ref());
            let before = moved.map(|moved| moved.configured);
            let position = before.unwrap_or(route.configured);
            inner.configured.insert(route.name.clone(), Configured { position, climbs: climbs(route) });
            if before.is_none() && known != route.configured {
                let why = if first { "so it was configured at the first start" } else { "changed while no bridge ran" };
                self.configured(&mut inner, route, known, Actor::Start, why);
            }
        }
        self.reconcile(&mut inner, &snapshot.table, Actor::Start, "changed while no bridge ran");
    }

    fn reloaded(&self) {
        let mut inner = self.inner.lock();
        let snapshot = self.live.snapshot();
        self.reconcile(&mut inner, &snapshot.table, Actor::File, "changed in the configuration");
    }

    /// A mode that was changed there is in force: what was known of the route besides is forgotten.
    fn reconcile(&self, inner: &mut Inner, table: &RouteTable, actor: Actor, why: &str) {
        let mut forgotten = false;
        for route in &table.routes {
            let (position, climbs) = (route.configured, climbs(route));
            let known = inner.configured.insert(route.name.clone(), Configured { position, climbs });
            let Some(known) = known.filter(|known| known.position != position) else { continue };
            let mut state = inner.state.route.remove(&route.name).unwrap_or_default();
            forgotten = true;
            let moved = state.moved.take().map(|moved| moved.to);
            let old = moved.unwrap_or(known.position);
            // Whoever takes a route down that climbs does not want to see it climb at once. Whoever gives it its ladder in
            // the same moment does.
            let lowered = route.configured.rank() < old.rank();
            let said = "its mode was lowered in the configuration".to_owned();
            let hold = Hold { at: SystemTime::now(), by: Who::of(actor), why: said };
            state.hold = (lowered && climbs && known.climbs).then_some(hold);
            // What a guardrail found stands until somebody re-arms the route, or writes that it is to be as far up as it was.
            state.tripped = state.tripped.filter(|tripped| route.configured.rank() < tripped.from.rank());
            if !state.is_empty() {
                inner.state.route.insert(route.name.clone(), state);
            }
            self.configured(inner, route, old, actor, why);
        }
        if forgotten {
            self.put_in_force(inner);
        }
        if inner.journal.all != table.all {
            let shown = |all: Option<Mode>| all.map_or("nothing", Mode::as_str);
            let why = format!("flags.all says {} instead of {}", shown(table.all), shown(inner.journal.all));
            let of = |all: Option<Mode>| all.map(|mode| Position::new(mode, crate::config::Percent::NONE));
            let (old, new) = (of(inner.journal.all), of(table.all));
            let (by, action, reason) = (Who::of(actor), Action::All, Cause::Config);
            self.note(inner, Draft { by, action, route: None, old, new, reason, why, evidence: None }, None);
        }
        let killed = self.live.snapshot().config.flags.kill_switch;
        if std::mem::replace(&mut inner.configured_kill, killed) != killed {
            let action = if killed { Action::Kill } else { Action::Release };
            let why = format!("flags.kill_switch is {killed}");
            let (by, reason) = (Who::of(actor), Cause::Config);
            self.note(
                inner,
                Draft { by, action, route: None, old: None, new: None, reason, why, evidence: None },
                None,
            );
        }
        self.begin_anew_where_moved(inner);
    }

    /// Evidence of a position where the route is not any more says nothing.
    pub(super) fn begin_anew_where_moved(&self, _: &Inner) {
        let now = Instant::now();
        let snapshot = self.live.snapshot();
        for (name, tracked) in self.all_tracked() {
            let Some(route) = snapshot.table.find(&name) else { continue };
            let mut evidence = tracked.evidence.lock();
            if evidence.position != route.position() {
                *evidence = Evidence::anew(route.position(), &route.guardrails, now);
            }
        }
    }

    fn configured(&self, inner: &mut Inner, route: &Route, old: Position, actor: Actor, why: &str) {
        let draft = Draft {
            by: Who::of(actor),
            action: Action::Configure,
            route: Some(route.name.clone()),
            old: Some(old),
            new: Some(route.configured),
            reason: Cause::Config,
            why: why.to_owned(),
            evidence: None,
        };
        self.note(inner, draft, None);
    }

    /// Moves the routes to where the state has them.
    pub(super) fn put_in_force(&self, inner: &Inner) {
        let overrides = inner.state.overrides();
        self.live.move_routes(|moved| *moved = overrides);
    }

    /// What was seen of a route until now says nothing about where it is from now on.
    pub(super) fn begin_anew(&self, route: &Route, position: Position, now: Instant) -> Evidence {
        let tracked = self.tracked(route);
        *tracked.breaker.lock() = super::breaker::Breaker::default();
        let anew = Evidence::anew(position, &route.guardrails, now);
        std::mem::replace(&mut *tracked.evidence.lock(), anew)
    }
}
