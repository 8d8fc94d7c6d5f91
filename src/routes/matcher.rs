//! The routes' patterns, compiled.

use std::sync::Arc;

use http::Method;

use super::{patterns::Patterns, route::Route, target::Target};

/// Compiled patterns of routes.
#[derive(Debug, Default)]
pub struct Matcher(Patterns<Arc<Route>>);

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
        Self(Patterns::new(routes.iter().map(|route| (route.pattern.clone(), Arc::clone(route)))))
    }

    /// The route of a request. HEAD is answered by GET's route.
    #[must_use]
    pub fn find(&self, method: &Method, target: &Target) -> Option<Found> {
        let (route, variables) = self.0.find(method, target)?;
        let variables = variables.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        Some(Found { route: Arc::clone(route), variables })
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
    fn a_number_in_digits_of_other_scripts_is_nobodys_text() {
        let m = matcher(&["GET /t/{name}", "GET /t/{id:int}", "GET /u/{name}"]);
        assert_eq!(found(&m, "GET", "/t/%D9%A3"), None);
        assert_eq!(found(&m, "GET", "/t/1%D9%A3"), None);
        assert_eq!(found(&m, "GET", "/t/%D9%A3x").unwrap(), "/t/{name} [\"\u{663}x\"]");
        assert_eq!(found(&m, "GET", "/u/%D9%A3").unwrap(), "/u/{name} [\"\u{663}\"]");
    }

    #[test]
    fn a_path_that_flask_redirects_is_nobodys() {
        let m = matcher(&["GET /a/", "GET /{x}", "GET /b/{y}/", "GET /{x}/{y}", "GET /c/{r:path}"]);
        assert_eq!(found(&m, "GET", "/a"), None);
        assert_eq!(found(&m, "GET", "/a/").unwrap(), "/a/ []");
        assert_eq!(found(&m, "GET", "/x").unwrap(), "/{x} [\"x\"]");
        assert_eq!(found(&m, "GET", "/b/7"), None);
        assert_eq!(found(&m, "GET", "/b/7/").unwrap(), "/b/{y}/ [\"7\"]");
        assert_eq!(found(&m, "GET", "/x/7").unwrap(), "/{x}/{y} [\"x\", \"7\"]");
        assert_eq!(found(&m, "GET", "/c//7"), None);
    }

    #[test]
    fn a_rest_with_a_line_feed_in_it_matches_nothing() {
        let m = matcher(&["GET /c/{r:path}", "GET /d/{x}"]);
        assert_eq!(found(&m, "GET", "/c/x%0Ay"), None);
        assert_eq!(found(&m, "GET", "/c/%0A/y").unwrap(), "/c/{r:path} [\"\\n/y\"]");
        assert_eq!(found(&m, "GET", "/d/x%0A").unwrap(), "/d/{x} [\"x\\n\"]");
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
