//! The routes with their bars, and what agrees in each.

use maud::{Markup, html};

use super::case::badge;
use crate::parity::{
    Case, Run, Verdict,
    report::{Tally, text},
};

/// Cases that are listed of a route.
const LISTED: usize = 500;
/// Cases that do not agree to which a route links.
const LINKED: usize = 40;

/// Every route, those that do not agree first.
pub(super) fn routes(run: &Run) -> Markup {
    html! {
        section aria-labelledby="routes" {
            h2 id="routes" { "Routes" }
            div.routes {
                @for (name, tally) in Tally::worst_first(run) {
                    details.route {
                        summary {
                            span.name { (text::visible(name)) }
                            (bar(&tally))
                            span.share .bad[tally.disagreeing() > 0] { (tally.percentage().unwrap_or_else(|| "–".into())) }
                            span.counts { (counts(&tally)) }
                        }
                        (inside(run, name, &tally))
                    }
                }
            }
        }
    }
}

/// A stacked bar of all verdicts, as wide as there is room.
pub(super) fn bar(tally: &Tally) -> Markup {
    html! {
        span.bar role="img" aria-label=(counts(tally)) {
            @for (word, count) in tally.counts().filter(|(_, count)| *count > 0) {
                span.(word.replace(' ', "-")) style={ "flex-grow:" (count) } title={ (text::grouped(count)) " " (word) } {}
            }
        }
    }
}

/// `10 matched, 2 mismatched`.
fn counts(tally: &Tally) -> String {
    let counts = tally.counts().filter(|(_, count)| *count > 0);
    let counts: Vec<String> = counts.map(|(word, count)| format!("{} {word}", text::grouped(count))).collect();
    counts.join(", ")
}

fn inside(run: &Run, name: &str, tally: &Tally) -> Markup {
    let of_route = || run.cases.iter().filter(|case| text::route(case) == name);
    let agreeing = || of_route().filter(|case| case.verdict.agrees() == Some(true));
    let disagreeing: Vec<&Case> = of_route().filter(|case| case.verdict.agrees() == Some(false)).collect();
    html! {
        div.inside {
            @if tally.skips().next().is_some() { p.note { "Skipped: " (text::skips(tally)) } }
            @if !disagreeing.is_empty() {
                p {
                    "Does not agree:"
                    @for case in disagreeing.iter().take(LINKED) { " " a href={ "#case-" (case.number) } { "#" (case.number) } }
                    @if disagreeing.len() > LINKED { " and " (text::grouped((disagreeing.len() - LINKED) as u64)) " more" }
                }
            }
            @if tally.agreeing() > 0 {
                ul.agreeing {
                    @for case in agreeing().take(LISTED) {
                        li {
                            span.number { "#" (case.number) }
                            span.request { b { (case.request.method) } " " (text::visible(&case.request.target)) }
                            @if let Verdict::Ignored(rules) = &case.verdict { (badge("ignored")) (excuses(run, name, rules)) }
                        }
                    }
                }
                @if tally.agreeing() > LISTED as u64 {
                    p.note { "… and " (text::grouped(tally.agreeing() - LISTED as u64)) " more that agree" }
                }
            }
        }
    }
}

/// The rules by which a case agrees.
fn excuses(run: &Run, route: &str, rules: &[usize]) -> Markup {
    let of_route: Vec<_> = run.rules.iter().filter(|used| used.route == route).collect();
    html! {
        @for place in rules {
            code.rule {
                @if let Some(used) = of_route.get(*place) { (text::visible(&used.rule.to_string())) } @else { "rule " (place) }
            }
        }
    }
}
