//! One case with everything that helps to mend it.

use maud::{Markup, html};

use super::sides::sides;
use crate::parity::{
    Case, Difference, Response,
    message::Headers,
    report::{body, curl::curl, text},
};

/// Differences that are shown of a case.
const DIFFERENCES: usize = 100;

/// A case, collapsed.
pub(super) fn case(case: &Case, open: bool) -> Markup {
    let verdict = &case.verdict;
    html! {
        details.case id={ "case-" (case.number) } data-verdict=(verdict.as_str()) open[open] {
            summary {
                (badge(verdict.as_str()))
                span.request {
                    b { (case.request.method) } " " (text::visible(&case.request.target))
                }
                span.aside {
                    @let count = verdict.differences().len() as u64;
                    @if count > 0 { (text::counted(count, "difference")) " · " }
                    (text::visible(text::route(case))) " · #" (case.number)
                }
            }
            div.inside {
                @if let Some(reason) = text::reason(verdict) { p.reason { (reason) } }
                (facts(case))
                (differences(verdict.differences()))
                (answers(case))
                (request(case))
            }
        }
    }
}

/// A verdict, or a kind.
pub(super) fn badge(word: &str) -> Markup {
    html! { span.badge.(word.replace(' ', "-")) { (word) } }
}

fn facts(case: &Case) -> Markup {
    html! {
        @if case.sequence.is_some() || case.took.is_some() {
            p.facts {
                @if let Some((sequence, step)) = case.sequence { "sequence " (sequence) ", step " (step) ". " }
                @if let Some(took) = case.took { "Took " (text::took(took)) "." }
            }
        }
    }
}

fn differences(differences: &[Difference]) -> Markup {
    html! {
        @if !differences.is_empty() {
            table.differences {
                caption { "Differences" }
                thead { tr { th scope="col" { "kind" } th scope="col" { "path" } th scope="col" { "expected" } th scope="col" { "actual" } } }
                tbody {
                    @for difference in differences.iter().take(DIFFERENCES) {
                        tr {
                            td { (badge(difference.kind.as_str())) }
                            td.path { code { (text::visible(&difference.path)) } }
                            td data-side="expected" { (value(&difference.expected)) }
                            td data-side="actual" { (value(&difference.actual)) }
                        }
                    }
                }
            }
            @if differences.len() > DIFFERENCES {
                p.note { "… and " (text::grouped((differences.len() - DIFFERENCES) as u64)) " more" }
            }
        }
    }
}

fn value(text: &str) -> Markup {
    html! { @if text.is_empty() { span.nothing { "(nothing)" } } @else { code { (text::visible(text)) } } }
}

fn answers(case: &Case) -> Markup {
    let (expected, actual) = (case.expected.as_ref(), case.actual.as_ref());
    let bodies = body::bodies(expected, actual);
    html! {
        @if expected.is_some() || actual.is_some() {
            div.answers {
                p { span.side { "expected" } " " (line(expected)) }
                p { span.side { "actual" } " " (line(actual)) }
            }
            @let (left, right) = (headers(expected), headers(actual));
            @if left == right { p.note { "The headers are the same." } } @else { (sides("Headers", &left, &right, 1)) }
            @if let Some(bodies) = bodies {
                @for note in &bodies.notes { p.note { (note) } }
                @if bodies.expected != bodies.actual {
                    (sides("Body", &bodies.expected, &bodies.actual, bodies.first_line))
                }
            } @else {
                p.note { "The bodies are the same." }
            }
        }
    }
}

/// `200 OK, 31 bytes`.
fn line(response: Option<&Response>) -> Markup {
    html! {
        @if let Some(response) = response {
            b { (response.status) " " (text::visible(&response.reason)) }
            ", " (text::counted(response.body.len() as u64, "byte"))
        } @else {
            span.nothing { "(no answer)" }
        }
    }
}

fn headers(response: Option<&Response>) -> String {
    response.map_or_else(String::new, |response| header_lines(&response.headers))
}

fn header_lines(headers: &Headers) -> String {
    headers.iter().map(|(name, value)| format!("{name}: {value}")).collect::<Vec<_>>().join("\n")
}

fn request(case: &Case) -> Markup {
    let request = &case.request;
    let command = curl(request);
    html! {
        @if !request.body.is_empty() {
            details.more {
                summary { "Request body, " (text::counted(request.body.len() as u64, "byte")) }
                pre tabindex="0" { (lines(&body::alone(&request.body))) }
            }
        }
        div.curl {
            p.label { "Ask again; " code { "TARGET" } " is the server" }
            pre tabindex="0" { code { (lines(&command)) } }
        }
        @if command.to_ascii_lowercase().contains("redacted") {
            p.note { "Values that were redacted are to be filled in." }
        }
    }
}

/// Several lines, each made harmless.
fn lines(text: &str) -> String {
    text.split('\n').map(text::visible).collect::<Vec<_>>().join("\n")
}
