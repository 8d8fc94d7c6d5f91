//! `/api/1/assets/prices/latest`: the price that the user enters for an asset as it is now. There is one at most; an older
//! one becomes a price of the past.

use std::{
    fmt::Write as _,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use rusqlite::{OptionalExtension as _, params};

use super::{
    list::ASSET,
    write::{FROM, TO, of_two_assets},
};
use crate::{
    config::Cache,
    db::{DbError, Transaction},
    handlers::{
        Context, Handler, Stop, Unanswered,
        cells::{self, settled},
        handler::Outcome,
        refusals::broken,
    },
    schema::needs::Database,
    wire::{
        Answer, Gives, Location,
        validate::{Schema, amounts::PRICE, field},
    },
};

/// `PUT /api/1/assets/prices/latest`
pub const ADD: Handler =
    Handler::writes("assets_prices_latest_add", "PUT /api/1/assets/prices/latest", |context| Box::pin(add(context)))
        .needs_global(&[KEY, "assets(identifier)", SOURCES])
        .changes(&[(Database::Global, "price_history")])
        .leaves_stale(&[Cache::CurrentPrices])
        .takes(&PRICED, Location::Json)
        .refuses(&[401, 409])
        .gives(Gives::Flag);
/// `DELETE /api/1/assets/prices/latest`
pub const DELETE: Handler =
    Handler::writes("assets_prices_latest_delete", "DELETE /api/1/assets/prices/latest", |context| {
        Box::pin(delete(context))
    })
    .needs_global(&[KEY, "assets(identifier)", SOURCES])
    .changes(&[(Database::Global, "price_history")])
    .leaves_stale(&[Cache::CurrentPrices])
    .takes(&OF_ASSET, Location::Json)
    .refuses(&[401, 409])
    .gives(Gives::Flag);

const KEY: &str = "price_history(from_asset, to_asset, source_type, timestamp)";
/// Read for a foreign key.
const SOURCES: &str = "price_history_source_types(type)";

static PRICED: Schema = Schema::new(&[FROM, TO, field("price", PRICE).required()]).checks(&[of_two_assets]);
static OF_ASSET: Schema = Schema::new(&[field("asset", ASSET).required()]);

/// What was the price until now becomes a price of the past. If the user has entered one for the same second already,
/// that is refused.
async fn add(context: Context) -> Outcome {
    context.login()?;
    let arguments = context.arguments_with_assets().await?;
    let (from, to) = (arguments.text("from_asset")?.to_owned(), arguments.text("to_asset")?.to_owned());
    let price = arguments.maybe_decimal("price")?.map(ToString::to_string);
    context
        .write_global(move |transaction| {
            let past = transaction
                .prepare_cached("UPDATE price_history SET source_type='A' WHERE source_type='E' AND from_asset=?")?
                .execute([&from]);
            match past {
                Err(error) if broken(&error).is_some() => return refused(transaction, &from),
                past => past?,
            };
            let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
            let added = transaction
                .prepare_cached(
                    "INSERT INTO price_history(from_asset, to_asset, source_type, timestamp, price) \
                     VALUES (?, ?, 'E', ?, ?)",
                )?
                .execute(params![from, to, i64::try_from(now).unwrap_or(i64::MAX), price]);
            match added {
                Err(error) if broken(&error).is_some() => Ok(Err(Stop::declined("an asset that is gone by now"))),
                added => {
                    added?;
                    Ok(Answer::ok(&true).map_err(Stop::from))
                }
            }
        })
        .await
}

/// What legacy says where the price until now can not become one of the past.
fn refused(transaction: &Transaction<'_>, from: &str) -> Result<Result<Answer, Stop>, DbError> {
    let mut select =
        transaction.prepare_cached("SELECT timestamp FROM price_history WHERE source_type='E' AND from_asset=?")?;
    let found = settled(select.query_row([from], |row| Ok(cells::int(row, 0))).optional()?.transpose())?;
    let unusual = || Unanswered::declined("a price of an unusual time");
    Ok(match found.and_then(|timestamp| timestamp.and_then(date).ok_or_else(unusual)) {
        Ok(date) => {
            let message = format!("Failed to add manual current price because manual price already exists at {date}");
            Err(Stop::Refused(Answer::failure(409, &message)))
        }
        Err(why) => Err(why.into()),
    })
}

async fn delete(context: Context) -> Outcome {
    context.login()?;
    let arguments = context.arguments_with_assets().await?;
    let asset = arguments.text("asset")?.to_owned();
    context
        .write_global(move |transaction| {
            let deleted = transaction
                .prepare_cached("DELETE FROM price_history WHERE source_type='E' AND from_asset=?")?
                .execute([&asset])?;
            if deleted != 1 {
                let message = format!("Not found manual current price to delete for asset {asset}");
                return Ok(Err(Stop::Refused(Answer::failure(409, &message))));
            }
            Ok(Answer::ok(&true).map_err(Stop::from))
        })
        .await
}

/// Day, month, year and the time of day in UTC; `None` before 1970 and after 9999.
fn date(timestamp: i64) -> Option<String> {
    let moment = UNIX_EPOCH.checked_add(Duration::from_secs(timestamp.try_into().ok()?))?;
    let mut text = String::new();
    write!(text, "{}", humantime::format_rfc3339_seconds(moment)).ok()?;
    let (date, time) = text.split_once('T')?;
    let [year, month, day] = *date.split('-').collect::<Vec<_>>() else { return None };
    Some(format!("{day}/{month}/{year} {}", time.strip_suffix('Z')?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_written_as_legacy_writes_it() {
        assert_eq!(date(1_700_000_009).as_deref(), Some("14/11/2023 22:13:29"));
        assert_eq!(date(0).as_deref(), Some("01/01/1970 00:00:00"));
        assert_eq!(date(253_402_300_799).as_deref(), Some("31/12/9999 23:59:59"));
        assert!(date(-1).is_none() && date(253_402_300_800).is_none() && date(i64::MAX).is_none());
    }
}
