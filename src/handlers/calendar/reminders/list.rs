//! The reminders of an entry.

use rusqlite::{Row, types::Value as Stored};
use serde_json::{Value, json};

use crate::{
    db::DbError,
    handlers::{Context, Handler, Unanswered, handler::Outcome},
    wire::{
        Answer, Gives, Location,
        gives::key,
        validate::{Schema, field, texts::INTEGER},
    },
};

/// `POST /api/1/calendar/reminders`
pub const LIST: Handler =
    Handler::reads("calendar_reminders", "POST /api/1/calendar/reminders", |context| Box::pin(reminders(context)))
        .needs_user(&["calendar_reminders(identifier, event_id, secs_before, acknowledged)"])
        .takes(&IDENTIFIER, Location::JsonOrQuery)
        .refuses(&[401])
        .gives(REMINDERS);

const REMINDERS: Gives = Gives::Object(&[key(
    "entries",
    Gives::List(&Gives::Object(&[
        key("identifier", Gives::Int),
        key("secs_before", Gives::Int),
        key("event_id", Gives::Int),
        key("acknowledged", Gives::Flag),
    ])),
)]);

/// `IntegerIdentifierSchema`
static IDENTIFIER: Schema = Schema::new(&[field("identifier", INTEGER).required()]);

/// The reminders of one calendar entry, the nearest first. An entry that does not exist has none.
async fn reminders(context: Context) -> Outcome {
    let user = context.login()?;
    let arguments = context.arguments()?;
    let event = arguments.int("identifier")?;
    let entries = context
        .read_user(&user, move |transaction| {
            let mut select = transaction.prepare_cached(
                "SELECT identifier, event_id, secs_before, acknowledged FROM calendar_reminders \
                 WHERE event_id = ? ORDER BY secs_before ASC",
            )?;
            let mut rows = select.query([event])?;
            let mut entries = Vec::new();
            while let Some(row) = rows.next()? {
                let Some(entry) = reminder(row)? else { return Ok(None) };
                entries.push(entry);
            }
            Ok(Some(entries))
        })
        .await?
        .ok_or_else(|| Unanswered::declined("a reminder is stored in an unusual form"))?;
    Ok(Answer::ok_showing_status(&json!({"entries": entries}), 200)?)
}

/// A reminder as the wire shows it; `None` where SQLite holds something else than the schema means.
fn reminder(row: &Row<'_>) -> Result<Option<Value>, DbError> {
    let stored = [row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?];
    let [Stored::Integer(identifier), Stored::Integer(event), Stored::Integer(before), Stored::Integer(acknowledged)] =
        stored
    else {
        return Ok(None);
    };
    Ok(Some(json!({
        "identifier": identifier,
        "secs_before": before,
        "event_id": event,
        "acknowledged": acknowledged == 1,
    })))
}
