//! What a snapshot that is replaced is to hold: as it is read, and as it is stored.

use num_bigint::BigInt;
use num_traits::ToPrimitive as _;

use crate::{
    handlers::{Unanswered, rows::odd},
    schema::locations::{NAMES, letter_of},
    wire::validate::{
        Fault, Field, Item, Kind, Members, Pass, Record, Schema, Validator, amounts::AMOUNT, each, field,
    },
};

pub(super) const TIMESTAMP: Field = field("timestamp", Kind::Timestamp(1)).required();
const VALUE: Field = field("usd_value", AMOUNT).required();

static CATEGORY: Members = Members::of("BalanceType", &["asset", "liability"]);
static LOCATION: Members = Members::of("Location", NAMES);

/// `BalanceSnapshotSchema`
static BALANCE: Schema = Schema::new(&[
    TIMESTAMP,
    field("category", Kind::Member(&CATEGORY)).required(),
    field("asset_identifier", Kind::Asset("asset")).required(),
    field("amount", AMOUNT).required(),
    VALUE,
]);
/// `LocationDataSnapshotSchema`
static PLACE: Schema = Schema::new(&[TIMESTAMP, field("location", Kind::Member(&LOCATION)).required(), VALUE]);

static EACH_BALANCE: Field = each(Kind::Nested(&BALANCE));
static EACH_PLACE: Field = each(Kind::Nested(&PLACE));
const SOME: &[Validator] = &[Validator::Length { min: Some(1), max: None, error: None }];

/// `SnapshotEditingSchema`
pub(super) static EDITED: Schema = Schema::new(&[
    TIMESTAMP,
    field("balances_snapshot", Kind::List(&EACH_BALANCE)).required().check(SOME),
    field("location_data_snapshot", Kind::List(&EACH_PLACE)).required().check(SOME),
])
.checks(&[of_one_moment]);

/// Only the first of each list is looked at.
fn of_one_moment(record: &Record, _: &Pass<'_>) -> Result<(), Fault> {
    let wrong = |error: crate::wire::validate::Mistyped| Fault::legacy(error.to_string());
    let first = |list| match record.maybe_list(list).map_err(wrong)?.and_then(<[Item]>::first) {
        Some(Item::Record(first)) => Ok(first.get("timestamp")),
        _ => Err(Fault::legacy("a list without records")),
    };
    let timestamp = record.get("timestamp");
    if timestamp == first("balances_snapshot")? && timestamp == first("location_data_snapshot")? {
        return Ok(());
    }
    let shown = timestamp.and_then(Item::shown).unwrap_or_default();
    Err(Fault::message(format!("timestamp provided {shown} is not the same as the one for the entries provided.")))
}

/// Seconds since 1970; `None` beyond 64 bits.
type Moment = Option<i64>;

/// What there was of an asset.
#[derive(Debug)]
pub(super) struct Balance {
    pub(super) time: Moment,
    /// As the database spells it.
    pub(super) category: &'static str,
    pub(super) asset: String,
    pub(super) amount: String,
    pub(super) value: String,
}

/// What there was at a location.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) time: Moment,
    pub(super) name: &'static str,
    /// As the database spells it.
    pub(super) letter: String,
    pub(super) value: String,
}

impl Balance {
    fn of(record: &Record) -> Result<Self, Unanswered> {
        let category = if record.text("category")? == "asset" { "A" } else { "B" };
        Ok(Self {
            time: moment(record)?,
            category,
            asset: record.text("asset_identifier")?.to_owned(),
            amount: amount(record, "amount")?,
            value: amount(record, "usd_value")?,
        })
    }
}

impl Place {
    fn of(record: &Record) -> Result<Self, Unanswered> {
        let Some(Item::Member(name)) = record.get("location") else { return Err(odd()) };
        let letter = letter_of(name).ok_or_else(odd)?.to_string();
        Ok(Self { time: moment(record)?, name, letter, value: amount(record, "usd_value")? })
    }
}

/// All balances and all places.
pub(super) fn read(arguments: &Record) -> Result<(Vec<Balance>, Vec<Place>), Unanswered> {
    Ok((
        records(arguments, "balances_snapshot", Balance::of)?,
        records(arguments, "location_data_snapshot", Place::of)?,
    ))
}

fn records<T>(
    arguments: &Record,
    name: &str,
    of: impl Fn(&Record) -> Result<T, Unanswered>,
) -> Result<Vec<T>, Unanswered> {
    let items = arguments.maybe_list(name)?.unwrap_or_default();
    let record = |item: &Item| match item {
        Item::Record(record) => of(record),
        _ => Err(odd()),
    };
    items.iter().map(record).collect()
}

fn moment(record: &Record) -> Result<Moment, Unanswered> {
    match record.get("timestamp") {
        Some(Item::Int(time)) => Ok(BigInt::to_i64(time)),
        _ => Err(odd()),
    }
}

fn amount(record: &Record, name: &str) -> Result<String, Unanswered> {
    Ok(record.maybe_decimal(name)?.ok_or_else(odd)?.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{
        Location,
        location::{Reading, Sources},
        parse::parse,
        validate::{Known, Question},
    };

    fn said(timestamps: [&str; 3]) -> String {
        let [all, balance, place] = timestamps;
        let body = format!(
            r#"{{"timestamp": {all}, "balances_snapshot": [{{"timestamp": {balance}, "category": "Liability",
            "asset_identifier": "ETH", "amount": "1e3", "usd_value": 1.50}}], "location_data_snapshot": [
            {{"timestamp": {place}, "location": "polygon_pos", "usd_value": "-0.10"}}]}}"#
        );
        let body = parse(body.as_bytes()).unwrap();
        let known = Known::from([(Question { hook: "asset", value: "ETH".into() }, Ok(Item::Text("ETH".into())))]);
        let sources = Sources { body: Some(&body), query: "", path: &[] };
        match crate::wire::location::read(&EDITED, Location::JsonAndPath, sources, 0, &known) {
            Reading::Loaded(record) => format!("{:?}", read(&record).unwrap()),
            Reading::Refused(answer) => String::from_utf8_lossy(&answer.body).into_owned(),
            Reading::Asked(_) | Reading::Legacy(_) => "declined".into(),
        }
    }

    #[test]
    fn rows_are_stored_as_legacy_stores_them_and_begin_at_the_snapshots_moment() {
        assert_eq!(
            said(["5", "5.0", "\"5\""]),
            "([Balance { time: Some(5), category: \"B\", asset: \"ETH\", amount: \"1000\", value: \"1.5\" }], \
             [Place { time: Some(5), name: \"polygon pos\", letter: \"h\", value: \"-0.10\" }])"
        );
        for timestamps in [["5", "6", "5"], ["5", "5", "6"], ["6", "5", "5"]] {
            let expected = format!("timestamp provided {} is not the same", timestamps[0]);
            assert!(said(timestamps).contains(&expected), "{timestamps:?}: {}", said(timestamps));
        }
        assert!(said(["9223372036854775808"; 3]).starts_with("([Balance { time: None"));
    }
}
