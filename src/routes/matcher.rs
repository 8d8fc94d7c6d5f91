//! Patterns compiled for look-up: constant paths by hash, the others in order of how specific they are.

use std::{collections::HashMap, sync::Arc};

use http::Method;

use super::{pattern::Segment, route::Route, target::Target};

/// Compiled patterns.
#[derive(Debug, Default)]
pub struct Matcher {
    constant: HashMap<(Method, String), Arc<Route>>,
    variable: Vec<Arc<Route>>,
}

/// A route and the variables its pattern found, in pattern order.
#[derive(Debug, Clone)]
pub struct Found {
    /// The route.
    pub route: Arc<Route>,
    /// Variables as name and decoded value.
    pub variables: Vec<(String, String)>,
}

impl Matcher {
    /// Compiles the patterns of these routes.
    #[must_use]
    pub fn new(routes: &[Arc<Route>]) -> Self {
        let mut matcher = Self::default();
        for route in routes {
            if route.pattern.segments.iter().all(|segment| segment.name().is_none()) {
                let path = route.pattern.path().trim_start_matches('/').to_owned();
                matcher.constant.insert((route.pattern.method.clone(), path), Arc::clone(route));
            } else {
                matcher.variable.push(Arc::clone(route));
            }
        }
        // Werkzeug prefers constants to numbers, numbers to texts, texts to paths, segment by segment.
        matcher.variable.sort_by_key(|route| route.pattern.segments.iter().map(weight).collect::<Vec<_>>());
        matcher
    }

    /// The route of a request. HEAD is answered by GET's route.
    #[must_use]
    pub fn find(&self, method: &Method, target: &Target) -> Option<Found> {
        let method = if method == Method::HEAD { &Method::GET } else { method };
        let segments = target.segments()?;
        // A hash look-up by reference needs no allocation for the path, only for the tuple.
        if let Some(route) = self.constant.get(&(method.clone(), target.path().to_owned())) {
            return Some(Found { route: Arc::clone(route), variables: Vec::new() });
        }
        self.variable.iter().filter(|route| route.pattern.method == *method).find_map(|route| {
            let values = route.pattern.matches(&segments, |at| target.rest(at))?;
            let names = route.pattern.segments.iter().filter_map(Segment::name);
            let variables = names.zip(values).map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
            Some(Found { route: Arc::clone(route), variables })
        })
    }
}

fn weight(segment: &Segment) -> (u8, String) {
    match segment {
        Segment::Literal(text) => (0, text.clone()),
        Segment::Int(_) => (1, String::new()),
        Segment::Text(_) => (2, String::new()),
        Segment::Path(_) => (3, String::new()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matcher(patterns: &[&str]) -> Matcher {
        let routes: Vec<Arc<Route>> = patterns.iter().map(|text| Arc::new(Route::for_test(text))).collect();
        Matcher::new(&routes)
    }

    fn found(matcher: &Matcher, method: &str, path: &str) -> Option<String> {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let found = matcher.find(&method, &Target::of(path))?;
        Some(format!("{} {:?}", found.route.pattern.path(), found.variables.iter().map(|(_, v)| v).collect::<Vec<_>>()))
    }

    #[test]
    fn the_most_specific_pattern_answers() {
        let m = matcher(&["GET /t/{name}", "GET /t/{id:int}", "GET /t/all", "GET /t/{rest:path}", "PUT /t/{name}"]);
        assert_eq!(found(&m, "GET", "/t/all").unwrap(), "/t/all []");
        assert_eq!(found(&m, "GET", "/t/007").unwrap(), "/t/{id:int} [\"007\"]");
        assert_eq!(found(&m, "GET", "/t/a%20b").unwrap(), "/t/{name} [\"a b\"]");
        assert_eq!(found(&m, "GET", "/t/a/b").unwrap(), "/t/{rest:path} [\"a/b\"]");
        assert_eq!(found(&m, "HEAD", "/t/all").unwrap(), "/t/all []");
        assert_eq!(found(&m, "PUT", "/t/all").unwrap(), "/t/{name} [\"all\"]");
        for (method, path) in [("DELETE", "/t/all"), ("GET", "/t/"), ("GET", "/t"), ("GET", "/t//x"), ("get", "/t/all")]
        {
            assert_eq!(found(&m, method, path), None, "{method} {path}");
        }
    }

    #[test]
    fn near_misses_of_a_constant_path_do_not_match() {
        let m = matcher(&["GET /api/1/ping"]);
        for path in ["/api/1/ping", "//api/1/ping", "/api/1/%70ing", "/api%2F1/ping"] {
            assert!(found(&m, "GET", path).is_some(), "{path}");
        }
        for path in [
            "/api/1/ping/",
            "/api//1/ping",
            "/api/1/ping;x",
            "/api/1/./ping",
            "/api/1/x/../ping",
            "/API/1/ping",
            "/api/1/ping%00",
            "/api/1/ping%2F",
            "/api/1/ping%ff",
            "/",
        ] {
            assert!(found(&m, "GET", path).is_none(), "{path}");
        }
    }
}
