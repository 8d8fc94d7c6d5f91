//! Some routes, by their names.

use thiserror::Error;

use super::RouteTable;
use crate::config::fault::remedy;

/// Routes by name, or by pattern: `*` stands for any part of a name. Without any it is every request, of whatever route
/// or of none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection(pub Vec<String>);

/// A name that no route has, and what may have been meant.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("there is no route \"{name}\"{remedy}")]
pub struct UnknownRoute {
    name: String,
    remedy: String,
}

impl Selection {
    /// Whether a request of this route, or of none, is among them.
    #[must_use]
    pub fn wants(&self, route: Option<&str>) -> bool {
        self.0.is_empty() || route.is_some_and(|route| self.0.iter().any(|pattern| matches(pattern, route)))
    }

    /// Whether each name is that of a route.
    ///
    /// # Errors
    /// The first that is not.
    pub fn check(&self, table: &RouteTable) -> Result<(), UnknownRoute> {
        let names: Vec<&str> = table.routes.iter().map(|route| route.name.as_str()).collect();
        match self.0.iter().find(|pattern| !names.iter().any(|name| matches(pattern, name))) {
            Some(unknown) => Err(UnknownRoute { name: unknown.clone(), remedy: remedy(unknown, &names) }),
            None => Ok(()),
        }
    }
}

/// `*` stands for any number of characters.
fn matches(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == name,
        Some((head, rest)) => name.strip_prefix(head).is_some_and(|tail| {
            tail.char_indices().map(|(at, _)| at).chain([tail.len()]).any(|at| matches(rest, &tail[at..]))
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_part_of_a_name() {
        for (pattern, name, is) in [
            ("tags", "tags", true),
            ("tags", "tags_list", false),
            ("assets_*", "assets_all", true),
            ("*_list", "tags_list", true),
            ("a*b*c", "aXbYc", true),
            ("a*b*c", "aXcYb", false),
            ("*", "x", true),
        ] {
            assert_eq!(matches(pattern, name), is, "{pattern} {name}");
        }
    }

    #[test]
    fn no_names_are_all_requests_and_any_name_leaves_those_of_no_route_out() {
        assert!(Selection::default().wants(None) && Selection::default().wants(Some("tags")));
        let some = Selection(vec!["tags".into(), "a*".into()]);
        assert!(some.wants(Some("tags")) && some.wants(Some("assets")));
        assert!(!some.wants(Some("ping")) && !some.wants(None));
    }
}
