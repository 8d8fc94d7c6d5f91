//! Two answers side by side, as rows: for whoever draws them otherwise than in a report.

use std::borrow::Cow;

use super::{
    align::{Row, rows},
    body,
};
use crate::parity::{Response, coding, headers};

/// Two answers side by side.
#[derive(Debug, PartialEq, Eq)]
pub struct Beside {
    /// Status lines, and the header lines that matter.
    pub head: Vec<Row>,
    /// Bodies, JSON indented; empty if they are the same.
    pub body: Vec<Row>,
    /// What was done to the bodies before they were compared, or shown.
    pub notes: Vec<String>,
}

/// What was expected, and what came instead. Takes a moment for large bodies.
#[must_use]
pub fn beside(expected: Option<&Response>, actual: Option<&Response>) -> Beside {
    let head = rows(&head(expected), &head(actual), 1);
    match body::bodies(expected, actual) {
        Some(bodies) => {
            let body = rows(&bodies.expected, &bodies.actual, bodies.first_line);
            Beside { head, body, notes: bodies.notes }
        }
        None => Beside { head, body: Vec::new(), notes: vec!["The bodies are the same.".to_owned()] },
    }
}

fn head(response: Option<&Response>) -> String {
    let Some(response) = response else { return String::new() };
    let first = format!("{} {}", response.status, response.reason);
    let lines = response.headers.iter().filter(|(name, _)| headers::matters(name));
    let lines = lines.map(|(name, value)| format!("{name}: {value}"));
    [first].into_iter().chain(lines).collect::<Vec<_>>().join("\n")
}

/// The body with its content coding undone; none if it is not what its coding says.
#[must_use]
pub fn decoded(response: &Response) -> Option<Cow<'_, [u8]>> {
    coding::decoded(response).ok()
}
