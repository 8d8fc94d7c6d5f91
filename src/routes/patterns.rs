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
    /// Whether one of them ends with a slash.
    slashed: bool,
    variable: Vec<(Pattern, T)>,
}

impl<T> Default for Patterns<T> {
    fn default() -> Self {
        Self { constant: HashMap::new(), slashed: false, variable: Vec::new() }
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
                compiled.slashed |= path.ends_with('/');
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
    /// order. HEAD is answered by GET's. None too where the most specific one has a number in digits of other scripts: it is
    /// legacy's to read, and no less specific one's; and where the most specific one only wants a slash at the end.
    #[must_use]
    pub fn find<'a>(&'a self, method: &Method, target: &'a Target) -> Option<(&'a T, Vec<(&'a str, &'a str)>)> {
        let method = if method == Method::HEAD { &Method::GET } else { method };
        if !target.may_match() {
            return None;
        }
        if let Some(constant) = self.constant.get(method) {
            if let Some(value) = constant.get(target.path()) {
                return Some((value, Vec::new()));
            }
            if self.slashed && constant.contains_key(&format!("{}/", target.path())) {
                return None;
            }
        }
        let segments = target.segments()?;
        let rest_of = |at| target.rest(at);
        let candidates = self.variable.iter().filter(|(pattern, _)| pattern.method == *method);
        let mut found = candidates.filter_map(|(pattern, value)| match pattern.matches(&segments, rest_of) {
            Some(values) => Some(Some((pattern, value, values))),
            None => pattern.wants_slash(&segments, rest_of).then_some(None),
        });
        let (pattern, value, values) = found.next()??;
        let mut variables = pattern.segments.iter().filter(|segment| segment.name().is_some()).zip(&values);
        if variables.any(|(segment, value)| matches!(segment, Segment::Int(_)) && !value.is_ascii()) {
            return None;
        }
        let names = pattern.segments.iter().filter_map(Segment::name);
        Some((value, names.zip(values).collect()))
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
