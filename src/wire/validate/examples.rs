//! Real messages: schemas equal to legacy's, bodies that were sent to it, and what it said.

use super::{
    Fallback, Fault, Field, Item, Kind, Known, Limit, Members, Pass, Question, Record, Schema, Shape, Validator,
    addresses::{EVM_ADDRESS, EVM_TX_HASH, checksummed},
    amounts::{AMOUNT, POSITIVE_AMOUNT, PRICE},
    each, field,
    members::{NOT_A_CHAIN_HERE, NOT_A_LOCATION_HERE},
    texts::{BOOLEAN, COLOR, INTEGER, NON_EMPTY_STRING, STRICT_INTEGER, STRING, STRING_OR_NONE, UUID},
};
use crate::wire::{
    Location, Value,
    location::{Reading, Sources, read},
    parse::parse,
};

const NOW: i64 = 1_750_000_000;

/// Some of them.
static BLOCKCHAIN: Members = Members::of("SupportedBlockchain", &["eth", "eth2", "btc", "avax", "polygon_pos"]);
const LIMIT: Field = field("limit", INTEGER).or(Fallback::Null);
const OFFSET: Field = field("offset", INTEGER).or(Fallback::Null);
const ORDER_BY: Field = field("order_by_attributes", Kind::Delimited(&each(STRING_OR_NONE))).or(Fallback::Null);
const ASCENDING: Field = field("ascending", Kind::Delimited(&each(BOOLEAN))).or(Fallback::Null);
const FROM: Field = field("from_timestamp", Kind::Timestamp(1)).or(Fallback::Int(0));
const TO: Field = field("to_timestamp", Kind::Timestamp(1)).or(Fallback::Now);

fn order(data: &Record, _: &Pass<'_>) -> Result<(), Fault> {
    let by = "order_by_attributes";
    match (data.maybe_list(by), data.maybe_list("ascending")) {
        (Ok(Some(a)), Ok(Some(b))) if a.len() != b.len() => {
            Err(Fault::at(by, "order_by_attributes and ascending don't have the same length"))
        }
        (Ok(a), Ok(b)) if a.is_some() != b.is_some() => {
            Err(Fault::at(by, "order_by_attributes and ascending have to be both null or have a value"))
        }
        _ => Ok(()),
    }
}

static TAG: Schema = Schema::new(&[
    field("name", NON_EMPTY_STRING).required(),
    field("description", STRING_OR_NONE).or(Fallback::Null),
    field("background_color", COLOR).or(Fallback::Null),
    field("foreground_color", COLOR).or(Fallback::Null),
])
.checks(&[|data, _| {
    if data.is_null("background_color") || data.is_null("foreground_color") {
        return Err(Fault::at("background_color", "Background and foreground color should be given for the tag"));
    }
    Ok(())
}]);

static NOTE: Schema = Schema::new(&[
    field("title", NON_EMPTY_STRING).required(),
    field("content", NON_EMPTY_STRING).required(),
    field("location", STRING).required(),
    field("is_pinned", BOOLEAN).required(),
]);

static NOTES: Schema = Schema::new(&[
    ORDER_BY,
    ASCENDING,
    LIMIT,
    OFFSET,
    FROM,
    TO,
    field("title_substring", STRING_OR_NONE).or(Fallback::Null),
    field("location", STRING_OR_NONE).or(Fallback::Null),
])
.checks(&[order]);

static IDENTIFIER: Schema = Schema::new(&[field("identifier", INTEGER).required()]);

static CALENDAR: Schema = Schema::new(&[
    field("address", STRING_OR_NONE).or(Fallback::Null),
    field("blockchain", Kind::Member(&BLOCKCHAIN)).or(Fallback::Null),
    field("name", NON_EMPTY_STRING).required(),
    field("description", STRING_OR_NONE).or(Fallback::Null),
    field("counterparty", Kind::LookUp("counterparty")).or(Fallback::Null),
    field("color", COLOR).or(Fallback::Null),
    field("auto_delete", BOOLEAN).required(),
    field("timestamp", Kind::Timestamp(1)).required(),
])
.checks(&[|data, _| {
    if data.is_null("address") == data.is_null("blockchain") {
        return Ok(());
    }
    Err(Fault::message("If any of address or blockchain is provided both need to be provided"))
}]);

static REMINDER: Schema = Schema::new(&[
    field("event_id", INTEGER).required(),
    field("secs_before", INTEGER).required().check(&[Validator::Range {
        min: Some(0),
        max: None,
        error: Some("secs_before has to be >= 0"),
    }]),
    field("acknowledged", BOOLEAN).or(Fallback::Bool(false)),
]);
static REMINDERS: Schema = Schema::new(&[field("reminders", Kind::List(&each(Kind::Nested(&REMINDER))))]);

static NET_VALUE: Schema = Schema::new(&[field("include_nfts", BOOLEAN).or(Fallback::Bool(true))]);

/// The address is looked at last, once everything else is valid.
static NAME: Schema = Schema::new(&[
    field("address", NON_EMPTY_STRING).required(),
    field("blockchain", Kind::Member(&BLOCKCHAIN)).or(Fallback::Null),
])
.after(|mut data, _| {
    let address = data.text("address").map(str::to_owned).unwrap_or_default();
    match (checksummed(&address), data.is_null("blockchain")) {
        (Some(address), _) => data.insert("address", Item::Text(address)),
        (None, false) => {
            return Err(Fault::at("address", format!("Given value {address} is not a valid ethereum address")));
        }
        (None, true) => return Err(Fault::at("address", "Given address is from an unsupported ecosystem")),
    }
    Ok(Item::Record(data))
});
static NAMES: Schema =
    Schema::new(&[field("addresses", Kind::List(&each(Kind::Nested(&NAME)))).or(Fallback::Null), LIMIT, OFFSET]);
static ENTRIES: Schema = Schema::new(&[field("entries", Kind::NonEmptyList(&each(Kind::Nested(&NAME)))).required()]);

static EVENT_TYPE: Members = Members::of("HistoryEventType", &["trade", "spend", "multi trade"]);
static LINKED: Schema = Schema::new(&[
    field("value", BOOLEAN).required(),
    field("linked_setting", STRING)
        .or(Fallback::Null)
        .check(&[Validator::OneOf { choices: &["include_gas_costs", "include_crypto2crypto"], error: None }]),
]);
static RULE: Schema = Schema::new(&[
    field("event_type", Kind::Member(&EVENT_TYPE)).required(),
    field("counterparty", STRING_OR_NONE).or(Fallback::Null),
    field("taxable", Kind::Nested(&LINKED)),
])
.after(|data, _| match data.get("taxable") {
    None => Err(Fault::Crash("'taxable'".into())),
    Some(_) => Ok(Item::Record(data)),
});

static LOCATION: Members = Members::of("Location", &["external", "kraken", "binance", "polygon pos"]);
static BALANCE_TYPE: Members = Members::of("BalanceType", &["asset", "liability"]);
static BALANCE: Schema = Schema::new(&[
    field("tags", Kind::List(&each(NON_EMPTY_STRING))).or(Fallback::Null),
    field("asset", Kind::Asset("asset")).required(),
    field("label", NON_EMPTY_STRING).required(),
    field("amount", POSITIVE_AMOUNT).required(),
    field("location", Kind::Member(&LOCATION)).required(),
    field("balance_type", Kind::Member(&BALANCE_TYPE)).or(Fallback::Member("asset")),
])
.checks(&[|data, _| match data.maybe_list("tags") {
    Ok(Some([])) => Err(Fault::at("tags", "Provided empty list for tags. Use null.")),
    _ => Ok(()),
}]);
static BALANCES: Schema = Schema::new(&[field("balances", Kind::List(&each(Kind::Nested(&BALANCE)))).required()]);

static ORACLE: Members = Members::of("HistoricalPriceOracle", &["manual", "coingecko"])
    .otherwise("Invalid historical price oracle: {input}");
static BITCOIN_LIKE: Members = BLOCKCHAIN.limited(Limit::Except(&["eth2"], NOT_A_CHAIN_HERE));
static EXCHANGE: Members = LOCATION.limited(Limit::Only(&["kraken", "binance"], NOT_A_LOCATION_HERE));
static ENTRY_TYPE: Members = Members::of("HistoryBaseEntryType", &["evm event", "history event"]);

/// An identifier of a history event.
const EVENT_IDENTIFIER: Kind = Kind::Scalar(Shape::Int, |value, pass| match INTEGER.read(value, pass)? {
    Item::Int(int) if int < 0.into() => Err(Fault::message("Identifier must be an integer >= 0")),
    item => Ok(item),
});

/// Fields of many endpoints, each alone in its message.
static MANY: Schema = Schema::new(&[
    field("module", STRING).check(&[Validator::OneOf { choices: &["makerdao_dsr", "eth2", "nfts"], error: None }]),
    field("address", EVM_ADDRESS),
    field("price", PRICE),
    field("amount", AMOUNT),
    field("timestamp", Kind::TimestampUntilNow(1)),
    field("identifier", UUID),
    field("task_id", STRICT_INTEGER).or(Fallback::Null),
    field("action", STRING).check(&[Validator::Equal("logout")]),
    field("oracle", Kind::Member(&ORACLE)),
    field("blockchain", Kind::Member(&BITCOIN_LIKE)),
    field("location", Kind::Member(&EXCHANGE)),
    field("identifiers", Kind::NonEmptyList(&each(EVENT_IDENTIFIER))),
    field("tx_hashes", Kind::Delimited(&each(EVM_TX_HASH))),
    field("entry_types", Kind::IncludeExclude(&each(Kind::Member(&ENTRY_TYPE)))),
    field("precision", INTEGER).check(&[Validator::Range {
        min: Some(0),
        max: Some(8),
        error: Some("Floating numbers precision in the UI must be between 0 and 8"),
    }]),
    field("names", Kind::Mapping(Some(&each(NON_EMPTY_STRING)), Some(&each(INTEGER)))),
    field("asset", Kind::Asset("asset")),
]);

/// A list of pairs with something in it.
static PAIRS: Schema = Schema::new(&[
    field("identifier", INTEGER).required(),
    field("labels", Kind::List(&each(STRING))),
    field("pairs", Kind::List(&each(Kind::Tuple(&[each(STRING), each(Kind::TimestampUntilNow(1))]))))
        .required()
        .check(&[Validator::Length { min: Some(1), max: None, error: None }]),
]);

fn known() -> Known {
    let question = |hook, value: &str| Question { hook, value: value.to_owned() };
    Known::from([
        (question("asset", "ETH"), Ok(Item::Text("ETH".into()))),
        (question("asset", "NOPE"), Err("Unknown asset NOPE provided.".into())),
        (question("asset", "a/b"), Ok(Item::Text("a/b".into()))),
        (question("counterparty", "zz"), Err("Unknown counterparty zz provided".into())),
    ])
}

/// The answer to a body, as status and text; `ok` for one that is taken.
fn answer(schema: &Schema, location: Location, body: Option<&str>, query: &str, path: &[(String, Value)]) -> String {
    let body = body.map(|body| parse(body.as_bytes()).unwrap());
    match read(schema, location, Sources { body: body.as_ref(), query, path }, NOW, &known()) {
        Reading::Loaded(_) => "ok".into(),
        Reading::Refused(answer) => format!("{} {}", answer.status, std::str::from_utf8(&answer.body).unwrap()),
        Reading::Asked(questions) => format!("asked {questions:?}"),
        Reading::Legacy(why) => format!("legacy: {why}"),
    }
}

/// A refusal with these messages, as it is on the wire.
fn refusal(messages: &str) -> String {
    format!("400 {{\"message\":{},\"result\":null}}\n", serde_json::to_string(messages).unwrap())
}

/// A body, and the messages that it is refused with.
static REFUSED: &[(&Schema, &str, &str)] = &[
    (&TAG, "{}", r#"{"name": ["Missing data for required field."]}"#),
    (&TAG, r#"{"name": "a", "foo": 1}"#, r#"{"foo": ["Unknown field."]}"#),
    (
        &TAG,
        r#"{"name": "", "background_color": "ffffff", "foreground_color": "000000"}"#,
        r#"{"name": ["Field cannot be an empty string"]}"#,
    ),
    (
        &TAG,
        r#"{"name": 5, "background_color": "zz", "foreground_color": "000000"}"#,
        r#"{"name": ["Not a valid string."], "background_color": ["The given color code value \"zz\" could not be processed as a hex color value"]}"#,
    ),
    (
        &TAG,
        r#"{"name": "a", "background_color": "ffff", "foreground_color": "000000"}"#,
        r#"{"background_color": ["The given color code value \"ffff\" does not have 6 hexadecimal digits"]}"#,
    ),
    (
        &TAG,
        r#"{"name": "a", "background_color": "1000000"}"#,
        r#"{"background_color": ["The given color code value \"1000000\" is out of range for a normal color field"]}"#,
    ),
    (
        &TAG,
        r#"{"name": "a", "background_color": 5}"#,
        r#"{"background_color": ["Failed to deserialize color code from int entry"]}"#,
    ),
    (
        &TAG,
        r#"{"name": "x"}"#,
        r#"{"background_color": ["Background and foreground color should be given for the tag"]}"#,
    ),
    (&TAG, r#"{"name": null}"#, r#"{"name": ["Field may not be null."]}"#),
    (&TAG, r#"{"name": "a", "ünk": 1}"#, r#"{"\u00fcnk": ["Unknown field."]}"#),
    (&TAG, "[]", r#"{"_schema": ["Invalid input type."]}"#),
    (&TAG, "null", r#"{"_schema": ["Invalid input type."]}"#),
    (&TAG, r#""x""#, r#"{"_schema": ["Invalid input type."]}"#),
    (
        &NOTE,
        r#"{"title": "a", "content": "b", "location": "c"}"#,
        r#"{"is_pinned": ["Missing data for required field."]}"#,
    ),
    (
        &NOTE,
        r#"{"title": ""}"#,
        r#"{"title": ["Field cannot be an empty string"], "content": ["Missing data for required field."], "location": ["Missing data for required field."], "is_pinned": ["Missing data for required field."]}"#,
    ),
    (
        &NOTE,
        r#"{"title": "x", "content": "y", "location": "G", "is_pinned": "maybe"}"#,
        r#"{"is_pinned": ["Not a valid boolean."]}"#,
    ),
    (&IDENTIFIER, r#"{"identifier": "abc"}"#, r#"{"identifier": ["Not a valid integer."]}"#),
    (&IDENTIFIER, r#"{"identifier": true}"#, r#"{"identifier": ["Not a valid integer."]}"#),
    (&IDENTIFIER, r#"{"identifier": Infinity}"#, r#"{"identifier": ["Number too large."]}"#),
    (&NOTES, r#"{"limit": "x"}"#, r#"{"limit": ["Not a valid integer."]}"#),
    (
        &NOTES,
        r#"{"order_by_attributes": ["title"], "ascending": [true, false]}"#,
        r#"{"order_by_attributes": ["order_by_attributes and ascending don't have the same length"]}"#,
    ),
    (
        &NOTES,
        r#"{"order_by_attributes": ["title"]}"#,
        r#"{"order_by_attributes": ["order_by_attributes and ascending have to be both null or have a value"]}"#,
    ),
    (&NOTES, r#"{"order_by_attributes": 5}"#, r#"{"order_by_attributes": ["Not a valid delimited list."]}"#),
    (&NOTES, r#"{"order_by_attributes": ""}"#, r#"{"order_by_attributes": ["List cant be empty"]}"#),
    (
        &NOTES,
        r#"{"from_timestamp": -5}"#,
        r#"{"from_timestamp": ["Failed to deserialize a timestamp entry. Timestamps can not have negative values. Given value was -5"]}"#,
    ),
    (
        &NOTES,
        r#"{"from_timestamp": "abc"}"#,
        r#"{"from_timestamp": ["Failed to deserialize a timestamp entry from string abc due to Expected string, int, float, or Decimal to initialize an FVal.Found <class 'str'>."]}"#,
    ),
    (
        &NOTES,
        r#"{"from_timestamp": 1.5}"#,
        r#"{"from_timestamp": ["Failed to deserialize a timestamp entry from string 1.5 due to Tried to ask for exact int from 1.5"]}"#,
    ),
    (
        &NOTES,
        r#"{"from_timestamp": []}"#,
        r#"{"from_timestamp": ["Failed to deserialize a timestamp entry. Unexpected type <class 'list'> given"]}"#,
    ),
    (
        &CALENDAR,
        r#"{"name": "x"}"#,
        r#"{"auto_delete": ["Missing data for required field."], "timestamp": ["Missing data for required field."]}"#,
    ),
    (
        &CALENDAR,
        r#"{"name": "x", "timestamp": 1, "auto_delete": false, "color": "zz"}"#,
        r#"{"color": ["The given color code value \"zz\" could not be processed as a hex color value"]}"#,
    ),
    (
        &CALENDAR,
        r#"{"name": "x", "timestamp": 1, "auto_delete": 0, "address": "a"}"#,
        r#"{"_schema": ["If any of address or blockchain is provided both need to be provided"]}"#,
    ),
    (
        &CALENDAR,
        r#"{"name": "x", "timestamp": 1, "auto_delete": 0, "counterparty": "zz"}"#,
        r#"{"counterparty": ["Unknown counterparty zz provided"]}"#,
    ),
    (
        &REMINDERS,
        r#"{"reminders": [{"event_id": 1, "secs_before": -1}, 5]}"#,
        r#"{"reminders": {"0": {"secs_before": ["secs_before has to be >= 0"]}, "1": {"_schema": ["Invalid input type."]}}}"#,
    ),
    (
        &NAMES,
        r#"{"addresses": [{"address": "0x12", "blockchain": "eth"}]}"#,
        r#"{"addresses": {"0": {"address": ["Given value 0x12 is not a valid ethereum address"]}}}"#,
    ),
    (
        &NAMES,
        r#"{"addresses": [{"address": "x"}]}"#,
        r#"{"addresses": {"0": {"address": ["Given address is from an unsupported ecosystem"]}}}"#,
    ),
    (&ENTRIES, r#"{"entries": []}"#, r#"{"entries": ["List cant be empty"]}"#),
    (
        &ENTRIES,
        r#"{"entries": [{"address": "x", "blockchain": "zz"}]}"#,
        r#"{"entries": {"0": {"blockchain": ["Failed to deserialize SupportedBlockchain value zz"]}}}"#,
    ),
    (
        &RULE,
        r#"{"event_type": "zz", "taxable": {"value": true}}"#,
        r#"{"event_type": ["Failed to deserialize HistoryEventType value zz"]}"#,
    ),
    (
        &RULE,
        r#"{"event_type": "Multi_Trade", "taxable": {"value": 2, "linked_setting": "zz"}}"#,
        r#"{"taxable": {"value": ["Not a valid boolean."], "linked_setting": ["Must be one of: include_gas_costs, include_crypto2crypto."]}}"#,
    ),
    (
        &BALANCES,
        r#"{"balances": [{"asset": "ETH", "label": "x", "amount": "0", "location": "external", "balance_type": "asset"}]}"#,
        r#"{"balances": {"0": {"amount": ["Non-positive amount 0 given. Amount should be > 0"]}}}"#,
    ),
    (
        &BALANCES,
        r#"{"balances": [{"asset": "ETH", "label": "x", "amount": "abc", "location": "ext", "balance_type": "zzz"}]}"#,
        r#"{"balances": {"0": {"amount": ["Failed to deserialize value entry: Expected string, int, float, or Decimal to initialize an FVal.Found <class 'str'>."], "location": ["Failed to deserialize Location value ext"], "balance_type": ["Failed to deserialize BalanceType value zzz"]}}}"#,
    ),
    (
        &BALANCES,
        r#"{"balances": [{"asset": "ETH", "label": "x", "amount": null, "location": 5}]}"#,
        r#"{"balances": {"0": {"amount": ["Field may not be null."], "location": ["Failed to deserialize Location value from non string value: 5"]}}}"#,
    ),
    (
        &BALANCES,
        r#"{"balances": [{"tags": [], "asset": "ETH", "label": "x", "amount": 1, "location": "kraken"}]}"#,
        r#"{"balances": {"0": {"tags": ["Provided empty list for tags. Use null."]}}}"#,
    ),
    (&BALANCES, r#"{"balances": "ETH"}"#, r#"{"balances": ["Not a valid list."]}"#),
    (&MANY, r#"{"module": "nope"}"#, r#"{"module": ["Must be one of: makerdao_dsr, eth2, nfts."]}"#),
    (&MANY, r#"{"address": "0x12"}"#, r#"{"address": ["Given value 0x12 is not an ethereum address"]}"#),
    (
        &MANY,
        r#"{"price": "-1", "timestamp": 99999999999}"#,
        r#"{"price": ["A negative price is not allowed"], "timestamp": ["Given date cannot be in the future"]}"#,
    ),
    (
        &MANY,
        r#"{"price": ""}"#,
        r#"{"price": ["Failed to deserialize a price/rate entry: Expected string, int, float, or Decimal to initialize an FVal.Found <class 'str'>."]}"#,
    ),
    (
        &MANY,
        r#"{"amount": true}"#,
        r#"{"amount": ["Failed to deserialize value entry: Invalid type bool for data given to FVal constructor"]}"#,
    ),
    (&MANY, r#"{"identifier": "xx"}"#, r#"{"identifier": ["Not a valid UUID."]}"#),
    (&MANY, r#"{"task_id": "1"}"#, r#"{"task_id": ["Not a valid integer."]}"#),
    (&MANY, r#"{"action": "foo"}"#, r#"{"action": ["Must be equal to logout."]}"#),
    (&MANY, r#"{"oracle": "nope"}"#, r#"{"oracle": ["Invalid historical price oracle: nope"]}"#),
    (&MANY, r#"{"blockchain": "eth2"}"#, r#"{"blockchain": ["Blockchain name eth2 is not allowed in this endpoint"]}"#),
    (
        &MANY,
        r#"{"location": "external"}"#,
        r#"{"location": ["Given location external is not one of kraken,binance as needed by the endpoint"]}"#,
    ),
    (&MANY, r#"{"identifiers": [-1]}"#, r#"{"identifiers": {"0": ["Identifier must be an integer >= 0"]}}"#),
    (
        &MANY,
        r#"{"identifiers": ["x", 1, null]}"#,
        r#"{"identifiers": {"0": ["Not a valid integer."], "2": ["Field may not be null."]}}"#,
    ),
    (&MANY, r#"{"tx_hashes": ["0x1"]}"#, r#"{"tx_hashes": {"0": ["Could not turn transaction hash 0x1 to bytes"]}}"#),
    (
        &MANY,
        r#"{"tx_hashes": "0x12 34"}"#,
        r#"{"tx_hashes": {"0": ["EVM transaction hashes should be 32 bytes in length. Given length=2"]}}"#,
    ),
    (
        &MANY,
        r#"{"entry_types": {"values": ["evm event"], "behaviour": "zz"}}"#,
        r#"{"entry_types": ["Behaviour must be either 'include' or 'exclude'."]}"#,
    ),
    (
        &MANY,
        r#"{"entry_types": {"values": ["zz"]}}"#,
        r#"{"entry_types": {"0": ["Failed to deserialize HistoryBaseEntryType value zz"]}}"#,
    ),
    (
        &MANY,
        r#"{"precision": 20}"#,
        r#"{"precision": ["Floating numbers precision in the UI must be between 0 and 8"]}"#,
    ),
    (
        &MANY,
        r#"{"names": {"": "x", "a": 1}}"#,
        r#"{"names": {"": {"key": ["Field cannot be an empty string"], "value": ["Not a valid integer."]}}}"#,
    ),
    (&MANY, r#"{"asset": "NOPE"}"#, r#"{"asset": ["Unknown asset NOPE provided."]}"#),
    (&PAIRS, r#"{"identifier": 1, "pairs": []}"#, r#"{"pairs": ["Shorter than minimum length 1."]}"#),
    (
        &PAIRS,
        r#"{"identifier": 1, "pairs": [["a", 1], ["a"], "ab", [1, "x", 2], [1, -1]]}"#,
        r#"{"pairs": {"1": ["Length must be 2."], "2": ["Not a valid tuple."], "3": ["Length must be 2."], "4": {"0": ["Not a valid string."], "1": ["Failed to deserialize a timestamp entry. Timestamps can not have negative values. Given value was -1"]}}}"#,
    ),
    (&MANY, r#"{"asset": 5}"#, r#"{"asset": ["Tried to initialize an asset out of a non-string identifier 5"]}"#),
];

#[test]
fn wrong_bodies_are_refused_in_legacys_own_words() {
    for (schema, body, messages) in REFUSED {
        assert_eq!(answer(schema, Location::Json, Some(body), "", &[]), refusal(messages), "{body}");
    }
}

#[test]
fn right_bodies_become_typed_arguments() {
    let load =
        |schema: &Schema, body: &str| match schema.load(&parse(body.as_bytes()).unwrap(), &Pass::new(NOW, &known())) {
            Ok(Item::Record(record)) => record,
            other => panic!("{body}: {other:?}"),
        };
    let notes =
        load(&NOTES, r#"{"order_by_attributes": "title,", "ascending": [1, "no"], "limit": " 1_0 ", "offset": 2.9}"#);
    assert_eq!(notes.maybe_list("order_by_attributes"), Ok(Some(&[Item::Text("title".into()), Item::Null][..])));
    assert_eq!(notes.maybe_list("ascending"), Ok(Some(&[Item::Bool(true), Item::Bool(false)][..])));
    assert_eq!((notes.int("limit"), notes.int("offset")), (Ok(10), Ok(2)));
    assert_eq!((notes.int("from_timestamp"), notes.int("to_timestamp")), (Ok(0), Ok(NOW)));
    assert_eq!(notes.maybe_text("location"), Ok(None));
    let many = load(
        &MANY,
        r#"{"amount": 1.10, "price": "1.50", "asset": "a%2Fb", "identifier": "{5AEDA5BAFCEC4C8E91A8D5F32BA63E36}", "blockchain": "Polygon POS", "entry_types": {"values": "EVM_event", "behaviour": "exclude"}}"#,
    );
    let amount = |name| many.maybe_decimal(name).unwrap().unwrap().to_string();
    assert_eq!((amount("amount"), amount("price")), ("1.1".into(), "1.50".into()));
    assert_eq!(many.text("asset"), Ok("a/b"));
    assert_eq!(many.text("identifier"), Ok("5aeda5ba-fcec-4c8e-91a8-d5f32ba63e36"));
    assert_eq!(many.text("blockchain"), Ok("polygon_pos"));
    assert_eq!(many.maybe_record("entry_types").unwrap().unwrap().text("operator"), Ok("NOT IN"));
    assert!(many.get("address").is_none());
    assert!(load(&IDENTIFIER, r#"{"identifier": 99999999999999999999}"#).int("identifier").is_err());
}

/// Schema, location, body, query, path, and the answer.
type Case<'a> = (&'a Schema, Location, Option<&'a str>, &'a str, &'a [(String, Value)], &'a str);

#[test]
fn arguments_come_from_where_the_endpoint_takes_them() {
    use Location::{Json, JsonAndPath, JsonOfResource, JsonOrQuery, JsonOrQueryAndPath, Path};
    let path = [("identifier".to_owned(), Value::from("7"))];
    let invalid = refusal(r#"{"_schema": ["Invalid input type."]}"#);
    let crash = |text: &str| format!(r#"500 {{"result": null, "message": "{text}"}}"#);
    let unknown = refusal(r#"{"foo": ["Unknown field."]}"#);
    let missing = refusal(r#"{"identifier": ["Missing data for required field."]}"#);
    let cases: &[Case<'_>] = &[
        (
            &NET_VALUE,
            JsonOrQuery,
            None,
            "include_nfts=maybe",
            &[],
            &refusal(r#"{"include_nfts": ["Not a valid boolean."]}"#),
        ),
        (&NET_VALUE, JsonOrQuery, None, "include_nfts=TRUE&foo=1", &[], &unknown),
        (&NET_VALUE, JsonOrQuery, None, "include_nfts=TRUE&include_nfts=maybe", &[], "ok"),
        (&NET_VALUE, JsonOrQuery, Some("{}"), "foo=1", &[], "ok"),
        (&NET_VALUE, JsonOrQuery, Some("null"), "", &[], &invalid),
        (&NET_VALUE, JsonOrQuery, None, "include_nfts=%ff", &[], "legacy: its query is not UTF-8"),
        (&IDENTIFIER, Json, None, "identifier=1", &[], &missing),
        (&IDENTIFIER, JsonOfResource, None, "", &[], &invalid),
        (&IDENTIFIER, Path, Some("[]"), "foo=1", &path, "ok"),
        (&IDENTIFIER, JsonAndPath, Some(r#"{"identifier": "x"}"#), "foo=1", &path, "ok"),
        (&IDENTIFIER, JsonAndPath, Some(r#"{"foo": "x"}"#), "", &path, &unknown),
        (&IDENTIFIER, JsonAndPath, Some("[]"), "", &path, &crash("list indices must be integers or slices, not str")),
        (
            &IDENTIFIER,
            JsonAndPath,
            Some("null"),
            "",
            &path,
            &crash("'NoneType' object does not support item assignment"),
        ),
        (&IDENTIFIER, JsonAndPath, Some("1.5"), "", &path, &crash("'float' object does not support item assignment")),
        (&IDENTIFIER, JsonOrQueryAndPath, None, "foo=1", &path, &unknown),
        (&IDENTIFIER, JsonOrQueryAndPath, None, "identifier=x", &path, "ok"),
        // What is no list becomes one where the path goes over it, and only there.
        (&LINKED, JsonOrQueryAndPath, Some("[]"), "", &[], &invalid),
        (&LINKED, JsonAndPath, Some("null"), "", &[], &invalid),
        (
            &PAIRS,
            JsonOrQueryAndPath,
            Some(r#"{"labels": 5}"#),
            "",
            &path,
            &refusal(r#"{"labels": {"0": ["Not a valid string."]}, "pairs": ["Missing data for required field."]}"#),
        ),
        (
            &PAIRS,
            JsonOrQueryAndPath,
            None,
            "labels=a&labels=b",
            &[],
            &refusal(
                r#"{"identifier": ["Missing data for required field."], "pairs": ["Missing data for required field."]}"#,
            ),
        ),
        (
            &MANY,
            JsonOrQuery,
            Some(r#"{"identifiers": 5}"#),
            "",
            &[],
            &refusal(r#"{"identifiers": ["Not a valid list."]}"#),
        ),
        (&MANY, JsonOrQuery, None, "identifiers=5&identifiers=6", &[], "ok"),
        (&RULE, Json, Some(r#"{"event_type": "spend"}"#), "", &[], &crash("'taxable'")),
        (
            &RULE,
            Json,
            Some(r#"{"a": 1, "b": 2}"#),
            "",
            &[],
            "legacy: it has several unknown fields, which legacy names in no fixed order",
        ),
        (
            &MANY,
            Json,
            Some(r#"{"amount": "x", "asset": "new"}"#),
            "",
            &[],
            "asked [Question { hook: \"asset\", value: \"new\" }]",
        ),
        (&MANY, Json, Some(r#"{"address": 5}"#), "", &[], "legacy: an address of an unusual kind"),
        (&NOTES, Json, Some(r#"{"from_timestamp": Infinity}"#), "", &[], &crash("cannot convert Infinity to integer")),
    ];
    for (schema, location, body, query, path, expected) in cases {
        assert_eq!(answer(schema, *location, *body, query, path), *expected, "{location:?} {body:?} {query}");
    }
}
