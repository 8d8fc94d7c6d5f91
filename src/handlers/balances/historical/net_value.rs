//! What everything was worth on each day, by the prices that are stored.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::{
    moves::{self, Move},
    nothing,
    running::{Running, Taken},
};
use crate::{
    db::{DbError, Transaction},
    handlers::{
        Context, Handler, Unanswered,
        handler::Outcome,
        identifiers::Spellings,
        refusals::{beyond_sqlite, int},
        rows::{self, Row, odd},
        statistics::premium::subscriber,
    },
    wire::{
        Answer, Decimal, Gives, Location,
        gives::{at_times, key},
        validate::{Fallback, Kind, Schema, field},
    },
};

/// `POST /api/1/balances/historical/netvalue`
pub const NET_VALUE: Handler =
    Handler::reads("balances_historical_netvalue", "POST /api/1/balances/historical/netvalue", |context| {
        Box::pin(net_value(context))
    })
    .needs_user(&[
        "user_credentials(location)",
        "history_events(identifier, event_identifier, timestamp, location, asset, amount, type, subtype, ignored)",
        "settings(name, value)",
    ])
    .needs_global(&["assets(identifier)", "price_history(from_asset, to_asset, timestamp, price)"])
    .long()
    .takes(&RANGE, Location::Json)
    .refuses(&[401, 403])
    .gives(OVER_TIME);

/// An event after which more went than there was ends it.
const OVER_TIME: Gives = Gives::Object(&[
    key("times", Gives::List(&Gives::Int)),
    key("missing_prices", Gives::List(&Gives::Tuple(&[Gives::Text, Gives::Int]))),
    key("values", Gives::List(&Gives::Text)),
    at_times("last_event_identifier", Gives::Tuple(&[Gives::Int, Gives::Text])),
]);

/// `TimestampRangeSchema`
static RANGE: Schema = Schema::new(&[
    field("from_timestamp", Kind::Timestamp(1)).or(Fallback::Int(0)),
    field("to_timestamp", Kind::Timestamp(1)).or(Fallback::Now),
]);

const DAY: i64 = 24 * 60 * 60;

/// What there was at the end of a day, nothing left out but what was never there.
struct Day {
    begin: i64,
    assets: Vec<(String, Decimal)>,
}

async fn net_value(context: Context) -> Outcome {
    let user = subscriber(&context).await?;
    let arguments = context.arguments()?;
    let (from, to) = (int(&arguments, "from_timestamp")?, int(&arguments, "to_timestamp")?);
    let (Some(from_ms), Some(to_ms)) = (from.checked_mul(1000), to.checked_mul(1000)) else {
        return Ok(beyond_sqlite());
    };
    let (moves, currency) = context
        .read_user(&user, move |transaction| {
            let currency = "SELECT value FROM settings WHERE name = 'main_currency'";
            Ok((moves::read(transaction, (from_ms, to_ms), None)?, rows::select(transaction, currency, [])?))
        })
        .await?;
    let moves = moves?;
    if moves.is_empty() {
        return nothing(&format!("No historical data found within from_ts={from} and to_ts={to}."));
    }
    let currency = currency.first().map_or(Ok("USD"), |row| row.text(0))?.to_owned();
    let named = moves.iter().map(|moved| moved.asset.clone()).chain([currency.clone()]);
    let spellings = Spellings::of(&context, named).await?;
    let currency = spellings.spell(&currency)?.to_owned();
    let (days, stopped) = days(&moves, &spellings)?;
    let stopped = stopped.map(|moved| (moved.identifier, moved.group.clone()));
    let (mut times, mut values, mut missing) = (Vec::new(), Vec::new(), Vec::new());
    let main = currency.clone();
    let priced = context
        .read_global(move |transaction| {
            days.into_iter().map(|day| priced(transaction, day, &main)).collect::<Result<Vec<_>, _>>()
        })
        .await?;
    for (day, prices) in priced {
        let mut total = Decimal::zero();
        for ((asset, amount), found) in day.assets.iter().zip(prices) {
            let Some(price) = price(&found, asset, &currency)? else {
                missing.push(json!([asset, day.begin]));
                continue;
            };
            total = amount.multiply(&price).and_then(|value| total.add(&value)).map_err(|_| odd())?;
        }
        times.push(day.begin);
        values.push(total.to_string());
    }
    let mut shown = json!({"times": times, "missing_prices": missing, "values": values});
    if let Some(stopped) = stopped {
        shown["last_event_identifier"] = json!(stopped);
    }
    Ok(Answer::ok::<Value>(&shown)?)
}

/// Days on which there was something, and the event at which it is over because more went than there was. The day of that
/// event is not told.
fn days<'m>(moves: &'m [Move], spellings: &Spellings) -> Result<(Vec<Day>, Option<&'m Move>), Unanswered> {
    let (mut running, mut days, mut stopped) = (Running::default(), Vec::new(), None);
    let mut today = moves.first().map_or(0, begin);
    for moved in moves {
        if begin(moved) > today {
            days.push(Day::of(today, &running));
            today = begin(moved);
        }
        if running.take(moved, spellings.spell(&moved.asset)?)? == Taken::TooMuch {
            stopped = Some(moved);
            break;
        }
    }
    if stopped.is_none() {
        days.push(Day::of(today, &running));
    }
    days.retain(|day| !day.assets.is_empty());
    Ok((days, stopped))
}

fn begin(moved: &Move) -> i64 {
    moved.second() / DAY * DAY
}

impl Day {
    fn of(begin: i64, running: &Running) -> Self {
        let there = running.0.iter().filter(|(_, amount)| !amount.is_zero());
        Self { begin, assets: there.map(|(asset, amount)| (asset.clone(), amount.clone())).collect() }
    }
}

/// The prices that are nearest to the beginning of the day, of each asset, if they are in this currency and not more than a
/// day away.
fn priced(transaction: &Transaction<'_>, day: Day, currency: &str) -> Result<(Day, Vec<Vec<Row>>), DbError> {
    let nearest = "SELECT from_asset, price FROM price_history WHERE from_asset = ?1 AND to_asset = ?2 \
                   AND timestamp BETWEEN ?3 - 86400 AND ?3 + 86400 AND ABS(timestamp - ?3) = \
                   (SELECT MIN(ABS(timestamp - ?3)) FROM price_history WHERE from_asset = ?1)";
    let mut prices = Vec::new();
    for (asset, _) in &day.assets {
        prices.push(rows::select(transaction, nearest, (asset, currency, day.begin))?);
    }
    Ok((day, prices))
}

/// The price of an asset, if there is one.
fn price(found: &[Row], asset: &str, currency: &str) -> Result<Option<Decimal>, Unanswered> {
    let mut prices = HashMap::new();
    for row in found {
        let price = row.amount(1)?;
        // Of several prices it depends on the plan of a query which is taken.
        if row.text(0)? == asset && prices.insert(price.to_string(), price).is_none() && prices.len() > 1 {
            return Err(Unanswered::declined("several prices of a moment"));
        }
    }
    let own = || asset.eq_ignore_ascii_case(currency).then(|| Decimal::from(1));
    Ok(prices.into_values().next().or_else(own))
}
