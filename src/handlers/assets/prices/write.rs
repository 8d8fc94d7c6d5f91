//! `/api/1/assets/prices/historical`: prices of the past that the user enters. They go into global.db, where the next
//! user finds them too; nobody needs to be logged in.

use rusqlite::{ErrorCode, ToSql, params_from_iter};

use super::list::ASSET;
use crate::{
    handlers::{Context, Handler, Stop, handler::Outcome},
    schema::needs::Database,
    wire::{
        Answer, Gives, Location,
        validate::{Fault, Field, Kind, Pass, Record, Schema, amounts::PRICE, field},
    },
};

/// `PUT /api/1/assets/prices/historical`
pub const ADD: Handler =
    Handler::writes("assets_prices_historical_add", "PUT /api/1/assets/prices/historical", |context| {
        Box::pin(add(context))
    })
    .needs_global(&["assets(identifier)", SOURCES])
    .changes(&[(Database::Global, TABLE)])
    .takes(&PRICED, Location::Json)
    .refuses(&[409])
    .gives(Gives::Flag);
/// `PATCH /api/1/assets/prices/historical`
pub const EDIT: Handler =
    Handler::writes("assets_prices_historical_edit", "PATCH /api/1/assets/prices/historical", |context| {
        Box::pin(edit(context))
    })
    .needs_global(&[KEY, "assets(identifier)"])
    .changes(&[(Database::Global, TABLE)])
    .takes(&PRICED, Location::Json)
    .refuses(&[409])
    .gives(Gives::Flag);
/// `DELETE /api/1/assets/prices/historical`
pub const DELETE: Handler =
    Handler::writes("assets_prices_historical_delete", "DELETE /api/1/assets/prices/historical", |context| {
        Box::pin(delete(context))
    })
    .needs_global(&[KEY, "assets(identifier)", SOURCES])
    .changes(&[(Database::Global, TABLE)])
    .takes(&DELETED, Location::Json)
    .refuses(&[409])
    .gives(Gives::Flag);

const TABLE: &str = "price_history";
const KEY: &str = "price_history(from_asset, to_asset, source_type, timestamp)";
/// Read for a foreign key.
const SOURCES: &str = "price_history_source_types(type)";

pub(super) const FROM: Field = field("from_asset", ASSET).required();
pub(super) const TO: Field = field("to_asset", ASSET).required();

static PRICED: Schema = Schema::new(&[
    FROM,
    TO,
    field("price", PRICE).required(),
    field("timestamp", Kind::TimestampUntilNow(1)).required(),
])
.checks(&[of_two_assets]);
static DELETED: Schema = Schema::new(&[FROM, TO, field("timestamp", Kind::Timestamp(1)).required()]);

/// Identifiers are compared without case.
pub(super) fn of_two_assets(record: &Record, _: &Pass<'_>) -> Result<(), Fault> {
    let asset = |name| record.maybe_text(name).map_err(|why| Fault::legacy(why.to_string()));
    match (asset("from_asset")?, asset("to_asset")?) {
        (Some(from), Some(to)) if from.to_lowercase() == to.to_lowercase() => {
            Err(Fault::at("from_asset", "The from and to assets must be different"))
        }
        _ => Ok(()),
    }
}

/// One that is there already is replaced.
async fn add(context: Context) -> Outcome {
    let values = priced(&context).await?;
    let insert = "INSERT OR REPLACE INTO price_history(from_asset, to_asset, source_type, timestamp, price) \
                  VALUES (?1, ?2, 'A', ?3, ?4)";
    changed(&context, insert, values, "Failed to store manual price").await
}

async fn edit(context: Context) -> Outcome {
    let values = priced(&context).await?;
    let update = "UPDATE price_history SET price = ?4 \
                  WHERE from_asset = ?1 AND to_asset = ?2 AND source_type = 'A' AND timestamp = ?3";
    changed(&context, update, values, "Failed to edit manual price").await
}

async fn delete(context: Context) -> Outcome {
    context.view()?;
    let arguments = context.arguments_with_assets().await?;
    let values = key(&arguments)?;
    let delete = "DELETE FROM price_history \
                  WHERE from_asset = ?1 AND to_asset = ?2 AND source_type = 'A' AND timestamp = ?3";
    changed(&context, delete, values, "Failed to delete manual price").await
}

type Values = Vec<Box<dyn ToSql + Send>>;

/// From, to, when, how much.
async fn priced(context: &Context) -> Result<Values, Stop> {
    context.view()?;
    let arguments = context.arguments_with_assets().await?;
    let mut values = key(&arguments)?;
    let price = arguments.maybe_decimal("price")?.map(ToString::to_string);
    values.push(Box::new(price));
    Ok(values)
}

fn key(arguments: &Record) -> Result<Values, Stop> {
    let (from, to) = (arguments.text("from_asset")?.to_owned(), arguments.text("to_asset")?.to_owned());
    Ok(vec![Box::new(from), Box::new(to), Box::new(arguments.int("timestamp")?)])
}

/// Runs a statement on one price. Where it finds none, or where an asset was deleted in the meantime, that is a failure.
async fn changed(context: &Context, statement: &'static str, values: Values, failure: &str) -> Outcome {
    let (done, failure) = (Answer::ok(&true)?, Answer::failure_with(409, &false, failure)?);
    context
        .write_global(move |transaction| {
            let given = values.iter().map(|value| -> &dyn ToSql { value });
            match transaction.prepare_cached(statement)?.execute(params_from_iter(given)) {
                Ok(0) => Ok(Err(Stop::Refused(failure.clone()))),
                Err(rusqlite::Error::SqliteFailure(error, _)) if error.code == ErrorCode::ConstraintViolation => {
                    Ok(Err(Stop::Refused(failure.clone())))
                }
                outcome => outcome.map(|_| Ok(done.clone())).map_err(Into::into),
            }
        })
        .await
}
