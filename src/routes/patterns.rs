//! Patterns compiled for look-up: constant paths by hash, the others in a tree of segments, so that a look-up takes as
//! long as the path is, however many patterns there are.

use std::collections::HashMap;

use http::Method;

use super::{
    pattern::{Pattern, Segment, is_number, is_path},
    target::Target,
};

/// Compiled patterns, each with what it stands for.
#[derive(Debug)]
pub struct Patterns<T> {
    /// By method, then by path: looked up by reference.
    constant: HashMap<Method, HashMap<String, T>>,
    /// Whether one of them ends with a slash.
    slashed: bool,
    variable: HashMap<Method, Node<T>>,
}

/// Where the segments of some patterns have led to.
#[derive(Debug)]
struct Node<T> {
    literals: HashMap<String, Node<T>>,
    number: Option<Box<Node<T>>>,
    text: Option<Box<Node<T>>>,
    /// The pattern that takes all that is left.
    path: Option<(Pattern, T)>,
    /// The pattern that ends here.
    end: Option<(Pattern, T)>,
}

/// What was found of a path.
enum Found<'a, T> {
    /// A pattern, its values so far being its own.
    Pattern(&'a Pattern, &'a T),
    /// One that only wants a slash at the end. Flask sends such a client on to the path with the slash, even where a less
    /// specific pattern would match without.
    WantsSlash,
}

impl<T> Default for Node<T> {
    fn default() -> Self {
        Self { literals: HashMap::new(), number: None, text: None, path: None, end: None }
    }
}

impl<T> Default for Patterns<T> {
    fn default() -> Self {
        Self { constant: HashMap::new(), slashed: false, variable: HashMap::new() }
    }
}

impl<T> Patterns<T> {
    /// Compiles patterns. Of two that match the same requests the first stays.
    #[must_use]
    pub fn new(patterns: impl IntoIterator<Item = (Pattern, T)>) -> Self {
        let mut compiled = Self::default();
        for (pattern, value) in patterns {
            if pattern.segments.iter().all(|segment| segment.name().is_none()) {
                let path = pattern.path().trim_start_matches('/').to_owned();
                compiled.slashed |= path.ends_with('/');
                compiled.constant.entry(pattern.method).or_default().insert(path, value);
            } else {
                compiled.variable.entry(pattern.method.clone()).or_default().insert(pattern, value);
            }
        }
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
        let mut values = Vec::new();
        let found = self.variable.get(method)?.find(Some(target.path()), &mut values)?;
        let Found::Pattern(pattern, value) = found else { return None };
        let variables = || pattern.segments.iter().filter(|segment| segment.name().is_some());
        if variables().zip(&values).any(|(segment, value)| matches!(segment, Segment::Int(_)) && !value.is_ascii()) {
            return None;
        }
        Some((value, variables().filter_map(Segment::name).zip(values).collect()))
    }
}

impl<T> Node<T> {
    fn insert(&mut self, pattern: Pattern, value: T) {
        let mut node = self;
        for segment in &pattern.segments {
            node = match segment {
                Segment::Literal(text) => node.literals.entry(text.clone()).or_default(),
                Segment::Int(_) => node.number.get_or_insert_default(),
                Segment::Text(_) => node.text.get_or_insert_default(),
                // It is a pattern's last.
                Segment::Path(_) => {
                    node.path.get_or_insert((pattern, value));
                    return;
                }
            };
        }
        node.end.get_or_insert((pattern, value));
    }

    /// The first pattern that matches what is left of a path, `None` being nothing and `Some("")` an empty segment.
    /// Werkzeug prefers constants to numbers, numbers to texts, texts to paths, segment by segment.
    fn find<'a>(&'a self, left: Option<&'a str>, values: &mut Vec<&'a str>) -> Option<Found<'a, T>> {
        let Some(left) = left else {
            if let Some((pattern, value)) = &self.end {
                return Some(Found::Pattern(pattern, value));
            }
            let slashed = self.literals.get("").is_some_and(|node| node.end.is_some());
            return slashed.then_some(Found::WantsSlash);
        };
        let (segment, rest) = left.split_once('/').map_or((left, None), |(segment, rest)| (segment, Some(rest)));
        if let Some(found) = self.literals.get(segment).and_then(|node| node.find(rest, values)) {
            return Some(found);
        }
        let number = self.number.as_ref().filter(|_| is_number(segment));
        let text = self.text.as_ref().filter(|_| !segment.is_empty());
        for node in number.into_iter().chain(text) {
            let before = values.len();
            values.push(segment);
            if let Some(found) = node.find(rest, values) {
                return Some(found);
            }
            values.truncate(before);
        }
        let (pattern, value) = self.path.as_ref().filter(|_| is_path(left))?;
        values.push(left);
        Some(Found::Pattern(pattern, value))
    }
}
