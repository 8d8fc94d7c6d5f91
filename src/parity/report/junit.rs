//! For CI servers: a suite per route, a test case per exchange.

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::{Tally, text};
use crate::parity::{Case, Run};

/// The report. What cannot stand in XML is written as an escape.
#[must_use]
pub fn junit(run: &Run) -> String {
    let mut report = Report::new("cutover parity");
    report.set_time(run.took);
    for (route, _) in Tally::by_route(run) {
        let mut suite = TestSuite::new(text::visible(route));
        let cases = || run.cases.iter().filter(|case| text::route(case) == route);
        suite.set_time(cases().filter_map(|case| case.took).sum());
        suite.add_test_cases(cases().map(|case| test_case(route, case)));
        report.add_test_suite(suite);
    }
    // Writing to memory does not fail, and there is no text in it that XML could refuse.
    report.to_string().unwrap_or_default()
}

fn test_case(route: &str, case: &Case) -> TestCase {
    let name = format!("{} #{}", text::request_line(&case.request), case.number);
    let mut test_case = TestCase::new(name, status(case));
    test_case.set_classname(text::visible(route));
    if let Some(took) = case.took {
        test_case.set_time(took);
    }
    test_case
}

fn status(case: &Case) -> TestCaseStatus {
    let mut status = match case.verdict.agrees() {
        Some(true) => return TestCaseStatus::success(),
        Some(false) => TestCaseStatus::non_success(NonSuccessKind::Failure),
        None => TestCaseStatus::skipped(),
    };
    let word = case.verdict.as_str();
    let differences: Vec<String> = case.verdict.differences().iter().map(text::difference).collect();
    let counted = || text::counted(differences.len() as u64, "difference");
    status.set_type(word);
    status.set_message(text::reason(&case.verdict).map_or_else(counted, |why| format!("{word}: {why}")));
    if !differences.is_empty() {
        status.set_description(differences.join("\n"));
    }
    status
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::parity::{
        Kind, Verdict,
        report::sample::{self, run},
    };

    #[test]
    fn every_verdict_has_its_place_for_ci() {
        insta::assert_snapshot!(junit(&run()));
    }

    proptest! {
        #[test]
        fn it_is_xml_whatever_came_over_the_wire(text in any::<String>(), odd in "[\\x00-\\x1f\u{7f}-\u{9f}\u{fffe}\u{ffff}<>&\"']{0,9}") {
            let mut run = run();
            let text = text + &odd;
            run.cases[1].request.target.clone_from(&text);
            run.cases[1].route = Some(text.clone());
            run.cases[1].verdict = Verdict::Mismatched(vec![sample::difference(Kind::Value, &text, &text, &text)]);
            run.cases[5].verdict = Verdict::HandlerFailed(text);
            let xml = junit(&run);
            let allowed = |c: char| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
            prop_assert!(xml.chars().all(allowed), "{xml:?}");
            let read = Report::deserialize_from_str(&xml).unwrap();
            prop_assert_eq!(read.tests, run.cases.len());
            prop_assert_eq!(read.failures, 3);
            prop_assert_eq!(read.skipped, 5);
        }
    }
}
