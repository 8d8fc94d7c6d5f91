//! `/api/1/assets/prices`: as global.db has them.

use rusqlite::{OptionalExtension as _, Row, params, params_from_iter};
use serde_json::{Map, Value, json};

use crate::{
    db::Transaction,
    handlers::{
        Context, Handler, Stop, Unanswered,
        asynchronous::{ASYNC_QUERY, answered},
        cells::{self, Halt, Reading, settled},
        filter::Filter,
        handler::Outcome,
    },
    schema::assets::{PRICE_SOURCES, name_of},
    session::who::User,
    wire::{
        Answer, Decimal, Gives, Location,
        gives::key,
        validate::{Fallback, Fault, Item, Kind, Mistyped, Record, Schema, Validator, each, field, texts::INTEGER},
    },
};

/// `GET /api/1/assets/prices/historical`
pub const MANUAL: Handler =
    Handler::reads("assets_prices_historical_get", "GET /api/1/assets/prices/historical", |context| {
        Box::pin(manual(context))
    })
    .needs_global(PRICES)
    .long()
    .takes(&PAIR, Location::JsonOrQuery)
    .gives(Gives::List(&Gives::Object(&[
        key("from_asset", Gives::Text),
        key("to_asset", Gives::Text),
        key("timestamp", Gives::Int),
        key("price", Gives::Text),
    ])));
/// `POST /api/1/assets/prices/historical`
pub const HISTORICAL: Handler =
    Handler::reads("assets_prices_historical_post", "POST /api/1/assets/prices/historical", |context| {
        Box::pin(historical(context))
    })
    .needs_global(PRICES)
    .long()
    .takes(&MOMENTS, Location::Json)
    .refuses(&[401])
    .gives(Gives::Object(&[
        key("assets", Gives::Mapping(&Gives::Mapping(&Gives::Text))),
        key("target_asset", Gives::Text),
    ]));
/// `POST /api/1/assets/prices/latest/all`
pub const LATEST: Handler =
    Handler::reads("assets_prices_latest_all", "POST /api/1/assets/prices/latest/all", |context| {
        Box::pin(latest(context))
    })
    .needs_user(&["nfts(manual_price, last_price)"])
    .needs_global(PRICES)
    .takes(&PAIR, Location::Json)
    .refuses(&[401])
    .gives(Gives::List(&Gives::Object(&[
        key("from_asset", Gives::Text),
        key("to_asset", Gives::Text),
        key("price", Gives::Text),
    ])));

/// Prices, and the assets that arguments name.
const PRICES: crate::schema::needs::Tables =
    &["price_history(from_asset, to_asset, source_type, timestamp, price)", "assets(identifier)"];

pub(super) const ASSET: Kind = Kind::Asset("asset");

static PAIR: Schema =
    Schema::new(&[field("from_asset", ASSET).or(Fallback::Null), field("to_asset", ASSET).or(Fallback::Null)]);

static MOMENTS: Schema = Schema::new(&[
    ASYNC_QUERY,
    field("assets_timestamp", Kind::List(&each(Kind::Tuple(&[each(ASSET), each(Kind::TimestampUntilNow(1))]))))
        .required()
        .check(&[Validator::Custom(|item, _| match item {
            Item::List(items) if items.is_empty() => Err(Fault::message("Shorter than minimum length 1.")),
            _ => Ok(()),
        })]),
    field("only_cache_period", INTEGER).or(Fallback::Null).check(&[Validator::Range {
        min: Some(1),
        max: None,
        error: Some("Cache period must be a positive integer"),
    }]),
    field("target_asset", ASSET).required(),
]);

/// Prices that the user entered for moments of the past. Logged in or not.
async fn manual(context: Context) -> Outcome {
    context.view()?;
    let arguments = context.arguments_with_assets().await?;
    let filter = pair("source_type = 'A'", &arguments)?;
    // Ties as the index has them that legacy's plan goes along.
    let ties = match (arguments.is_null("from_asset"), arguments.is_null("to_asset")) {
        (true, true) => "rowid",
        (false, _) => "from_asset, to_asset, rowid",
        (true, false) => "from_asset, to_asset, source_type, timestamp",
    };
    let order = format!("timestamp, {ties}");
    let entry = |row: &Row<'_>| {
        Ok(json!({
            "from_asset": cells::text(row, 0)?,
            "to_asset": cells::text(row, 1)?,
            "timestamp": cells::int(row, 2)?,
            "price": cells::text(row, 3)?,
        }))
    };
    Ok(Answer::ok(&prices(&context, filter, order, entry).await?)?)
}

fn pair(source: &'static str, arguments: &Record) -> Result<Filter, Mistyped> {
    let mut filter = Filter::default();
    filter.and(source);
    if let Some(from) = arguments.maybe_text("from_asset")? {
        filter.and_with("from_asset = ?", from.to_owned());
    }
    if let Some(to) = arguments.maybe_text("to_asset")? {
        filter.and_with("to_asset = ?", to.to_owned());
    }
    Ok(filter)
}

/// Prices at moments, from what is in the database within a period around each. Beyond it legacy asks the network.
async fn historical(context: Context) -> Outcome {
    context.login()?;
    let arguments = context.arguments_with_assets().await?;
    let work = {
        let (context, arguments) = (context, arguments.clone());
        async move { at_moments(&context, &arguments).await }
    };
    answered(&arguments, work).await
}

async fn at_moments(context: &Context, arguments: &Record) -> Outcome {
    let period = arguments
        .maybe_int("only_cache_period")?
        .ok_or_else(|| Unanswered::declined("prices may have to be asked for on the network"))?;
    let target = arguments.text("target_asset")?.to_owned();
    let moments = moments(arguments)?;
    let to = target.clone();
    let found = context.read_global(move |transaction| settled(cached(transaction, &moments, &to, period))).await??;
    Ok(Answer::ok(&json!({"assets": found, "target_asset": target}))?)
}

fn moments(arguments: &Record) -> Result<Vec<(String, i64)>, Unanswered> {
    let wrong = || Mistyped::Wrong("assets_timestamp".into(), "a list of assets and timestamps");
    let mut moments = Vec::new();
    for item in arguments.maybe_list("assets_timestamp")?.unwrap_or_default() {
        let Item::List(parts) = item else { return Err(wrong().into()) };
        let [Item::Text(asset), Item::Int(timestamp)] = parts.as_slice() else { return Err(wrong().into()) };
        let timestamp = i64::try_from(timestamp).map_err(|_| wrong())?;
        moments.push((asset.clone(), timestamp));
    }
    Ok(moments)
}

/// For each moment the price that the user entered next to it, or else the next of any other source.
fn cached(
    transaction: &Transaction<'_>,
    moments: &[(String, i64)],
    target: &str,
    period: i64,
) -> Reading<Map<String, Value>> {
    let mut select = transaction.prepare_cached(
        "SELECT price, source_type FROM price_history \
         WHERE from_asset = ?1 AND to_asset = ?2 AND timestamp BETWEEN ?3 AND ?4 \
         ORDER BY source_type != 'A', abs(timestamp - ?5), rowid LIMIT 1",
    )?;
    let mut assets = Map::new();
    for (asset, timestamp) in moments {
        let bounds = timestamp.checked_sub(period).zip(timestamp.checked_add(period));
        let (from, to) = bounds.ok_or(Halt::Odd("a period beyond 64 bits"))?;
        let price = select
            .query_row(params![asset, target, from, to, timestamp], |row| Ok(price(row)))
            .optional()?
            .transpose()?;
        if let Some(price) = price {
            let prices = assets.entry(asset).or_insert_with(|| Map::new().into());
            prices[timestamp.to_string()] = price.into();
        }
    }
    Ok(assets)
}

fn price(row: &rusqlite::Row<'_>) -> Reading<String> {
    name_of(&PRICE_SOURCES, &cells::text(row, 1)?).ok_or(Halt::Odd("a price's source"))?;
    let price = Decimal::read(cells::text(row, 0)?).ok().filter(Decimal::is_finite);
    Ok(price.ok_or(Halt::Odd("a price"))?.to_string())
}

/// Prices that the user entered for now.
async fn latest(context: Context) -> Outcome {
    let user = context.login()?;
    let arguments = context.arguments_with_assets().await?;
    if has_priced_nfts(&context, &user).await? {
        return Err(Stop::declined("whether legacy shows prices of NFTs depends on a module"));
    }
    let filter = pair("source_type = 'E'", &arguments)?;
    let order = match (arguments.is_null("from_asset"), arguments.is_null("to_asset")) {
        (true, _) => "rowid",
        (false, true) => "from_asset, to_asset, rowid",
        (false, false) => "timestamp",
    };
    let entry = |row: &Row<'_>| {
        Ok(json!({
            "from_asset": cells::text(row, 0)?,
            "to_asset": cells::text(row, 1)?,
            "price": cells::text(row, 3)?,
        }))
    };
    Ok(Answer::ok(&prices(&context, filter, order.to_owned(), entry).await?)?)
}

/// Entries of the price history, each made of its two assets, its time and its price, in this order.
async fn prices(
    context: &Context,
    filter: Filter,
    order: String,
    entry: fn(&Row<'_>) -> Reading<Value>,
) -> Result<Vec<Value>, Unanswered> {
    let read = context.read_global(move |transaction| {
        settled((|| {
            let mut select = transaction.prepare_cached(&format!(
                "SELECT from_asset, to_asset, timestamp, price FROM price_history {} ORDER BY {order}",
                filter.clause()
            ))?;
            let mut rows = select.query(params_from_iter(&filter.values))?;
            let mut prices = Vec::new();
            while let Some(row) = rows.next()? {
                prices.push(entry(row)?);
            }
            Ok(prices)
        })())
    });
    read.await?
}

async fn has_priced_nfts(context: &Context, user: &User) -> Result<bool, Unanswered> {
    let read = context.read_user(user, |transaction| {
        let mut select = transaction
            .prepare_cached("SELECT EXISTS(SELECT 1 FROM nfts WHERE manual_price AND last_price IS NOT NULL)")?;
        Ok(select.query_row([], |row| row.get(0))?)
    });
    read.await
}
