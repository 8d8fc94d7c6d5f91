//! `/api/1/notes`: one added, edited, deleted.

use std::time::{SystemTime, UNIX_EPOCH};

use super::list::FREE;
use crate::{
    handlers::{Context, Handler, Stop, gate::Stamp, handler::Outcome, refusals, rows},
    schema::needs::Database,
    wire::{
        Answer, Gives, Location,
        validate::{
            Field, Kind, Schema, field,
            texts::{BOOLEAN, INTEGER, NON_EMPTY_STRING, STRING},
        },
    },
};

/// `PUT /api/1/notes`
pub const ADD: Handler = Handler::writes("notes_add", "PUT /api/1/notes", |context| Box::pin(add(context)))
    .needs_user(&[
        "user_notes(title, content, location, last_update_timestamp, is_pinned)",
        "user_credentials(location)",
    ])
    .changes(&[(Database::User, "user_notes")])
    .takes(&ADDED, Location::Json)
    .refuses(&[401, 409])
    .gives(Gives::Int);
/// `PATCH /api/1/notes`
pub const EDIT: Handler = Handler::writes("notes_edit", "PATCH /api/1/notes", |context| Box::pin(edit(context)))
    .needs_user(&["user_notes(identifier, title, content, last_update_timestamp, is_pinned)"])
    .changes(&[(Database::User, "user_notes")])
    .takes(&EDITED, Location::Json)
    .refuses(&[401, 409])
    .gives(Gives::Flag);
/// `DELETE /api/1/notes`
pub const DELETE: Handler = Handler::writes("notes_delete", "DELETE /api/1/notes", |context| Box::pin(delete(context)))
    .needs_user(&["user_notes(identifier)"])
    .changes(&[(Database::User, "user_notes")])
    .takes(&DELETED, Location::Json)
    .refuses(&[401, 409])
    .gives(Gives::Flag);

const IDENTIFIER: Field = field("identifier", INTEGER).required();
const TITLE: Field = field("title", NON_EMPTY_STRING).required();
const CONTENT: Field = field("content", NON_EMPTY_STRING).required();
const LOCATION: Field = field("location", STRING).required();
const IS_PINNED: Field = field("is_pinned", BOOLEAN).required();

static ADDED: Schema = Schema::new(&[TITLE, CONTENT, LOCATION, IS_PINNED]);
static EDITED: Schema = Schema::new(&[
    IDENTIFIER,
    TITLE,
    CONTENT,
    LOCATION,
    IS_PINNED,
    field("last_update_timestamp", Kind::Timestamp(1)).required(),
]);
static DELETED: Schema = Schema::new(&[IDENTIFIER]);

/// Without premium there is room for ten. Whether there is premium matters from then on only.
async fn add(context: Context) -> Outcome {
    let user = context.login()?;
    let arguments = context.arguments()?;
    let [title, content, location] = ["title", "content", "location"].map(|name| arguments.text(name));
    let (title, content, location) = (title?.to_owned(), content?.to_owned(), location?.to_owned());
    let (pinned, premium) = (arguments.flag("is_pinned")?, user.premium);
    context
        .write_user(&user, Stamp::LastWrite, move |transaction| {
            if premium != Some(true) && rows::total(transaction, "SELECT COUNT(*) FROM user_notes")? >= FREE {
                let keys = "SELECT COUNT(*) FROM user_credentials WHERE location = 'A'";
                // Keys that are not active at the moment lift the limit too.
                if premium.is_none() || rows::total(transaction, keys)? > 0 {
                    return Ok(Err(Stop::declined("whether premium lifts the limit is not known")));
                }
                let message = format!(
                    "The limit of {FREE} user notes has been reached in the free plan. To get more notes you can \
                     upgrade to premium: https://rotki.com/products"
                );
                return Ok(Err(Stop::Refused(Answer::failure(409, &message))));
            }
            transaction
                .prepare_cached(
                    "INSERT INTO user_notes(title, content, location, last_update_timestamp, is_pinned) \
                     VALUES(?, ?, ?, ?, ?)",
                )?
                .execute(rusqlite::params![title, content, location, now(), pinned])?;
            Ok(Answer::ok(&transaction.last_insert_rowid()).map_err(Stop::from))
        })
        .await
}

/// The location stays as it is, and the time of the change is now: what was given for them is read and left.
async fn edit(context: Context) -> Outcome {
    let user = context.login()?;
    let arguments = context.arguments()?;
    let (title, content) = (arguments.text("title")?.to_owned(), arguments.text("content")?.to_owned());
    let pinned = arguments.flag("is_pinned")?;
    let identifier = refusals::int(&arguments, "identifier")?;
    context
        .write_user(&user, Stamp::LastWrite, move |transaction| {
            let edited = transaction
                .prepare_cached(
                    "UPDATE user_notes SET title=?, content=?, last_update_timestamp=?, is_pinned=? WHERE identifier=?",
                )?
                .execute(rusqlite::params![title, content, now(), pinned, identifier])?;
            if edited == 0 {
                let message = format!("User note with identifier {identifier} does not exist");
                return Ok(Err(Stop::Refused(Answer::failure(409, &message))));
            }
            Ok(Answer::ok(&true).map_err(Stop::from))
        })
        .await
}

async fn delete(context: Context) -> Outcome {
    let user = context.login()?;
    let arguments = context.arguments()?;
    let identifier = refusals::int(&arguments, "identifier")?;
    context
        .write_user(&user, Stamp::LastWrite, move |transaction| {
            let mut delete = transaction.prepare_cached("DELETE FROM user_notes WHERE identifier=?")?;
            if delete.execute([identifier])? == 0 {
                let message = format!("User note with identifier {identifier} not found in database");
                return Ok(Err(Stop::Refused(Answer::failure(409, &message))));
            }
            Ok(Answer::ok(&true).map_err(Stop::from))
        })
        .await
}

/// Seconds since 1970.
fn now() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(now.as_secs()).unwrap_or(i64::MAX)
}
