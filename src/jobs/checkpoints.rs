//! The write-ahead logs are copied back into the databases, by one process instead of two.

use super::{Effect, Job, Work};
use crate::{
    config::Background,
    handlers::{Stop, Unanswered},
};

/// At every turn. Without anything new in a log it costs next to nothing.
pub const JOB: Job = Job {
    task: Background::Checkpoints,
    title: "Empty the write-ahead logs",
    exception_is_error: false,
    changes: &[],
    look: |work| Box::pin(look(work)),
};

/// Bytes of log that are left alone, as `SQLite` leaves 1000 pages.
const ABOVE: u64 = 4096 * 1000;

/// A log keeps its size when it was copied, and is written anew from its beginning: what counts is whether it was written.
async fn look(work: Work) -> Result<Option<Effect>, Unanswered> {
    let databases = work.context.all_databases(&work.user).await?;
    let copied = work.memory.logs.lock().clone();
    let mut grown = Vec::new();
    for database in databases {
        let Some(state) = database.log_state() else { continue };
        let large = work.at_once || state.0 > ABOVE;
        if large && copied.get(database.path()) != Some(&state) {
            grown.push((database, state));
        }
    }
    if grown.is_empty() {
        return Ok(None);
    }
    let effect = async move {
        for (database, state) in grown {
            database.checkpoint().await.map_err(|error| Stop::from(Unanswered::from(error)))?;
            work.memory.logs.lock().insert(database.path().to_owned(), state);
        }
        Ok(())
    };
    Ok(Some(Box::pin(effect)))
}
