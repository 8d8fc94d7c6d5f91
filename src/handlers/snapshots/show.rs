//! Balances and locations of one moment.

use serde_json::{Value, json};

use crate::{
    handlers::{
        Context, Handler, Stop, Unanswered,
        handler::Outcome,
        identifiers::Spellings,
        refusals::beyond_sqlite,
        rows::{self, Row, odd},
    },
    schema::{locations, needs::Tables},
    wire::{
        Answer, Gives, Location,
        gives::key,
        validate::{
            Fallback, Fault, Item, Kind, Pass, Record, Schema, Validator, field,
            texts::{PATH, STRING},
        },
    },
};

/// `GET /api/1/snapshots`, which takes its timestamp from query or body.
pub const ANY: Handler = Handler::reads("snapshots", "GET /api/1/snapshots", |context| Box::pin(show(context)))
    .needs_user(TABLES)
    .needs_global(&["assets(identifier)"])
    .long()
    .takes(&SNAPSHOT, Location::JsonOrQueryAndPath)
    .refuses(&[401, 404])
    .gives(SHOWN);
/// `GET /api/1/snapshots/{timestamp}`
pub const ONE: Handler =
    Handler::reads("snapshot", "GET /api/1/snapshots/{timestamp:int}", |context| Box::pin(show(context)))
        .needs_user(TABLES)
        .needs_global(&["assets(identifier)"])
        .long()
        .takes(&SNAPSHOT, Location::JsonOrQueryAndPath)
        .refuses(&[401, 404])
        .gives(SHOWN);

const SHOWN: Gives = Gives::Object(&[
    key(
        "balances_snapshot",
        Gives::List(&Gives::Object(&[
            key("timestamp", Gives::Int),
            key("category", Gives::Text),
            key("asset_identifier", Gives::Text),
            key("amount", Gives::Text),
            key("usd_value", Gives::Text),
        ])),
    ),
    key(
        "location_data_snapshot",
        Gives::List(&Gives::Object(&[
            key("timestamp", Gives::Int),
            key("location", Gives::Text),
            key("usd_value", Gives::Text),
        ])),
    ),
]);

/// What [`show`] reads.
const TABLES: Tables = &[
    "timed_balances(category, timestamp, currency, amount, usd_value)",
    "timed_location_data(timestamp, location, usd_value)",
];

/// `SnapshotQuerySchema`
static SNAPSHOT: Schema = Schema::new(&[
    field("timestamp", Kind::Timestamp(1)).required(),
    field("action", STRING)
        .or(Fallback::Null)
        .check(&[Validator::OneOf { choices: &["export", "download"], error: None }]),
    field("path", PATH).or(Fallback::Null),
])
.checks(&[exports_somewhere]);

fn exports_somewhere(record: &Record, _: &Pass<'_>) -> Result<(), Fault> {
    if record.get("action").and_then(Item::as_text) == Some("export") && record.is_null("path") {
        return Err(Fault::at("action", "A path has to be provided when action is export"));
    }
    Ok(())
}

/// Balances and locations of one moment. Export and download write files, and are legacy's.
async fn show(context: Context) -> Outcome {
    let user = context.login()?;
    let arguments = context.arguments()?;
    if !arguments.is_null("action") {
        return Err(Stop::declined("it asks for a file"));
    }
    let Ok(timestamp) = arguments.int("timestamp") else { return Ok(beyond_sqlite()) };
    let (balances, locations) = context
        .read_user(&user, move |transaction| {
            let balances =
                "SELECT category, timestamp, currency, amount, usd_value FROM timed_balances WHERE timestamp=?";
            let locations = "SELECT timestamp, location, usd_value FROM timed_location_data WHERE timestamp=?";
            Ok((rows::select(transaction, balances, [timestamp])?, rows::select(transaction, locations, [timestamp])?))
        })
        .await?;
    let currencies = balances.iter().map(|row| row.text(2).map(str::to_owned)).collect::<Result<Vec<_>, _>>()?;
    let spellings = Spellings::of(&context, currencies).await?;
    let balances = balances.iter().map(|row| balance(row, &spellings)).collect::<Result<Vec<_>, _>>()?;
    let locations = locations.iter().map(location).collect::<Result<Vec<_>, _>>()?;
    if balances.is_empty() || locations.is_empty() {
        return Ok(Answer::failure(404, "No snapshot data found for the given timestamp."));
    }
    Ok(Answer::ok(&json!({"balances_snapshot": balances, "location_data_snapshot": locations}))?)
}

fn balance(row: &Row, spellings: &Spellings) -> Result<Value, Unanswered> {
    let category = match row.text(0)? {
        "A" => "asset",
        "B" => "liability",
        _ => return Err(odd()),
    };
    Ok(json!({
        "timestamp": row.int(1)?,
        "category": category,
        "asset_identifier": spellings.spell(row.text(2)?)?,
        "amount": row.amount(3)?.to_string(),
        "usd_value": row.amount(4)?.to_string(),
    }))
}

fn location(row: &Row) -> Result<Value, Unanswered> {
    Ok(json!({
        "timestamp": row.int(0)?,
        "location": locations::by_letter(row.text(1)?).ok_or_else(odd)?,
        "usd_value": row.amount(2)?.to_string(),
    }))
}
