//! The routes, validated: the handlers' own, changed and added to by `[[route]]`.

use std::{collections::HashMap, sync::Arc};

use super::{
    matcher::Matcher,
    overrides::{Override, Overrides},
    pattern::Pattern,
    route::Route,
};
use crate::config::{Access, Config, Declared, Fault, Mode, Position, RouteConfig, Sticky, file};

/// All routes and their compiled patterns.
#[derive(Debug, Default)]
pub struct RouteTable {
    /// Routes in the order of the handlers' catalogue, then of the file.
    pub routes: Vec<Arc<Route>>,
    /// Their patterns.
    pub matcher: Matcher,
    /// `flags.all`.
    pub all: Option<Mode>,
}

impl RouteTable {
    /// Builds the table. Every handler has its route, in mode legacy unless the configuration says otherwise.
    ///
    /// # Errors
    /// Every bad or conflicting pattern; `text` lets the faults point at their lines.
    pub fn build(
        config: &Config,
        order: &[String],
        catalog: &[Declared],
        source: &str,
        text: &str,
    ) -> Result<Self, Vec<Fault>> {
        let mut faults = Vec::new();
        let mut routes: Vec<Arc<Route>> = Vec::new();
        let mut known = HashMap::new();
        let added = order.iter().map(String::as_str).filter(|name| catalog.iter().all(|d| d.name != *name));
        for name in catalog.iter().map(|d| d.name).chain(added) {
            let given = config.route.get(name).cloned().unwrap_or_default();
            match route(name, &given, catalog, config) {
                Ok(route) => match known.get(&route.pattern.shape()).and_then(|at: &usize| routes.get(*at)) {
                    Some(other) => {
                        let message = format!(
                            "route \"{name}\" matches the same requests as \"{}\": {}",
                            other.name, route.pattern
                        );
                        faults.push(file::place_of_route(source, text, name, "match", message));
                    }
                    None => {
                        known.insert(route.pattern.shape(), routes.len());
                        routes.push(Arc::new(route));
                    }
                },
                Err(message) => faults.push(file::place_of_route(source, text, name, "match", message)),
            }
        }
        if !faults.is_empty() {
            return Err(faults);
        }
        let matcher = Matcher::new(&routes);
        Ok(Self { routes, matcher, all: config.flags.all })
    }

    /// The same with these routes moved, and all others where the configuration has them.
    #[must_use]
    pub fn over(&self, overrides: &Overrides) -> Self {
        let moved = |route: &Arc<Route>| {
            let both = |held: &Override| matches!(held.position.mode, Mode::Shadow | Mode::Verify);
            // A write is never asked of both sides, whatever was kept.
            let possible = |held: &Override| route.access == Access::Reads || !both(held);
            let held =
                overrides.get(&route.name).filter(|held| held.holds(route.configured, self.all) && possible(held));
            let position = held.map_or_else(|| base(route.configured, self.all, route.access), |held| held.position);
            let tripped = held.is_some_and(|held| held.tripped);
            if (route.position(), route.overridden, route.tripped) == (position, held.is_some(), tripped) {
                return Arc::clone(route);
            }
            let Position { mode, percent } = position;
            Arc::new(Route { mode, percent, overridden: held.is_some(), tripped, ..Route::clone(route) })
        };
        let routes: Vec<Arc<Route>> = self.routes.iter().map(moved).collect();
        Self { matcher: Matcher::new(&routes), routes, all: self.all }
    }

    /// One route by its name.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<&Arc<Route>> {
        self.routes.iter().find(|route| route.name == name)
    }

    /// Where a route is that nobody moved.
    #[must_use]
    pub fn unmoved(&self, route: &Route) -> Position {
        base(route.configured, self.all, route.access)
    }
}

/// Where a route is that nobody moved.
fn base(configured: Position, all: Option<Mode>, access: Access) -> Position {
    let compared = matches!(all, Some(Mode::Shadow | Mode::Verify));
    match all {
        // A write is never asked of both sides, whatever --all says.
        Some(_) if compared && access == Access::Writes => Position::LEGACY,
        Some(mode) => Position::new(mode, configured.percent),
        None => configured,
    }
}

fn route(name: &str, given: &RouteConfig, catalog: &[Declared], config: &Config) -> Result<Route, String> {
    let handler = given.handler.as_deref().unwrap_or(name);
    let declared = catalog
        .iter()
        .find(|declared| declared.name == handler)
        .ok_or_else(|| format!("no handler is called \"{handler}\""))?;
    let pattern = Pattern::parse(given.pattern.as_deref().unwrap_or(declared.route))
        .map_err(|message| format!("match of route \"{name}\": {message}"))?;
    let configured = Position::new(given.mode, given.percent);
    let Position { mode, percent } = base(configured, config.flags.all, declared.access);
    Ok(Route {
        name: name.to_owned(),
        pattern,
        handler: declared.name,
        access: declared.access,
        stale: declared.stale,
        mode,
        percent,
        configured,
        overridden: false,
        tripped: false,
        ladder: given.ladder.clone(),
        advance: given.advance.unwrap_or(config.rollout.advance),
        guardrails: config.guardrails.with(&given.guardrails),
        sticky: given.sticky.clone().unwrap_or(Sticky::Client),
        parity: given.parity.clone(),
    })
}
