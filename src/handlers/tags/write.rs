//! `/api/1/tags`: one added, edited, deleted. Each answers with all tags.

use rusqlite::{ErrorCode, ToSql, params_from_iter};

use super::list::{COLUMNS, TAGS, all};
use crate::{
    db::{DbError, Transaction},
    handlers::{Context, Handler, Stop, gate::Stamp, handler::Outcome},
    schema::needs::Database,
    wire::{
        Answer, Location,
        validate::{
            Fallback, Fault, Field, Pass, Record, Schema, field,
            texts::{COLOR, NON_EMPTY_STRING, STRING_OR_NONE},
        },
    },
};

/// `PUT /api/1/tags`
pub const ADD: Handler = Handler::writes("tags_add", "PUT /api/1/tags", |context| Box::pin(add(context)))
    .needs_user(COLUMNS)
    .changes(&[(Database::User, "tags")])
    .takes(&ADDED, Location::Json)
    .refuses(&[401, 409])
    .gives(TAGS);
/// `PATCH /api/1/tags`
pub const EDIT: Handler = Handler::writes("tags_edit", "PATCH /api/1/tags", |context| Box::pin(edit(context)))
    .needs_user(COLUMNS)
    .changes(&[(Database::User, "tags")])
    .takes(&EDITED, Location::Json)
    .refuses(&[401, 409])
    .gives(TAGS);
/// `DELETE /api/1/tags`
pub const DELETE: Handler = Handler::writes("tags_delete", "DELETE /api/1/tags", |context| Box::pin(delete(context)))
    .needs_user(&["tags(name, description, background_color, foreground_color)", "tag_mappings(tag_name)"])
    .changes(&[(Database::User, "tags"), (Database::User, "tag_mappings")])
    .takes(&DELETED, Location::Json)
    .refuses(&[401, 409])
    .gives(TAGS);

const NAME: Field = field("name", NON_EMPTY_STRING).required();
const DESCRIPTION: Field = field("description", STRING_OR_NONE).or(Fallback::Null);
const BACKGROUND: Field = field("background_color", COLOR).or(Fallback::Null);
const FOREGROUND: Field = field("foreground_color", COLOR).or(Fallback::Null);

static ADDED: Schema = Schema::new(&[NAME, DESCRIPTION, BACKGROUND, FOREGROUND]).checks(&[has_colours]);
static EDITED: Schema = Schema::new(&[NAME, DESCRIPTION, BACKGROUND, FOREGROUND]);
static DELETED: Schema = Schema::new(&[NAME]);

fn has_colours(record: &Record, _: &Pass<'_>) -> Result<(), Fault> {
    if record.is_null("background_color") || record.is_null("foreground_color") {
        let message = "Background and foreground color should be given for the tag";
        return Err(Fault::at("background_color", message));
    }
    Ok(())
}

/// A name that is taken is refused inside legacy's transaction, which is committed all the same: the time of the last
/// write is noted.
async fn add(context: Context) -> Outcome {
    let user = context.login()?;
    let arguments = context.arguments()?;
    let name = arguments.text("name")?.to_owned();
    let rest = ["description", "background_color", "foreground_color"].map(|name| arguments.maybe_text(name));
    let [description, background, foreground] = rest;
    let values = [description?, background?, foreground?].map(|text| text.map(str::to_owned));
    context
        .write_user(&user, Stamp::LastWrite, move |transaction| {
            let inserted = transaction
                .prepare_cached(
                    "INSERT INTO tags(name, description, background_color, foreground_color) VALUES (?, ?, ?, ?)",
                )?
                .execute(rusqlite::params![name, values[0], values[1], values[2]]);
            match inserted {
                Err(rusqlite::Error::SqliteFailure(error, Some(message)))
                    if error.code == ErrorCode::ConstraintViolation
                        && message.contains("UNIQUE constraint failed: tags.name") =>
                {
                    let message =
                        format!("Tag with name {name} already exists. Tag name matching is case insensitive.");
                    return Ok(Ok(Answer::failure(409, &message)));
                }
                inserted => inserted?,
            };
            shown(transaction)
        })
        .await
}

async fn edit(context: Context) -> Outcome {
    let user = context.login()?;
    let arguments = context.arguments()?;
    let name = arguments.text("name")?.to_owned();
    let mut columns = Vec::new();
    let mut values = Vec::new();
    for column in ["description", "background_color", "foreground_color"] {
        if let Some(value) = arguments.maybe_text(column)? {
            columns.push(format!("{column} = ?"));
            values.push(value.to_owned());
        }
    }
    context
        .write_user(&user, Stamp::LastWrite, move |transaction| {
            if columns.is_empty() {
                let message = format!("No field was given to edit for tag \"{name}\"");
                return Ok(Err(Stop::Refused(Answer::failure(400, &message))));
            }
            let update = format!("UPDATE tags SET {} WHERE name = ?", columns.join(", "));
            let given = values.iter().chain([&name]).map(|value| -> &dyn ToSql { value });
            if transaction.prepare_cached(&update)?.execute(params_from_iter(given))? == 0 {
                let message = format!("Tried to edit tag with name \"{name}\" which does not exist");
                return Ok(Err(Stop::Refused(Answer::failure(409, &message))));
            }
            shown(transaction)
        })
        .await
}

async fn delete(context: Context) -> Outcome {
    let user = context.login()?;
    let arguments = context.arguments()?;
    let name = arguments.text("name")?.to_owned();
    context
        .write_user(&user, Stamp::LastWrite, move |transaction| {
            transaction.prepare_cached("DELETE FROM tag_mappings WHERE tag_name = ?")?.execute([&name])?;
            if transaction.prepare_cached("DELETE FROM tags WHERE name = ?")?.execute([&name])? == 0 {
                let message = format!("Tried to delete tag with name \"{name}\" which does not exist");
                return Ok(Err(Stop::Refused(Answer::failure(409, &message))));
            }
            shown(transaction)
        })
        .await
}

/// The answer: all tags, as they are now.
fn shown(transaction: &Transaction<'_>) -> Result<Result<Answer, Stop>, DbError> {
    Ok(match all(transaction)? {
        Some(tags) => Answer::ok(&tags).map_err(Stop::from),
        None => Err(Stop::declined("a tag is stored in a form that legacy warns about")),
    })
}
