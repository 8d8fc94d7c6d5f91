//! Entries of the calendar that are past are deleted, where that is wanted and a reminder was acknowledged.

use super::{
    Effect, Job, Work,
    due::{is_due, note},
};
use crate::{
    config::Background,
    handlers::{Stop, Unanswered, gate::Stamp},
    schema::needs::Database,
};

/// Once a day.
pub const JOB: Job = Job {
    task: Background::DeletePastCalendarEvents,
    title: "Delete old calendar entries",
    exception_is_error: true,
    changes: &[Database::User],
    look: |work| Box::pin(look(work)),
};

const NOTE: &str = "last_delete_past_calendar_events";
const EVERY: i64 = 24 * 3600;

async fn look(work: Work) -> Result<Option<Effect>, Unanswered> {
    let due = is_due(&work, NOTE, EVERY).await?;
    Ok(due.then(|| -> Effect { Box::pin(delete(work)) }))
}

async fn delete(Work { context, user, now, .. }: Work) -> Result<(), Stop> {
    context
        .write_user(&user, Stamp::None, move |transaction| {
            transaction
                .prepare_cached(
                    "DELETE FROM calendar WHERE timestamp < ? AND auto_delete = 1 \
                     AND identifier IN (SELECT event_id FROM calendar_reminders WHERE acknowledged = 1)",
                )?
                .execute([now])?;
            note(transaction, NOTE, now)?;
            Ok(Ok(()))
        })
        .await
}
