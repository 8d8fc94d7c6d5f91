//! Patterns compiled for look-up: constant paths by hash, the others in order of how specific they are.

use std::collections::HashMap;

use http::Method;

use super::{
    pattern::{Pattern, Segment},
    target::Target,
};

/// Compiled patterns, each with what it stands for.
#[derive(Debug)]
pub struct Patterns<T> {
    /// By method, then by path: looked up by reference.
    constant: HashMap<Method, HashMap<String, T>>,
    variable: Vec<(Pattern, T)>,
}

impl<T> Default for Patterns<T> {
    fn default() -> Self {
        Self { constant: HashMap::new(), variable: Vec::new() }
    }
}

impl<T> Patterns<T> {
    /// Compiles patterns.
    #[must_use]
    pub fn new(patterns: impl IntoIterator<Item = (Pattern, T)>) -> Self {
        let mut compiled = Self::default();
        for (pattern, value) in patterns {
            if pattern.segments.iter().all(|segment| segment.name().is_none()) {
                let path = pattern.path().trim_start_matches('/').to_owned();
                compiled.constant.entry(pattern.method).or_default().insert(path, value);
            } else {
                compiled.variable.push((pattern, value));
            }
        }
        // Werkzeug prefers constants to numbers, numbers to texts, texts to paths, segment by segment.
        compiled.variable.sort_by_key(|(pattern, _)| pattern.segments.iter().map(weight).collect::<Vec<_>>());
        compiled
    }

    /// What the most specific pattern of a request stands for, and its variables as name and decoded value, in pattern
    /// order. HEAD is answered by GET's.
    #[must_use]
    pub fn find<'a>(&'a self, method: &Method, target: &'a Target) -> Option<(&'a T, Vec<(&'a str, &'a str)>)> {
        let method = if method == Method::HEAD { &Method::GET } else { method };
        if !target.may_match() {
            return None;
        }
        if let Some(value) = self.constant.get(method).and_then(|paths| paths.get(target.path())) {
            return Some((value, Vec::new()));
        }
        let segments = target.segments()?;
        self.variable.iter().filter(|(pattern, _)| pattern.method == *method).find_map(|(pattern, value)| {
            let values = pattern.matches(&segments, |at| target.rest(at))?;
            let names = pattern.segments.iter().filter_map(Segment::name);
            Some((value, names.zip(values).collect()))
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
