//! For a comment on a pull request, within the length that code hosts take.

use std::fmt::Write;

use super::{Tally, text};
use crate::parity::{Case, Run, Verdict};

/// Characters of the whole comment. GitHub takes 65 536.
const LONGEST: usize = 60_000;
/// Characters of the table, so that differences find room too.
const LONGEST_TABLE: usize = 30_000;
/// Kept for the notes about what was cut.
const NOTES: usize = 400;
/// Differences that are shown of a case.
const OF_A_CASE: usize = 20;

/// The report.
#[must_use]
pub fn markdown(run: &Run) -> String {
    let mut page = Page { text: String::new(), characters: 0 };
    let tally = Tally::of(&run.cases);
    let sign = match (tally.judged(), tally.disagreeing()) {
        (0, _) => "⚠️",
        (_, 0) => "✅",
        _ => "❌",
    };
    page.push(&format!("**{sign} Parity: {}**\n\n", text::summary(run)), LONGEST);
    let [target, against, source] = [&run.target, &run.against, &run.source].map(|text| code(text));
    let cases = text::counted(tally.cases(), "case");
    page.push(
        &format!("{target} compared with {against}: {cases} of {source}, in {}\n\n", text::took(run.took)),
        LONGEST,
    );
    page.table(run, &tally);
    page.dead_rules(run);
    page.cases(run);
    page.text
}

struct Page {
    text: String,
    characters: usize,
}

impl Page {
    /// Adds a part whole, or not at all.
    fn push(&mut self, part: &str, longest: usize) -> bool {
        let characters = part.chars().count();
        let fits = self.characters + characters <= longest;
        if fits {
            self.text.push_str(part);
            self.characters += characters;
        }
        fits
    }

    fn table(&mut self, run: &Run, all: &Tally) {
        let words: Vec<&str> = Verdict::WORDS.into_iter().filter(|word| all.count(word) > 0).collect();
        let routes = Tally::worst_first(run);
        let mut head = "| route | compared |".to_owned();
        for word in &words {
            let _ = write!(head, " {word} |");
        }
        let _ = writeln!(head, " share |\n| --- | ---: |{} ---: |", " ---: |".repeat(words.len()));
        self.push(&head, LONGEST_TABLE);
        for (place, (name, tally)) in routes.iter().enumerate() {
            let mut row = format!("| {} | {} |", code(name), text::grouped(tally.judged()));
            for word in &words {
                let _ = write!(row, " {} |", text::grouped(tally.count(word)));
            }
            let _ = writeln!(row, " {} |", tally.percentage().unwrap_or_else(|| "–".into()));
            if !self.push(&row, LONGEST_TABLE) {
                self.push(&format!("\n…and {} more routes\n", routes.len() - place), LONGEST);
                break;
            }
        }
        if all.skips().next().is_some() {
            self.push(&format!("\nSkipped: {}\n", text::skips(all)), LONGEST);
        }
    }

    fn dead_rules(&mut self, run: &Run) {
        let rules: Vec<String> =
            text::dead_rules(run).map(|rule| format!("- {}\n", code(&text::dead_rule(rule)))).collect();
        if rules.is_empty() {
            return;
        }
        let title = format!("\n<details><summary>Rules never needed: {}</summary>\n\n", rules.len());
        self.push(&title, LONGEST);
        for (place, rule) in rules.iter().enumerate() {
            if !self.push(rule, LONGEST_TABLE + NOTES) {
                self.push(&format!("\n…and {} more\n", rules.len() - place), LONGEST);
                break;
            }
        }
        self.push("\n</details>\n", LONGEST);
    }

    fn cases(&mut self, run: &Run) {
        let cases: Vec<&Case> = run.cases.iter().filter(|case| case.verdict.agrees() == Some(false)).collect();
        for (place, case) in cases.iter().enumerate() {
            if !self.push(&details(case), LONGEST - NOTES) {
                let more = cases.len() - place;
                self.push(&format!("\nCut here: {more} more in the HTML report.\n"), LONGEST);
                break;
            }
        }
    }
}

/// A case, collapsed.
fn details(case: &Case) -> String {
    let request = text::request_line(&case.request);
    let line = format!("#{} {}", case.number, text::excerpt(&request, 200));
    let word = case.verdict.as_str();
    let mut lines = String::new();
    if let Some(reason) = text::reason(&case.verdict) {
        let _ = writeln!(lines, "{}", text::excerpt(&reason, 400));
    }
    let differences = case.verdict.differences();
    for difference in differences.iter().take(OF_A_CASE) {
        let _ = writeln!(lines, "{}", text::excerpt(&text::difference(difference), 400));
    }
    if differences.len() > OF_A_CASE {
        let _ = writeln!(lines, "and {} more", differences.len() - OF_A_CASE);
    }
    let fence = "`".repeat(ticks(&lines).max(2) + 1);
    let route = escaped(&text::visible(text::route(case)));
    let title = format!("{word} <code>{}</code> of <code>{route}</code>", escaped(&line));
    format!("\n<details><summary>{title}</summary>\n\n{fence}text\n{lines}{fence}\n\n</details>\n")
}

/// A code span that stands in a table, too.
fn code(text: &str) -> String {
    let text = text::visible(text);
    let fence = "`".repeat(ticks(&text) + 1);
    // A blank on both sides belongs to the fence and is not shown.
    let blank = if text.starts_with('`') || text.ends_with('`') { " " } else { "" };
    format!("{fence}{blank}{}{blank}{fence}", text.replace('|', "\\|"))
}

/// The longest run of backticks.
fn ticks(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parity::{
        Kind,
        report::sample::{self, run},
    };

    #[test]
    fn every_verdict_has_its_place_in_a_comment() {
        insta::assert_snapshot!(markdown(&run()));
    }

    #[test]
    fn a_comment_is_never_longer_than_the_code_host_takes() {
        let mut run = run();
        let long = "`<ä>|".repeat(400);
        let difference = sample::difference(Kind::Value, &long, &long, &long);
        run.cases = (0..3_000)
            .map(|number| {
                let verdict = Verdict::Mismatched(vec![difference.clone(); number % 40]);
                sample::case(number, Some(&format!("route_{}", number % 2_000)), verdict)
            })
            .collect();
        run.rules = (0..2_000).map(|_| run.rules[1].clone()).collect();
        let text = markdown(&run);
        assert!(text.chars().count() <= LONGEST, "{}", text.chars().count());
        assert!(text.contains(" more routes\n"));
        assert!(text.ends_with(" more in the HTML report.\n"), "{}", &text[text.len() - 200..]);
        assert_eq!(text.matches("<details>").count(), text.matches("</details>").count());
    }

    #[test]
    fn a_code_span_holds_what_it_is_given() {
        assert_eq!(code("a|b"), "`a\\|b`");
        assert_eq!(code("`a``"), "``` `a`` ```");
    }
}
