//! `/api/1/oracles`: which there are, and which prices there are of one.

use serde_json::json;

use crate::{
    handlers::{
        Context, Handler, Unanswered,
        asynchronous::{ASYNC_QUERY, answered},
        cells::{self, Halt, settled},
        handler::Outcome,
    },
    schema::assets::{PRICE_SOURCE_NAMES, PRICE_SOURCES, stored_as},
    schema::constants::ORACLES,
    wire::{
        Answer, Gives, Location,
        gives::key,
        validate::{Kind, Members, Schema, field},
    },
};

/// `GET /api/1/oracles`
pub const LIST: Handler = Handler::reads("oracles_list", "GET /api/1/oracles", |context| Box::pin(list(context)))
    .gives(Gives::Object(&[key("history", Gives::List(&ORACLE_NAMED)), key("current", Gives::List(&ORACLE_NAMED))]));

const ORACLE_NAMED: Gives = Gives::Object(&[key("id", Gives::Text), key("name", Gives::Text)]);

async fn list(_: Context) -> Outcome {
    Ok(Answer::ok(&*ORACLES)?)
}

/// `GET /api/1/oracles/{oracle}/cache`
pub const CACHE: Handler =
    Handler::reads("oracles_cache_get", "GET /api/1/oracles/{oracle}/cache", |context| Box::pin(cache(context)))
        .needs_global(&["price_history(from_asset, to_asset, source_type, timestamp)"])
        .long()
        .takes(&ARGUMENTS, Location::JsonOrQueryAndPath)
        .refuses(&[401])
        .gives(Gives::List(&Gives::Object(&[
            key("from_asset", Gives::Text),
            key("to_asset", Gives::Text),
            key("from_timestamp", Gives::Int),
            key("to_timestamp", Gives::Int),
        ])));

pub(super) static ORACLE: Members =
    Members::of("HistoricalPriceOracle", &PRICE_SOURCE_NAMES).otherwise("Invalid historical price oracle: {input}");
static ARGUMENTS: Schema = Schema::new(&[ASYNC_QUERY, field("oracle", Kind::Member(&ORACLE)).required()]);

/// Which pairs have prices of an oracle, and from when to when.
async fn cache(context: Context) -> Outcome {
    context.login()?;
    let arguments = context.arguments()?;
    let source = stored_as(&PRICE_SOURCES, arguments.text("oracle")?)
        .ok_or_else(|| Unanswered::Failed("an oracle without a letter".into()))?;
    answered(&arguments, async move { cached(&context, source).await }).await
}

async fn cached(context: &Context, source: &'static str) -> Outcome {
    let read = context.read_global(move |transaction| {
        settled((|| {
            let mut select = transaction.prepare_cached(
                "SELECT from_asset, to_asset, MIN(timestamp), MAX(timestamp), \
                        MIN(from_asset COLLATE BINARY) = MAX(from_asset COLLATE BINARY) \
                        AND MIN(to_asset COLLATE BINARY) = MAX(to_asset COLLATE BINARY) \
                 FROM price_history WHERE source_type = ? GROUP BY from_asset, to_asset ORDER BY from_asset, to_asset",
            )?;
            let mut rows = select.query([source])?;
            let mut pairs = Vec::new();
            while let Some(row) = rows.next()? {
                if !row.get::<_, bool>(4)? {
                    return Err(Halt::Odd("an asset in several spellings"));
                }
                pairs.push(json!({
                    "from_asset": cells::text(row, 0)?,
                    "to_asset": cells::text(row, 1)?,
                    "from_timestamp": cells::int(row, 2)?,
                    "to_timestamp": cells::int(row, 3)?,
                }));
            }
            Ok(pairs)
        })())
    });
    Ok(Answer::ok(&read.await??)?)
}
