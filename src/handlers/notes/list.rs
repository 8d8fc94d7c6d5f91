//! `/api/1/notes`: those that match.

use rusqlite::{ToSql, params_from_iter};
use serde_json::{Value, json};

use crate::{
    handlers::{
        Context, Handler, Stop, Unanswered,
        handler::Outcome,
        ordering::{self, ASCENDING, LIMIT, OFFSET, ORDER_BY},
        rows::{self, Row},
    },
    wire::{
        Answer, Location,
        validate::{Fallback, Kind, Record, Schema, field, texts::STRING_OR_NONE},
    },
};

/// `POST /api/1/notes`
pub const LIST: Handler = Handler::reads("notes_list", "POST /api/1/notes", |context| Box::pin(list(context)))
    .needs_user(&[
        "user_notes(identifier, title, content, location, last_update_timestamp, is_pinned)",
        "user_credentials(location)",
    ]);

static ARGUMENTS: Schema = Schema::new(&[
    ORDER_BY,
    ASCENDING,
    LIMIT,
    OFFSET,
    field("from_timestamp", Kind::Timestamp(1)).or(Fallback::Int(0)),
    field("to_timestamp", Kind::Timestamp(1)).or(Fallback::Now),
    field("title_substring", STRING_OR_NONE).or(Fallback::Null),
    field("location", STRING_OR_NONE).or(Fallback::Null),
])
.checks(&[ordering::both_or_none]);

const COLUMNS: &[&str] = &["identifier", "title", "content", "location", "last_update_timestamp", "is_pinned"];
/// How many notes there may be without premium, and how many of the newest are shown.
pub(super) const FREE: i64 = 10;
/// Longest text that is looked for; legacy's database takes 50 000 bytes.
const PATTERN: usize = 10_000;

type Parameters = Vec<Box<dyn ToSql + Send>>;

/// Notes that match. Without premium only the newest ten are looked at, but all that match are counted.
async fn list(context: Context) -> Outcome {
    let user = context.login()?;
    let arguments = context.arguments(&ARGUMENTS, Location::Json)?;
    let premium = user.premium.ok_or_else(|| Unanswered::declined("whether premium is active is not known"))?;
    let order = ordering::terms(&arguments, COLUMNS, "last_update_timestamp DESC")?;
    let page = ordering::page(&arguments)?;
    let (condition, parameters) = condition(&arguments)?;
    let (rows, found, total, keys) = context
        .read_user(&user, move |transaction| {
            let columns = COLUMNS.join(",");
            let notes = if premium {
                "user_notes".to_owned()
            } else {
                format!("(SELECT {columns} FROM user_notes ORDER BY last_update_timestamp DESC LIMIT {FREE})")
            };
            let given = || parameters.iter().map(|parameter| -> &dyn ToSql { parameter });
            let all = format!("SELECT {columns} FROM {notes} WHERE {condition} ORDER BY {order}");
            let rows = match &page {
                Some((limit, offset)) => {
                    let page: [&dyn ToSql; 2] = [limit, offset];
                    let page = params_from_iter(given().chain(page));
                    rows::select(transaction, &format!("{all} LIMIT ? OFFSET ?"), page)?
                }
                None => rows::select(transaction, &all, params_from_iter(given()))?,
            };
            let found = format!("SELECT COUNT(*) FROM user_notes WHERE {condition}");
            let found = rows::count(transaction, &found, params_from_iter(given()))?;
            let total = rows::count(transaction, "SELECT COUNT(*) FROM user_notes", [])?;
            let keys = "SELECT COUNT(*) FROM user_credentials WHERE location = 'A'";
            Ok((rows, found, total, rows::count(transaction, keys, [])?))
        })
        .await?;
    if !premium && keys > 0 {
        // Keys that are not active at the moment leave the limit away, but not the cut.
        return Err(Stop::declined("whether legacy keeps an inactive premium subscription is not known"));
    }
    let entries: Result<Vec<Value>, Unanswered> = rows.iter().map(note).collect();
    Ok(Answer::ok(&json!({
        "entries": entries?,
        "entries_found": found,
        "entries_total": total,
        "entries_limit": if premium { -1 } else { FREE },
    }))?)
}

fn condition(arguments: &Record) -> Result<(String, Parameters), Unanswered> {
    let mut conditions = Vec::new();
    let mut parameters: Parameters = Vec::new();
    if let Some(title) = arguments.maybe_text("title_substring")? {
        if title.contains('\0') || title.len() > PATTERN {
            return Err(Unanswered::declined("it looks for a text of an unusual kind"));
        }
        // Its percent signs and underscores are wildcards, as in legacy.
        conditions.push("title LIKE '%' || ? || '%'");
        parameters.push(Box::new(title.to_owned()));
    }
    if let Some(location) = arguments.maybe_text("location")? {
        conditions.push("location = ?");
        parameters.push(Box::new(location.to_owned()));
    }
    conditions.push("last_update_timestamp >= ? AND last_update_timestamp <= ?");
    parameters.push(Box::new(arguments.int("from_timestamp")?));
    parameters.push(Box::new(arguments.int("to_timestamp")?));
    Ok((conditions.join(" AND "), parameters))
}

fn note(row: &Row) -> Result<Value, Unanswered> {
    Ok(json!({
        "identifier": row.int(0)?,
        "title": row.text(1)?,
        "content": row.text(2)?,
        "location": row.text(3)?,
        "last_update_timestamp": row.int(4)?,
        "is_pinned": row.flag(5)?,
    }))
}
