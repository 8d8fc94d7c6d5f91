//! `/api/1/tags`: all of them.

use rusqlite::{Row, types::ValueRef};
use serde_json::{Map, Value, json};

use crate::wire::{Gives, gives::key};
use crate::{
    db::{DbError, Transaction},
    handlers::{
        Context, Handler,
        cells::{Halt, settled},
        handler::Outcome,
        remembered,
    },
    schema::needs::Tables,
};

/// `GET /api/1/tags`
pub const LIST: Handler = Handler::reads("tags_list", "GET /api/1/tags", |context| Box::pin(list(context)))
    .needs_user(COLUMNS)
    .refuses(&[401])
    .gives(TAGS);

/// Tags by name.
pub(super) const TAGS: Gives = Gives::Mapping(&Gives::Object(&[
    key("name", Gives::Text),
    key("description", Gives::Maybe(&Gives::Text)),
    key("background_color", Gives::Text),
    key("foreground_color", Gives::Text),
]));

pub(super) const COLUMNS: Tables = &["tags(name, description, background_color, foreground_color)"];

/// Tags by name, in row order. A tag that legacy would skip with a warning to the user is legacy's to warn about.
async fn list(context: Context) -> Outcome {
    let user = context.login()?;
    let read = |transaction: &Transaction<'_>| {
        let tags = || all(transaction)?.ok_or(Halt::Odd("a tag that legacy warns about"));
        settled(remembered::answer(transaction, "tags_list", tags))
    };
    Ok(context.read_user(&user, read).await??)
}

/// All tags by name; none if one is stored in a form that legacy warns about.
pub(super) fn all(transaction: &Transaction<'_>) -> Result<Option<Map<String, Value>>, DbError> {
    let mut select = transaction
        .prepare_cached("SELECT name, description, background_color, foreground_color FROM tags ORDER BY rowid")?;
    let mut rows = select.query([])?;
    let mut tags = Map::new();
    while let Some(row) = rows.next()? {
        let Some((name, tag)) = tag(row)? else { return Ok(None) };
        tags.insert(name, tag);
    }
    Ok(Some(tags))
}

fn tag(row: &Row<'_>) -> Result<Option<(String, Value)>, DbError> {
    let text = |at: usize| -> Result<Option<&str>, DbError> {
        match row.get_ref(at)? {
            ValueRef::Text(bytes) => Ok(std::str::from_utf8(bytes).ok()),
            _ => Ok(None),
        }
    };
    let description = match row.get_ref(1)? {
        ValueRef::Null => Some(None),
        _ => text(1)?.map(Some),
    };
    let (Some(name), Some(description), Some(background), Some(foreground)) =
        (text(0)?, description, colour(text(2)?), colour(text(3)?))
    else {
        return Ok(None);
    };
    let tag = json!({
        "name": name,
        "description": description,
        "background_color": background,
        "foreground_color": foreground,
    });
    Ok(Some((name.to_owned(), tag)))
}

/// Six hexadecimal digits; legacy's parser takes some odder forms too, which are left to it.
fn colour(text: Option<&str>) -> Option<&str> {
    text.filter(|text| text.len() == 6 && text.bytes().all(|b| b.is_ascii_hexdigit()))
}
