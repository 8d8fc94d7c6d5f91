//! The amounts of an asset, or of several that are one to the user, over time.

use indexmap::IndexMap;
use serde_json::{Value, json};

use super::{
    moves::{self, Move},
    nothing,
    running::{Running, Taken},
};
use crate::{
    handlers::{
        Context, Handler, Stop, Unanswered,
        handler::Outcome,
        refusals::{beyond_sqlite, int},
        statistics::{
            premium::subscriber,
            subject::{ARGUMENTS, Subject},
        },
    },
    wire::{
        Answer, Decimal, Gives, Location,
        gives::{at_times, key},
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
    .long()
    .takes(&ARGUMENTS, Location::Json)
    .refuses(&[401, 403])
    .gives(OVER_TIME);

/// An event after which more went than there was ends it.
const OVER_TIME: Gives = Gives::Object(&[
    key("times", Gives::List(&Gives::Int)),
    key("values", Gives::List(&Gives::Text)),
    at_times("last_event_identifier", Gives::Tuple(&[Gives::Int, Gives::Text])),
]);

async fn amounts(context: Context) -> Outcome {
    let user = subscriber(&context).await?;
    let arguments = context.arguments_with_assets().await?;
    let assets = Subject::of(&context, &arguments).await?.assets().to_owned();
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
