//! From two answers to a verdict.

use std::{
    panic::AssertUnwindSafe,
    sync::Arc,
    time::{Duration, SystemTime},
};

use futures_util::FutureExt;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::{job::Job, sides};
use crate::{
    config::Percent,
    dispatch::Bridge,
    flags::Variant,
    handlers::Unanswered,
    parity::{Comparison, Difference, Redactor, Response, Skip, Verdict, compare, evidence::Exchange},
};

/// How long comparisons gather before they are run. Longer, and more would be written between the two answers.
const GATHERED_FOR: Duration = Duration::from_millis(20);

/// Bodies that are together larger are compared on a thread of their own.
const LARGE: usize = 16 << 10;

/// What a comparison rests on.
struct Judged {
    verdict: Verdict,
    expected: Response,
    actual: Option<Response>,
}

/// Runs a bridge's comparisons, without end: a moment after the first all that have come until then, so that most of a
/// busy client's requests meet none of them on the processor. The second call does nothing.
pub async fn run(bridge: Arc<Bridge>) {
    let Some((mut waiting, concurrency)) = bridge.comparer.waiting() else { return };
    let places = Arc::new(Semaphore::new(concurrency));
    while let Some(first) = waiting.recv().await {
        // Not the time that matters is waited for here, but company; a queue that fills up ends it.
        let _ = tokio::time::timeout(GATHERED_FOR, bridge.comparer.filling_up()).await;
        let mut next = Some(first);
        while let Some(job) = next {
            let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
            let bridge = Arc::clone(&bridge);
            tokio::spawn(async move { to_verdict(&bridge, job, place).await });
            next = waiting.try_recv().ok();
        }
    }
}

/// Runs a comparison to its verdict. Whatever goes wrong in it stays in it.
async fn to_verdict(bridge: &Arc<Bridge>, job: Job, place: OwnedSemaphorePermit) {
    let (route, asked, rules) = (Arc::clone(&job.found.route), job.asked, Arc::clone(&job.rules));
    let deadline = job.snapshot.config.parity.deadline;
    let judging = AssertUnwindSafe(judge(bridge, job, place)).catch_unwind();
    let judged = match deadline {
        Some(deadline) => tokio::time::timeout(deadline, judging).await,
        None => Ok(judging.await),
    };
    let (verdict, sample) = match judged {
        Ok(Ok(noted)) => noted,
        Ok(Err(_)) => (Verdict::Skipped(Skip::Fault), None),
        Err(_) => (Verdict::Skipped(Skip::Deadline), None),
    };
    bridge.comparer.note(&route, asked, &rules, verdict, sample);
}

async fn judge(bridge: &Arc<Bridge>, mut job: Job, place: OwnedSemaphorePermit) -> (Verdict, Option<Box<Exchange>>) {
    let judged = if job.by == Variant::Native { verify(bridge, &job).await } else { shadow(bridge, &job).await };
    let mut judged = match judged {
        Ok(judged) => judged,
        Err(skip) => return (Verdict::Skipped(skip), None),
    };
    // Both sides have answered: what is left is a look at the databases, for which comparisons wait together.
    let waiting = bridge.comparer.looking.try_acquire();
    // Only so many look at once: where they pile up, places are taken, the queue fills, and the newest are dropped.
    let place = waiting.is_err().then_some(place);
    // A handler that failed or declined has, whatever was written.
    let stands_on_answers = !matches!(judged.verdict, Verdict::HandlerFailed(_) | Verdict::HandlerDeclined(_));
    if let Some(window) = job.window.take().filter(|_| stands_on_answers)
        && window.dirty(&bridge.comparer.readings).await
    {
        judged.verdict = Verdict::Dirty;
    }
    drop((place, waiting));
    let wanted = bridge.comparer.evidence.wants_sample(&job.rules.name, &judged.verdict);
    if !wanted {
        return (judged.verdict, None);
    }
    // Redacting and comparing again takes the time that comparing took.
    let storing = tokio::task::spawn_blocking(move || {
        let exchange = stored(&job, &mut judged);
        (judged.verdict, Some(Box::new(exchange)))
    });
    storing.await.unwrap_or((Verdict::Skipped(Skip::Fault), None))
}

/// Legacy has answered; the handler is asked, and legacy again if the two differ: state moves between two asks.
async fn shadow(bridge: &Arc<Bridge>, job: &Job) -> Result<Judged, Skip> {
    let expected = job.answered.clone();
    let actual = match bridge.ask_native(job).await {
        Ok(actual) => actual,
        Err(unanswered) => return Ok(Judged { verdict: without(&unanswered), expected, actual: None }),
    };
    let first = compared(&expected, &actual, job).await?;
    let differs = !first.differences.is_empty();
    if differs || drawn(job.snapshot.config.parity.resample) {
        match again(bridge, job).await {
            Ok(again) => {
                let noise = compared(&expected, &again, job).await?;
                if !noise.differences.is_empty() {
                    return Ok(Judged { verdict: Verdict::Noise(noise.differences), expected, actual: Some(again) });
                }
            }
            Err(skip) if differs => return Err(skip),
            Err(_) => {}
        }
    }
    Ok(Judged { verdict: first.verdict(), expected, actual: Some(actual) })
}

/// The handler has answered; legacy is asked, and if the two differ both are asked again.
async fn verify(bridge: &Arc<Bridge>, job: &Job) -> Result<Judged, Skip> {
    let expected = bridge.ask_legacy(job, false).await?;
    let first = compared(&expected, &job.answered, job).await?;
    if first.differences.is_empty() {
        return Ok(Judged { verdict: first.verdict(), expected, actual: Some(job.answered.clone()) });
    }
    let actual = match bridge.ask_native(job).await {
        Ok(actual) => actual,
        Err(unanswered) => return Ok(Judged { verdict: without(&unanswered), expected, actual: None }),
    };
    let again = again(bridge, job).await?;
    let noise = compared(&expected, &again, job).await?;
    if !noise.differences.is_empty() {
        return Ok(Judged { verdict: Verdict::Noise(noise.differences), expected, actual: Some(again) });
    }
    let second = compared(&expected, &actual, job).await?;
    if second.differences.is_empty() {
        // It has come round: what differed at first had moved in between.
        let verdict = Verdict::Noise(first.differences);
        return Ok(Judged { verdict, expected, actual: Some(job.answered.clone()) });
    }
    Ok(Judged { verdict: second.verdict(), expected, actual: Some(actual) })
}

/// The verdict on a handler that gives no answer.
pub(super) fn without(unanswered: &Unanswered) -> Verdict {
    match unanswered {
        Unanswered::Declined(why) => Verdict::HandlerDeclined(why.clone()),
        Unanswered::Failed(why) => Verdict::HandlerFailed(why.clone()),
    }
}

async fn again(bridge: &Arc<Bridge>, job: &Job) -> Result<Response, Skip> {
    if !bridge.comparer.again.take(job.snapshot.config.parity.legacy_rate) {
        return Err(Skip::Unconfirmed);
    }
    bridge.ask_legacy(job, true).await
}

async fn compared(expected: &Response, actual: &Response, job: &Job) -> Result<Comparison, Skip> {
    let rules = &job.rules;
    if actual.body.len() > job.limit() {
        return Err(Skip::BodyTooLarge);
    }
    let coded = |response: &Response| response.header("content-encoding").is_some();
    let small = expected.body.len() + actual.body.len() <= LARGE && !coded(expected) && !coded(actual);
    if expected.body == actual.body || small {
        return compare(expected, actual, &rules.book);
    }
    let (expected, actual, rules) = (expected.clone(), actual.clone(), Arc::clone(rules));
    let comparing = tokio::task::spawn_blocking(move || compare(&expected, &actual, &rules.book));
    comparing.await.unwrap_or(Err(Skip::Fault))
}

fn drawn(share: Percent) -> bool {
    rand::random_range(0..Percent::FULL.basis_points()) < share.basis_points()
}

/// What is stored of it. The differences become those of the redacted messages: an excerpt must not show what they hide.
fn stored(job: &Job, judged: &mut Judged) -> Exchange {
    let redactor = Redactor::new(&job.rules.book, &job.snapshot.config.parity.redact);
    let expected = redactor.response(&judged.expected);
    let actual = judged.actual.as_ref().map(|actual| redactor.response(actual));
    if let (Verdict::Mismatched(differences) | Verdict::Noise(differences), Some(actual)) =
        (&mut judged.verdict, &actual)
    {
        match compare(&expected, actual, &job.rules.book) {
            Ok(redacted) if !redacted.differences.is_empty() => *differences = redacted.differences,
            // Its places are true, and its excerpts stay here.
            _ => differences.iter_mut().for_each(Difference::hide),
        }
    }
    Exchange {
        mode: job.found.route.mode,
        at: SystemTime::now(),
        request: redactor.request(&sides::request(&job.parts, &job.body)),
        expected: Some(expected),
        actual,
        version: env!("CARGO_PKG_VERSION").to_owned(),
    }
}
