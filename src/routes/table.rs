//! The routes, validated: the handlers' own, changed and added to by `[[route]]`.

use std::sync::Arc;

use super::{matcher::Matcher, pattern::Pattern, route::Route};
use crate::config::{Access, Config, Declared, Fault, Mode, RouteConfig, Sticky, file};

/// All routes and their compiled patterns.
#[derive(Debug, Default)]
pub struct RouteTable {
    /// Routes in the order of the handlers' catalogue, then of the file.
    pub routes: Vec<Arc<Route>>,
    /// Their patterns.
    pub matcher: Matcher,
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
        let added = order.iter().map(String::as_str).filter(|name| catalog.iter().all(|d| d.name != *name));
        for name in catalog.iter().map(|d| d.name).chain(added) {
            let given = config.route.get(name).cloned().unwrap_or_default();
            match route(name, &given, catalog, config.flags.all) {
                Ok(route) => match routes.iter().find(|other| other.pattern.same_requests(&route.pattern)) {
                    Some(other) => {
                        let message = format!(
                            "route \"{name}\" matches the same requests as \"{}\": {}",
                            other.name, route.pattern
                        );
                        faults.push(file::place_of_route(source, text, name, "match", message));
                    }
                    None => routes.push(Arc::new(route)),
                },
                Err(message) => faults.push(file::place_of_route(source, text, name, "match", message)),
            }
        }
        if !faults.is_empty() {
            return Err(faults);
        }
        let matcher = Matcher::new(&routes);
        Ok(Self { routes, matcher })
    }
}

fn route(name: &str, given: &RouteConfig, catalog: &[Declared], all: Option<Mode>) -> Result<Route, String> {
    let handler = given.handler.as_deref().unwrap_or(name);
    let declared = catalog
        .iter()
        .find(|declared| declared.name == handler)
        .ok_or_else(|| format!("no handler is called \"{handler}\""))?;
    let pattern = Pattern::parse(given.pattern.as_deref().unwrap_or(declared.route))
        .map_err(|message| format!("match of route \"{name}\": {message}"))?;
    let compared = matches!(all, Some(Mode::Shadow | Mode::Verify));
    let mode = match all {
        // A write is never asked of both sides, whatever --all says.
        Some(_) if compared && declared.access == Access::Writes => Mode::Legacy,
        Some(mode) => mode,
        None => given.mode,
    };
    Ok(Route {
        name: name.to_owned(),
        pattern,
        handler: declared.name,
        access: declared.access,
        stale: declared.stale,
        mode,
        percent: given.percent,
        sticky: given.sticky.clone().unwrap_or(Sticky::Client),
        parity: given.parity.clone(),
    })
}
