//! Entries that match.

use rusqlite::{params_from_iter, types::Value as Bound};
use serde_json::{Map, Value, json};

use super::{
    account,
    arguments::{ARGUMENTS, condition},
};
use crate::{
    handlers::{
        Context, Handler, Unanswered,
        handler::Outcome,
        ordering,
        rows::{self, Row},
    },
    schema::enums::{CHAINS, member},
    wire::{
        Answer, Gives, Location,
        gives::{at_times, key},
        validate::Question,
    },
};

/// `POST /api/1/calendar`
pub const LIST: Handler = Handler::reads("calendar_list", "POST /api/1/calendar", |context| Box::pin(list(context)))
    .needs_user(&[
        "calendar(identifier, name, description, timestamp, auto_delete, color, counterparty, address, blockchain)",
    ])
    .takes(&ARGUMENTS, Location::JsonOrQuery)
    .refuses(&[401])
    .gives(PAGE);

const PAGE: Gives = Gives::Object(&[
    key(
        "entries",
        Gives::List(&Gives::Object(&[
            key("identifier", Gives::Int),
            key("name", Gives::Text),
            key("description", Gives::Maybe(&Gives::Text)),
            key("timestamp", Gives::Int),
            key("auto_delete", Gives::Flag),
            at_times("color", Gives::Text),
            at_times("counterparty", Gives::Text),
            at_times("address", Gives::Text),
            at_times("blockchain", Gives::Text),
        ])),
    ),
    key("entries_found", Gives::Int),
    key("entries_total", Gives::Int),
    key("entries_limit", Gives::Int),
]);

/// What [`entry`] is made of, in this order.
pub const COLUMNS: &[&str] = &[
    "identifier",
    "name",
    "description",
    "timestamp",
    "auto_delete",
    "color",
    "counterparty",
    "address",
    "blockchain",
];

async fn list(context: Context) -> Outcome {
    let user = context.login()?;
    let known = |questions: Vec<Question>| async { account::counterparties(&user, questions) };
    let arguments = context.arguments_known(known).await?;
    let order = ordering::terms(&arguments, COLUMNS, "timestamp DESC")?;
    let page = ordering::page(&arguments)?;
    let (condition, parameters) = condition(&arguments)?;
    let (rows, found, total) = context
        .read_user(&user, move |transaction| {
            let all = format!("SELECT {} FROM calendar WHERE {condition} ORDER BY {order}", COLUMNS.join(","));
            let rows = match &page {
                Some((limit, offset)) => {
                    let page = [limit, offset].map(|number| Bound::Integer(*number));
                    let page = params_from_iter(parameters.iter().chain(&page));
                    rows::select(transaction, &format!("{all} LIMIT ? OFFSET ?"), page)?
                }
                None => rows::select(transaction, &all, params_from_iter(&parameters))?,
            };
            let found = format!("SELECT COUNT(*) FROM calendar WHERE {condition}");
            let found = rows::count(transaction, &found, &parameters)?;
            Ok((rows, found, rows::total(transaction, "SELECT COUNT(*) FROM calendar")?))
        })
        .await?;
    let entries: Result<Vec<Value>, Unanswered> = rows.iter().map(entry).collect();
    let list = json!({
        "entries": entries?,
        "entries_found": found,
        "entries_total": total,
        "entries_limit": -1,
    });
    Ok(Answer::ok_showing_status(&list, 200)?)
}

/// What is always shown, and the rest where there is any.
///
/// # Errors
/// It is stored in an odd form.
pub(crate) fn entry(row: &Row) -> Result<Value, Unanswered> {
    let mut entry = Map::new();
    entry.insert("identifier".into(), row.int(0)?.into());
    entry.insert("name".into(), row.text(1)?.into());
    entry.insert("description".into(), row.maybe_text(2)?.into());
    entry.insert("timestamp".into(), row.int(3)?.into());
    entry.insert("auto_delete".into(), row.flag(4)?.into());
    if let Some(color) = row.maybe_text(5)?.filter(|color| !color.is_empty()) {
        entry.insert("color".into(), color.into());
    }
    for (at, name) in [(6, "counterparty"), (7, "address")] {
        if let Some(text) = row.maybe_text(at)? {
            entry.insert(name.into(), text.into());
        }
    }
    if let Some(stored) = row.maybe_text(8)?.filter(|stored| !stored.is_empty()) {
        let chain = member(stored, CHAINS).ok_or_else(|| Unanswered::declined("a chain that nobody knows"))?;
        entry.insert("blockchain".into(), chain.into());
    }
    Ok(Value::Object(entry))
}
