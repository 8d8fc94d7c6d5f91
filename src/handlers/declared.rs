//! In debug builds what a handler answers is held against what it declares: whichever test asks it finds a status or a
//! result that is not declared, and so not described.

use serde_json::Value;

use super::{
    Handler, Stop,
    handler::{Answering, Outcome},
    stop::Later,
};
use crate::wire::Answer;

/// A run that is looked at when it ends, and its task when that ends.
pub(super) fn held(handler: Handler, running: Answering) -> Answering {
    Box::pin(async move {
        let outcome: Outcome = running.await;
        match &outcome {
            Ok(answer) | Err(Stop::Refused(answer)) => hold(&handler, answer),
            Err(Stop::Later(_) | Stop::Unanswered(_)) => {}
        }
        match outcome {
            Err(Stop::Later(Later(work))) => Err(Stop::Later(Later(held(handler, work)))),
            outcome => outcome,
        }
    })
}

fn hold(handler: &Handler, answer: &Answer) {
    assert!(
        handler.statuses().contains(&answer.status),
        "{handler:?} does not declare that it answers {}",
        answer.status
    );
    let (200, Some(gives)) = (answer.status, handler.gives) else { return };
    // Python's NaN is no JSON for this reader.
    let Ok(envelope) = serde_json::from_slice::<Value>(&answer.body) else { return };
    // A failure that says so in its body alone has no result.
    let within = envelope["status_code"].as_u64().is_some_and(|code| code >= 400) && envelope["result"].is_null();
    let fault = if within { None } else { gives.fault(&envelope["result"]) };
    assert!(fault.is_none(), "{handler:?} does not declare what it answers: {}", fault.unwrap_or_default());
}
