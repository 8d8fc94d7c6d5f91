//! The document, its head, the numbers.

use base64::{Engine, engine::general_purpose::STANDARD};
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest, Sha256};

use super::{
    case::{badge, case},
    routes::{bar, routes},
};
use crate::parity::{
    Case, Run, Verdict,
    report::{Tally, text},
};

const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("script.js");
/// Cases that are shown with everything.
const IN_FULL: usize = 200;
/// Further ones that are listed.
const LISTED: usize = 2_000;

/// The page.
#[must_use]
pub fn html(run: &Run) -> String {
    let tally = Tally::of(&run.cases);
    let title = tally.percentage().unwrap_or_else(|| "nothing judged".into());
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(policy());
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="generator" content={ "cutover " (env!("CARGO_PKG_VERSION")) };
                title { "Parity " (title) ", " (text::visible(&run.source)) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                a.skip href="#cases" { "Skip to the cases" }
                (head(run, &tally))
                main {
                    (numbers(&tally))
                    (routes(run))
                    (dead_rules(run))
                    (cases(run))
                }
                footer { p { "cutover " (env!("CARGO_PKG_VERSION")) ". Expected: " (text::visible(&run.against)) ". Actual: " (text::visible(&run.target)) "." } }
                script { (PreEscaped(SCRIPT)) }
            }
        }
    };
    page.into_string()
}

/// Nothing from elsewhere, nothing sent anywhere, and no script but ours: by its hash, so that not even a fault in
/// escaping could run another.
fn policy() -> String {
    let hash = STANDARD.encode(Sha256::digest(SCRIPT));
    format!(
        "default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'"
    )
}

fn head(run: &Run, tally: &Tally) -> Markup {
    let facts = [
        ("target", run.target.clone()),
        ("against", run.against.clone()),
        ("source", run.source.clone()),
        ("began", text::moment(run.began)),
        ("took", text::took(run.took)),
        ("version", env!("CARGO_PKG_VERSION").to_owned()),
    ];
    html! {
        header {
            p.brand { "cutover parity" }
            h1 { (headline(tally)) }
            dl.facts {
                @for (name, value) in facts { div { dt { (name) } dd { (text::visible(&value)) } } }
            }
        }
    }
}

fn headline(tally: &Tally) -> String {
    let judged = text::counted(tally.judged(), "comparison");
    match (tally.judged(), tally.disagreeing()) {
        (0, _) => "Nothing was judged".into(),
        (1, 0) => "The one comparison agrees".into(),
        (_, 0) => format!("All {judged} agree"),
        (_, bad) => {
            format!("{} of {judged} {}", text::grouped(bad), if bad == 1 { "does not agree" } else { "do not agree" })
        }
    }
}

fn numbers(tally: &Tally) -> Markup {
    let tone = match (tally.judged(), tally.disagreeing()) {
        (0, _) => "none",
        (_, 0) => "good",
        _ => "bad",
    };
    html! {
        section.numbers aria-label="Numbers" {
            p.total.(tone) {
                b { (tally.percentage().unwrap_or_else(|| "–".into())) }
                span { (text::grouped(tally.agreeing())) " of " (text::grouped(tally.judged())) " judged agree" }
            }
            ul.tiles {
                @for (word, count) in tally.counts() {
                    li.(word.replace(' ', "-")) .zero[count == 0] { b { (text::grouped(count)) } span { (word) } }
                }
            }
            (bar(tally))
        }
    }
}

fn dead_rules(run: &Run) -> Markup {
    let rules: Vec<_> = text::dead_rules(run).collect();
    html! {
        @if !rules.is_empty() {
            section aria-labelledby="rules" {
                h2 id="rules" { "Rules never needed" }
                ul.rules {
                    @for used in rules {
                        li {
                            code { (text::visible(&used.rule.to_string())) }
                            span { " of route " b { (text::visible(&used.route)) } ", in " (text::counted(used.compared, "comparison")) }
                            span.why { (text::visible(&used.rule.reason)) }
                        }
                    }
                }
            }
        }
    }
}

/// Everything but what agrees: mismatched first, then in the order of a reader's interest.
fn cases(run: &Run) -> Markup {
    let order = |case: &Case| match case.verdict {
        Verdict::Mismatched(_) => 0,
        Verdict::HandlerFailed(_) => 1,
        Verdict::Noise(_) => 2,
        Verdict::Dirty => 3,
        Verdict::HandlerDeclined(_) => 4,
        _ => 5,
    };
    let mut cases: Vec<&Case> = run.cases.iter().filter(|case| case.verdict.agrees() != Some(true)).collect();
    cases.sort_by_key(|case| order(case));
    let (full, rest) = cases.split_at(cases.len().min(IN_FULL));
    html! {
        section.cases aria-labelledby="cases" {
            h2 id="cases" { "Cases" }
            @if cases.is_empty() {
                p.note { "Every case agrees; they are listed under their routes." }
            } @else {
                (tools(&cases))
            }
            @for (place, shown) in full.iter().enumerate() { (case(shown, place == 0)) }
            @if !rest.is_empty() {
                h3 { "Further cases, in short" }
                ul.agreeing { @for case in rest.iter().take(LISTED) { (row(case)) } }
                @if rest.len() > LISTED {
                    p.note { "… and " (text::grouped((rest.len() - LISTED) as u64)) " more; the JSON report has them all" }
                }
            }
        }
    }
}

/// Shown by the script, which they need.
fn tools(cases: &[&Case]) -> Markup {
    let count = |word: &str| cases.iter().filter(|case| case.verdict.as_str() == word).count() as u64;
    html! {
        div.tools role="search" hidden {
            input type="search" placeholder="Filter by path, route, difference" aria-label="Filter the cases by text";
            div.words role="group" aria-label="Filter the cases by verdict" {
                @for word in Verdict::WORDS.into_iter().filter(|word| count(word) > 0) {
                    button type="button" aria-pressed="false" data-word=(word) { (word) " " (text::grouped(count(word))) }
                }
            }
            button type="button" data-all { "Open all" }
            p.found role="status" {}
        }
    }
}

fn row(case: &Case) -> Markup {
    html! {
        li id={ "case-" (case.number) } data-verdict=(case.verdict.as_str()) {
            span.number { "#" (case.number) }
            (badge(case.verdict.as_str()))
            span.request { b { (case.request.method) } " " (text::visible(&case.request.target)) }
            @if let Some(first) = case.verdict.differences().first() {
                code.rule { (first.kind) " " (text::visible(&first.path)) }
            } @else if let Some(reason) = text::reason(&case.verdict) {
                span.why { (reason) }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parity::{
        Kind,
        report::sample::{self, run},
    };

    #[test]
    fn the_page_needs_nothing_from_elsewhere() {
        let page = html(&run());
        for outside in ["http://", "https://", "src=", "<link", "@import", "url("] {
            assert!(!page.replace("onerror=", "").contains(outside), "{outside}");
        }
        let policy =
            regex::Regex::new("default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-[^']{44}';").unwrap();
        assert!(policy.is_match(&page.replace("&#39;", "'")));
    }

    #[test]
    fn nothing_from_the_wire_becomes_markup() {
        let evil = "</script><img src=x onerror=alert(1)>\"'";
        let mut run = run();
        for text in [&mut run.target, &mut run.against, &mut run.source] {
            *text = evil.into();
        }
        for used in &mut run.rules {
            used.rule.reason = evil.into();
            used.route = evil.into();
        }
        for case in &mut run.cases {
            case.route = case.route.as_ref().map(|_| evil.into());
            case.request.method = evil.into();
            case.request.target = format!("/{evil}");
            case.request.headers.push((evil.into(), evil.into()));
            case.request.body = evil.into();
            for response in [&mut case.expected, &mut case.actual].into_iter().flatten() {
                response.reason = evil.into();
            }
            if let Some(response) = &mut case.actual {
                response.body = format!("[\"{evil}\"]").into();
                response.headers.push((evil.into(), evil.into()));
            }
        }
        run.cases[1].verdict = Verdict::Mismatched(vec![sample::difference(Kind::Value, evil, evil, evil)]);
        run.cases[5].verdict = Verdict::HandlerFailed(evil.into());
        run.cases[6].verdict = Verdict::HandlerDeclined(evil.into());
        let page = html(&run);
        assert!(!page.contains("<img") && page.contains("&lt;img"));
        assert_eq!(page.matches("</script>").count(), 1);
        assert!(!page.contains(|c: char| c.is_control() && c != '\n'));
    }

    #[test]
    fn a_headline_says_what_came_of_it() {
        let of = |agree: usize, not: usize| {
            let case = |verdict| sample::case(0, None, verdict);
            let mut cases = vec![case(Verdict::Matched); agree];
            cases.extend(vec![case(Verdict::Mismatched(Vec::new())); not]);
            headline(&Tally::of(&cases))
        };
        assert_eq!(of(0, 0), "Nothing was judged");
        assert_eq!(of(1, 0), "The one comparison agrees");
        assert_eq!(of(1_200, 0), "All 1,200 comparisons agree");
        assert_eq!(of(2, 1), "1 of 3 comparisons does not agree");
        assert_eq!(of(0, 2), "2 of 2 comparisons do not agree");
    }

    #[test]
    fn mismatches_come_first_and_the_page_is_bounded() {
        let mut run = run();
        run.cases.reverse();
        let page = html(&run);
        let verdicts: Vec<&str> =
            page.split("data-verdict=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
        let expected =
            ["mismatched", "mismatched", "handler failed", "noise", "dirty", "handler declined", "skipped", "skipped"];
        assert_eq!(verdicts, expected);

        let large = |word: &str| sample::response(200, word.repeat(100_000).replace("ab", "a\nb"));
        let (expected, actual) = (large("ab "), large("ab c"));
        run.cases = (0..3_000)
            .map(|number| {
                let verdict = if number % 2 == 0 { Verdict::Matched } else { Verdict::Mismatched(vec![]) };
                let mut case = sample::case(number, Some("tags_list"), verdict);
                (case.expected, case.actual) = (Some(expected.clone()), Some(actual.clone()));
                case
            })
            .collect();
        let page = html(&run);
        assert_eq!(page.matches("<details class=\"case\"").count(), IN_FULL);
        assert_eq!(page.matches("<li id=\"case-").count(), 1_500 - IN_FULL);
        assert!(page.contains("… and 1,000 more that agree"));
        assert!(page.len() < 40 << 20, "{}", page.len());
    }
}
