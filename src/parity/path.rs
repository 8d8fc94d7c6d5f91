//! The way to a place in a document, and how differences name it.

use std::fmt::Write;

/// The way from the root to a value, grown and shortened while a document is walked.
#[derive(Debug, Default)]
pub(super) struct Path<'t> {
    steps: Vec<Step<'t>>,
}

#[derive(Debug, Clone)]
enum Step<'t> {
    Key(&'t str),
    Index(String),
}

impl Step<'_> {
    fn text(&self) -> &str {
        match self {
            Self::Key(key) => key,
            Self::Index(index) => index,
        }
    }
}

impl<'t> Path<'t> {
    /// Walks with one more key.
    pub(super) fn key(&mut self, key: &'t str) {
        self.steps.push(Step::Key(key));
    }

    /// Walks with one more index.
    pub(super) fn index(&mut self, index: usize) {
        self.steps.push(Step::Index(index.to_string()));
    }

    /// Goes back by one step.
    pub(super) fn back(&mut self) {
        self.steps.pop();
    }

    /// The steps as texts.
    pub(super) fn texts(&self) -> Vec<&str> {
        self.steps.iter().map(Step::text).collect()
    }

    /// As a JSON Pointer, and the same with `*` for every index; `body` at the root.
    pub(super) fn names(&self) -> (String, String) {
        if self.steps.is_empty() {
            return ("body".to_owned(), "body".to_owned());
        }
        let (mut exact, mut general) = (String::new(), String::new());
        for step in &self.steps {
            let text = step.text().replace('~', "~0").replace('/', "~1");
            // Writing into a String does not fail.
            let _ = write!(exact, "/{text}");
            match step {
                Step::Index(_) => general.push_str("/*"),
                Step::Key(key) if is_data(key) => general.push_str("/*"),
                Step::Key(_) => _ = write!(general, "/{text}"),
            }
        }
        (exact, general)
    }
}

/// Whether a key is data and no name: addresses, identifiers and timestamps are keys here and there. What is counted by
/// path must not grow with them, nor show them.
fn is_data(key: &str) -> bool {
    let named = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | ' ');
    key.len() > 40 || !key.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') || !key.chars().all(named)
}
