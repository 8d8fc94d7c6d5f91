//! What is said about what was seen, in reasons and reports.

use super::Observed;

/// Most characters of an example.
const EXAMPLE: usize = 40;

/// What was seen, how often, and an example: "two asks of the same server differ here: 7 of 40 requests, e.g. 1 and 2".
pub(super) fn said(what: &str, requests: usize, observed: &Observed, example: Option<(&str, &str)>) -> String {
    let total = observed.total.max(requests);
    let unit = observed.unit.word(total);
    let example = match example {
        Some((a, b)) => format!(", e.g. {} and {}", shown(a), shown(b)),
        None => String::new(),
    };
    format!("two asks of the same server {what}: {requests} of {total} {unit}{example}")
}

/// A value on one line and not too long; what is not there is nothing.
fn shown(text: &str) -> String {
    if text.is_empty() {
        return "nothing".to_owned();
    }
    let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    match line.char_indices().nth(EXAMPLE) {
        Some((end, _)) => format!("{}…", line[..end].trim_end_matches('…')),
        None => line,
    }
}
