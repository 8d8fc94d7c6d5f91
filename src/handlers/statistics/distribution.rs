//! What everything was worth in the last snapshot, by location or by asset.

use std::{cmp::Ordering, collections::HashSet};

use serde::Serialize;

use super::premium::subscriber;
use crate::{
    handlers::{
        Context, Handler, Stop, Unanswered,
        handler::Outcome,
        identifiers::Spellings,
        rows::{self, Row, odd},
        settings::show::Stored,
    },
    schema::locations::by_letter,
    session::who::User,
    wire::{
        Answer, Decimal, Gives, Location,
        gives::key,
        validate::{Schema, Validator, field, texts::STRING},
    },
};

/// `GET /api/1/statistics/value_distribution`
pub const VALUE_DISTRIBUTION: Handler =
    Handler::reads("statistics_value_distribution", "GET /api/1/statistics/value_distribution", |context| {
        Box::pin(value_distribution(context))
    })
    .needs_user(&[
        "user_credentials(location)",
        "timed_location_data(timestamp, location, usd_value)",
        "timed_balances(timestamp, currency, amount, usd_value, category)",
        "multisettings(name, value)",
        "settings(name, value)",
    ])
    .needs_global(&[
        "assets(identifier, type)",
        "common_asset_details(identifier)",
        "evm_tokens(identifier, address, chain, token_kind)",
        "asset_types(type)",
    ])
    .takes(&DISTRIBUTION, Location::JsonOrQuery)
    .refuses(&[401, 403])
    .gives(SHOWN);

/// By location or by asset.
const SHOWN: Gives = Gives::Either(&[
    Gives::List(&Gives::Object(&[
        key("time", Gives::Int),
        key("location", Gives::Text),
        key("usd_value", Gives::Text),
    ])),
    Gives::List(&Gives::Object(&[
        key("time", Gives::Int),
        key("category", Gives::Text),
        key("asset", Gives::Text),
        key("amount", Gives::Text),
        key("usd_value", Gives::Text),
    ])),
]);

/// `StatisticsValueDistributionSchema`
static DISTRIBUTION: Schema = Schema::new(&[field("distribution_by", STRING)
    .required()
    .check(&[Validator::OneOf { choices: &["location", "asset"], error: None }])]);

async fn value_distribution(context: Context) -> Outcome {
    let user = subscriber(&context).await?;
    let arguments = context.arguments()?;
    match arguments.text("distribution_by")? {
        "location" => by_location(&context, &user).await,
        _ => by_asset(&context, &user).await,
    }
}

/// What there was at a location.
#[derive(Serialize)]
struct Place<'a> {
    time: i64,
    location: &'a str,
    usd_value: &'a str,
}

/// Locations with any value, and the total, which is a location too. A value is compared with zero as a text, so that
/// only the plain one is none.
async fn by_location(context: &Context, user: &User) -> Outcome {
    let rows = context
        .read_user(user, |transaction| {
            let last = "SELECT timestamp, location, usd_value FROM timed_location_data \
                        WHERE timestamp = (SELECT MAX(timestamp) FROM timed_location_data) AND usd_value != 0";
            rows::select(transaction, last, [])
        })
        .await?;
    let place = |row| -> Result<Place<'_>, Unanswered> {
        let row: &Row = row;
        let location = by_letter(row.text(1)?).ok_or_else(odd)?;
        Ok(Place { time: row.int(0)?, location, usd_value: row.text(2)? })
    };
    Ok(Answer::ok(&rows.iter().map(place).collect::<Result<Vec<_>, _>>()?)?)
}

/// What there was of an asset.
struct Held {
    time: i64,
    asset: String,
    amount: Decimal,
    value: Decimal,
}

/// Assets, the one of the highest value first; those that are ignored left out, and staked ETH among ETH if the user
/// wants that.
async fn by_asset(context: &Context, user: &User) -> Outcome {
    let (rows, ignored, settings) = context
        .read_user(user, |transaction| {
            let last = "SELECT timestamp, currency, amount, usd_value FROM timed_balances \
                        WHERE timestamp = (SELECT MAX(timestamp) FROM timed_balances) AND category = 'A' \
                        ORDER BY CAST(usd_value AS REAL) DESC";
            let ignored = "SELECT value FROM multisettings WHERE name = 'ignored_asset'";
            Ok((
                rows::select(transaction, last, [])?,
                rows::select(transaction, ignored, [])?,
                Stored::alone(transaction)?,
            ))
        })
        .await?;
    settings.all_read(context).await?;
    let names = rows.iter().map(|row| row.text(1).map(str::to_owned)).collect::<Result<Vec<_>, _>>()?;
    let spellings = Spellings::of(context, names).await?;
    let held = |row: &Row| {
        let asset = spellings.spell(row.text(1)?)?.to_owned();
        Ok(Held { time: row.int(0)?, asset, amount: row.amount(2)?, value: row.amount(3)? })
    };
    let mut held = rows.iter().map(held).collect::<Result<Vec<_>, Unanswered>>()?;
    let ignored = ignored.iter().map(|row| row.text(0)).collect::<Result<HashSet<_>, _>>()?;
    held.retain(|held| !ignored.contains(held.asset.as_str()));
    if settings.value("treat_eth2_as_eth")? == true {
        held = with_staked(held)?;
    }
    shown(&held)
}

fn shown(held: &[Held]) -> Result<Answer, Stop> {
    #[derive(Serialize)]
    struct Shown<'a> {
        time: i64,
        category: &'static str,
        asset: &'a str,
        amount: String,
        usd_value: String,
    }
    let shown = held.iter().map(|held| Shown {
        time: held.time,
        category: "asset",
        asset: &held.asset,
        amount: held.amount.to_string(),
        usd_value: held.value.to_string(),
    });
    Ok(Answer::ok(&shown.collect::<Vec<_>>())?)
}

/// ETH and staked ETH as one, before the first that is worth less; left out if there is none of it.
fn with_staked(all: Vec<Held>) -> Result<Vec<Held>, Unanswered> {
    let is_eth = |held: &Held| ["ETH", "ETH2"].iter().any(|name| held.asset.eq_ignore_ascii_case(name));
    let (eth, mut others): (Vec<_>, Vec<_>) = all.into_iter().partition(is_eth);
    let Some(time) = eth.last().map(|held| held.time) else { return Ok(others) };
    let (mut amount, mut value) = (Decimal::zero(), Decimal::zero());
    for held in &eth {
        amount = amount.add(&held.amount).map_err(|_| odd())?;
        value = value.add(&held.value).map_err(|_| odd())?;
    }
    if amount.is_negative() || amount.is_zero() {
        return Ok(others);
    }
    let less = |held: &Held| value.compare(&held.value).is_ok_and(|order| order == Ordering::Greater);
    let place = others.iter().position(less).unwrap_or(others.len());
    others.insert(place, Held { time, asset: "ETH".to_owned(), amount, value });
    Ok(others)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_staked_of(held: &[(&str, &str, &str)]) -> Vec<String> {
        let of = |(asset, amount, value): &(&str, &str, &str)| Held {
            time: 7,
            asset: (*asset).to_owned(),
            amount: Decimal::read(amount).unwrap(),
            value: Decimal::read(value).unwrap(),
        };
        let all = with_staked(held.iter().map(of).collect()).unwrap();
        all.iter().map(|held| format!("{} {} {}", held.asset, held.amount, held.value)).collect()
    }

    #[test]
    fn staked_eth_is_eth_and_stands_before_what_is_worth_less() {
        let (btc, eth, ltc) = (("BTC", "1", "30"), ("ETH", "2", "20"), ("LTC", "1", "20.0"));
        assert_eq!(with_staked_of(&[btc, eth, ltc, ("ETH2", "1.50", "9")]), ["BTC 1 30", "ETH 3.50 29", "LTC 1 20.0"]);
        // Behind what is worth the same, and at the end if nothing is worth less.
        assert_eq!(with_staked_of(&[btc, eth, ltc]), ["BTC 1 30", "LTC 1 20.0", "ETH 2 20"]);
        assert_eq!(with_staked_of(&[("ETH2", "1", "-5"), btc]), ["BTC 1 30", "ETH 1 -5"]);
        // A sum that is none is left out, whatever it is worth.
        assert_eq!(with_staked_of(&[eth, ("ETH2", "-2.0", "9"), ltc]), ["LTC 1 20.0"]);
        assert_eq!(with_staked_of(&[ltc]), ["LTC 1 20.0"]);
    }
}
