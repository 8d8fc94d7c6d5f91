//! Arguments that several kinds of entries have.

use num_bigint::BigInt;

use crate::{
    schema::{
        events::{EVENT_SUBTYPES, EVENT_TYPES},
        locations::NAMES,
    },
    wire::{
        decimal::Decimal,
        validate::{
            Fallback, Fault, Field, Item, Kind, Members, Mistyped, Record,
            amounts::AMOUNT as ANY_AMOUNT,
            field,
            texts::{INTEGER, RAW, STRING_OR_NONE},
        },
    },
};

/// Exponents beyond these are not written out here: the text would be as long.
const LONGEST: u64 = 5000;

/// `AmountField`
pub(super) const AMOUNT_KIND: Kind = Kind::Scalar(|value, pass| match ANY_AMOUNT.read(value, pass)? {
    Item::Decimal(Decimal::Finite { exponent, .. }) if exponent.unsigned_abs() > LONGEST => {
        Err(Fault::legacy("an amount with very many digits"))
    }
    amount => Ok(amount),
});

static EVENT_TYPE_NAMES: Members = Members::of("HistoryEventType", EVENT_TYPES);
static EVENT_SUBTYPE_NAMES: Members = Members::of("HistoryEventSubType", EVENT_SUBTYPES);
static LOCATION_NAMES: Members = Members::of("Location", NAMES);

/// Has chosen the schema already.
pub(super) const ENTRY_TYPE: Field = field("entry_type", RAW);
pub(super) const TIMESTAMP: Field = field("timestamp", Kind::Timestamp(1)).required();
pub(super) const AMOUNT: Field = field("amount", AMOUNT_KIND).required();
pub(super) const IDENTIFIER: Field = field("identifier", INTEGER).required();
pub(super) const EVENT_TYPE: Field = field("event_type", Kind::Member(&EVENT_TYPE_NAMES)).required();
pub(super) const EVENT_SUBTYPE: Field = field("event_subtype", Kind::Member(&EVENT_SUBTYPE_NAMES)).required();
pub(super) const ASSET: Field = field("asset", Kind::Asset("asset")).required();
pub(super) const USER_NOTES: Field = field("user_notes", STRING_OR_NONE).or(Fallback::Null);
pub(super) const SEQUENCE_INDEX: Field = field("sequence_index", INTEGER).required();
pub(super) const LOCATION_LABEL: Field = field("location_label", STRING_OR_NONE).or(Fallback::Null);
pub(super) const LOCATION: Field = field("location", Kind::Member(&LOCATION_NAMES)).required();

/// An int of any size.
pub(super) fn int(arguments: &Record, name: &str) -> Result<BigInt, Mistyped> {
    match arguments.get(name) {
        Some(Item::Int(int)) => Ok(int.clone()),
        _ => Err(Mistyped::Wrong(name.to_owned(), "an int")),
    }
}

/// An int that is not there where an event is added.
pub(super) fn maybe_int(arguments: &Record, name: &str) -> Result<Option<BigInt>, Mistyped> {
    if arguments.is_null(name) { Ok(None) } else { int(arguments, name).map(Some) }
}

/// An amount as it is stored.
pub(super) fn amount(arguments: &Record, name: &str) -> Result<String, Mistyped> {
    let amount = arguments.maybe_decimal(name)?;
    amount.map(ToString::to_string).ok_or_else(|| Mistyped::Wrong(name.to_owned(), "an amount"))
}

/// A text or nothing.
pub(super) fn text(arguments: &Record, name: &str) -> Result<Option<String>, Mistyped> {
    Ok(arguments.maybe_text(name)?.map(str::to_owned))
}

/// A member of an enumeration, as the wire spells it.
pub(super) fn member(arguments: &Record, name: &str) -> Result<&'static str, Mistyped> {
    match arguments.get(name) {
        Some(Item::Member(member)) => Ok(member),
        _ => Err(Mistyped::Wrong(name.to_owned(), "a member of an enumeration")),
    }
}
