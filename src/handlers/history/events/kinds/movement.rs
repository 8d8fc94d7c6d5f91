//! `asset movement event`: a deposit to, or a withdrawal from, an exchange, and its fee.

use super::{
    super::fields::{
        ABOVE_ZERO, AMOUNT, ASSET, EVENT_IDENTIFIER, IDENTIFIER, LOCATION, LOCATION_LABEL, TIMESTAMP, UNIQUE_ID,
        amount, group, int, maybe_int, member, notes, text,
    },
    Editing, Event, Kind,
};
use crate::{
    handlers::Stop,
    schema::events::EVENT_TYPES,
    wire::{
        json::dumps_value,
        validate::{
            Fallback, Fault, Field, Item, Kind as ArgumentKind, Limit, Members, Pass, Record, Schema, Validator,
            amounts, each, field, members::NOT_FOR_THIS_ENDPOINT, texts::STRING_OR_NONE,
        },
        value::{Dict, Value},
    },
};

static DIRECTIONS: Members = Members::of("HistoryEventType", EVENT_TYPES)
    .limited(Limit::Only(&["deposit", "withdrawal"], NOT_FOR_THIS_ENDPOINT));
const DIRECTION: Field = field("event_type", ArgumentKind::Member(&DIRECTIONS)).required();

const fn maybe(name: &'static str) -> Field {
    field(name, STRING_OR_NONE).or(Fallback::Null)
}

const EDITED: Schema = Schema::new(&[
    TIMESTAMP,
    AMOUNT,
    IDENTIFIER,
    DIRECTION,
    field("fee", amounts::AMOUNT).or(Fallback::Null).check(ABOVE_ZERO),
    LOCATION,
    LOCATION_LABEL,
    maybe("blockchain"),
    UNIQUE_ID,
    maybe("address"),
    maybe("transaction_id"),
    EVENT_IDENTIFIER,
    ASSET,
    field("fee_asset", ArgumentKind::Asset("asset")).or(Fallback::Null),
    field("user_notes", ArgumentKind::List(&each(STRING_OR_NONE))).check(&[Validator::Length {
        min: Some(1),
        max: Some(2),
        error: None,
    }]),
])
.after(fits);

/// `CreateAssetMovementEventSchema`
pub(super) const KIND: Kind = Kind {
    name: "asset movement event",
    edited: EDITED,
    added: EDITED.without("identifier"),
    editing: Editing::Grouped(1),
    events,
};

fn fits(record: Record, _: &Pass<'_>) -> Result<Item, Fault> {
    if record.is_null("fee") != record.is_null("fee_asset") {
        return Err(Fault::at("fee", "fee and fee_asset must be provided together"));
    }
    if record.is_null("fee") && notes(&record, 1).is_some() {
        return Err(Fault::at("fee_notes", "fee_notes may only be provided when fee_amount is present"));
    }
    Ok(Item::Record(record))
}

fn events(arguments: &Record) -> Result<Vec<Event>, Stop> {
    let (location, type_) = (member(arguments, "location")?, member(arguments, "event_type")?);
    let (timestamp, asset) = (int(arguments, "timestamp")?, arguments.text("asset")?.to_owned());
    let amount_moved = amount(arguments, "amount")?;
    let unique = [timestamp.to_string(), asset.clone(), amount_moved.clone()].concat();
    let mut extra = Dict::new();
    let known = [
        ("address", "address"),
        ("transaction_id", "transaction_id"),
        ("blockchain", "blockchain"),
        ("unique_id", "reference"),
    ];
    for (name, key) in known {
        if let Some(value) = arguments.maybe_text(name)? {
            extra.insert(key.to_owned(), value.into());
        }
    }
    let main = Event {
        identifier: maybe_int(arguments, "identifier")?,
        entry_type: 6,
        group: group(arguments, location, &unique)?,
        timestamp,
        location,
        location_label: text(arguments, "location_label")?,
        asset,
        amount: amount_moved,
        notes: notes(arguments, 0),
        type_,
        subtype: if type_ == "deposit" { "deposit asset" } else { "remove asset" },
        extra_data: (!extra.is_empty()).then(|| dumps_value(&Value::Dict(extra))),
        ..Event::default()
    };
    let Some(asset) = arguments.maybe_text("fee_asset")? else { return Ok(vec![main]) };
    let fee = Event {
        identifier: None,
        sequence_index: 1.into(),
        asset: asset.to_owned(),
        amount: amount(arguments, "fee")?,
        notes: notes(arguments, 1),
        subtype: "fee",
        extra_data: None,
        ..main.clone()
    };
    Ok(vec![main, fee])
}
