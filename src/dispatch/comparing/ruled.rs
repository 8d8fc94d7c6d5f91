//! A route's rules, ready to be applied.

use std::sync::Arc;

use crate::{config::Rule, parity::Rulebook, routes::Route};

/// A route's rules, compiled once for each version of the route.
#[derive(Debug)]
pub struct Ruled {
    /// The route's name.
    pub name: Arc<str>,
    /// The rules.
    pub book: Rulebook,
    /// The rules as reports name them.
    pub texts: Arc<[String]>,
    of: Vec<Rule>,
}

impl Ruled {
    /// Compiles the rules of a route.
    #[must_use]
    pub fn new(route: &Route) -> Self {
        Self {
            name: route.name.as_str().into(),
            book: Rulebook::new(&route.parity),
            texts: route.parity.iter().map(ToString::to_string).collect(),
            of: route.parity.clone(),
        }
    }

    /// Whether the route has these rules still.
    #[must_use]
    pub fn is_of(&self, route: &Route) -> bool {
        self.of == route.parity
    }
}
