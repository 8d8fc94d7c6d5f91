//! The amounts of an asset, or of several that are one to the user, over time.

use indexmap::IndexMap;
use serde_json::{Value, json};

use super::{
    moves::{self, Move},
    nothing, premium,
    running::{Running, Taken},
};
use crate::{
    handlers::{
        Context, Handler, Stop, Unanswered,
        handler::Outcome,
        refusals::{beyond_sqlite, int},
        rows,
    },
    wire::{
        Answer, Decimal, Location,
        validate::{Fallback, Fault, Kind, Pass, Record, Schema, field, texts::INTEGER},
    },
};

/// `POST /api/1/balances/historical/asset`
pub const AMOUNTS: Handler =
    Handler::reads("balances_historical_asset", "POST /api/1/balances/historical/asset", |context| {
        Box::pin(amounts(context))
    })
    .needs_user(&[
        "user_credentials(location)",
        "history_events(identifier, event_identifier, timestamp, location, asset, amount, type, subtype, ignored)",
    ])
    .needs_global(&["assets(identifier)", "multiasset_mappings(collection_id, asset)"])
    .long();

/// `StatisticsAssetBalanceSchema`
static ARGUMENTS: Schema = Schema::new(&[
    field("from_timestamp", Kind::Timestamp(1)).or(Fallback::Int(0)),
    field("to_timestamp", Kind::Timestamp(1)).or(Fallback::Now),
    field("asset", Kind::Asset("asset")).or(Fallback::Null),
    field("collection_id", INTEGER).or(Fallback::Null),
])
.checks(&[one_of_them]);

fn one_of_them(record: &Record, _: &Pass<'_>) -> Result<(), Fault> {
    match (record.is_null("asset"), record.is_null("collection_id")) {
        (true, true) => Err(Fault::at("asset", "Need to either provide an asset or a collection_id")),
        (false, false) => Err(Fault::at("collection_id", "Can't provide both an asset and a collection_id")),
        _ => Ok(()),
    }
}

async fn amounts(context: Context) -> Outcome {
    let user = premium(&context).await?;
    let arguments = context.arguments_with_assets(&ARGUMENTS, Location::Json).await?;
    let assets = match arguments.maybe_text("asset")? {
        Some(asset) => vec![asset.to_owned()],
        None => collection(&context, int(&arguments, "collection_id")?).await?,
    };
    let (from, to) = (int(&arguments, "from_timestamp")?, int(&arguments, "to_timestamp")?);
    let (Some(from_ms), Some(to_ms)) = (from.checked_mul(1000), to.checked_mul(1000)) else {
        return Ok(beyond_sqlite());
    };
    let wanted = assets.clone();
    let moves = context
        .read_user(&user, move |transaction| moves::read(transaction, (from_ms, to_ms), Some(&wanted)))
        .await??;
    if moves.is_empty() {
        let [asset] = &assets[..] else {
            return Err(Stop::declined("of several assets legacy says in an order of its own that it found nothing"));
        };
        let message =
            format!("No historical data found for (<Asset identifier:{asset}>,) within from_ts={from} and to_ts={to}.");
        return nothing(&message);
    }
    Ok(Answer::ok(&over_time(&moves, &assets)?)?)
}

/// The assets of a collection.
async fn collection(context: &Context, id: i64) -> Result<Vec<String>, Unanswered> {
    let read = context.read_global(move |transaction| {
        rows::select(
            transaction,
            "SELECT asset FROM multiasset_mappings WHERE collection_id = ? ORDER BY collection_id, asset",
            [id],
        )
    });
    read.await?.iter().map(|row| row.text(0).map(str::to_owned)).collect()
}

/// What there is after the last event of each second.
fn over_time(moves: &[Move], assets: &[String]) -> Result<Value, Unanswered> {
    let (mut running, mut amounts) = (Running::default(), IndexMap::<i64, Decimal>::new());
    let mut stopped = None;
    for moved in moves {
        if running.take(moved, &moved.asset)? == Taken::TooMuch {
            if moves.iter().any(|other| other.time == moved.time && other.asset != moved.asset) {
                return Err(Unanswered::declined("which of several events of a moment came first is not known"));
            }
            stopped = Some(moved);
            break;
        }
        amounts.insert(moved.second(), running.total(assets)?);
    }
    let times: Vec<i64> = amounts.keys().copied().collect();
    let values: Vec<String> = amounts.values().map(Decimal::to_string).collect();
    let mut shown = json!({"times": times, "values": values});
    if let Some(moved) = stopped {
        shown["last_event_identifier"] = json!([moved.identifier, moved.group]);
    }
    Ok(shown)
}
