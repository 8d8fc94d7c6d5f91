//! Paths and queries against Werkzeug itself.

use std::collections::HashMap;

use indexmap::IndexMap;
use serde_json::{Value as Told, json};

use super::{matcher::Input, python::Python};
use crate::{
    routes::{
        pattern::{Pattern, Segment},
        patterns::Patterns,
        target::Target,
    },
    wire::query::pairs,
};

static PYTHON: Python = Python::new(
    r"
from urllib.parse import unquote_to_bytes
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request

def found(adapter, method, path):
    # As the WSGI server and Flask hand it on.
    path = unquote_to_bytes(path).decode('utf-8', 'replace')
    try:
        endpoint, values = adapter.match(path, method)
    except HTTPException:
        return None
    return [endpoint, {name: str(value) for name, value in values.items()}]

def answer(question):
    if 'query' in question:
        args = Request({'QUERY_STRING': question['query']}).args
        return {name: args.getlist(name) for name in args}
    # As Flask registers a route.
    methods = {'GET': ['GET', 'HEAD', 'OPTIONS']}
    rules = [
        Rule(path, endpoint=at, methods=methods.get(method, [method, 'OPTIONS']))
        for at, (method, path) in enumerate(question['rules'])
    ]
    adapter = Map(rules).bind('localhost')
    return [found(adapter, method, path) for method, path in question['requests']]
",
);

/// The endpoint and the variables that Werkzeug finds, or none where it finds none.
pub fn matcher(data: &[u8]) {
    let Some(Input { patterns, requests }) = Input::read(data) else { return };
    // Whatever else is refused by the guard.
    let sent =
        |path: &str| path.starts_with('/') && path.bytes().all(|b| b > b' ' && b < 0x7f && !b"#<>`?".contains(&b));
    let requests: Vec<_> = requests.into_iter().filter(|(_, path)| sent(path)).collect();
    let rules: Vec<_> = patterns.iter().map(|pattern| (pattern.method.as_str(), rule(pattern))).collect();
    // Werkzeug's own syntax within a literal.
    if requests.is_empty() || patterns.iter().any(|pattern| pattern.path().contains(['<', '>', '|', '\\'])) {
        return;
    }
    let asked: Vec<_> = requests.iter().map(|(method, path)| (method.as_str(), path)).collect();
    let Some(told) = PYTHON.ask(&json!({ "rules": rules, "requests": asked })) else { return };
    let compiled = Patterns::new(patterns.iter().cloned().zip(0usize..));
    for ((method, path), told) in requests.iter().zip(told.as_array().unwrap()) {
        let target = Target::of(path);
        let Some((at, values)) = compiled.find(method, &target) else {
            // What is no plain text, a number in digits of other scripts and `get` for `GET` are legacy's to judge.
            let odd = !target.may_match()
                || target.path().chars().any(|c| !c.is_ascii() && c.is_numeric())
                || method.as_str().contains(|c: char| c.is_ascii_lowercase());
            assert!(odd || told.is_null(), "{method} {path} among {rules:?}: Werkzeug finds {told}");
            continue;
        };
        assert_eq!(told[0], *at, "{method} {path} among {rules:?}");
        let kinds: HashMap<&str, bool> = patterns[*at]
            .segments
            .iter()
            .filter_map(|segment| Some((segment.name()?, matches!(segment, Segment::Int(_)))))
            .collect();
        for (name, value) in values {
            let zeros = if kinds[name] { value.trim_start_matches('0') } else { value };
            let shown = if kinds[name] && zeros.is_empty() { "0" } else { zeros };
            assert_eq!(told[1][name], shown, "{name} of {method} {path} among {rules:?}");
        }
    }
}

/// A pattern as Flask writes it.
fn rule(pattern: &Pattern) -> String {
    pattern.segments.iter().fold(String::new(), |path, segment| match segment {
        Segment::Literal(text) => format!("{path}/{text}"),
        Segment::Text(name) => format!("{path}/<{name}>"),
        Segment::Int(name) => format!("{path}/<int:{name}>"),
        Segment::Path(name) => format!("{path}/<path:{name}>"),
    })
}

/// The names and values of a query, as Flask's `request.args` has them.
pub fn query(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    if !text.bytes().all(|b| b > b' ' && b < 0x7f && !b"#<>`".contains(&b)) {
        return;
    }
    let Some(pairs) = pairs(text) else { return };
    let Some(told) = PYTHON.ask(&json!({ "query": text })) else { return };
    let mut grouped: IndexMap<String, Vec<String>> = IndexMap::new();
    for (name, value) in pairs {
        grouped.entry(name).or_default().push(value);
    }
    let theirs: IndexMap<String, Vec<String>> = serde_json::from_value(Told::clone(&told)).unwrap();
    assert_eq!(grouped.iter().collect::<Vec<_>>(), theirs.iter().collect::<Vec<_>>(), "{text:?}");
}
