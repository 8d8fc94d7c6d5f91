//! `/api/1/assets/locationmappings` and `/api/1/assets/counterpartymappings`: what exchanges and protocols call assets.

use rusqlite::{params_from_iter, types::Value as Bound};
use serde_json::{Map, Value as Json, json};

use crate::{
    db::Transaction,
    handlers::{
        Context, Handler, Unanswered,
        cells::{self, Halt, Reading, settled},
        filter::{Filter, containing, page},
        handler::Outcome,
        rows,
    },
    schema::{
        counterparties::{ALWAYS, AT_TIMES},
        locations,
    },
    wire::{
        Answer, Gives, Location, Value,
        gives::key,
        validate::{
            Fallback, Fault, Item, Kind, Limit, Members, Pass, Record, Schema, Shape, field,
            members::NOT_A_LOCATION_HERE,
            texts::{INTEGER, STRING_OR_NONE},
        },
    },
};

/// `POST /api/1/assets/locationmappings`
pub const OF_LOCATIONS: Handler =
    Handler::reads("assets_locationmappings", "POST /api/1/assets/locationmappings", |context| {
        Box::pin(of_locations(context))
    })
    .needs_global(&["location_asset_mappings(local_id, location, exchange_symbol)"])
    .takes(&LOCATIONS, Location::Json)
    .gives(LOCATIONS_PAGE);
/// `POST /api/1/assets/counterpartymappings`
pub const OF_COUNTERPARTIES: Handler =
    Handler::reads("assets_counterpartymappings", "POST /api/1/assets/counterpartymappings", |context| {
        Box::pin(of_counterparties(context))
    })
    .needs_global(&["counterparty_asset_mappings(local_id, counterparty, symbol)"])
    .takes(&COUNTERPARTIES, Location::JsonOfResource)
    .gives(COUNTERPARTIES_PAGE);

const LOCATIONS_PAGE: Gives = Gives::Object(&[
    key(
        "entries",
        Gives::List(&Gives::Object(&[
            key("asset", Gives::Text),
            key("location", Gives::Maybe(&Gives::Text)),
            key("location_symbol", Gives::Text),
        ])),
    ),
    key("entries_found", Gives::Int),
    key("entries_total", Gives::Int),
]);
const COUNTERPARTIES_PAGE: Gives = Gives::Object(&[
    key(
        "entries",
        Gives::List(&Gives::Object(&[
            key("asset", Gives::Text),
            key("counterparty", Gives::Maybe(&Gives::Text)),
            key("counterparty_symbol", Gives::Text),
        ])),
    ),
    key("entries_found", Gives::Int),
    key("entries_total", Gives::Int),
]);

pub(super) static EXCHANGE: Members =
    Members::of("Location", locations::NAMES).limited(Limit::Only(locations::EXCHANGES, NOT_A_LOCATION_HERE));
static LOCATIONS: Schema = Schema::new(&[
    field("location", Kind::Member(&EXCHANGE)).nullable(),
    field("limit", INTEGER).or(Fallback::Null),
    field("offset", INTEGER).or(Fallback::Null),
    field("location_symbol", STRING_OR_NONE).or(Fallback::Null),
]);

static COUNTERPARTIES: Schema = Schema::new(&[
    field("counterparty", Kind::Scalar(Shape::Text, counterparty)).or(Fallback::Null),
    field("limit", INTEGER).or(Fallback::Null),
    field("offset", INTEGER).or(Fallback::Null),
    field("counterparty_symbol", STRING_OR_NONE).or(Fallback::Null),
]);

/// One that legacy's decoders know. It looks for anything in a set, and crashes on what has no hash.
pub(super) fn counterparty(value: &Value, _: &Pass<'_>) -> Result<Item, Fault> {
    match value {
        Value::Str(name) if ALWAYS.contains(&name.as_str()) => Ok(Item::Text(name.clone())),
        Value::Str(name) if AT_TIMES.contains(&name.as_str()) => {
            Err(Fault::legacy("a counterparty that is known only if certain assets were there at the login"))
        }
        Value::List(_) | Value::Dict(_) => Err(Fault::Crash(format!("unhashable type: '{}'", value.class()))),
        other => match other.to_str() {
            Some(shown) => Err(Fault::message(format!("Unknown counterparty {shown} provided"))),
            None => Err(Fault::legacy("a message names a value in Python's own way")),
        },
    }
}

/// What exchanges call assets; a location of null is what all of them do. Logged in or not.
async fn of_locations(context: Context) -> Outcome {
    context.view()?;
    let arguments = context.arguments()?;
    let mut filter = symbol(&arguments, "location_symbol", "exchange_symbol LIKE ?")?;
    let mut ties = "rowid";
    // Given as null it is a filter too.
    if arguments.get("location").is_some() {
        let letter = arguments.maybe_text("location")?.map(|name| locations::letter_of(name).map(String::from));
        let letter = letter.map(|letter| letter.ok_or_else(|| Unanswered::Failed("a location without letter".into())));
        filter.and_with("location IS ?", Bound::from(letter.transpose()?));
        // The order of the index that legacy's plan goes along.
        ties = "exchange_symbol, rowid";
    }
    let statements = Statements { columns: "local_id, location, exchange_symbol", table: "location_asset_mappings" };
    let page = page(&arguments)?;
    let read = context.read_global(move |transaction| {
        settled(statements.mappings(transaction, &filter, ties, page, |asset, location, symbol| {
            let location = location.map(|letter| locations::by_letter(letter).ok_or(Halt::Odd("a location")));
            Ok(json!({"asset": asset, "location": location.transpose()?, "location_symbol": symbol}))
        }))
    });
    Ok(Answer::ok(&read.await??)?)
}

/// What protocols call assets.
async fn of_counterparties(context: Context) -> Outcome {
    // Who is known is known to a session alone.
    context.user()?;
    let arguments = context.arguments()?;
    let mut filter = symbol(&arguments, "counterparty_symbol", "symbol LIKE ?")?;
    let mut ties = "rowid";
    if let Some(counterparty) = arguments.maybe_text("counterparty")? {
        filter.and_with("counterparty = ?", counterparty.to_owned());
        ties = "symbol, rowid";
    }
    let statements = Statements { columns: "local_id, counterparty, symbol", table: "counterparty_asset_mappings" };
    let page = page(&arguments)?;
    let read = context.read_global(move |transaction| {
        settled(statements.mappings(transaction, &filter, ties, page, |asset, counterparty, symbol| {
            Ok(json!({"asset": asset, "counterparty": counterparty, "counterparty_symbol": symbol}))
        }))
    });
    Ok(Answer::ok(&read.await??)?)
}

fn symbol(arguments: &Record, name: &str, condition: &'static str) -> Result<Filter, Unanswered> {
    let mut filter = Filter::default();
    if let Some(symbol) = arguments.maybe_text(name)? {
        filter.and_with(condition, containing(symbol)?);
    }
    Ok(filter)
}

/// A table of mappings: asset, whose, symbol.
struct Statements {
    columns: &'static str,
    table: &'static str,
}

impl Statements {
    fn mappings(
        &self,
        transaction: &Transaction<'_>,
        filter: &Filter,
        order: &str,
        (limit, offset): (i64, i64),
        entry: impl Fn(&str, Option<&str>, &str) -> Reading<Json>,
    ) -> Reading<Map<String, Json>> {
        let Self { columns, table } = self;
        let clause = filter.clause();
        let mut select = transaction.prepare_cached(&format!(
            "SELECT {columns} FROM {table} {clause} ORDER BY {order} LIMIT {limit} OFFSET {offset}"
        ))?;
        let mut rows = select.query(params_from_iter(&filter.values))?;
        let mut entries = Vec::new();
        while let Some(row) = rows.next()? {
            entries.push(entry(cells::text(row, 0)?, cells::maybe_text(row, 1)?, cells::text(row, 2)?)?);
        }
        let found = rows::count(transaction, &format!("SELECT COUNT(*) FROM {table} {clause}"), &filter.values)?;
        let total = rows::total(transaction, &format!("SELECT COUNT(*) FROM {table}"))?;
        Ok(Map::from_iter([
            ("entries".to_owned(), entries.into()),
            ("entries_found".to_owned(), found.into()),
            ("entries_total".to_owned(), total.into()),
        ]))
    }
}
