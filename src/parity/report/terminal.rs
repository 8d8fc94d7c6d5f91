//! For a person at a terminal: a table of the routes, the first differences, the rules that were never needed.

use std::fmt::Write;

use super::{Tally, text};
use crate::parity::{Case, Run, Verdict};

/// Cases that are shown with their differences.
const IN_FULL: usize = 30;
/// Differences that are shown of a case.
const OF_A_CASE: usize = 3;
/// Characters of a bar.
const BAR: usize = 10;

const BOLD: &str = "1";
const DIM: &str = "2";
const RED: &str = "31";
const GREEN: &str = "32";
const YELLOW: &str = "33";

/// The report; with colours as escape sequences (ECMA-48) if asked.
#[must_use]
pub fn terminal(run: &Run, colour: bool) -> String {
    let mut page = Page { text: String::new(), colour };
    page.line(&format!(
        "{} compared with {}: {} of {}, in {}",
        text::visible(&run.target),
        text::visible(&run.against),
        text::counted(run.cases.len() as u64, "case"),
        text::visible(&run.source),
        text::took(run.took),
    ));
    page.table(run);
    page.cases(run);
    page.dead_rules(run);
    let tally = Tally::of(&run.cases);
    page.line("");
    let summary = text::summary(run);
    let tone = if tally.judged() == 0 { YELLOW } else { tone(&tally) };
    let shown = page.paint(tone, &summary);
    page.line(&shown);
    page.text
}

fn tone(tally: &Tally) -> &'static str {
    match (tally.judged(), tally.disagreeing()) {
        (0, _) => DIM,
        (_, 0) => GREEN,
        _ => RED,
    }
}

struct Page {
    text: String,
    colour: bool,
}

impl Page {
    fn line(&mut self, line: &str) {
        self.text.push_str(line.trim_end());
        self.text.push('\n');
    }

    fn paint(&self, tone: &str, text: &str) -> String {
        if self.colour && !text.is_empty() { format!("\u{1b}[{tone}m{text}\u{1b}[0m") } else { text.to_owned() }
    }

    /// One row a route. A verdict that nothing got has no column.
    fn table(&mut self, run: &Run) {
        let all = Tally::of(&run.cases);
        let always = ["matched", "mismatched"];
        let words: Vec<&str> =
            Verdict::WORDS.into_iter().filter(|word| all.count(word) > 0 || always.contains(word)).collect();
        let routes = Tally::by_route(run).into_iter().map(|(name, tally)| (text::visible(name), tally));
        let routes: Vec<_> = routes.collect();
        let width = routes.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0).max("route".len());
        let mut head = format!("{:width$}  compared", "route");
        for word in &words {
            let _ = write!(head, "  {word}");
        }
        self.line("");
        let head = self.paint(BOLD, &format!("{head}  {:>7}", "share"));
        self.line(&head);
        for (name, tally) in &routes {
            let mut row = format!("{name:width$}  {:>8}", tally.judged());
            for word in &words {
                let count = tally.count(word);
                let shown = if count == 0 { "·".to_owned() } else { count.to_string() };
                let shown = format!("{shown:>0$}", word.len());
                let bad = matches!(*word, "mismatched" | "handler failed") && count > 0;
                let _ = write!(row, "  {}", if bad { self.paint(RED, &shown) } else { shown });
            }
            let share = format!("{:>7}", tally.percentage().unwrap_or_else(|| "-".into()));
            let _ = write!(row, "  {}  {}", self.paint(tone(tally), &share), self.paint(tone(tally), &bar(tally)));
            if tally.skips().next().is_some() {
                let _ = write!(row, "  {}", self.paint(DIM, &format!("skipped: {}", text::skips(tally))));
            }
            self.line(&row);
        }
    }

    /// What does not agree, in short.
    fn cases(&mut self, run: &Run) {
        let mut disagreeing = run.cases.iter().filter(|case| case.verdict.agrees() == Some(false));
        for case in disagreeing.by_ref().take(IN_FULL) {
            self.case(case);
        }
        let more = disagreeing.count();
        if more > 0 {
            self.line("");
            self.line(&format!("and {more} more; --report html shows all"));
        }
    }

    fn case(&mut self, case: &Case) {
        self.line("");
        let word = self.paint(RED, case.verdict.as_str());
        let request = text::request_line(&case.request);
        let request = self.paint(BOLD, &text::excerpt(&request, 120));
        self.line(&format!("{word} #{} {request} ({})", case.number, text::visible(text::route(case))));
        if let Some(reason) = text::reason(&case.verdict) {
            self.line(&format!("  {}", text::excerpt(&reason, 160)));
        }
        let differences = case.verdict.differences();
        for difference in differences.iter().take(OF_A_CASE) {
            let (kind, path) = (difference.kind.as_str(), text::visible(&difference.path));
            let (expected, actual) = (text::side(&difference.expected), text::side(&difference.actual));
            let expected = self.paint(GREEN, &text::excerpt(&expected, 60));
            let actual = self.paint(RED, &text::excerpt(&actual, 60));
            self.line(&format!("  {kind:<7}  {}  {expected} → {actual}", text::excerpt(&path, 80)));
        }
        if differences.len() > OF_A_CASE {
            let more = self.paint(DIM, &format!("  and {} more", differences.len() - OF_A_CASE));
            self.line(&more);
        }
    }

    fn dead_rules(&mut self, run: &Run) {
        for (place, rule) in text::dead_rules(run).enumerate() {
            if place == 0 {
                self.line("");
            }
            let text = self.paint(YELLOW, &text::dead_rule(rule));
            self.line(&text);
        }
    }
}

/// As full as the share that agrees, and whole only if all do.
fn bar(tally: &Tally) -> String {
    let cells = (u128::from(tally.agreeing()) * BAR as u128).checked_div(u128::from(tally.judged()));
    cells.map_or_else(String::new, |cells| {
        let full = usize::try_from(cells).unwrap_or(BAR);
        "█".repeat(full) + &"░".repeat(BAR - full)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parity::report::sample::{case, run};

    #[test]
    fn every_verdict_has_its_place_in_a_terminal() {
        insta::assert_snapshot!(terminal(&run(), false));
    }

    #[test]
    fn colours_are_there_if_asked_and_nothing_else_changes() {
        let codes = regex::Regex::new("\u{1b}\\[[0-9]+m").unwrap();
        let coloured = terminal(&run(), true);
        assert!(codes.is_match(&coloured));
        assert_eq!(codes.replace_all(&coloured, ""), terminal(&run(), false));
    }

    #[test]
    fn what_came_over_the_wire_never_reaches_the_terminal_as_an_escape() {
        assert!(!terminal(&run(), false).contains(|c: char| c.is_control() && c != '\n'));
    }

    #[test]
    fn many_mismatches_are_cut_with_a_word_of_where_the_others_are() {
        let mut run = run();
        run.cases = (0..42).map(|number| case(number, Some("tags_list"), Verdict::Mismatched(Vec::new()))).collect();
        let text = terminal(&run, false);
        assert_eq!(text.matches("mismatched #").count(), 30);
        assert!(text.contains("\nand 12 more; --report html shows all\n"), "{text}");
    }
}
