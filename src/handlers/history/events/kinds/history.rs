//! `history event`: anything, in the user's words.

use super::{
    super::fields::{
        AMOUNT, ASSET, EVENT_SUBTYPE, EVENT_TYPE, IDENTIFIER, LOCATION, LOCATION_LABEL, SEQUENCE_INDEX, TIMESTAMP,
        USER_NOTES, amount, int, maybe_int, member, text,
    },
    Editing, Event, Kind,
};
use crate::{
    handlers::Stop,
    schema::events::is_pair,
    wire::validate::{Fault, Field, Item, Pass, Record, Schema, field, texts::NON_EMPTY_STRING},
};

const EVENT_IDENTIFIER: Field = field("event_identifier", NON_EMPTY_STRING).required();

const EDITED: Schema = Schema::new(&[
    TIMESTAMP,
    AMOUNT,
    IDENTIFIER,
    EVENT_TYPE,
    EVENT_SUBTYPE,
    ASSET,
    USER_NOTES,
    SEQUENCE_INDEX,
    LOCATION_LABEL,
    EVENT_IDENTIFIER,
    LOCATION,
])
.after(fits);

/// `CreateBaseHistoryEventSchema`
pub(super) const KIND: Kind = Kind {
    name: "history event",
    edited: EDITED,
    added: EDITED.without("identifier"),
    editing: Editing::Single,
    events,
};

/// Bitcoin's events are about bitcoins, and not all types go with all subtypes.
fn fits(record: Record, _: &Pass<'_>) -> Result<Item, Fault> {
    let text = |name| record.maybe_text(name).ok().flatten().unwrap_or_default();
    let only = match text("location") {
        "bitcoin" => Some(("bitcoin", "BTC")),
        "bitcoin cash" => Some(("bitcoin_cash", "BCH")),
        _ => None,
    };
    if let Some((chain, asset)) = only.filter(|(_, asset)| text("asset").to_lowercase() != asset.to_lowercase()) {
        return Err(Fault::at("asset", format!("{chain} events must use {asset} as the asset")));
    }
    known_pair(&record)?;
    Ok(Item::Record(record))
}

/// Legacy asserts that it knows such events.
pub(super) fn known_pair(record: &Record) -> Result<(), Fault> {
    let text = |name| record.maybe_text(name).ok().flatten().unwrap_or_default();
    let (event_type, subtype) = (text("event_type"), text("event_subtype"));
    if is_pair(event_type, subtype) {
        return Ok(());
    }
    Err(Fault::Crash(format!("Unexpected event type and subtype pair provided: {event_type}, {subtype}")))
}

fn events(arguments: &Record) -> Result<Vec<Event>, Stop> {
    Ok(vec![Event {
        identifier: maybe_int(arguments, "identifier")?,
        entry_type: 1,
        group: arguments.text("event_identifier")?.to_owned(),
        sequence_index: int(arguments, "sequence_index")?,
        timestamp: int(arguments, "timestamp")?,
        location: member(arguments, "location")?,
        location_label: text(arguments, "location_label")?,
        asset: arguments.text("asset")?.to_owned(),
        amount: amount(arguments, "amount")?,
        notes: text(arguments, "user_notes")?,
        type_: member(arguments, "event_type")?,
        subtype: member(arguments, "event_subtype")?,
        ..Event::default()
    }])
}
