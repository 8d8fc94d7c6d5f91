//! The header lines of two responses.

use super::{
    Difference, Kind, Response,
    findings::{Findings, excerpt},
};
use crate::config::Place;

/// Headers of the connection (RFC 9110 section 7.6.1), and the moment of the answer: transport, not contract.
const TRANSPORT: [&str; 9] =
    ["date", "connection", "keep-alive", "proxy-connection", "transfer-encoding", "te", "trailer", "upgrade", "via"];

/// Whether a header belongs to the contract between a client and its backend.
#[must_use]
pub fn matters(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    !TRANSPORT.contains(&name.as_str()) && !name.starts_with("x-cutover-")
}

/// Compares what matters of the headers. `same_length`: whether the bodies are equal; if not, their lengths follow from
/// that, and say nothing more.
pub(super) fn compare(expected: &Response, actual: &Response, same_length: bool, findings: &mut Findings<'_>) {
    let relevant = |response: &Response| -> Vec<(String, String, String)> {
        let lines =
            response.headers.iter().map(|(name, value)| (name.to_ascii_lowercase(), name.clone(), value.clone()));
        lines.filter(|(name, ..)| matters(name) && (same_length || name != "content-length")).collect()
    };
    let (mut theirs, mut ours) = (relevant(expected), relevant(actual));
    let mut names: Vec<String> = Vec::new();
    for (name, ..) in theirs.iter().chain(&ours) {
        if !names.contains(name) {
            names.push(name.clone());
        }
    }
    for name in names {
        let values = |lines: &[(String, String, String)]| -> Vec<String> {
            lines.iter().filter(|(of, ..)| *of == name).map(|(.., value)| value.clone()).collect()
        };
        let (expected_values, actual_values) = (values(&theirs), values(&ours));
        if expected_values == actual_values {
            continue;
        }
        match findings.rules.ignores(&Place::Header(name.clone())) {
            Some(rule) => findings.excused(rule),
            None => findings.found(header(&name, &expected_values.join(", "), &actual_values.join(", "))),
        }
        // What was said about it is said; spelling and place are those of the lines that are left.
        theirs.retain(|(of, ..)| *of != name);
        ours.retain(|(of, ..)| *of != name);
    }
    if !(expected.spelled && actual.spelled) {
        return;
    }
    let spelled =
        |lines: &[(String, String, String)]| lines.iter().map(|(_, name, _)| name.clone()).collect::<Vec<_>>();
    let (theirs, ours) = (spelled(&theirs), spelled(&ours));
    if let Some((theirs, ours)) = theirs.iter().zip(&ours).find(|(a, b)| a != b && a.eq_ignore_ascii_case(b)) {
        findings.found(header(&theirs.to_ascii_lowercase(), theirs, ours));
    } else if theirs != ours {
        let path = "headers".to_owned();
        let (expected, actual) = (excerpt(&theirs.join(", ")), excerpt(&ours.join(", ")));
        findings.found(Difference { kind: Kind::Header, general: path.clone(), path, expected, actual });
    }
}

fn header(name: &str, expected: &str, actual: &str) -> Difference {
    let path = format!("header:{name}");
    let (expected, actual) = (excerpt(expected), excerpt(actual));
    Difference { kind: Kind::Header, general: path.clone(), path, expected, actual }
}
