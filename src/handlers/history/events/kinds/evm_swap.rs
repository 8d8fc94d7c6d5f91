//! `evm swap event`: some assets for some others in one transaction.

use super::{
    super::fields::{
        ABOVE_ZERO, ASSET, EVENT_IDENTIFIER, LOCATION, LOCATION_LABEL, SEQUENCE_INDEX, TIMESTAMP, USER_NOTES, amount,
        int, maybe_int, member, text,
    },
    Editing, Event, Kind,
    chain::{ADDRESS, COUNTERPARTY, EXTRA_DATA, PRODUCT, TX_HASH, evm, extra_data, group, grouped},
};
use crate::{
    handlers::Stop,
    wire::validate::{
        Fallback, Fault, Field, Item, Kind as ArgumentKind, Mistyped, Pass, Record, Schema, Validator, amounts, each,
        field, texts::INTEGER,
    },
};

/// `EvmSwapSubEventSchema`
static SIDE: Schema = Schema::new(&[
    field("identifier", INTEGER).or(Fallback::Null),
    field("amount", amounts::AMOUNT).required().check(ABOVE_ZERO),
    ASSET,
    USER_NOTES,
    LOCATION_LABEL,
]);
static SIDE_FIELD: Field = each(ArgumentKind::Nested(&SIDE));
const SIDES: ArgumentKind = ArgumentKind::List(&SIDE_FIELD);
const SOME: &[Validator] = &[Validator::Length { min: Some(1), max: None, error: None }];
const SPEND: Field = field("spend", SIDES).required().check(SOME);
const RECEIVE: Field = field("receive", SIDES).required().check(SOME);
const FEE: Field = field("fee", SIDES);

const EDITED: Schema = Schema::new(&[
    TX_HASH,
    EVENT_IDENTIFIER,
    COUNTERPARTY,
    PRODUCT,
    ADDRESS,
    EXTRA_DATA,
    LOCATION,
    field("identifiers", ArgumentKind::List(&each(INTEGER))).required(),
    SEQUENCE_INDEX,
    TIMESTAMP,
    SPEND,
    RECEIVE,
    FEE,
])
.after(fits);

/// `CreateEvmSwapEventSchema`
pub(super) const KIND: Kind = Kind {
    name: "evm swap event",
    edited: EDITED,
    added: EDITED.without("identifiers"),
    editing: Editing::Swap,
    events,
};

fn fits(record: Record, _: &Pass<'_>) -> Result<Item, Fault> {
    grouped(&record)?;
    Ok(Item::Record(record))
}

/// One event for each asset, in the order of what is spent, received and paid. Extra data is the first one's.
fn events(arguments: &Record) -> Result<Vec<Event>, Stop> {
    let location = member(arguments, "location")?;
    let (sequence_index, evm) = (int(arguments, "sequence_index")?, evm(arguments)?);
    let mut sides = Vec::new();
    let mut many = false;
    for name in ["spend", "receive", "fee"] {
        let listed = arguments.maybe_list(name)?.unwrap_or_default();
        many |= listed.len() > 1;
        sides.extend(listed.iter().map(|side| (name, side)));
    }
    let of_all = Event {
        entry_type: 8,
        group: group(arguments, location)?.unwrap_or_default(),
        timestamp: int(arguments, "timestamp")?,
        location,
        type_: if many { "multi trade" } else { "trade" },
        evm: Some(evm),
        ..Event::default()
    };
    let event = |(at, (subtype, side)): (usize, (&'static str, &Item))| {
        let Item::Record(side) = side else { return Err(Mistyped::Wrong(subtype.into(), "a list of records").into()) };
        Ok(Event {
            identifier: maybe_int(side, "identifier")?,
            sequence_index: &sequence_index + at,
            location_label: text(side, "location_label")?,
            asset: side.text("asset")?.to_owned(),
            amount: amount(side, "amount")?,
            notes: text(side, "user_notes")?,
            subtype,
            extra_data: if at == 0 { extra_data(arguments) } else { None },
            ..of_all.clone()
        })
    };
    sides.into_iter().enumerate().map(event).collect()
}
