//! `/api/1/statistics/events`: a year in numbers.

use num_bigint::BigInt;
use num_traits::ToPrimitive as _;
use serde_json::{Map, Value, json};

use super::zone;
use crate::{
    db::{DbError, Transaction},
    handlers::{
        Context, Handler, Stop, Unanswered,
        handler::Outcome,
        refusals::{beyond_sqlite, int},
        rows::{self, Row, odd},
    },
    schema::{
        constants::EVM_CHAINS,
        locations::{self, EXCHANGES, letter_of},
    },
    session::zone::Zone,
    wire::{
        Answer, Decimal, Gives, Location,
        float::repr,
        gives::key,
        validate::{Fallback, Kind, Schema, field},
    },
};

/// `POST /api/1/statistics/events`
pub const EVENTS: Handler =
    Handler::reads("statistics_events", "POST /api/1/statistics/events", |context| Box::pin(events(context)))
        .needs_user(&[
            "history_events(identifier, event_identifier, timestamp, location, location_label, asset, amount, type, \
             subtype)",
            "evm_events_info(identifier, tx_hash, counterparty)",
            "evm_transactions(tx_hash, chain_id)",
            "multisettings(name, value)",
            "gnosispay_data(timestamp, transaction_symbol, transaction_amount, billing_amount)",
        ])
        .long()
        .takes(&RANGE, Location::JsonOrQuery)
        .refuses(&[401])
        .gives(SHOWN);

const SHOWN: Gives = Gives::Object(&[
    key("eth_on_gas", Gives::Text),
    key("eth_on_gas_per_address", Gives::Mapping(&Gives::Text)),
    key("transactions_per_chain", Gives::Mapping(&Gives::Int)),
    key("trades_by_exchange", Gives::Mapping(&Gives::Int)),
    key(
        "gnosis_max_payments_by_currency",
        Gives::List(&Gives::Object(&[key("symbol", Gives::Text), key("amount", Gives::Text)])),
    ),
    key(
        "top_days_by_number_of_transactions",
        Gives::List(&Gives::Object(&[key("timestamp", Gives::Maybe(&Gives::Int)), key("amount", Gives::Text)])),
    ),
    key(
        "transactions_per_protocol",
        Gives::List(&Gives::Object(&[key("protocol", Gives::Text), key("transactions", Gives::Int)])),
    ),
    key("score", Gives::Int),
]);

/// `TimestampRangeSchema`
static RANGE: Schema = Schema::new(&[
    field("from_timestamp", Kind::Timestamp(1)).or(Fallback::Int(0)),
    field("to_timestamp", Kind::Timestamp(1)).or(Fallback::Now),
]);

/// What counts how much for the score: a trade, a transaction, a chain, an ETH of gas, a payment by card.
const TRADE: i64 = 25;
const TRANSACTION: i64 = 3;
const CHAIN: i64 = 50;
const GAS: i64 = 1500;
const CARD: i64 = 1000;

/// Rows of everything that is shown.
struct Found {
    gas: Vec<Row>,
    gas_of_addresses: Vec<Row>,
    chains: Vec<Row>,
    exchanges: Vec<Row>,
    payments: Vec<Row>,
    days: Vec<Row>,
    /// The one that these are days of.
    zone: &'static Zone,
    protocols: Vec<Row>,
}

async fn events(context: Context) -> Outcome {
    let user = context.login()?;
    let arguments = context.arguments()?;
    let (from, to) = (int(&arguments, "from_timestamp")?, int(&arguments, "to_timestamp")?);
    let (Some(from_ms), Some(to_ms)) = (from.checked_mul(1000), to.checked_mul(1000)) else {
        return Ok(beyond_sqlite());
    };
    let found = context.read_user(&user, move |transaction| found(transaction, (from, to), (from_ms, to_ms))).await?;
    if !found.days.is_empty() && !days_are_legacys(&context, &found)? {
        return Err(Stop::declined(
            "which day it is depends on legacy's time zone, and that is not known to be this one",
        ));
    }
    Ok(Answer::ok_showing_status(&shown(&found)?, 200)?)
}

/// Whether legacy's clocks show the same at all of these days.
fn days_are_legacys(context: &Context, found: &Found) -> Result<bool, Unanswered> {
    for day in &found.days {
        if !day.maybe_int(0)?.is_some_and(|day| Zone::YEARS.contains(&day)) {
            return Ok(false);
        }
    }
    Ok(zone::is_legacys(context, found.zone))
}

fn found(transaction: &Transaction<'_>, seconds: (i64, i64), range: (i64, i64)) -> Result<Found, DbError> {
    let all = |query: &str| rows::select(transaction, query, range);
    // Of groups that count alike the last one comes first: SQLite groups in the direction in which it is to order.
    Ok(Found {
        gas: all("SELECT SUM(CAST(e.amount AS REAL)) FROM history_events e \
                  JOIN evm_events_info i ON i.identifier = e.identifier \
                  WHERE e.asset = 'ETH' AND e.type = 'spend' AND e.subtype = 'fee' AND i.counterparty = 'gas' \
                  AND e.timestamp BETWEEN ? AND ?")?,
        gas_of_addresses: all("SELECT e.location_label, SUM(CAST(e.amount AS REAL)) FROM history_events e \
                               JOIN evm_events_info i ON i.identifier = e.identifier \
                               WHERE e.asset = 'ETH' AND e.type = 'spend' AND e.subtype = 'fee' \
                               AND i.counterparty = 'gas' AND e.timestamp BETWEEN ? AND ? \
                               GROUP BY e.location_label ORDER BY e.location_label")?,
        chains: all("SELECT t.chain_id, COUNT(DISTINCT e.event_identifier) FROM history_events e \
                     JOIN evm_events_info i ON i.identifier = e.identifier \
                     JOIN evm_transactions t ON t.tx_hash = i.tx_hash \
                     WHERE e.timestamp BETWEEN ? AND ? AND e.asset NOT IN \
                     (SELECT value FROM multisettings WHERE name = 'ignored_asset') \
                     GROUP BY t.chain_id ORDER BY t.chain_id")?,
        exchanges: exchanges(transaction, range)?,
        // The amount is that of the payment which is the largest by the other column, or one of them.
        payments: rows::select(
            transaction,
            "SELECT transaction_symbol, transaction_amount FROM gnosispay_data WHERE timestamp BETWEEN ? AND ? \
             GROUP BY transaction_symbol ORDER BY MAX(CAST(CASE transaction_symbol WHEN 'EUR' \
             THEN transaction_amount ELSE billing_amount END AS REAL)) DESC, transaction_symbol DESC",
            seconds,
        )?,
        days: all("SELECT unixepoch(day, 'utc'), number FROM \
                   (SELECT date(e.timestamp / 1000, 'unixepoch', 'localtime') AS day, \
                   COUNT(DISTINCT e.event_identifier) AS number FROM history_events e \
                   JOIN evm_events_info i ON i.identifier = e.identifier \
                   WHERE e.timestamp BETWEEN ? AND ? AND e.asset NOT IN \
                   (SELECT value FROM multisettings WHERE name = 'ignored_asset') GROUP BY day) \
                   ORDER BY number DESC, day DESC LIMIT 10")?,
        zone: zone::own(transaction)?,
        protocols: all("SELECT i.counterparty, COUNT(DISTINCT i.tx_hash) AS number FROM history_events e \
                        JOIN evm_events_info i ON i.identifier = e.identifier \
                        WHERE i.counterparty != 'gas' AND e.timestamp BETWEEN ? AND ? \
                        GROUP BY i.counterparty ORDER BY number DESC, i.counterparty DESC")?,
    })
}

/// Events of exchanges, and of what is outside of everything.
fn exchanges(transaction: &Transaction<'_>, (from, to): (i64, i64)) -> Result<Vec<Row>, DbError> {
    let letters: Vec<String> =
        EXCHANGES.iter().chain(&["external"]).filter_map(|name| letter_of(name)).map(String::from).collect();
    rows::select(
        transaction,
        "SELECT location, COUNT(DISTINCT event_identifier) FROM history_events \
         WHERE location IN (SELECT value FROM json_each(?)) AND timestamp BETWEEN ? AND ? \
         GROUP BY location ORDER BY location",
        (json!(letters).to_string(), from, to),
    )
}

fn shown(found: &Found) -> Result<Value, Unanswered> {
    let gas = match found.gas.first() {
        Some(row) => row.maybe_real(0)?.map_or_else(|| "0".to_owned(), repr),
        None => return Err(odd()),
    };
    let gas_of_addresses = object(&found.gas_of_addresses, |row| {
        let address = row.maybe_text(0)?.unwrap_or("null").to_owned();
        Ok((address, json!(repr(row.maybe_real(1)?.ok_or_else(odd)?))))
    })?;
    let chains = object(&found.chains, |row| Ok((chain(row.int(0)?).ok_or_else(odd)?, json!(row.int(1)?))))?;
    let exchanges = object(&found.exchanges, |row| {
        Ok((locations::by_letter(row.text(0)?).ok_or_else(odd)?.to_owned(), json!(row.int(1)?)))
    })?;
    let payments = list(&found.payments, |row| Ok(json!({"symbol": row.text(0)?, "amount": row.text(1)?})))?;
    let days = list(&found.days, |row| Ok(json!({"timestamp": row.maybe_int(0)?, "amount": row.int(1)?.to_string()})))?;
    let protocols = list(&found.protocols, |row| Ok(json!({"protocol": row.text(0)?, "transactions": row.int(1)?})))?;
    let score = score(&gas, &chains, &exchanges, !payments.is_empty()).ok_or_else(odd)?;
    Ok(json!({
        "eth_on_gas": gas,
        "eth_on_gas_per_address": gas_of_addresses,
        "transactions_per_chain": chains,
        "trades_by_exchange": exchanges,
        "gnosis_max_payments_by_currency": payments,
        "top_days_by_number_of_transactions": days,
        "transactions_per_protocol": protocols,
        "score": score,
    }))
}

/// An object of rows; none if two of them have the same name.
fn object(rows: &[Row], entry: impl Fn(&Row) -> Result<(String, Value), Unanswered>) -> Result<Value, Unanswered> {
    let mut object = Map::new();
    for row in rows {
        let (name, value) = entry(row)?;
        if object.insert(name, value).is_some() {
            return Err(odd());
        }
    }
    Ok(object.into())
}

fn list(rows: &[Row], entry: impl Fn(&Row) -> Result<Value, Unanswered>) -> Result<Vec<Value>, Unanswered> {
    rows.iter().map(entry).collect()
}

/// A chain's name in capitals.
fn chain(number: i64) -> Option<String> {
    let chains = EVM_CHAINS.as_array()?;
    let chain = chains.iter().find(|chain| chain["id"] == number)?;
    Some(chain["name"].as_str()?.to_ascii_uppercase())
}

/// The points, what is behind the point left away.
fn score(gas: &str, chains: &Value, exchanges: &Value, has_card: bool) -> Option<i64> {
    let numbers = |object: &Value| object.as_object()?.values().map(Value::as_i64).sum::<Option<i64>>();
    let mut points = numbers(exchanges)?.checked_mul(TRADE)?;
    points = points.checked_add(numbers(chains)?.checked_mul(TRANSACTION)?)?;
    points = points.checked_add(i64::try_from(chains.as_object()?.len()).ok()?.checked_mul(CHAIN)?)?;
    let gas = Decimal::read(gas).ok()?.multiply(&Decimal::from(GAS)).ok()?;
    let card = Decimal::from(if has_card { CARD } else { 0 });
    let all = Decimal::from(points).add(&gas).ok()?.add(&card).ok()?.to_string();
    let whole = all.split_once('.').map_or(all.as_str(), |(whole, _)| whole);
    whole.parse::<BigInt>().ok()?.to_i64()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_score_counts_what_there_is_and_is_cut_to_a_whole_number() {
        let (none, chains) = (json!({}), json!({"ETHEREUM": 3600, "BASE": 0, "GNOSIS": 0}));
        let exchanges = json!({"kraken": 60, "external": 2});
        assert_eq!(score("0", &none, &none, false), Some(0));
        assert_eq!(score("0.2179", &chains, &exchanges, true), Some(1550 + 10_800 + 150 + 326 + 1000));
        assert_eq!(score("-1.5e-05", &none, &none, false), Some(0));
        assert_eq!(score("-1.5", &none, &none, true), Some(-1250));
        assert_eq!(score("inf", &none, &none, false), None);
    }

    #[test]
    fn chains_are_called_by_their_names_in_capitals() {
        assert_eq!((chain(137).as_deref(), chain(2)), (Some("POLYGON_POS"), None));
    }
}
