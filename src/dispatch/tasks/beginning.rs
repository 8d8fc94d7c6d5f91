//! A handler's work, begun as a task.

use std::{panic::AssertUnwindSafe, sync::Arc, time::Instant};

use futures_util::FutureExt;
use serde::Serialize;

use super::adopting::Again;
use crate::{
    config::Access,
    dispatch::Bridge,
    flags::Variant,
    handlers::{Stop, Unanswered, handler::Answering},
    notifier::Undelivered,
    rollout::{Ended, Seen},
    tasks::Outcome,
    wire::{Answer, Dict, Value},
};

/// Type of the message that a task of ours is done, where `tasks.announce` lets it be sent.
const TYPE: &str = "cutover_task";

#[derive(Serialize)]
struct Begun {
    task_id: u64,
}

impl Bridge {
    /// Begins a handler's work as a task of the given login; the answer is its id.
    ///
    /// # Errors
    /// There are too many tasks, so the request is legacy's; nothing was begun.
    pub(in crate::dispatch) fn begin_task(
        self: &Arc<Self>,
        work: Answering,
        login: u64,
        again: Again,
    ) -> Result<Answer, Unanswered> {
        let settings = &again.snapshot.config.tasks;
        self.tasks.set_limit(settings.max);
        self.queries
            .set_most_bytes(settings.kept_bytes.map_or(usize::MAX, |bytes| bytes.try_into().unwrap_or(usize::MAX)));
        let name = again.found.route.name.clone();
        let writes = again.found.route.access == Access::Writes;
        let asked = Instant::now();
        let (bridge, told) = (Arc::clone(self), Arc::clone(self));
        let work = async move {
            // A write is not broken off between its commit and its end because its task is cancelled.
            let outcome = if writes {
                let written = tokio::spawn(work).await;
                written.unwrap_or_else(|error| Err(Stop::too_late(&error)))
            } else {
                let panicked = || Err(Unanswered::Failed("the handler panicked".into()).into());
                AssertUnwindSafe(work).catch_unwind().await.unwrap_or_else(|_| panicked())
            };
            let ended = match &outcome {
                Ok(answer) | Err(Stop::Refused(answer)) if answer.broken => Some(Ended::Failed),
                Ok(answer) | Err(Stop::Refused(answer)) => Some(Ended::with(answer.status)),
                Err(Stop::Unanswered(Unanswered::Failed(_))) => Some(Ended::Failed),
                Err(Stop::Unanswered(Unanswered::Declined(_)) | Stop::Later(_)) => None,
            };
            if let Some(ended) = ended {
                // How long it took is nothing to compare with: legacy says at once that it has begun a task.
                let seen = Seen { variant: Variant::Native, took: None, ended, beside: false };
                let (route, native) = (&again.found.route, &again.snapshot.config.native);
                bridge.rollout().handled(route, ended == Ended::Failed, native);
                bridge.rollout().seen(route, asked, seen);
            }
            match outcome {
                Ok(answer) | Err(Stop::Refused(answer)) => Outcome::of(&answer),
                Err(Stop::Unanswered(why)) => {
                    tracing::debug!(route = again.found.route.name, %why, "a task is left to legacy");
                    bridge.in_legacys_task(again).await
                }
                Err(Stop::Later(_)) => Outcome::died("a task that asks for a task"),
            }
        };
        let begun = self.queries.begin(&name, login, work, move |id| told.announce_task(id));
        let task_id = begun.map_err(|full| Unanswered::declined(full.to_string()))?;
        // If its user has left since the handler looked, it is nobody's.
        self.queries.keep_only(self.session.logouts());
        Ok(Answer::ok(&Begun { task_id })?)
    }

    fn announce_task(&self, id: u64) {
        if self.live.snapshot().config.tasks.announce {
            let data = Dict::from_iter([("task_id".to_owned(), Value::Int(id.into()))]);
            // Whoever was not there will ask for it anyway.
            self.notifier.broadcast(TYPE, Value::Dict(data), Undelivered::Return);
        }
    }
}
