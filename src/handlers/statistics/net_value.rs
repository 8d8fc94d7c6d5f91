//! What everything was worth.

use std::{collections::HashMap, time::SystemTime};

use serde_json::json;

use crate::{
    handlers::{
        Context, Handler, Unanswered,
        handler::Outcome,
        rows::{self, odd},
    },
    session::premium::free_since,
    wire::{
        Answer, Decimal, Gives, Location,
        gives::key,
        validate::{Fallback, Schema, field, texts::BOOLEAN},
    },
};

/// `GET /api/1/statistics/netvalue`
pub const NET_VALUE: Handler =
    Handler::reads("statistics_netvalue", "GET /api/1/statistics/netvalue", |context| Box::pin(net_value(context)))
        .needs_user(&[
            "timed_location_data(timestamp, location, usd_value)",
            "timed_balances(timestamp, currency, usd_value)",
        ])
        .long()
        .takes(&NETVALUE, Location::JsonOrQuery)
        .refuses(&[401])
        .gives(Gives::Object(&[
            key("times", Gives::List(&Gives::Int)),
            key("data", Gives::List(&Gives::Maybe(&Gives::Text))),
        ]));
/// `StatisticsNetValueSchema`
static NETVALUE: Schema = Schema::new(&[field("include_nfts", BOOLEAN).or(Fallback::Bool(true))]);

/// The total by time, with or without what NFTs were worth: of the last two weeks, or all if there is an active premium
/// subscription.
async fn net_value(context: Context) -> Outcome {
    let user = context.login()?;
    let arguments = context.arguments()?;
    let premium = user.premium.ok_or_else(|| Unanswered::declined("whether there is premium is not known"))?;
    let with_nfts = arguments.flag("include_nfts")?;
    let free = free_since(SystemTime::now());
    let from = if premium { 0 } else { free };
    let (totals, nfts) = context
        .read_user(&user, move |transaction| {
            let totals = "SELECT timestamp, usd_value FROM timed_location_data \
                          WHERE location='H' AND timestamp >= ? ORDER BY timestamp ASC";
            // The underscores match any character, as they do in legacy.
            let nfts = "SELECT timestamp, SUM(usd_value) FROM timed_balances \
                        WHERE timestamp >= ? AND currency LIKE '_nft_%' GROUP BY timestamp";
            let nfts = if with_nfts { Vec::new() } else { rows::select(transaction, nfts, [from])? };
            Ok((rows::select(transaction, totals, [from])?, nfts))
        })
        .await?;
    let nfts = nfts.iter().map(|row| Ok((row.int(0)?, row.sum(1)?))).collect::<Result<HashMap<_, _>, Unanswered>>()?;
    let (mut times, mut data) = (Vec::with_capacity(totals.len()), Vec::with_capacity(totals.len()));
    for row in &totals {
        let time = row.int(0)?;
        times.push(time);
        data.push(match with_nfts {
            true => json!(row.maybe_text(1)?),
            false => {
                let nfts = nfts.get(&time).cloned().unwrap_or_else(Decimal::zero);
                json!(row.amount(1)?.subtract(&nfts).map_err(|_| odd())?.to_string())
            }
        });
    }
    if premium && times.first().is_some_and(|oldest| *oldest < free) && !user.is_active() {
        return Err(Unanswered::declined("whether the premium subscription is active legacy has not shown yet").into());
    }
    Ok(Answer::ok(&json!({"times": times, "data": data}))?)
}
