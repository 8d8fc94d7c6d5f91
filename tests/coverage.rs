//! docs/coverage.md, held against the endpoints that there are, and against the handlers.

use std::collections::BTreeMap;

use cutover::{handlers, schema::endpoints::ROTKI};
use regex::Regex;

/// A request without the names and kinds of its variables. A part that mixes text and a variable is one.
fn plain(request: &str) -> String {
    Regex::new(r"v?\{[^}]*\}").unwrap().replace_all(request, "{}").into_owned()
}

#[test]
fn the_table_of_coverage_has_every_endpoint_once_and_says_native_of_those_with_a_handler() {
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/coverage.md")).unwrap();
    let row = Regex::new(r"(?m)^\| `([A-Z]+ /api/1/[^`]*)` \| (\w[\w ]*) \| (.+) \|$").unwrap();
    let mut rows = BTreeMap::new();
    for found in row.captures_iter(&page) {
        let before = rows.insert(plain(&found[1]), (found[2].to_owned(), found[3].to_owned()));
        assert_eq!(before, None, "{} stands there twice", &found[1]);
    }
    let endpoints: Vec<String> =
        ROTKI.lines().filter(|line| !line.is_empty()).filter(|line| !line.starts_with('#')).map(plain).collect();
    let mut missing: Vec<&String> = endpoints.iter().filter(|endpoint| !rows.contains_key(*endpoint)).collect();
    missing.sort_unstable();
    assert_eq!(missing, Vec::<&String>::new(), "not in docs/coverage.md");
    assert_eq!(rows.len(), endpoints.len(), "rows of endpoints that there are not");
    for (request, (state, by)) in &rows {
        let handler = handlers::ALL.iter().find(|handler| plain(handler.declared.route) == *request);
        let native = handler.map(|handler| format!("`{}`", handler.declared.name));
        assert_eq!(native.as_ref(), (state == "native").then_some(by), "{request}");
    }
    let native = handlers::ALL.len();
    let counted = format!("All {} endpoints of rotki 1.40.1, and who answers them: **{native} native**", rows.len());
    assert!(page.contains(&counted), "the first sentence should begin: {counted}");
}
