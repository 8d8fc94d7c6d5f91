//! One exchange, asked and judged.

use super::{
    Asked, Target,
    plan::{Ruled, Step},
};
use crate::parity::{Case, Comparison, Redactor, Response, Rulebook, Skip, Verdict, compare, compare_shapes};

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
                let (verdict, again) = judge(step, expected, &actual, against, book).await;
                // What noise stands on is the other answer of the same server.
                (verdict, Some(again.unwrap_or(actual)), Some(took))
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
        match compared(step, expected, actual, book) {
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

/// The verdict, and legacy's second answer where that is what it stands on.
async fn judge<A: Target>(
    step: &Step,
    expected: &Response,
    actual: &Response,
    against: &Against<'_, A>,
    book: &Rulebook,
) -> (Verdict, Option<Response>) {
    let first = match compared(step, expected, actual, book) {
        Ok(first) => first,
        Err(skip) => return (Verdict::Skipped(skip), None),
    };
    // A server that does not agree with itself is noise; what changes something cannot be asked again.
    if let (Against::Live(legacy), false, false) = (against, first.differences.is_empty(), step.writes)
        && let Asked::Answered(again, _) = legacy.ask(&step.entry.request).await
        && let Ok(noise) = compared(step, expected, &again, book)
        && !noise.differences.is_empty()
    {
        return (Verdict::Noise(noise.differences), Some(again));
    }
    (first.verdict(), None)
}

/// Of an answer that the recording marks as one legacy does not repeat, the shape is compared. That is its rule, and the
/// recording the reason.
fn compared(step: &Step, expected: &Response, actual: &Response, book: &Rulebook) -> Result<Comparison, Skip> {
    if !step.entry.volatile {
        return compare(expected, actual, book);
    }
    let mut compared = compare_shapes(expected, actual, book)?;
    if compared.eased && compared.differences.is_empty() && compared.hits.is_empty() {
        compared.hits.push(VOLATILE);
    }
    Ok(compared)
}

/// In [`Verdict::Ignored`]: no rule of the route, but the recording's own mark.
pub const VOLATILE: usize = usize::MAX;
