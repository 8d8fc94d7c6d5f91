//! `/api/1/assets/locationmappings`: what exchanges call assets, added, edited, deleted. It is kept in global.db; nobody
//! needs to be logged in.

use super::{
    change::{Change, Entry},
    list::EXCHANGE,
};
use crate::{
    handlers::{Context, Handler, Unanswered, filter::records, handler::Outcome},
    schema::{locations, needs::Database},
    wire::{
        Gives, Location,
        validate::{Fault, Field, Item, Kind, Pass, Record, Schema, each, field, texts::NON_EMPTY_STRING},
    },
};

/// `PUT /api/1/assets/locationmappings`
pub const ADD: Handler =
    Handler::writes("assets_locationmappings_add", "PUT /api/1/assets/locationmappings", |context| {
        Box::pin(update(context, ADDED))
    })
    .needs_global(&["location_asset_mappings(local_id, location, exchange_symbol)", "assets(identifier)"])
    .changes(CHANGES)
    .takes(&UPDATE, Location::Json)
    .refuses(&[409])
    .gives(Gives::Flag);
/// `PATCH /api/1/assets/locationmappings`
pub const EDIT: Handler =
    Handler::writes("assets_locationmappings_edit", "PATCH /api/1/assets/locationmappings", |context| {
        Box::pin(update(context, EDITED))
    })
    .needs_global(&["location_asset_mappings(location, exchange_symbol)", "assets(identifier)"])
    .changes(CHANGES)
    .takes(&UPDATE, Location::Json)
    .refuses(&[409])
    .gives(Gives::Flag);
/// `DELETE /api/1/assets/locationmappings`
pub const DELETE: Handler =
    Handler::writes("assets_locationmappings_delete", "DELETE /api/1/assets/locationmappings", |context| {
        Box::pin(delete(context))
    })
    .needs_global(&["location_asset_mappings(location, exchange_symbol)"])
    .changes(CHANGES)
    .takes(&DELETION, Location::Json)
    .refuses(&[409])
    .gives(Gives::Flag);

const CHANGES: &[(Database, &str)] = &[(Database::Global, "location_asset_mappings")];

/// Without a location there may be several of one symbol, but not of one asset.
const ADDED: Change = Change {
    statement: "INSERT INTO location_asset_mappings(local_id, exchange_symbol, location) VALUES(?1, ?2, ?3)",
    already: Some(
        "SELECT COUNT(*) FROM location_asset_mappings \
         WHERE ?3 IS NULL AND location IS NULL AND local_id = ?1 AND exchange_symbol = ?2",
    ),
    failure: ("Failed to add the location asset mapping of", "because it already exists in the DB."),
};
const EDITED: Change = Change {
    statement: "UPDATE location_asset_mappings SET local_id = ?1 WHERE exchange_symbol = ?2 AND location IS ?3",
    already: None,
    failure: ("Failed to update the location asset mapping of", "because it does not exist in the DB."),
};
const DELETED: Change = Change {
    statement: "DELETE FROM location_asset_mappings WHERE exchange_symbol = ?1 AND location IS ?2",
    already: None,
    failure: ("Failed to delete the location asset mapping of", "because it does not exist in the DB."),
};

const LOCATION: Field = field("location", Kind::Member(&EXCHANGE)).nullable();
const SYMBOL: Field = field("location_symbol", NON_EMPTY_STRING).required();

static UPDATED_ENTRY: Schema =
    Schema::new(&[LOCATION, field("asset", Kind::Asset("asset")).required(), SYMBOL]).after(updatable);
static DELETED_ENTRY: Schema = Schema::new(&[LOCATION, SYMBOL]).after(with_location);
static UPDATE: Schema =
    Schema::new(&[field("entries", Kind::NonEmptyList(&each(Kind::Nested(&UPDATED_ENTRY)))).required()]);
static DELETION: Schema =
    Schema::new(&[field("entries", Kind::NonEmptyList(&each(Kind::Nested(&DELETED_ENTRY)))).required()]);

/// It may be null, but has to be there.
fn with_location(record: Record, _: &Pass<'_>) -> Result<Item, Fault> {
    match record.get("location") {
        Some(_) => Ok(Item::Record(record)),
        None => Err(Fault::message("Could not deserialize data: Missing key 'location'")),
    }
}

/// Likewise; some exchanges have the symbols of another.
fn updatable(record: Record, pass: &Pass<'_>) -> Result<Item, Fault> {
    let given = record.get("location").and_then(Item::as_text);
    let instead = match given {
        Some("binanceus") => "BINANCE",
        Some("coinbaseprime" | "coinbasepro") => "COINBASE",
        _ => return with_location(record, pass),
    };
    let given = given.unwrap_or_default().to_uppercase();
    Err(Fault::at("location", format!("Mappings for {given} should use a location of {instead}.")))
}

async fn update(context: Context, change: Change) -> Outcome {
    context.view()?;
    let arguments = context.arguments_with_assets().await?;
    let entry = |record: &Record| entry(record, Some(record.text("asset")?));
    let entries = records(&arguments, "entries")?.into_iter().map(entry).collect::<Result<_, Unanswered>>()?;
    change.make(&context, entries).await
}

async fn delete(context: Context) -> Outcome {
    context.view()?;
    let arguments = context.arguments()?;
    let entry = |record: &Record| entry(record, None);
    let entries = records(&arguments, "entries")?.into_iter().map(entry).collect::<Result<_, Unanswered>>()?;
    DELETED.make(&context, entries).await
}

fn entry(record: &Record, asset: Option<&str>) -> Result<Entry, Unanswered> {
    let (symbol, location) = (record.text("location_symbol")?, record.maybe_text("location")?);
    let letter = location
        .map(|name| locations::letter_of(name).ok_or_else(|| Unanswered::Failed("a location without a letter".into())));
    let of_asset = asset.map(|asset| Some(asset.to_owned()));
    Ok(Entry {
        shown: format!("{symbol} in {}", location.unwrap_or("None")),
        values: of_asset.into_iter().chain([Some(symbol.to_owned()), letter.transpose()?.map(String::from)]).collect(),
    })
}
