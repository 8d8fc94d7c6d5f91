//! Reminders of the calendar that are due are told to the clients.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{Effect, Job, Work};
use crate::{
    config::Background,
    handlers::{Stop, Unanswered, calendar::entries, gate::Stamp, rows},
    notifier::Undelivered,
    schema::needs::Database,
    wire::json::dumps,
};

/// Five minutes after it last found something, at the earliest.
pub const JOB: Job = Job {
    task: Background::TriggerCalendarReminder,
    title: "Notify calendar reminders",
    exception_is_error: true,
    changes: &[Database::User],
    look: |work| Box::pin(look(work)),
};

/// Type of the message.
const TYPE: &str = "calendar_reminder";
const EVERY: i64 = 5 * 60;

/// A reminder's identifier, and what is told of it.
type Due = (i64, Value);

async fn look(work: Work) -> Result<Option<Effect>, Unanswered> {
    if !work.at_once && work.now.saturating_sub(work.memory.last_reminders()) < EVERY {
        return Ok(None);
    }
    let due = due(&work).await?;
    if due.is_empty() {
        return Ok(None);
    }
    work.memory.reminded(work.now);
    Ok(Some(Box::pin(tell(work, due))))
}

/// What is due, by entry: the reminder closest to it first.
async fn due(work: &Work) -> Result<BTreeMap<i64, Vec<Due>>, Unanswered> {
    let now = work.now;
    let rows = work
        .context
        .read_user(&work.user, move |transaction| {
            let columns: Vec<String> = entries::COLUMNS.iter().map(|column| format!("event.{column}")).collect();
            let select = format!(
                "SELECT {}, reminder.identifier, reminder.secs_before \
                 FROM calendar_reminders AS reminder JOIN calendar AS event ON reminder.event_id = event.identifier \
                 WHERE ? > event.timestamp - reminder.secs_before ORDER BY event.identifier, reminder.secs_before",
                columns.join(", ")
            );
            rows::select(transaction, &select, [now])
        })
        .await?;
    let mut due: BTreeMap<i64, Vec<Due>> = BTreeMap::new();
    for row in &rows {
        let (reminder, before) = (row.int(entries::COLUMNS.len())?, row.int(entries::COLUMNS.len() + 1)?);
        let mut told = entries::entry(row)?;
        told["reminder"] = json!({"identifier": reminder, "secs_before": before});
        due.entry(row.int(0)?).or_default().push((reminder, told));
    }
    Ok(due)
}

/// Of each entry one reminder is told, and stays until the client has it acknowledged; the others are deleted.
async fn tell(Work { context, user, notifier, .. }: Work, due: BTreeMap<i64, Vec<Due>>) -> Result<(), Stop> {
    let mut others = Vec::new();
    for reminders in due.into_values() {
        let mut reminders = reminders.into_iter();
        if let Some((_, told)) = reminders.next() {
            notifier.relay(&dumps(&json!({"type": TYPE, "data": told}))?, Undelivered::Keep);
        }
        others.extend(reminders.map(|(reminder, _)| reminder));
    }
    let deleted = context
        .write_user(&user, Stamp::None, move |transaction| {
            let mut delete = transaction.prepare_cached("DELETE FROM calendar_reminders WHERE identifier = ?")?;
            for reminder in &others {
                delete.execute([reminder])?;
            }
            Ok(Ok(()))
        })
        .await;
    // The clients have heard: this is not legacy's to do again.
    deleted.map_err(|stop| match stop {
        Stop::Unanswered(Unanswered::Declined(why)) => Unanswered::Failed(why).into(),
        stop => stop,
    })
}
