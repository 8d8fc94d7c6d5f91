//! `/api/1/assets/custom`: assets that the user made up, and their types.

use rusqlite::params_from_iter;
use serde::Serialize;

use crate::{
    db::Transaction,
    handlers::{
        Context, Handler, Unanswered,
        cells::{self, Reading, settled},
        filter::{Filter, bindable, containing, page},
        handler::Outcome,
        ordering::{self, Columns},
        rows,
    },
    wire::{
        Answer, Gives, Location,
        gives::key,
        validate::{Fallback, Record, Schema, field, texts::STRING_OR_NONE},
    },
};

/// `POST /api/1/assets/custom`
pub const QUERY: Handler =
    Handler::reads("assets_custom", "POST /api/1/assets/custom", |context| Box::pin(query(context)))
        .needs_global(&["assets(identifier, name)", "custom_assets(identifier, type, notes)"])
        .takes(&ARGUMENTS, Location::Json)
        .refuses(&[401])
        .gives(PAGE);
/// `GET /api/1/assets/custom/types`
pub const TYPES: Handler =
    Handler::reads("assets_custom_types", "GET /api/1/assets/custom/types", |context| Box::pin(types(context)))
        .needs_global(&["custom_assets(type)"])
        .refuses(&[401])
        .gives(Gives::List(&Gives::Text));

const PAGE: Gives = Gives::Object(&[
    key(
        "entries",
        Gives::List(&Gives::Object(&[
            key("identifier", Gives::Text),
            key("name", Gives::Maybe(&Gives::Text)),
            key("custom_asset_type", Gives::Text),
            key("notes", Gives::Maybe(&Gives::Text)),
        ])),
    ),
    key("entries_found", Gives::Int),
    key("entries_total", Gives::Int),
]);

static ARGUMENTS: Schema = Schema::new(&[
    ordering::ORDER_BY,
    ordering::ASCENDING,
    ordering::LIMIT,
    ordering::OFFSET,
    field("name", STRING_OR_NONE).or(Fallback::Null),
    field("identifier", STRING_OR_NONE).or(Fallback::Null),
    field("custom_asset_type", STRING_OR_NONE).or(Fallback::Null),
])
.checks(&[ordering::both_or_none]);

/// The type is compared without case, as its column is.
const COLUMNS: Columns = Columns {
    known: &[("name", "a.name"), ("custom_asset_type", "u.type"), ("notes", "u.notes")],
    ambiguous: &["identifier", "type"],
    collation: "",
};

const TABLES: &str = "custom_assets u JOIN assets a ON u.identifier = a.identifier";

/// Assets that the user made up.
async fn query(context: Context) -> Outcome {
    context.login()?;
    let arguments = context.arguments()?;
    let filter = filter(&arguments)?;
    let order = format!("ORDER BY {}, a.rowid", COLUMNS.terms(&arguments, "a.name ASC")?);
    let page = page(&arguments)?;
    let read = context.read_global(move |transaction| settled(queried(transaction, &filter, &order, page)));
    Ok(Answer::ok(&read.await??)?)
}

fn filter(arguments: &Record) -> Result<Filter, Unanswered> {
    let mut filter = Filter::default();
    if let Some(identifier) = arguments.maybe_text("identifier")? {
        filter.and_with("a.identifier = ?", bindable(identifier)?.to_owned());
    }
    if let Some(name) = arguments.maybe_text("name")? {
        filter.and_with("a.name LIKE ?", containing(name)?);
    }
    if let Some(kind) = arguments.maybe_text("custom_asset_type")? {
        filter.and_with("u.type = ?", bindable(kind)?.to_owned());
    }
    Ok(filter)
}

#[derive(Debug, Serialize)]
struct Queried {
    entries: Vec<Entry>,
    entries_found: i64,
    entries_total: i64,
}

#[derive(Debug, Serialize)]
struct Entry {
    identifier: String,
    name: Option<String>,
    custom_asset_type: String,
    notes: Option<String>,
}

fn queried(transaction: &Transaction<'_>, filter: &Filter, order: &str, page: (i64, i64)) -> Reading<Queried> {
    let (clause, (limit, offset)) = (filter.clause(), page);
    let mut select = transaction.prepare_cached(&format!(
        "SELECT a.identifier, a.name, u.type, u.notes FROM {TABLES} {clause} {order} LIMIT {limit} OFFSET {offset}"
    ))?;
    let mut rows = select.query(params_from_iter(&filter.values))?;
    let mut entries = Vec::new();
    while let Some(row) = rows.next()? {
        entries.push(Entry {
            identifier: cells::string(row, 0)?,
            name: cells::maybe_string(row, 1)?,
            custom_asset_type: cells::string(row, 2)?,
            notes: cells::maybe_string(row, 3)?,
        });
    }
    let found = format!("SELECT COUNT(*) FROM {TABLES} {clause}");
    let entries_found = rows::count(transaction, &found, &filter.values)?;
    Ok(Queried {
        entries,
        entries_found,
        entries_total: rows::total(transaction, "SELECT COUNT(*) FROM custom_assets")?,
    })
}

/// Types in use. Of those that differ in case alone the first is shown.
async fn types(context: Context) -> Outcome {
    context.login()?;
    let read = context.read_global(|transaction| {
        settled((|| {
            let mut select =
                transaction.prepare_cached("SELECT type, MIN(rowid) FROM custom_assets GROUP BY type ORDER BY type")?;
            let mut rows = select.query([])?;
            let mut types = Vec::new();
            while let Some(row) = rows.next()? {
                types.push(cells::string(row, 0)?);
            }
            Ok(types)
        })())
    });
    Ok(Answer::ok(&read.await??)?)
}
