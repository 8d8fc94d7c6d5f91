//! `/api/1/assets/counterpartymappings`: what protocols call assets, added, edited, deleted. It is kept in global.db.

use super::{
    change::{Change, Entry},
    list::counterparty,
};
use crate::{
    handlers::{Context, Handler, Unanswered, filter::records, handler::Outcome},
    schema::needs::Database,
    wire::{
        Gives, Location,
        validate::{Field, Kind, Record, Schema, Shape, each, field, texts::NON_EMPTY_STRING},
    },
};

/// `PUT /api/1/assets/counterpartymappings`
pub const ADD: Handler =
    Handler::writes("assets_counterpartymappings_add", "PUT /api/1/assets/counterpartymappings", |context| {
        Box::pin(update(context, ADDED))
    })
    .needs_global(&["assets(identifier)"])
    .changes(CHANGES)
    .takes(&UPDATE, Location::JsonOfResource)
    .refuses(&[409])
    .gives(Gives::Flag);
/// `PATCH /api/1/assets/counterpartymappings`
pub const EDIT: Handler =
    Handler::writes("assets_counterpartymappings_edit", "PATCH /api/1/assets/counterpartymappings", |context| {
        Box::pin(update(context, EDITED))
    })
    .needs_global(&["counterparty_asset_mappings(counterparty, symbol)", "assets(identifier)"])
    .changes(CHANGES)
    .takes(&UPDATE, Location::JsonOfResource)
    .refuses(&[409])
    .gives(Gives::Flag);
/// `DELETE /api/1/assets/counterpartymappings`
pub const DELETE: Handler =
    Handler::writes("assets_counterpartymappings_delete", "DELETE /api/1/assets/counterpartymappings", |context| {
        Box::pin(delete(context))
    })
    .needs_global(&["counterparty_asset_mappings(counterparty, symbol)"])
    .changes(CHANGES)
    .takes(&DELETION, Location::JsonOfResource)
    .refuses(&[409])
    .gives(Gives::Flag);

const CHANGES: &[(Database, &str)] = &[(Database::Global, "counterparty_asset_mappings")];

const ADDED: Change = Change {
    statement: "INSERT INTO counterparty_asset_mappings(local_id, symbol, counterparty) VALUES(?, ?, ?)",
    already: None,
    failure: ("Failed to add the counterparty asset mapping of", "because it already exists in the DB."),
};
const EDITED: Change = Change {
    statement: "UPDATE counterparty_asset_mappings SET local_id = ? WHERE symbol = ? AND counterparty = ?",
    already: None,
    failure: ("Failed to update the counterparty asset mapping of", "because it does not exist in the DB."),
};
const DELETED: Change = Change {
    statement: "DELETE FROM counterparty_asset_mappings WHERE symbol = ? AND counterparty = ?",
    already: None,
    failure: ("Failed to delete the counterparty asset mapping of", "because it does not exist in the DB."),
};

const COUNTERPARTY: Field = field("counterparty", Kind::Scalar(Shape::Text, counterparty)).required();
const SYMBOL: Field = field("counterparty_symbol", NON_EMPTY_STRING).required();

static UPDATED_ENTRY: Schema = Schema::new(&[COUNTERPARTY, field("asset", Kind::Asset("asset")).required(), SYMBOL]);
static DELETED_ENTRY: Schema = Schema::new(&[COUNTERPARTY, SYMBOL]);
static UPDATE: Schema =
    Schema::new(&[field("entries", Kind::NonEmptyList(&each(Kind::Nested(&UPDATED_ENTRY)))).required()]);
static DELETION: Schema =
    Schema::new(&[field("entries", Kind::NonEmptyList(&each(Kind::Nested(&DELETED_ENTRY)))).required()]);

/// Which counterparties there are is known to a session alone.
async fn update(context: Context, change: Change) -> Outcome {
    context.user()?;
    let arguments = context.arguments_with_assets().await?;
    let entry = |record: &Record| entry(record, Some(record.text("asset")?));
    let entries = records(&arguments, "entries")?.into_iter().map(entry).collect::<Result<_, Unanswered>>()?;
    change.make(&context, entries).await
}

async fn delete(context: Context) -> Outcome {
    context.user()?;
    let arguments = context.arguments()?;
    let entry = |record: &Record| entry(record, None);
    let entries = records(&arguments, "entries")?.into_iter().map(entry).collect::<Result<_, Unanswered>>()?;
    DELETED.make(&context, entries).await
}

fn entry(record: &Record, asset: Option<&str>) -> Result<Entry, Unanswered> {
    let (symbol, counterparty) = (record.text("counterparty_symbol")?, record.text("counterparty")?);
    let values = asset.into_iter().chain([symbol, counterparty]).map(|value| Some(value.to_owned())).collect();
    Ok(Entry { shown: format!("{symbol} in {counterparty}"), values })
}
