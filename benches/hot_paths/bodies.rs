//! JSON read, arguments validated, rows written.

use std::hint::black_box;

use cutover::wire::{
    Answer, Location,
    location::{Reading, Sources, read},
    parse::parse,
    validate::{
        Fallback, Field, Kind, Known, Members, Schema,
        addresses::EVM_ADDRESS,
        amounts::AMOUNT,
        each, field,
        texts::{BOOLEAN, INTEGER, STRING_OR_NONE},
    },
};

use super::{
    repeat,
    samples::{self, ARGUMENTS},
};

/// Arguments of the kinds that most lists have.
static FILTER: Schema = Schema::new(&[
    field("order_by_attributes", Kind::Delimited(&each(STRING_OR_NONE))).or(Fallback::Null),
    field("ascending", Kind::Delimited(&each(BOOLEAN))).or(Fallback::Null),
    field("limit", INTEGER).or(Fallback::Null),
    field("offset", INTEGER).or(Fallback::Null),
    field("from_timestamp", Kind::Timestamp(1)).or(Fallback::Int(0)),
    field("to_timestamp", Kind::Timestamp(1)).or(Fallback::Now),
    field("group_by_event_ids", BOOLEAN).or(Fallback::Bool(false)),
    field("exclude_ignored_assets", BOOLEAN).or(Fallback::Bool(true)),
    field("location", Kind::Member(&LOCATIONS)).or(Fallback::Null),
    field("event_types", Kind::Delimited(&EVENT_TYPE)).or(Fallback::Null),
    field("counterparties", Kind::Delimited(&each(STRING_OR_NONE))).or(Fallback::Null),
    field("amount", AMOUNT).required(),
    field("notes_substring", STRING_OR_NONE).or(Fallback::Null),
    field("addresses", Kind::List(&each(EVM_ADDRESS))).or(Fallback::Null),
    field("state_markers", Kind::Delimited(&each(STRING_OR_NONE))).or(Fallback::Null),
]);
static LOCATIONS: Members = Members::of("Location", &["kraken", "binance", "ethereum", "optimism", "gnosis"]);
static EVENT_TYPES: Members = Members::of("HistoryEventType", &["trade", "staking", "deposit", "receive", "spend"]);
const EVENT_TYPE: Field = each(Kind::Member(&EVENT_TYPES));

/// A body of arguments is read.
pub(super) fn parsed(rounds: u64) {
    repeat(rounds, || {
        black_box(parse(black_box(ARGUMENTS.as_bytes())).unwrap());
    });
}

/// The arguments are validated.
pub(super) fn validated(rounds: u64) {
    let (body, known) = (samples::arguments(), Known::new());
    let sources = Sources { body: Some(&body), query: "", path: &[] };
    repeat(rounds, || match read(&FILTER, Location::Json, black_box(sources), 1_700_000_000, &known) {
        Reading::Loaded(record) => drop(black_box(record)),
        other => panic!("{other:?}"),
    });
}

/// A page of 50 events is written as legacy writes it.
pub(super) fn page(rounds: u64) {
    let page = samples::page(50);
    repeat(rounds, || {
        black_box(Answer::ok(black_box(&page)).unwrap());
    });
}
