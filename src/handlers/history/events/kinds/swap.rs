//! `swap event`: one asset for another on an exchange, and the fee.

use super::{
    super::fields::{
        ABOVE_ZERO, EVENT_IDENTIFIER, IDENTIFIER, LOCATION, LOCATION_LABEL, TIMESTAMP, UNIQUE_ID, amount, group, int,
        maybe_int, member, notes, text,
    },
    Editing, Event, Kind,
};
use crate::{
    handlers::Stop,
    wire::{
        json::dumps_value,
        validate::{
            Fallback, Fault, Field, Item, Kind as ArgumentKind, Pass, Record, Schema, Validator, amounts, each, field,
            texts::STRING_OR_NONE,
        },
        value::{Dict, Value},
    },
};

const fn asset(name: &'static str) -> Field {
    field(name, ArgumentKind::Asset("asset"))
}

const EDITED: Schema = Schema::new(&[
    IDENTIFIER,
    TIMESTAMP,
    LOCATION,
    field("spend_amount", amounts::AMOUNT).required().check(ABOVE_ZERO),
    asset("spend_asset").required(),
    field("receive_amount", amounts::AMOUNT).required().check(ABOVE_ZERO),
    asset("receive_asset").required(),
    field("fee_amount", amounts::AMOUNT).or(Fallback::Null).check(ABOVE_ZERO),
    asset("fee_asset").or(Fallback::Null),
    LOCATION_LABEL,
    UNIQUE_ID,
    field("user_notes", ArgumentKind::List(&each(STRING_OR_NONE))).check(&[Validator::Length {
        min: Some(2),
        max: Some(3),
        error: None,
    }]),
    EVENT_IDENTIFIER,
])
.after(fits);

/// `CreateSwapEventSchema`
pub(super) const KIND: Kind = Kind {
    name: "swap event",
    edited: EDITED,
    added: EDITED.without("identifier"),
    editing: Editing::Grouped(2),
    events,
};

/// A note about a fee that there is not is refused even if it is empty.
fn fits(record: Record, _: &Pass<'_>) -> Result<Item, Fault> {
    if record.is_null("fee_amount") != record.is_null("fee_asset") {
        return Err(Fault::at("fee_amount", "fee_amount and fee_asset must be provided together"));
    }
    let three = matches!(record.get("user_notes"), Some(Item::List(notes)) if notes.len() == 3);
    if record.is_null("fee_amount") && three {
        return Err(Fault::at("fee_notes", "fee_notes may only be provided when fee_amount is present"));
    }
    Ok(Item::Record(record))
}

fn events(arguments: &Record) -> Result<Vec<Event>, Stop> {
    let (location, timestamp) = (member(arguments, "location")?, int(arguments, "timestamp")?);
    let side = |name: [&str; 2]| {
        let [asset, of] = name;
        Ok::<_, Stop>((arguments.text(asset)?.to_owned(), amount(arguments, of)?))
    };
    let (spend, spent) = side(["spend_asset", "spend_amount"])?;
    let (receive, received) = side(["receive_asset", "receive_amount"])?;
    let unique = [&timestamp.to_string(), &spend, &spent, &receive, &received].map(String::as_str).concat();
    let reference = arguments.maybe_text("unique_id")?;
    let reference = reference.map(|id| Dict::from_iter([("reference".to_owned(), Value::from(id))]));
    let main = Event {
        identifier: maybe_int(arguments, "identifier")?,
        entry_type: 7,
        group: group(arguments, location, &unique)?,
        timestamp,
        location,
        location_label: text(arguments, "location_label")?,
        asset: spend,
        amount: spent,
        notes: notes(arguments, 0),
        type_: "trade",
        subtype: "spend",
        extra_data: reference.map(|reference| dumps_value(&Value::Dict(reference))),
        ..Event::default()
    };
    let second = Event {
        identifier: None,
        sequence_index: 1.into(),
        asset: receive,
        amount: received,
        notes: notes(arguments, 1),
        subtype: "receive",
        extra_data: None,
        ..main.clone()
    };
    if arguments.is_null("fee_asset") {
        return Ok(vec![main, second]);
    }
    let (asset, amount) = side(["fee_asset", "fee_amount"])?;
    let fee =
        Event { sequence_index: 2.into(), asset, amount, notes: notes(arguments, 2), subtype: "fee", ..second.clone() };
    Ok(vec![main, second, fee])
}
