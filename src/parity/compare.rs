//! Two responses, compared: status, headers that matter, body.

use super::{
    Difference, Kind, Response, Skip, Verdict,
    coding::decoded,
    findings::{Findings, excerpt},
    headers,
    rulebook::Rulebook,
    tree,
    walk::Walk,
};
use crate::config::Place;

/// What two responses have to do with each other.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Comparison {
    /// What is different and not excused by a rule, at most 50 of them: status, headers, then the body in its order.
    pub differences: Vec<Difference>,
    /// How many more there are.
    pub more: usize,
    /// Rules that excused a difference, by their place in the list, ascending.
    pub hits: Vec<usize>,
    /// Whether values were passed over, because shapes alone were compared.
    pub eased: bool,
}

impl Comparison {
    /// The verdict on it.
    #[must_use]
    pub fn verdict(self) -> Verdict {
        match (self.differences.is_empty(), self.hits.is_empty()) {
            (true, true) => Verdict::Matched,
            (true, false) => Verdict::Ignored(self.hits),
            (false, _) => Verdict::Mismatched(self.differences),
        }
    }
}

/// Compares a response with the one that was expected. Equal bytes are equal, whatever they say; of anything else, JSON is
/// compared value by value and to the last blank, and the rest as text.
///
/// Knows no I/O, and takes time and memory in proportion to the two bodies; give bodies of more than a few hundred
/// kilobytes a thread of their own.
///
/// # Errors
/// The expected body cannot be looked into: [`Skip::Undecodable`].
pub fn compare(expected: &Response, actual: &Response, rules: &Rulebook) -> Result<Comparison, Skip> {
    compared(expected, actual, Findings::new(rules, false))
}

/// The same, of an answer whose server does not repeat its values: status, headers and the shape of the body are compared;
/// values, their order and their number are not.
///
/// # Errors
/// As [`compare`].
pub fn compare_shapes(expected: &Response, actual: &Response, rules: &Rulebook) -> Result<Comparison, Skip> {
    compared(expected, actual, Findings::new(rules, true))
}

fn compared(expected: &Response, actual: &Response, mut findings: Findings<'_>) -> Result<Comparison, Skip> {
    if (expected.status, &expected.reason) != (actual.status, &actual.reason) {
        match findings.rules.ignores(&Place::Status) {
            Some(rule) => findings.excused(rule),
            None => findings.found(status(expected, actual)),
        }
    }
    let same = expected.body == actual.body;
    headers::compare(expected, actual, same, &mut findings);
    if !same {
        match (decoded(expected), decoded(actual)) {
            (Ok(theirs), Ok(ours)) => bodies(&theirs, &ours, &mut findings),
            (Ok(_), Err(_)) => findings.found(whole(Kind::Type, "what its coding says", "something else")),
            // Another status is a difference, whatever the body is.
            (Err(_), _) if findings.differences.iter().any(|found| found.kind == Kind::Status) => {}
            (Err(_), _) => return Err(Skip::Undecodable),
        }
    }
    let Findings { differences, hits, more, eased, .. } = findings;
    Ok(Comparison { differences, more, hits: hits.into_iter().collect(), eased })
}

fn bodies(expected: &[u8], actual: &[u8], findings: &mut Findings<'_>) {
    if expected == actual {
        return;
    }
    let (Ok(theirs), Ok(ours)) = (std::str::from_utf8(expected), std::str::from_utf8(actual)) else {
        let at = expected.iter().zip(actual).take_while(|(a, b)| a == b).count();
        let shown = |bytes: &[u8]| {
            let end = bytes.len().min(at + 24);
            let hex: Vec<String> = bytes[at.min(end)..end].iter().map(|byte| format!("{byte:02x}")).collect();
            format!("{} bytes, from byte {at}: {}", bytes.len(), hex.join(" "))
        };
        findings.found(whole(Kind::Value, &shown(expected), &shown(actual)));
        return;
    };
    match (tree::read(theirs), tree::read(ours)) {
        (Some(theirs), Some(ours)) => Walk::new(findings).documents(&theirs, &ours),
        (None, None) => {
            let at = theirs.char_indices().zip(ours.chars()).find(|((_, a), b)| a != b).map(|((at, _), _)| at);
            let at = at.unwrap_or_else(|| theirs.len().min(ours.len()));
            // A few words before it, so that the place can be found.
            let from = theirs[..at].char_indices().rev().nth(20).map_or(0, |(from, _)| from);
            findings.found(whole(Kind::Value, &theirs[from..], &ours[from..]));
        }
        (theirs, ours) => {
            let kind = |json: bool, text: &str| if json { "JSON".to_owned() } else { format!("no JSON: {text}") };
            let (a, b) = (kind(theirs.is_some(), expected_text(expected)), kind(ours.is_some(), expected_text(actual)));
            findings.found(whole(Kind::Type, &a, &b));
        }
    }
}

/// Checked before.
fn expected_text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap_or_default()
}

fn whole(kind: Kind, expected: &str, actual: &str) -> Difference {
    let path = "body".to_owned();
    Difference { kind, general: path.clone(), path, expected: excerpt(expected), actual: excerpt(actual) }
}

fn status(expected: &Response, actual: &Response) -> Difference {
    let shown = |response: &Response| format!("{} {}", response.status, response.reason);
    let path = "status".to_owned();
    Difference { kind: Kind::Status, general: path.clone(), path, expected: shown(expected), actual: shown(actual) }
}
