//! One exchange, asked and judged.

use super::{
    Asked, Target,
    plan::{Ruled, Step},
};
use crate::parity::{Case, Comparison, Kind, Redactor, Response, Rulebook, Skip, Verdict, compare};

/// What a run compares with.
#[derive(Debug)]
pub enum Against<'t, A> {
    /// What was recorded.
    Recorded,
    /// What this target answers now.
    Live(&'t A),
}

/// Asks, and judges.
pub(super) async fn ask<T: Target, A: Target>(
    step: &Step,
    target: &T,
    against: &Against<'_, A>,
    names: &[String],
) -> Case {
    let none = Rulebook::default();
    let book = step.route.as_deref().map_or(&none, |ruled: &Ruled| &ruled.book);
    let expected = match against {
        Against::Recorded => step.entry.response.clone().map_err(|_| Skip::LegacyFailed),
        Against::Live(legacy) => expected(legacy.ask(&step.entry.request).await),
    };
    let (verdict, actual, took) = match &expected {
        Err(skip) => (Verdict::Skipped(*skip), None, None),
        Ok(expected) => match target.ask(&step.entry.request).await {
            Asked::Answered(actual, took) => {
                let verdict = judge(step, expected, &actual, against, book).await;
                (verdict, Some(actual), Some(took))
            }
            Asked::Declined(why) => (Verdict::HandlerDeclined(why), None, None),
            Asked::Failed(why) => (Verdict::HandlerFailed(why), None, None),
            Asked::NotNative => (Verdict::Skipped(Skip::NotNative), None, None),
        },
    };
    let mut case = unasked(step, verdict, names);
    let redactor = Redactor::new(book, names);
    case.expected = expected.ok().as_ref().map(|expected| redactor.response(expected));
    case.actual = actual.as_ref().map(|actual| redactor.response(actual));
    case.took = took;
    if let (Verdict::Mismatched(differences) | Verdict::Noise(differences), Some(expected), Some(actual)) =
        (&mut case.verdict, &case.expected, &case.actual)
    {
        // An excerpt must not show what the messages hide.
        match compare(expected, actual, book).map(|redacted| eased(redacted, step.entry.volatile)) {
            Ok(redacted) if !redacted.differences.is_empty() => *differences = redacted.differences,
            _ => differences.iter_mut().for_each(crate::parity::Difference::hide),
        }
    }
    case
}

/// A step that is not asked.
pub(super) fn unasked(step: &Step, verdict: Verdict, names: &[String]) -> Case {
    let none = Rulebook::default();
    let book = step.route.as_deref().map_or(&none, |ruled: &Ruled| &ruled.book);
    Case {
        number: step.number,
        sequence: step.entry.sequence,
        route: step.route.as_ref().map(|ruled| ruled.name.clone()),
        request: Redactor::new(book, names).request(&step.entry.request),
        expected: None,
        actual: None,
        verdict,
        took: None,
    }
}

fn expected(asked: Asked) -> Result<Response, Skip> {
    match asked {
        Asked::Answered(response, _) => Ok(response),
        Asked::Declined(_) | Asked::Failed(_) | Asked::NotNative => Err(Skip::LegacyFailed),
    }
}

async fn judge<A: Target>(
    step: &Step,
    expected: &Response,
    actual: &Response,
    against: &Against<'_, A>,
    book: &Rulebook,
) -> Verdict {
    let compared = match compare(expected, actual, book) {
        Ok(compared) => eased(compared, step.entry.volatile),
        Err(skip) => return Verdict::Skipped(skip),
    };
    // A server that does not agree with itself is noise; what changes something cannot be asked again.
    if let (Against::Live(legacy), false, false) = (against, compared.differences.is_empty(), step.writes)
        && let Asked::Answered(again, _) = legacy.ask(&step.entry.request).await
        && let Ok(noise) = compare(expected, &again, book)
        && !noise.differences.is_empty()
    {
        return Verdict::Noise(noise.differences);
    }
    compared.verdict()
}

/// Of an answer that the recording marks as one legacy does not repeat, the status, the headers and the shape of the body
/// are compared; values, their order and their number are not. That is its rule, and the recording the reason.
fn eased(mut compared: Comparison, volatile: bool) -> Comparison {
    if !volatile {
        return compared;
    }
    let before = compared.differences.len();
    compared.differences.retain(|difference| {
        let in_list = difference.general.ends_with("/*");
        match difference.kind {
            // The recording may have masked what it marks, and is of another length then.
            Kind::Header if difference.path == "header:content-length" => false,
            Kind::Status | Kind::Header | Kind::Type | Kind::Format => true,
            Kind::Missing | Kind::Extra => !in_list,
            Kind::Value | Kind::Order | Kind::Length => false,
        }
    });
    if compared.differences.len() < before && compared.differences.is_empty() && compared.hits.is_empty() {
        compared.hits.push(VOLATILE);
    }
    compared
}

/// In [`Verdict::Ignored`]: no rule of the route, but the recording's own mark.
pub const VOLATILE: usize = usize::MAX;
