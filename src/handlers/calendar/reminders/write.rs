//! Several reminders added, one edited, one deleted.

use rusqlite::params;
use serde_json::{Map, Value, json};

use crate::{
    handlers::{
        Context, Handler, Stop,
        calendar::write::{DELETED, IDENTIFIER, delete_from, unedited},
        gate::Stamp,
        handler::Outcome,
        refusals::{broken, int},
    },
    schema::needs::{Database, Tables},
    wire::{
        Answer, Gives, Location,
        gives::{at_times, key},
        validate::{
            Fallback, Field, Item, Kind, Record, Schema, Validator, each, field,
            texts::{BOOLEAN, INTEGER},
        },
    },
};

/// `PUT /api/1/calendar/reminders`
pub const ADD: Handler =
    Handler::writes("calendar_reminders_add", "PUT /api/1/calendar/reminders", |context| Box::pin(add(context)))
        .needs_user(&["calendar(identifier)"])
        .changes(CHANGED)
        .takes(&ADDED, Location::JsonOrQuery)
        .refuses(&[401])
        .gives(Gives::Object(&[
            key("success", Gives::List(&Gives::Int)),
            at_times("failed", Gives::List(&Gives::Int)),
        ]));
/// `PATCH /api/1/calendar/reminders`
pub const EDIT: Handler =
    Handler::writes("calendar_reminders_edit", "PATCH /api/1/calendar/reminders", |context| Box::pin(edit(context)))
        .needs_user(REMINDER)
        .changes(CHANGED)
        .takes(&EDITED, Location::JsonOrQuery)
        .refuses(&[401])
        .gives(Gives::Object(&[key("entry_id", Gives::Int)]));
/// `DELETE /api/1/calendar/reminders`
pub const DELETE: Handler =
    Handler::writes("calendar_reminders_delete", "DELETE /api/1/calendar/reminders", |context| {
        Box::pin(delete(context))
    })
    .needs_user(REMINDER)
    .changes(CHANGED)
    .takes(&DELETED, Location::JsonOrQuery)
    .refuses(&[401])
    .gives(Gives::Flag);

const CHANGED: &[(Database, &str)] = &[(Database::User, "calendar_reminders")];
const REMINDER: Tables = &["calendar_reminders(identifier, event_id)", "calendar(identifier)"];

const EVENT: Field = field("event_id", INTEGER).required();
const BEFORE: Field = field("secs_before", INTEGER).required().check(&[Validator::Range {
    min: Some(0),
    max: None,
    error: Some("secs_before has to be >= 0"),
}]);
const ACKNOWLEDGED: Field = field("acknowledged", BOOLEAN).or(Fallback::Bool(false));

static ONE: Schema = Schema::new(&[EVENT, BEFORE, ACKNOWLEDGED]);
static EACH: Field = each(Kind::Nested(&ONE));
/// The list may be left out, which legacy does not expect.
static ADDED: Schema = Schema::new(&[field("reminders", Kind::List(&EACH))]);
static EDITED: Schema = Schema::new(&[IDENTIFIER, EVENT, BEFORE, ACKNOWLEDGED]);

/// Each on its own: those of an entry that there is not are named, the others stay. The answer has the identifiers of
/// the entries, not those of the reminders.
async fn add(context: Context) -> Outcome {
    let user = context.login()?;
    let arguments = context.arguments()?;
    let Some(items) = arguments.maybe_list("reminders")? else {
        let message = "CalendarRemindersResource.put() missing 1 required positional argument: 'reminders'";
        return Ok(Answer::failure(500, message));
    };
    let records = items.iter().map(|item| match item {
        Item::Record(record) => reminder(record),
        _ => Err(Stop::declined("a reminder is no record")),
    });
    let reminders = records.collect::<Result<Vec<_>, _>>()?;
    let (added, failed) = context
        .write_user(&user, Stamp::LastWrite, move |transaction| {
            let mut insert = transaction.prepare_cached(
                "INSERT OR IGNORE INTO calendar_reminders(event_id, secs_before, acknowledged) VALUES (?, ?, ?)",
            )?;
            let (mut added, mut failed) = (Vec::new(), Vec::new());
            for (event, before, acknowledged) in &reminders {
                match insert.execute(params![event, before, acknowledged]) {
                    Ok(_) => added.push(*event),
                    Err(error) if broken(&error).is_some() => failed.push(*event),
                    Err(error) => return Err(error.into()),
                }
            }
            Ok(Ok((added, failed)))
        })
        .await?;
    let mut result = Map::from_iter([("success".to_owned(), json!(added))]);
    if !failed.is_empty() {
        result.insert("failed".to_owned(), json!(failed));
    }
    Ok(Answer::ok(&Value::Object(result))?)
}

/// A reminder that does not exist is edited with success.
async fn edit(context: Context) -> Outcome {
    let user = context.login()?;
    let arguments = context.arguments()?;
    let identifier = int(&arguments, "identifier")?;
    let (event, before, acknowledged) = reminder(&arguments)?;
    context
        .write_user(&user, Stamp::LastWrite, move |transaction| {
            let updated = transaction
                .prepare_cached(
                    "UPDATE calendar_reminders SET event_id = ?, secs_before = ?, acknowledged = ? WHERE identifier = ?",
                )?
                .execute(params![event, before, acknowledged, identifier]);
            match updated {
                Ok(_) => Ok(Ok(())),
                Err(error) => unedited("reminder", error),
            }
        })
        .await?;
    Ok(Answer::ok(&json!({"entry_id": identifier}))?)
}

async fn delete(context: Context) -> Outcome {
    let user = context.login()?;
    let identifier = int(&context.arguments()?, "identifier")?;
    delete_from("calendar_reminders", &context, &user, identifier).await
}

/// Entry, seconds before it, whether it was acknowledged.
fn reminder(record: &Record) -> Result<(i64, i64, bool), Stop> {
    Ok((int(record, "event_id")?, int(record, "secs_before")?, record.flag("acknowledged")?))
}
